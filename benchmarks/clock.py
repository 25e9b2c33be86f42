"""Times whole programs side by side, with hyperfine where it is installed.

Two programs are never timed in two blocks: the machine is another one a minute later. They take turns, the order
changes from round to round, and each round gives one ratio.
"""

from __future__ import annotations

import json
import shlex
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from devenv import process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def ratios(
    ours: Sequence[str],
    theirs: Sequence[str],
    *,
    rounds: int,
    batch: int = 1,
    around: Callable[[], None] | None = None,
) -> list[float]:
    """Return time(ours) / time(theirs) for each round; a time is the mean of `batch` runs.

    `around` is called before each timing and after the last, to bring the world back to where both start from.

    Raises:
        CommandFailed: one of the two ended with an error.
    """
    reset = around or _nothing
    found = []
    for number in range(rounds):
        order = (ours, theirs) if number % 2 == 0 else (theirs, ours)
        taken = {}
        for argv in order:
            reset()
            taken[argv is ours] = seconds(argv, runs=batch)
        found.append(taken[True] / taken[False])
    reset()
    return found


def seconds(argv: Sequence[str], *, runs: int) -> float:
    """Return the mean wall-clock seconds of `argv` as a whole process.

    Raises:
        CommandFailed: it ended with an error.
    """
    if not shutil.which("hyperfine"):
        return _own_clock(argv, runs)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        hyperfine = ["hyperfine", "-N", "--style", "none", "--runs", str(runs), "--export-json", str(report)]
        process.run([*hyperfine, shlex.join(argv)])
        return float(json.loads(report.read_text())["results"][0]["mean"])


def tool() -> str:
    """Return the name of what measures the time here."""
    return "hyperfine" if shutil.which("hyperfine") else "our own clock (hyperfine is not installed)"


def _own_clock(argv: Sequence[str], runs: int) -> float:
    started = time.perf_counter()
    for _ in range(runs):
        process.run(argv)
    return (time.perf_counter() - started) / runs


def _nothing() -> None:
    return
