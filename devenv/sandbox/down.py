"""`halt`, `start` and `destroy`: they work from labels and the ledger alone, with the spec and our files gone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv import errors, locations
from devenv.hosts import docker
from devenv.hosts.compose import Compose
from devenv.objectstore import minio
from devenv.sandbox import apply, credentials, lock
from devenv.sandbox.observe import observe
from devenv.sandbox.view import Sandbox, sandbox

if TYPE_CHECKING:
    from devenv.hosts.host import Host
    from devenv.identity import Identity
    from devenv.sandbox.progress import Phases


@dataclass(frozen=True)
class Doomed:
    """What `destroy` removes: containers, networks, and the volumes with their data."""

    containers: tuple[str, ...]
    networks: tuple[str, ...]
    volumes: tuple[str, ...]
    cpus: tuple[int, ...]
    ports: tuple[int, ...]

    def to_json(self) -> dict[str, list[str] | list[int]]:
        """Return the form that `destroy --json` prints."""
        return {
            "containers": list(self.containers),
            "networks": list(self.networks),
            "volumes": list(self.volumes),
            "cpus": list(self.cpus),
            "ports": list(self.ports),
        }


def halt(host: Host, who: Identity, phases: Phases, *, grace: int, release: bool) -> Sandbox:
    """Stop the sandbox. It keeps its lease (unless `release`), its ports and its data."""
    with lock.held(who, "halt"):
        _must_exist(host, who)
        with phases.phase("stop"):
            if observe(host, who.id).containers:
                Compose(who.project).stop(phases.line, grace=grace)
        if release and host.release(who.id):
            apply.make_room(host, host.pool(), but=who.id)
        return sandbox(host, who)


def start(host: Host, who: Identity, phases: Phases, *, timeout: float) -> Sandbox:
    """Start a halted sandbox on the cores and ports it has kept.

    Raises:
        NotFound: there is no such sandbox, or it has no container to start.
        NoCapacity: its lease was given back (`halt --release`); `up` claims a new one.
    """
    with lock.held(who, "start"):
        _must_exist(host, who)
        seen = observe(host, who.id)
        if not seen.containers:
            raise errors.NotFound(f"'{who.name}' has a lease but no container yet", hint="`devenv up` makes it")
        if host.lease(who.id) is None:
            raise errors.NoCapacity(f"'{who.name}' gave its lease back", hint="`devenv up` claims a new one")
        with phases.phase("start"):
            apply.make_room(host, host.pool())
            Compose(who.project).start(phases.line)
        with phases.phase("healthy"):
            apply.wait_healthy(host, who.id, seen.containers, seconds=timeout)
        return sandbox(host, who)


def doomed(host: Host, who: Identity) -> Doomed:
    """Return what `destroy` would remove.

    Raises:
        NotFound: there is nothing of that name.
    """
    _must_exist(host, who)
    label, lease = f"devenv.id={who.id}", host.lease(who.id)
    return Doomed(
        containers=tuple(container.name for container in host.containers(who.id)),
        networks=tuple(str(network["Name"]) for network in host.engine.networks(label=label)),
        volumes=tuple(str(volume["Name"]) for volume in host.engine.volumes(label=label)),
        cpus=lease.cpus if lease else (),
        ports=tuple(lease.ports.values()) if lease else (),
    )


def destroy(host: Host, who: Identity, phases: Phases, *, keep_data: bool, grace: int) -> Doomed:
    """Remove the sandbox: containers, networks, volumes (unless `keep_data`), credentials, lease.

    The lease goes last: whatever was interrupted before that still holds its cores, and the same call goes on.
    """
    with lock.held(who, "destroy"):
        gone = doomed(host, who)
        with phases.phase("remove"):
            # Until none is left: the engine may still be making what a killed `up` has asked for.
            while ids := [container.id for container in host.containers(who.id)]:
                docker.remove_containers(ids, phases.line, grace=grace)
            docker.remove_leftovers(f"devenv.id={who.id}", volumes=not keep_data)
        if not keep_data:
            shutil.rmtree(locations.sandbox_dir(who.name), ignore_errors=True)
        host.release(who.id)
        apply.make_room(host, host.pool(), but=who.id)
    return gone


def contents(host: Host, who: Identity) -> list[tuple[str, int, int]]:
    """Return (bucket, objects, bytes) of the sandbox's running MinIO; empty where it cannot be asked."""
    lease, keys = host.lease(who.id), credentials.minio_keys(locations.sandbox_dir(who.name))
    if lease is None or keys is None or "minio" not in lease.ports:
        return []
    try:
        return minio.contents(minio.client(f"http://127.0.0.1:{lease.ports['minio']}", keys))
    except Exception:  # noqa: BLE001 -- boto3's classes are made at run time; a store that is down has no contents to tell
        return []


def _must_exist(host: Host, who: Identity) -> None:
    label = f"devenv.id={who.id}"
    there = host.containers(who.id) or host.engine.volumes(label=label) or host.engine.networks(label=label)
    if not there and host.lease(who.id) is None:
        raise errors.NotFound(f"there is no sandbox '{who.name}'", hint="`devenv up` makes it; `devenv list` shows all")
