"""After the ledger was lost: a sandbox that is there gets its lease written down again, as the engine shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.agent.model import Lease
from devenv.render import minio
from devenv.sandbox import desired as desired_state
from devenv.sandbox.observe import MAIN, observe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.agent.engine import Container
    from devenv.agent.model import PortRequest
    from devenv.hosts.host import Host
    from devenv.identity import Identity
    from devenv.spec.model import Spec


def adopt(host: Host, who: Identity, spec: Spec) -> bool:
    """Write down the lease of a sandbox that has containers and no lease; say whether that was done."""
    seen = observe(host, who.id)
    if seen.main is None or host.lease(who.id) is not None:
        return False
    requests = desired_state.ports(spec)
    published = {port.name: _published(seen.containers, port) for port in requests}
    kept = tuple(port for port in requests if published[port.name])
    dedicated = spec.resources.dedicated
    lease = Lease(
        sandbox=who.id,
        owner=who.owner,
        name=who.name,
        cpus=seen.main.cpuset if dedicated else (),
        memory=seen.main.memory,
        gpus=seen.main.gpus,
        ports={port.name: published[port.name] for port in kept},
        dedicated=dedicated,
    )
    return host.adopt(lease, kept)


def _published(containers: Mapping[str, Container], port: PortRequest) -> int:
    # Read from what the container was made with: a stopped one publishes nothing just now.
    service = minio.NAME if port.name in minio.GUESTS else MAIN
    container = containers.get(port.name.partition(":")[0] if ":" in port.name else service)
    if container is None:
        return 0
    bindings = (container.raw.get("HostConfig") or {}).get("PortBindings") or {}
    found = bindings.get(f"{port.guest}/{port.protocol}") or [{}]
    return int(found[0].get("HostPort") or 0)
