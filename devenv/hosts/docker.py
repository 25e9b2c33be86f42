"""What devenv changes on an engine beside Compose: live limits, and removal by label. Uses the Docker SDK.

Reading is the agent's (`devenv.agent.engine`): the SDK takes 0.13 s to import, so it is imported by the first change.
"""

from __future__ import annotations

import contextlib
import functools
import time
from typing import TYPE_CHECKING, Any

from devenv import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from docker import DockerClient

_IN_USE = (403, 409)
_IN_USE_S = 10.0
_POLL_S = 0.1


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
    """Stop (with `grace` seconds) and remove containers, with the anonymous volumes they had.

    Raises:
        Busy: see `_remove`.
    """
    from docker.errors import NotFound  # noqa: PLC0415

    engine = client()
    with contextlib.closing(engine):
        for container_id in ids:
            try:
                container = engine.containers.get(container_id)
                on_line(f"removing {container.name}")
                if container.status == "running":
                    container.stop(timeout=grace)
            except NotFound:
                continue
            _remove(f"container {container.name}", functools.partial(container.remove, v=True, force=True))


def remove_leftovers(label: str, *, volumes: bool) -> list[str]:
    """Remove the networks, and with `volumes` the named volumes, that bear `label`; return the names of what went.

    Raises:
        Busy: see `_remove`.
    """
    engine = client()
    gone: list[str] = []
    with contextlib.closing(engine):
        for network in engine.networks.list(filters={"label": label}):
            _remove(f"network {network.name}", network.remove)
            gone.append(str(network.name))
        if volumes:
            for volume in engine.volumes.list(filters={"label": label}):
                _remove(f"volume {volume.name}", volume.remove)
                gone.append(str(volume.name))
    return gone


def _remove(what: str, remove: Callable[[], None]) -> None:
    """Remove a thing until it is gone.

    The engine goes on with what a killed verb has asked of it: while a container is being removed, removing it again is
    a conflict (409), and its network (403) and volumes (409) are in use.

    Raises:
        Busy: it is in use by something that does not go away.
    """
    from docker.errors import APIError, NotFound  # noqa: PLC0415

    deadline = time.monotonic() + _IN_USE_S
    while True:
        try:
            return remove()
        except NotFound:
            return None
        except APIError as error:
            if error.status_code not in _IN_USE:
                raise errors.DevenvError(f"{what} cannot be removed: {error.explanation}") from error
            if time.monotonic() > deadline:
                hint = "remove what uses it, and say the same command again"
                raise errors.Busy(f"{what} cannot be removed: {error.explanation}", hint=hint) from error
        time.sleep(_POLL_S)
