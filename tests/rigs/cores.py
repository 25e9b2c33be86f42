"""The cores of this machine, for one run of tests or benchmarks at a time."""

from __future__ import annotations

import contextlib
import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import docker
from docker.errors import NotFound

from devenv import locations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def borrowed(say: Callable[[str], None]) -> Iterator[docker.DockerClient]:
    """Have the leasable cores to oneself: wait for other runs, stop running sandboxes, start them again at the end.

    A laptop or a CI machine has few cores, and `make up` may hold the last one. A stopped sandbox keeps all it has.
    """
    with (locations.cache_home() / "cores.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run of tests or benchmarks to end")
            fcntl.flock(file, fcntl.LOCK_EX)
        engine = docker.from_env()
        running = engine.containers.list(filters={"label": "devenv.id"})
        if running:
            say(f"stopped for this run, started again after it: {', '.join(str(one.name) for one in running)}")
        for container in running:
            container.stop(timeout=5)
        try:
            yield engine
        finally:
            for container in running:
                # Somebody may have destroyed it meanwhile.
                with contextlib.suppress(NotFound):
                    container.start()
            engine.close()
