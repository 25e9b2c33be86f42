"""Asks a host for the facts that the fidelity report depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.render import fidelity

if TYPE_CHECKING:
    from devenv.hosts.host import Host
    from devenv.render.fidelity import Promise
    from devenv.spec.model import Spec


def of(spec: Spec, target: str, host: Host) -> tuple[Promise, ...]:
    """Return what each promise of the spec is worth on this host."""
    return fidelity.report(spec, spec.targets[target], facts=facts(host))


def facts(host: Host) -> fidelity.HostFacts:
    """Read the facts from the host's engine and inventory."""
    raise NotImplementedError(host)
