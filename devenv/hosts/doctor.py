"""Checks a host for what devenv needs. Each check is a function that yields findings; none changes anything."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from devenv import errors, locations, process
from devenv.spec.units import GIB, human_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.hosts.host import Host

# A python-ml box, MinIO and their layers take about 2 GiB; below this the next build or pull is likely to fail.
_DISK_WARN = 5 * GIB
# What Compose needs to have for `!reset`-free files with healthcheck conditions and --progress (docker/compose 2.20).
_COMPOSE_MAJOR = 2


@dataclass(frozen=True)
class Finding:
    """What one check has come to: `level` is ok, warning or failure; `hint` says what to do."""

    name: str
    level: str
    detail: str
    hint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return one entry of `data.findings`."""
        return asdict(self)


def examine(host: Host) -> tuple[Finding, ...]:
    """Check everything; where the engine does not answer, what needs it is left out."""
    findings = [*_engine(host)]
    if all(finding.level != "failure" for finding in findings):
        info = host.engine.info()
        findings += [*_compose(), *_limits(info), *_disk(info), *_neighbours(host)]
    return (*findings, *_cores(host), *_ledger(host), *_trust(), *_base())


def _engine(host: Host) -> Iterator[Finding]:
    try:
        host.require_engine()
    except errors.ToolMissing as error:
        yield Finding("engine", "failure", error.message, error.hint or "")
        return
    version = host.engine.version()
    yield Finding("engine", "ok", f"Docker Engine {version.get('Version')} (API {version.get('ApiVersion')})")


def _compose() -> Iterator[Finding]:
    hint = "`make setup` builds it; or your distribution's docker-compose-plugin"
    try:
        done = process.run(["docker", "compose", "version", "--short"], check=False, timeout=20)
    except errors.DevenvError as error:
        yield Finding("compose", "failure", error.message, hint)
        return
    version = done.stdout.strip().lstrip("v")
    if done.returncode or not version:
        yield Finding("compose", "failure", "the Docker Compose plugin is missing", hint)
    elif int(version.split(".")[0]) < _COMPOSE_MAJOR:
        yield Finding("compose", "failure", f"Compose {version} is too old; 2.20 or newer is wanted", hint)
    else:
        yield Finding("compose", "ok", f"Docker Compose {version}")


def _limits(info: dict[str, Any]) -> Iterator[Finding]:
    cgroup = f"cgroup v{info.get('CgroupVersion', '1')}, driver {info.get('CgroupDriver')}"
    yield Finding("cgroups", "ok", cgroup)
    for key, name, lost in (
        ("CPUSet", "cpusets", "cores cannot be dedicated"),
        ("MemoryLimit", "memory limits", "memory cannot be limited"),
        ("PidsLimit", "process limits", "a fork bomb is not contained"),
    ):
        if not info.get(key):
            yield Finding(name, "failure" if key == "CPUSet" else "warning", f"the kernel lacks them: {lost}")
    if not info.get("SwapLimit"):
        detail = "no swap accounting: a sandbox over its memory may swap before it is stopped"
        yield Finding("swap limits", "warning", detail, "boot with swapaccount=1, or without swap")
    if not info.get("InitBinary"):
        yield Finding("init", "failure", "the engine has no docker-init", "install tini, or your engine's docker-init")


def _disk(info: dict[str, Any]) -> Iterator[Finding]:
    root = str(info.get("DockerRootDir") or "")
    try:
        free = shutil.disk_usage(root).free
    except OSError:
        yield Finding("disk", "warning", f"cannot see how full the engine's disk is ({root or 'unknown'})")
        return
    detail = f"{human_size(free)} free where the engine keeps images ({info.get('Driver')})"
    if free < _DISK_WARN:
        yield Finding("disk", "warning", detail, "`docker system df` shows what takes it")
    else:
        yield Finding("disk", "ok", detail)


def _neighbours(host: Host) -> Iterator[Finding]:
    leased = {cpu for held in host.ledger_held() for cpu in held.cpus}
    everything = {cpu.id for cpu in host.hardware().cpus}
    for other in host.engine.containers():
        if "devenv.id" in other.labels or other.state != "running":
            continue
        touched = sorted(set(other.cpuset or everything) & leased)
        if touched:
            detail = f"'{other.name}' may run on leased CPUs {', '.join(map(str, touched))}"
            hint = f"docker update --cpuset-cpus {','.join(map(str, host.pool()))} {other.name}"
            yield Finding("foreign container", "warning", detail, hint)


def _cores(host: Host) -> Iterator[Finding]:
    seen = host.inventory()
    taken = {cpu for held in seen.leases for cpu in held.cpus} | set(seen.reserved)
    free = [cpu.id for cpu in seen.cpus if cpu.id not in taken]
    detail = (
        f"{len(seen.cpus)} CPUs, {len(seen.reserved)} kept for the host, free: {', '.join(map(str, free)) or 'none'}"
    )
    if not seen.reserved:
        yield Finding(
            "cores", "warning", f"{detail}; a single core is shared with the host", "cores are not dedicated here"
        )
    else:
        yield Finding("cores", "ok", detail)


def _ledger(host: Host) -> Iterator[Finding]:
    try:
        count = len(host.ledger.leases())
    except errors.DevenvError as error:
        yield Finding("ledger", "failure", error.message, error.hint or "")
        return
    yield Finding("ledger", "ok", f"{count} {'lease' if count == 1 else 'leases'} in {locations.ledger_file()}")


def _trust() -> Iterator[Finding]:
    from devenv.boxes import trust  # noqa: PLC0415 -- reads the trust store

    bundle, proxy = trust.bundle(), trust.proxy()
    if bundle:
        yield Finding("certificates", "ok", f"this host's own roots are handed to builds and sandboxes ({bundle})")
    if proxy:
        yield Finding("proxy", "ok", f"handed to builds and sandboxes: {', '.join(sorted(proxy))}")


def _base() -> Iterator[Finding]:
    if shutil.which("mmdebstrap") is None:
        detail = "mmdebstrap is missing: without a registry no base layer can be made"
        yield Finding(
            "base layer", "warning", detail, "apt-get install mmdebstrap (where a registry answers it is not needed)"
        )
