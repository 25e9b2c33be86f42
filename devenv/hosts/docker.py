"""What devenv changes on an engine beside Compose: live limits, and removal by label. Uses the Docker SDK.

Reading is the agent's (`devenv.agent.engine`): the SDK takes 0.13 s to import, so it is imported by the first change.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from devenv import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from docker import DockerClient


def client() -> DockerClient:
    """Return a client of the engine that DOCKER_HOST or the default names.

    Raises:
        ToolMissing: no engine answers.
    """
    import docker  # noqa: PLC0415 -- see the module's docstring
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        return docker.from_env()
    except DockerException as error:
        raise errors.ToolMissing(f"the Docker Engine does not answer: {error}", hint="`devenv doctor`") from error


def limit(container_id: str, *, cpus: Sequence[int] | None = None, memory: int | None = None) -> None:
    """Change a running container's CPUs and memory (bytes) in place, without a restart."""
    changes: dict[str, Any] = {}
    if cpus is not None:
        changes["cpuset_cpus"] = ",".join(map(str, cpus))
    if memory is not None:
        changes.update(mem_limit=memory, memswap_limit=memory)
    engine = client()
    with contextlib.closing(engine):
        engine.containers.get(container_id).update(**changes)


def remove_containers(ids: Sequence[str], on_line: Callable[[str], None], *, grace: int = 10) -> None:
    """Stop (with `grace` seconds) and remove containers, with the anonymous volumes they had."""
    from docker.errors import NotFound  # noqa: PLC0415

    engine = client()
    with contextlib.closing(engine):
        for container_id in ids:
            try:
                container = engine.containers.get(container_id)
                on_line(f"removing {container.name}")
                if container.status == "running":
                    container.stop(timeout=grace)
                container.remove(v=True, force=True)
            except NotFound:
                continue


def remove_leftovers(label: str, *, volumes: bool) -> list[str]:
    """Remove the networks, and with `volumes` the named volumes, that bear `label`; return the names of what went."""
    engine = client()
    gone: list[str] = []
    with contextlib.closing(engine):
        for network in engine.networks.list(filters={"label": label}):
            network.remove()
            gone.append(str(network.name))
        if volumes:
            for volume in engine.volumes.list(filters={"label": label}):
                volume.remove()
                gone.append(str(volume.name))
    return gone
