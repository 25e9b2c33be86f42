"""A sandbox as people and programs see it: the `sandbox` object of the command line's JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from devenv import errors, locations
from devenv.identity import Identity
from devenv.sandbox import credentials, plan, record
from devenv.sandbox.observe import MAIN, Observed, observe, service_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devenv.agent.engine import Container
    from devenv.agent.model import Lease
    from devenv.hosts.host import Host


@dataclass(frozen=True)
class Sandbox:
    """One sandbox: what was declared of it, and what is observed. Memory in bytes, times in seconds."""

    name: str
    id: str
    owner: str
    target: str
    backend: str
    host: str
    state: str
    health: str
    drift: list[dict[str, Any]]
    spec_hash: str
    lease: dict[str, Any] | None
    services: list[dict[str, Any]]
    minio: dict[str, Any] | None
    created_at: str
    timings: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the public `sandbox` object."""
        return asdict(self)


def sandbox(host: Host, who: Identity) -> Sandbox:
    """Observe one sandbox.

    Raises:
        NotFound: the host has neither a container nor a lease of it.
    """
    seen, lease = observe(host, who.id), host.lease(who.id)
    if not seen.containers and lease is None:
        raise errors.NotFound(f"there is no sandbox '{who.name}'", hint="`devenv up` makes it; `devenv list` shows all")
    return _view(host, who, seen, lease)


def sandboxes(host: Host) -> list[Sandbox]:
    """Observe all sandboxes on the host: those with containers, and those with only a lease."""
    by_id: dict[str, list[Container]] = {}
    names: dict[str, Identity] = {}
    for container in host.containers():
        who = Identity(container.labels.get("devenv.sandbox", ""), container.labels.get("devenv.owner", ""))
        by_id.setdefault(who.id, []).append(container)
        names[who.id] = who
    leases = {lease.sandbox: lease for lease in host.ledger.leases()}
    for sandbox_id, lease in leases.items():
        names.setdefault(sandbox_id, Identity(lease.name, lease.owner))
    return [
        _view(host, who, _observed(by_id.get(sandbox_id, ())), leases.get(sandbox_id))
        for sandbox_id, who in sorted(names.items(), key=lambda item: item[1].name)
    ]


def _observed(containers: Iterable[Container]) -> Observed:
    return Observed({service_of(container): container for container in containers})


def _view(host: Host, who: Identity, seen: Observed, lease: Lease | None) -> Sandbox:
    remembered = record.load(who.name)
    labels = seen.main.labels if seen.main else {}
    created = [container.created for container in seen.containers.values()]
    return Sandbox(
        name=who.name,
        id=who.id,
        owner=who.owner,
        target=labels.get("devenv.target") or (remembered.target if remembered else ""),
        backend=remembered.backend if remembered else "compose",
        host=host.name,
        state=seen.state,
        health=seen.health,
        drift=_drift(who, seen),
        spec_hash=labels.get("devenv.spec-hash") or (remembered.spec_hash if remembered else ""),
        lease=lease.to_json() if lease else None,
        services=[
            {"name": name, "state": container.state, "health": container.health or "none"}
            for name, container in sorted(seen.containers.items(), key=lambda item: (item[0] != MAIN, item[0]))
        ],
        minio=_minio(who, seen, lease, remembered),
        created_at=remembered.created_at if remembered else min(created, default=""),
        timings=remembered.timings if remembered else {},
    )


def _drift(who: Identity, seen: Observed) -> list[dict[str, Any]]:
    # Held against what was rendered last: what somebody changed by hand. A stopped sandbox has not drifted.
    rendered = record.services(who.name) or {}
    wanted = {name: body for name, body in rendered.items() if not body.get("profiles")}
    if not seen.containers or seen.state == "stopped" or not wanted:
        return []
    return [change.to_json() for change in plan.plan(wanted, seen.containers)]


def _minio(
    who: Identity, seen: Observed, lease: Lease | None, remembered: record.Record | None
) -> dict[str, Any] | None:
    store = remembered.store if remembered else None
    buckets = remembered.buckets if remembered else []
    if "minio" not in seen.containers or lease is None or "minio" not in lease.ports:
        if store in (None, "bundled"):
            return None
        return {"endpoint": store, "console": None, "buckets": buckets, "access_key": None, "credentials_file": None}
    folder = locations.sandbox_dir(who.name)
    keys = credentials.minio_keys(folder)
    return {
        "endpoint": f"http://127.0.0.1:{lease.ports['minio']}",
        "console": f"http://127.0.0.1:{lease.ports['minio-console']}",
        "buckets": buckets,
        "access_key": keys.access if keys else None,
        "credentials_file": str(folder / credentials.S3_CREDENTIALS),
    }
