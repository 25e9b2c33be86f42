"""Asks a host for the facts that the fidelity report depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.agent import topology
from devenv.render import fidelity

if TYPE_CHECKING:
    from devenv.hosts.host import Host
    from devenv.spec.model import Spec


def of(spec: Spec, target: str, host: Host) -> tuple[fidelity.Promise, ...]:
    """Return what each promise of the spec is worth on this host."""
    return fidelity.report(spec, spec.targets[target], facts=facts(host))


def facts(host: Host) -> fidelity.HostFacts:
    """Read the facts from the host's engine and inventory."""
    info, inventory = host.engine.info(), host.hardware()
    cores = topology.cores(inventory)
    return fidelity.HostFacts(
        storage_driver=str(info.get("Driver", "")),
        cgroup="v2" if str(info.get("CgroupVersion", "1")) == "2" else "v1",
        swap_accounting=bool(info.get("SwapLimit")),
        threads_per_core=max((len(core.cpus) for core in cores), default=1),
        one_core=not inventory.reserved,
        rootless=any("rootless" in option for option in info.get("SecurityOptions") or ()),
        cpuset=bool(info.get("CPUSet")),
    )
