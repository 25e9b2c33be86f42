"""Proof by reading back: what the kernel, the engine and the store say, held against what the lease promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv import errors, locations
from devenv.agent import readback
from devenv.objectstore import minio
from devenv.sandbox import credentials, record
from devenv.sandbox.observe import MAIN, observe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from devenv.agent.engine import Container
    from devenv.agent.model import Lease
    from devenv.hosts.host import Host
    from devenv.identity import Identity
    from devenv.sandbox.observe import Observed


@dataclass(frozen=True)
class Check:
    """One promise held against what was read. `by_others`: it is broken by somebody whom devenv did not start."""

    name: str
    ok: bool
    expected: Any
    found: Any
    detail: str = ""
    by_others: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the form that `verify --json` prints."""
        return {
            "name": self.name,
            "ok": self.ok,
            "expected": self.expected,
            "found": self.found,
            "detail": self.detail,
            "by_others": self.by_others,
        }


def verify(host: Host, who: Identity) -> tuple[Check, ...]:
    """Read back everything that a running sandbox was promised, by its lease and the files rendered last.

    Raises:
        NotFound: there is no such sandbox.
    """
    lease, seen = host.lease(who.id), observe(host, who.id)
    if not seen.containers:
        raise errors.NotFound(
            f"there is no sandbox '{who.name}' to verify", hint="`devenv up` makes it; `devenv list` shows all"
        )
    if lease is None:
        detail = "the ledger knows no lease of it: `devenv up` writes it down again"
        return (Check("lease", ok=False, expected="in the ledger", found=None, detail=detail),)
    main = seen.main
    if main is None or main.state != "running":
        state = main.state if main else "absent"
        return (Check("running", ok=False, expected="running", found=state, detail=f"the sandbox is {state}"),)
    checks = [*_cores(lease, main), *_memory(lease, main), *_neighbours(host, lease, who), *_gpus(lease, main)]
    checks += _services(seen, record.services(who.name) or {})
    checks += _health(seen)
    checks += _store(who, lease)
    return tuple(checks)


def _cores(lease: Lease, main: Container) -> Iterator[Check]:
    if not lease.dedicated:
        return
    cgroup = readback.cgroup(main.pid)
    for name, found in (
        ("cpus of the main process", readback.process_cpus(main.pid)),
        ("cpuset of the cgroup", cgroup.cpuset),
        ("cpuset in the engine", main.cpuset),
    ):
        text = f"{_numbers(found)}; the lease is {_numbers(lease.cpus)}"
        yield Check(name, tuple(found) == lease.cpus, list(lease.cpus), list(found), text)


def _memory(lease: Lease, main: Container) -> Iterator[Check]:
    promised = lease.memory
    for name, found in (
        ("memory limit of the cgroup", readback.cgroup(main.pid).memory_limit),
        ("memory limit in the engine", main.memory),
    ):
        yield Check(name, found == promised, promised, found, f"{found} bytes; promised are {promised}")


def _neighbours(host: Host, lease: Lease, who: Identity) -> Iterator[Check]:
    # The lease is exclusive: every other running container's CPUs must keep out of it. A container without a cpuset
    # may run anywhere, so it trespasses too.
    if not lease.dedicated:
        return
    everything = {cpu.id for cpu in host.hardware().cpus}
    ours: list[str] = []
    theirs: list[str] = []
    for other in host.engine.containers():
        if other.state != "running" or _is_main(other, who):
            continue
        if set(other.cpuset or everything) & set(lease.cpus):
            (ours if "devenv.id" in other.labels else theirs).append(other.name)
    name = "nobody else on the leased CPUs"
    yield Check(name, not ours, [], ours, _trespass(ours, lease))
    if theirs:
        name = "no foreign container on the leased CPUs"
        yield Check(name, ok=False, expected=[], found=theirs, detail=_trespass(theirs, lease), by_others=True)


def _gpus(lease: Lease, main: Container) -> Iterator[Check]:
    if lease.gpus:
        found = list(main.gpus)
        yield Check("GPUs in the engine", found == sorted(lease.gpus), sorted(lease.gpus), found, ", ".join(found))


def _services(seen: Observed, rendered: Mapping[str, Mapping[str, Any]]) -> Iterator[Check]:
    for service, container in sorted(seen.containers.items()):
        promised = rendered.get(service, {}).get("mem_limit")
        if service == MAIN or container.state != "running" or not isinstance(promised, int):
            continue
        found = readback.cgroup(container.pid).memory_limit
        name = f"memory limit of {service}"
        yield Check(name, found == promised, promised, found, f"{found} bytes; promised are {promised}")


def _health(seen: Observed) -> Iterator[Check]:
    for service, container in sorted(seen.containers.items()):
        if container.health:
            yield Check(
                f"health of {service}", container.health == "healthy", "healthy", container.health, container.health
            )


def _store(who: Identity, lease: Lease) -> Iterator[Check]:
    keys = credentials.minio_keys(locations.sandbox_dir(who.name))
    remembered = record.load(who.name)
    port = lease.ports.get("minio")
    if keys is None or port is None or remembered is None:
        return
    s3 = minio.client(f"http://127.0.0.1:{port}", keys)
    try:
        there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
        missing = [bucket for bucket in remembered.buckets if bucket not in there]
        yield Check(
            "buckets", not missing, remembered.buckets, sorted(there), f"missing: {', '.join(missing) or 'none'}"
        )
        if remembered.buckets and remembered.buckets[0] in there:
            minio.round_trip(s3, remembered.buckets[0])
            yield Check(
                "S3 round trip", ok=True, expected="same bytes", found="same bytes", detail=remembered.buckets[0]
            )
    except Exception as error:  # noqa: BLE001 -- boto3 raises classes made at run time; each means that the store fails
        yield Check("S3 round trip", ok=False, expected="same bytes", found=type(error).__name__, detail=str(error))


def _is_main(container: Container, who: Identity) -> bool:
    return container.labels.get("devenv.id") == who.id and container.labels.get("devenv.role") == MAIN


def _trespass(names: list[str], lease: Lease) -> str:
    return f"{', '.join(names)} may run on CPUs {_numbers(lease.cpus)}, too" if names else "none"


def _numbers(cpus: tuple[int, ...]) -> str:
    return ",".join(map(str, cpus)) or "none"
