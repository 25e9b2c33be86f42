"""`double-bookings` and `leaked-leases`: many processes claim and release at once and are killed at random moments.

Whether two hold one core is not asked of the ledger, whose tables would refuse it: each process also takes a lock of
the kernel on every CPU, GPU and port that it was given, and a lock that is taken already is a double booking.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import random
import signal
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rows import Row, row
from devenv.agent.ledger import Ledger
from devenv.agent.model import Cpu, Gpu, Inventory, Lease, NoCapacity, PortRequest, Request
from devenv.errors import PartlyDone

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

_GIB = 2**30
# Two sockets of 32 cores with SMT and 8 GPUs: fewer than 50 sandboxes of 1 to 6 CPUs want, so that many are refused.
_MACHINE = Inventory(
    tuple(
        Cpu(64 * thread + core, core % 32, core // 32, core // 32, core // 8) for thread in (0, 1) for core in range(64)
    ),
    (0, 64),
    512 * _GIB,
    tuple(Gpu(f"GPU-{number}", "A100", 80 * _GIB, number // 4, "nvidia") for number in range(8)),
)


@dataclass(frozen=True)
class Outcome:
    """What a storm left behind. `double`, `leaked` and `faults` must be 0; the others say that it was one."""

    double: int
    leaked: int
    faults: int
    granted: int
    refused: int
    kills: int


def measure() -> list[Row]:
    """Run the storm of DESIGN section 10: 50 processes, 1,000 claims."""
    with tempfile.TemporaryDirectory() as folder:
        found = storm(Path(folder), processes=50, claims=1000, seed=int(os.environ.get("SEED", "1")))
    if found.faults:
        raise PartlyDone(f"{found.faults} claims ended in an error of the ledger's")
    return [row("double-bookings", [found.double], "<= 0"), row("leaked-leases", [found.leaked], "<= 0")]


def storm(folder: Path, *, processes: int, claims: int, seed: int) -> Outcome:
    """Let `processes` claim until `claims` were granted, killing one of them every 20 ms; count what went wrong.

    What a killed process held is released by its successor, from the journal written before each claim: as `devenv up`
    does after it was killed.
    """
    chance = random.Random(seed)  # noqa: S311 -- repeatable on purpose
    context = multiprocessing.get_context("fork")
    crowd: list[ForkProcess | None] = [None] * processes

    def replace(number: int) -> None:
        old = crowd[number]
        if old is not None and old.pid:
            os.kill(old.pid, signal.SIGKILL)
            old.join()
        new = context.Process(target=_live, args=(folder, number, chance.random()))
        new.start()
        crowd[number] = new

    for number in range(processes):
        replace(number)
    kills = 0
    while _count(folder, "granted") < claims:
        time.sleep(0.02)
        replace(chance.randrange(processes))
        kills += 1
    for last in crowd:
        if last is not None:
            last.kill()
            last.join()
    for number in range(processes):
        _sweep(folder, number)
    numbers = {word: _count(folder, word) for word in ("double", "faults", "granted", "refused")}
    return Outcome(leaked=_rows_left(folder / "ledger.db"), kills=kills, **numbers)


def _live(folder: Path, number: int, seed: float) -> None:
    """Claim, hold and release sandboxes until killed."""
    chance = random.Random(seed)  # noqa: S311 -- repeatable on purpose
    try:
        _sweep(folder, number)
        with closing(Ledger(folder / "ledger.db")) as book:
            while True:
                _once(book, folder, number, chance)
    except Exception:
        _tick(folder, "faults")
        raise


def _once(book: Ledger, folder: Path, number: int, chance: random.Random) -> None:
    name = f"s{number}-{chance.randrange(3)}"
    _note(folder, number, f"+ {name}")
    try:
        lease = book.claim(name, "me", name, _MACHINE, _request(chance), [PortRequest("web", 8888)])
    except NoCapacity:
        _tick(folder, "refused")
        return
    _tick(folder, "granted")
    locks = _lock(folder, lease)
    if None in locks:
        _tick(folder, "double")
    time.sleep(chance.random() * 0.01)
    for lock in locks:
        if lock is not None:
            os.close(lock)
    book.release(name)
    _note(folder, number, f"- {name}")


def _sweep(folder: Path, number: int) -> None:
    """Release what the journal of a killed process says it may hold."""
    journal = folder / f"journal-{number}"
    lines = journal.read_text().split("\n") if journal.exists() else []
    intended: dict[str, bool] = {line[2:]: line.startswith("+") for line in lines if line}
    with closing(Ledger(folder / "ledger.db")) as book:
        for name in (name for name, is_open in intended.items() if is_open):
            book.release(name)
            _note(folder, number, f"- {name}")


def _request(chance: random.Random) -> Request:
    return Request(chance.randint(1, 6), chance.randint(1, 4) * _GIB, gpus=chance.choice([0, 0, 0, 1]))


def _lock(folder: Path, lease: Lease) -> list[int | None]:
    """Take the kernel's lock on each thing leased; None for one that somebody else has."""
    names = [f"cpu-{cpu}" for cpu in lease.cpus] + list(lease.gpus) + [f"port-{port}" for port in lease.ports.values()]
    return [_flock(folder / f"{name}.lock") for name in names]


def _flock(path: Path) -> int | None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _note(folder: Path, number: int, line: str) -> None:
    _append(folder / f"journal-{number}", f"{line}\n".encode())


def _tick(folder: Path, word: str) -> None:
    # One byte for each: an append is one system call, which a kill cannot halve.
    _append(folder / word, b".")


def _count(folder: Path, word: str) -> int:
    return (folder / word).stat().st_size if (folder / word).exists() else 0


def _append(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, data)
    os.close(handle)


def _rows_left(path: Path) -> int:
    with closing(sqlite3.connect(path)) as book:
        counts = [book.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _TABLES]  # noqa: S608 -- ours
    return sum(counts)


_TABLES = ("lease", "core", "cpu", "gpu", "port")
