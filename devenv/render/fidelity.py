"""The fidelity report: for every promise of a spec, what a target really gives, and why. Pure.

Levels: *exact* (as written), *emulated* (by other means, to the same effect), *weaker* (less than written, and what is
missing), *refused* (not here). Rows are only about what the spec says or implies, in the order of a spec.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from devenv.render import ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.spec.model import Spec, Target

Level = Literal["exact", "emulated", "weaker", "refused"]


@dataclass(frozen=True)
class Promise:
    """One promise of a spec: its field, what it is worth here, and why."""

    field: str
    level: Level
    reason: str


@dataclass(frozen=True)
class HostFacts:
    """What the report must know of a host. The defaults are the common case: Linux, root's engine, cgroup v2.

    Attributes:
        storage_driver: the engine's, such as overlay2.
        cgroup: hierarchy of the host.
        swap_accounting: whether the kernel counts swap, so that a limit on it holds.
        threads_per_core: logical CPUs per physical core (2 with SMT).
        one_core: whether the machine has a single physical core, so that none can be kept for itself.
        rootless: whether the engine runs without root.
        cpuset: whether the engine can pin containers to CPUs (a rootless one often cannot).
    """

    storage_driver: str = "overlay2"
    cgroup: Literal["v1", "v2", "hybrid"] = "v2"
    swap_accounting: bool = True
    threads_per_core: int = 1
    one_core: bool = False
    rootless: bool = False
    cpuset: bool = True


def report(spec: Spec, target: Target, *, facts: HostFacts) -> tuple[Promise, ...]:
    """Return what each promise of `spec` is worth on `target`, a host of which `facts` is known."""
    if target.backend != "compose":
        reason = f"this version of devenv cannot run a target of backend {target.backend} yet; the spec is valid"
        return (Promise("targets", "refused", reason),)
    return (
        *_cpus(spec, facts),
        *_memory(spec, facts),
        *_devices(spec),
        *_image(spec, facts),
        *_reach(spec, facts),
        *(row for name, words in spec.services.items() for row in _service(name, words)),
        *_store(spec),
        *_times(spec),
    )


def worst(promises: tuple[Promise, ...]) -> Level:
    """Return the lowest level of a report."""
    order: tuple[Level, ...] = ("exact", "emulated", "weaker", "refused")
    return max((promise.level for promise in promises), key=order.index, default="exact")


def _cpus(spec: Spec, facts: HostFacts) -> Iterator[Promise]:
    field, asked = "resources.cpus", spec.resources.cpus
    if not facts.cpuset:
        yield Promise(
            field, "refused", "this engine cannot pin containers to CPUs (rootless without the cpuset controller)"
        )
    elif not spec.resources.dedicated:
        yield Promise(field, "exact", f"at most {asked} CPUs' worth of the cores that nobody has leased, shared")
    elif facts.one_core:
        yield Promise(field, "weaker", "this machine has one core: the system, MinIO and the services share it")
    else:
        yield Promise(field, "exact", f"{_rounded(asked, facts)} of its own, by cpuset{_COOPERATIVE}")


_COOPERATIVE = "; level cooperative: all that devenv starts keeps off them, other programs of the host may not"


def _rounded(asked: int, facts: HostFacts) -> str:
    threads = facts.threads_per_core
    given = -(-asked // threads) * threads
    if given == asked:
        return f"{given} CPUs"
    return f"{given} CPUs ({asked} rounded up to whole cores of {threads})"


def _memory(spec: Spec, facts: HostFacts) -> Iterator[Promise]:
    if facts.swap_accounting:
        yield Promise("resources.memory", "exact", "a hard limit, without swap")
    else:
        reason = "a hard limit, but this kernel does not count swap: the sandbox may use some (boot with swapaccount=1)"
        yield Promise("resources.memory", "weaker", reason)
    if spec.resources.disk is not None:
        reason = f"not limited: on {facts.storage_driver} containers share the engine's disk, and this one can fill it"
        yield Promise("resources.disk", "weaker", reason)
    if spec.resources.shm_size is not None:
        yield Promise("resources.shm_size", "exact", "the size of /dev/shm; what is used of it counts as memory")


def _devices(spec: Spec) -> Iterator[Promise]:
    gpus = spec.resources.gpus
    if gpus is None or not gpus.count:
        return
    if gpus.vendor == "amd":
        yield Promise("resources.gpus", "refused", "only NVIDIA GPUs can be leased by UUID in this version")
    else:
        yield Promise(
            "resources.gpus", "exact", "by UUID, in no other sandbox; shared with the services that ask for some"
        )


def _image(spec: Spec, facts: HostFacts) -> Iterator[Promise]:
    if spec.user == "caller" and facts.rootless:
        yield Promise(
            "user", "emulated", "a rootless engine maps uids: files of the sandbox belong to a mapped uid here"
        )
    if spec.workspace is not None and spec.workspace.exclude:
        reason = "only for copies to other hosts: here the sandbox has the folder itself, all of it"
        yield Promise("workspace.exclude", "weaker", reason)
    if not spec.secrets:
        return
    if spec.box is not None:
        yield Promise("secrets", "exact", "in the environment of the command, and as files in /run/secrets")
    else:
        reason = "as files in /run/secrets only: an image without devenv's entry point does not put them into variables"
        yield Promise("secrets", "weaker", reason)


def _reach(spec: Spec, facts: HostFacts) -> Iterator[Promise]:
    for port in spec.ports:
        field = f"ports.{port.name or port.guest}"
        if facts.rootless and port.host is not None and port.host < 1024:  # noqa: PLR2004 -- ports below are root's
            yield Promise(field, "refused", f"a rootless engine cannot publish port {port.host}")
        elif port.bind not in (ports.LOOPBACK, "::1"):
            yield Promise(field, "exact", f"on {port.bind}: whoever reaches this host reaches it")
        else:
            yield Promise(field, "exact", f"on {port.bind} of this host only")
    if spec.network.egress == "none":
        # Measured with Engine 20.10: an internal network publishes nothing, and its gateway is the host.
        reason = (
            "no route out, but the host's own services can be reached at the network's gateway; "
            "of the published ports only MinIO's can be reached from outside"
        )
        yield Promise("network.egress", "weaker", reason)


# Words of a side service -> what they take away from whom. All are the user's to choose (`devenv.spec.services`).
_WEAKENING = {
    "privileged": (True, "may leave the cores and the limits that it was given"),
    "network_mode": ("host", "is on the host's network: its ports are open as it opens them, and names do not find it"),
    "pid": ("host", "sees, and with root may signal, all processes of the host"),
}
_RETURNING = ("always", "unless-stopped")
_SWARM_ONLY = ("mode", "placement", "update_config", "rollback_config", "endpoint_mode")


def _service(name: str, words: dict[str, Any]) -> Iterator[Promise]:
    field = f"services.{name}"
    open_to = [
        address for address in ports.addresses(words.get("ports")) if address not in ("", ports.LOOPBACK, "[::1]")
    ]
    if open_to:
        yield Promise(f"{field}.ports", "exact", f"on {', '.join(open_to)}: whoever reaches this host reaches them")
    elif words.get("ports"):
        yield Promise(f"{field}.ports", "exact", f"on {ports.LOOPBACK} of this host only")
    for word, (value, effect) in _WEAKENING.items():
        if words.get(word) == value:
            yield Promise(f"{field}.{word}", "weaker", f"the service {effect}")
    if words.get("container_name"):
        reason = "a name for the whole host: no second sandbox with this service can run beside this one"
        yield Promise(f"{field}.container_name", "weaker", reason)
    if words.get("restart") in _RETURNING:
        reason = "after a reboot it comes back by itself, alone; the sandbox comes back with `devenv up`"
        yield Promise(f"{field}.restart", "weaker", reason)
    yield from _deploy(f"{field}.deploy", words.get("deploy"))


def _deploy(field: str, deploy: Any) -> Iterator[Promise]:
    if not isinstance(deploy, dict):
        return
    ignored = [word for word in _SWARM_ONLY if word in deploy]
    if ignored:
        yield Promise(field, "weaker", f"{', '.join(ignored)}: Compose leaves these to Swarm, and so they do nothing")
    resources = deploy["resources"] if isinstance(deploy.get("resources"), dict) else {}
    reservations = resources["reservations"] if isinstance(resources.get("reservations"), dict) else {}
    if "cpus" in reservations:
        reason = "Compose drops CPU reservations (they are Swarm's); only the sandbox has cores of its own"
        yield Promise(f"{field}.resources.reservations.cpus", "weaker", reason)


def _store(spec: Spec) -> Iterator[Promise]:
    if spec.minio is None:
        return
    if spec.minio.external is not None:
        yield Promise("minio", "emulated", "a store of yours: devenv hands out its address and credentials, no more")
    elif spec.minio.image is not None:
        reason = "an image that cannot probe itself: the sandbox starts once MinIO is started, not once it answers"
        yield Promise("minio", "weaker", reason)
    else:
        yield Promise("minio", "exact", "beside the sandbox, on cores that nobody has leased")


def _times(spec: Spec) -> Iterator[Promise]:
    if spec.idle is not None:
        yield Promise("idle", "weaker", "not watched in this version: nothing is stopped by itself")
    yield Promise("logs", "exact", "rotated by the engine; services with a `logging` of their own keep to that")
