"""One verb at a time on one sandbox, also where a verb was killed and what it had started still works.

The kernel drops a lock with the last process that has it. The first lock is the verb's own: kill -9 leaves none behind.
The second is shared with every program that the verb runs: a `docker compose` that outlives its devenv holds it, and
the next verb ends that orphan before it looks at what there is.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from devenv import errors, locations, process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.identity import Identity

# Compose ends within a second when it is asked to; longer waits only for what hangs in the kernel.
_ASK_S = 3.0
_GIVE_UP_S = 30.0
_POLL_S = 0.02


@contextlib.contextmanager
def held(who: Identity, verb: str) -> Iterator[None]:
    """Hold the sandbox's lock.

    Raises:
        Busy: another devenv is at work on it; says which verb and process.
    """
    path = locations.lock_file(who.id)
    with path.open("a+", encoding="utf-8") as file:
        if not _taken(file):
            file.seek(0)
            holder = file.read().strip() or "another devenv"
            raise errors.Busy(f"'{who.name}' is busy: {holder} is at work on it", hint="wait for it to end")
        file.truncate(0)
        file.write(f"devenv {verb} (pid {os.getpid()})")
        file.flush()
        # Opened only under the first lock: whoever else has it open then is an orphan.
        with path.with_suffix(".tools").open("a", encoding="utf-8") as tools:
            _end_orphans(tools, who)
            with process.handing_on(tools.fileno()):
                yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end_orphans(tools: IO[str], who: Identity) -> None:
    begun, asked = time.monotonic(), set()
    while not _taken(tools):
        waited = time.monotonic() - begun
        orphans = _holders(tools.name)
        if waited > _GIVE_UP_S:
            named = ", ".join(map(str, orphans)) or "of another user"
            raise errors.Busy(
                f"'{who.name}' is busy: what a killed devenv had started is still at work (processes {named})",
                hint="wait for it to end, or end it",
            )
        for pid in orphans:
            if pid not in asked or waited > _ASK_S:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL if pid in asked else signal.SIGTERM)
                asked.add(pid)
        time.sleep(_POLL_S)


def _holders(path: str) -> list[int]:
    """Return the other processes that have a file open, of those that this user may look into."""
    real = Path(path).resolve()
    found = []
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):
            if int(folder.parent.name) != os.getpid() and any(link.readlink() == real for link in folder.iterdir()):
                found.append(int(folder.parent.name))
    return found
