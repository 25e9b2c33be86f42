"""Starts a program and kills it at a moment, with or without what it has started itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Cut:
    """How a program was cut off: after how many seconds, alone or with its children, and the last line it said."""

    verb: str
    seconds: float
    whole: bool
    ended: bool
    said: str

    def __str__(self) -> str:
        if self.ended:
            return f"`{self.verb}` ended before {self.seconds:.3f} s"
        how = "with its children" if self.whole else "alone"
        return f"`{self.verb}` killed {how} after {self.seconds:.3f} s, behind {self.said!r}"


def cut(argv: Sequence[str], log: Path, *, seconds: float, whole: bool) -> Cut:
    """Start `argv` and kill it after `seconds`; with `whole`, all that it has started as well.

    What it says goes to `log`, not to a pipe: an orphan would keep that open.
    """
    with log.open("w") as said:
        child = subprocess.Popen(
            list(argv), stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
    ended = False
    try:
        child.wait(timeout=seconds)
        ended = True
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if whole else os.kill)(child.pid, signal.SIGKILL)
        child.wait()
    lines = log.read_text(errors="replace").strip().splitlines()
    return Cut(argv[1], seconds, whole, ended, lines[-1] if lines else "")
