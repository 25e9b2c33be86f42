"""One verb at a time on one sandbox. The kernel drops the lock with the process, so that kill -9 leaves none behind."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devenv import errors, locations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.identity import Identity


@contextmanager
def held(who: Identity, verb: str) -> Iterator[None]:
    """Hold the sandbox's lock.

    Raises:
        Busy: another devenv is at work on it; says which verb and process.
    """
    path = locations.lock_file(who.id)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "another devenv"
            raise errors.Busy(f"'{who.name}' is busy: {holder} is at work on it", hint="wait for it to end") from error
        file.truncate(0)
        file.write(f"devenv {verb} (pid {os.getpid()})")
        file.flush()
        yield
