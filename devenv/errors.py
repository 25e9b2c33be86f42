"""The error tree: each class is a decision about what the caller should do next, and its exit code.

Nothing outside this module knows an exit code by number. `devenv.cli.output` turns an error into one line and a hint,
or into the `error` object of `--json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class DevenvError(Exception):
    """Base of all errors that a user may see: a message, and a hint that says what to do."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "unexpected"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageFault(DevenvError):
    """The command line is wrong, or a question had nobody to answer it."""

    exit_code = 2
    code = "usage"


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a file: where it is, and what to do about it. `line` and `col` count from 1."""

    file: str
    line: int
    col: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.col}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class SpecInvalid(DevenvError):
    """A spec does not say what a spec may say. Carries every fault, not just the first."""

    exit_code = 3
    code = "spec-invalid"

    def __init__(self, faults: list[Fault], *, hint: str | None = None) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults), hint=hint)


class NotFound(DevenvError):
    """There is no such sandbox, box, target or file."""

    exit_code = 4
    code = "not-found"


class Busy(DevenvError):
    """Somebody else holds the lock; trying again later may work."""

    exit_code = 5
    code = "busy"


class NoCapacity(DevenvError):
    """The host cannot give what was asked: the message says who holds what, the hint what would fit."""

    exit_code = 6
    code = "no-capacity"


class ToolMissing(DevenvError):
    """A tool, an engine, a backend or a credential that this needs is not there."""

    exit_code = 7
    code = "tool-missing"


class PartlyDone(DevenvError):
    """Some of it is done and some is not; the message says which."""

    exit_code = 8
    code = "partly-done"


class Differs(DevenvError):
    """What is there is not what was declared."""

    exit_code = 9
    code = "differs"


class Unhealthy(DevenvError):
    """It was started, but did not become healthy within its time."""

    exit_code = 10
    code = "unhealthy"


class Refused(DevenvError):
    """A rule forbids it (price, protection, loss of data)."""

    exit_code = 11
    code = "refused"


class Interrupted(DevenvError):
    """The user pressed Ctrl-C."""

    exit_code = 130
    code = "interrupted"


class CommandFailed(DevenvError):
    """A program that devenv ran ended with an error; the message carries the end of what it said."""

    def __init__(self, argv: list[str], returncode: int, output: str, *, hint: str | None = None) -> None:
        tail = "\n".join(output.strip().splitlines()[-12:])
        super().__init__(f"`{' '.join(argv[:4])}` failed with exit code {returncode}: {tail}", hint=hint)
        self.returncode = returncode
        self.output = output
