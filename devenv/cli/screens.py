"""The texts that people read: one function a screen, from data to text. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from devenv.cli.output import pairs, table
from devenv.spec.units import human_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.agent.allocate import Allocation
    from devenv.hosts.capacity import Capacity
    from devenv.hosts.doctor import Finding
    from devenv.render.fidelity import Promise
    from devenv.sandbox.desired import Desired
    from devenv.sandbox.down import Doomed
    from devenv.sandbox.plan import Change
    from devenv.sandbox.verify import Check
    from devenv.sandbox.view import Sandbox


def ready(sandbox: Sandbox, promises: Sequence[Promise]) -> str:
    """Return the screen that `up` ends with: where everything is, and what to type next."""
    blocks = [f"'{sandbox.name}' is {_word(sandbox)}", pairs(_whereabouts(sandbox), "  ")]
    weaker = [promise for promise in promises if promise.level != "exact"]
    if weaker:
        blocks.append("not exactly as declared on this host (`devenv plan` shows all)\n" + _promises(weaker))
    blocks.append("next\n" + pairs(_next(sandbox), "  "))
    return "\n\n".join(blocks)


def unchanged(sandbox: Sandbox) -> str:
    """Return the line for a sandbox that was as it should be."""
    return f"'{sandbox.name}' is {_word(sandbox)}"


def status(sandbox: Sandbox) -> str:
    """Return everything that is known of one sandbox."""
    rows = [
        ("state", sandbox.state),
        ("health", sandbox.health),
        ("target", f"{sandbox.target} ({sandbox.backend}) on {sandbox.host}"),
        *_whereabouts(sandbox),
        ("created", sandbox.created_at),
    ]
    blocks = [f"{sandbox.name} ({sandbox.id})", pairs(rows, "  ")]
    if sandbox.services:
        lines = [(service["name"], service["state"], service["health"]) for service in sandbox.services]
        blocks.append(_indented(table(lines, ("SERVICE", "STATE", "HEALTH"))))
    if sandbox.drift:
        blocks.append("changed by hand (`devenv up` repairs it)\n" + _indented(_drift(sandbox.drift)))
    return "\n\n".join(blocks)


def sandboxes(found: Sequence[Sandbox]) -> str:
    """Return the table of all sandboxes."""
    if not found:
        return "no sandboxes on this host; `devenv up` makes one"
    rows = [
        (
            sandbox.name,
            sandbox.state,
            sandbox.health,
            _cpus(sandbox.lease["cpus"]) if sandbox.lease else "-",
            human_size(sandbox.lease["memory"]) if sandbox.lease else "-",
            sandbox.target or "-",
            sandbox.owner,
        )
        for sandbox in found
    ]
    return table(rows, ("NAME", "STATE", "HEALTH", "CPUS", "MEMORY", "TARGET", "OWNER"))


def plan(want: Desired, changes: Sequence[Change], promises: Sequence[Promise]) -> str:
    """Return what `up` would do, and what each promise is worth."""
    lease = want.lease
    rows = [
        ("CPUs", _cpus(lease.cpus) if lease.dedicated else "shared (those that nobody has leased)"),
        ("memory", human_size(lease.memory)),
        ("GPUs", ", ".join(lease.gpus)),
        ("ports", ", ".join(f"{name} -> {port}" for name, port in lease.ports.items())),
    ]
    listed = [(change.kind, change.service, change.field, difference(change)) for change in changes]
    changing = _indented(table(listed, ("CHANGE", "SERVICE", "FIELD", ""))) if listed else "  none: it is as declared"
    return "\n\n".join(
        [
            f"'{want.who.name}' on target '{want.target}'",
            "lease\n" + pairs(rows, "  "),
            "changes\n" + changing,
            "fidelity\n" + _promises(promises),
        ]
    )


def doomed(name: str, going: Doomed, contents: Sequence[tuple[str, int, int]], *, keep_data: bool) -> str:
    """Return what `destroy` removes, data first."""
    held = ", ".join(f"{bucket} ({count} objects, {human_size(size)})" for bucket, count, size in contents)
    rows = [
        ("containers", ", ".join(going.containers)),
        ("networks", ", ".join(going.networks)),
        ("volumes", ", ".join(going.volumes) if not keep_data else ""),
        ("buckets", held),
        ("kept", ", ".join(going.volumes) if keep_data else ""),
        ("given back", f"CPUs {_cpus(going.cpus)}, ports {_cpus(going.ports)}" if going.ports or going.cpus else ""),
    ]
    return f"destroying '{name}' removes\n" + (pairs(rows, "  ") or "  nothing but its lease")


def verified(name: str, checks: Sequence[Check]) -> str:
    """Return the table of what was read back."""
    rows = [("ok" if check.ok else "FAILED", check.name, check.detail) for check in checks]
    return f"{name}\n" + _indented(table(rows, ("", "PROMISE", "READ BACK")))


def capacity(found: Capacity) -> str:
    """Return who holds each CPU of a host, and its memory and GPUs."""
    data, holders = found.to_json(), found.holders
    reserved = set(found.inventory.reserved)
    rows = [
        (
            cpu.id,
            *("-" if value is None else value for value in (cpu.core, cpu.socket, cpu.numa, cpu.llc, cpu.type)),
            holders.get(cpu.id) or ("the host's reserve" if cpu.id in reserved else "free"),
        )
        for cpu in found.inventory.cpus
    ]
    memory = data["memory"]
    totals = [
        ("host", found.host),
        ("CPUs", f"{len(rows)}; free {_cpus(data['cpus']['free'])}"),
        ("memory", f"{human_size(memory['total'])}; leased {human_size(memory['leased'])}"),
        *(("GPU", f"{gpu['uuid']} {gpu['model'] or ''}: {gpu['leased'] or 'free'}") for gpu in data["gpus"]),
    ]
    return pairs(totals) + "\n\n" + table(rows, ("CPU", "CORE", "SOCKET", "NUMA", "LLC", "TYPE", "HOLDER"))


def what_if(got: Allocation) -> str:
    """Return what a lease would get."""
    return pairs([("CPUs", _cpus(got.cpus)), ("GPUs", ", ".join(got.gpus))])


def doctor(findings: Sequence[Finding]) -> str:
    """Return what was checked, with a hint under what is wrong."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.level.ljust(7)}  {finding.name.ljust(width)}  {finding.detail}")
        if finding.hint and finding.level != "ok":
            lines.append(f"{' ' * (width + 11)}-> {finding.hint}")
    return "\n".join(lines)


def _word(sandbox: Sandbox) -> str:
    return sandbox.state if sandbox.health == "none" else f"{sandbox.state} and {sandbox.health}"


def _whereabouts(sandbox: Sandbox) -> list[tuple[str, str]]:
    lease, store = sandbox.lease or {}, sandbox.minio or {}
    ports = {name: port for name, port in lease.get("ports", {}).items() if name not in ("minio", "minio-console")}
    own = {name: f"http://127.0.0.1:{port}" for name, port in ports.items() if ":" not in name}
    side = {name: f"port {port}" for name, port in ports.items() if ":" in name}
    return [
        ("CPUs", f"{_cpus(lease['cpus'])} (its own)" if lease.get("cpus") else "shared" if lease else ""),
        ("memory", human_size(lease["memory"]) if lease else ""),
        ("GPUs", ", ".join(lease.get("gpus", ()))),
        *own.items(),
        *side.items(),
        (
            "S3",
            f"{store['endpoint']} (inside: http://minio:9000)" if store.get("console") else store.get("endpoint") or "",
        ),
        ("console", store.get("console") or ""),
        ("buckets", ", ".join(store.get("buckets", ()))),
        ("S3 user", store.get("access_key") or ""),
        ("S3 secret", f"in {store['credentials_file']}" if store.get("credentials_file") else ""),
    ]


def _next(sandbox: Sandbox) -> list[tuple[str, str]]:
    name = sandbox.name
    return [
        (f"devenv exec {name} -- bash", "a shell inside"),
        (f"devenv logs {name}", "what it prints"),
        (f"devenv verify {name}", "proof that the cores are its own"),
        (f"devenv halt {name}", "stop it, keep everything"),
        (f"devenv destroy {name}", "remove it"),
    ]


def _promises(promises: Sequence[Promise]) -> str:
    rows = [(promise.level, promise.field, promise.reason) for promise in promises]
    return _indented(table(rows, ("LEVEL", "PROMISE", "WHY")))


def _drift(drift: Sequence[dict[str, Any]]) -> str:
    return "\n".join(
        f"{item['service']}: {item['change']} {item['field']} {item['before']} -> {item['after']}" for item in drift
    )


def difference(change: Change) -> str:
    """Return what a change leads from and to, on one line."""
    before, after = change.before, change.after
    if before is None and after is None:
        return ""
    if isinstance(before, dict) and isinstance(after, dict):
        # Of a long map only what differs: its beginning is the same on both sides.
        kept = {key for key in before if key in after and before[key] == after[key]}
        before, after = ({key: value for key, value in side.items() if key not in kept} for side in (before, after))
    return f"{_short(before)} -> {_short(after)}"


def _short(value: object, limit: int = 48) -> str:
    # In the words of YAML, not of Python; `$$` is how Compose writes a `$`.
    plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = "none" if value in (None, {}, []) else plain.replace("$$", "$")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _cpus(cpus: Sequence[int]) -> str:
    return ",".join(map(str, cpus)) or "none"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
