"""The only module that runs other programs: always from a list, never through a shell.

Three ways: `run` collects what a program says, `stream` hands it on line by line, `attach` gives it this terminal.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.errors import CommandFailed, ToolMissing, Unhealthy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)
# Enough to tell `docker exec` from `docker build`, and too short for what is run inside.
_LOGGED_WORDS = 4

# Of this thread (or task) alone: what another thread runs has nothing to do with our locks.
_handed_on: contextvars.ContextVar[tuple[int, ...]] = contextvars.ContextVar("handed_on", default=())


@dataclass(frozen=True)
class Completed:
    """What a program left behind: its exit code and its two outputs."""

    returncode: int
    stdout: str
    stderr: str


@contextlib.contextmanager
def handing_on(descriptor: int) -> Iterator[None]:
    """Leave a descriptor open to every program that `stream` starts: a lock on it is held until the last has ended."""
    token = _handed_on.set((*_handed_on.get(), descriptor))
    try:
        yield
    finally:
        _handed_on.reset(token)


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
    check: bool = True,
) -> Completed:
    """Run `argv` to its end and return what it said.

    `env` is added to this process's environment. `timeout` is in seconds.

    Raises:
        ToolMissing: the program is not on PATH.
        CommandFailed: it ended with another code than 0 (only with `check`).
        Unhealthy: it did not end in time.
    """
    log.debug("run %s", _shown(argv))
    try:
        done = subprocess.run(
            list(argv),
            env=_environment(env),
            cwd=cwd,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise _missing(argv) from None
    except subprocess.TimeoutExpired as error:
        raise Unhealthy(f"`{' '.join(argv[:4])}` did not end within {error.timeout:.0f} s") from None
    if check and done.returncode:
        raise CommandFailed(list(argv), done.returncode, done.stderr or done.stdout)
    return Completed(done.returncode, done.stdout, done.stderr)


def stream(
    argv: Sequence[str],
    on_line: Callable[[str], None],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: bool = True,
) -> int:
    """Run `argv`, hand each line of its joined output to `on_line`, and return its exit code.

    A line ends at a newline or a carriage return, so that progress bars arrive as they are drawn. When this process
    is interrupted the program is asked to end (SIGINT) and waited for.

    Raises:
        ToolMissing: the program is not on PATH.
        CommandFailed: it ended with another code than 0 (only with `check`); carries its last lines.
    """
    log.debug("stream %s", _shown(argv))
    tail: list[str] = []
    try:
        child = subprocess.Popen(
            list(argv),
            env=_environment(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=_handed_on.get(),
        )
    except FileNotFoundError:
        raise _missing(argv) from None
    with child:
        assert child.stdout is not None  # noqa: S101 -- PIPE was asked for
        try:
            for raw in child.stdout:
                for line in raw.rstrip("\n").split("\r"):
                    if line:
                        tail = [*tail[-40:], line]
                        on_line(line)
            code = child.wait()
        except BaseException:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(timeout=2)
            except subprocess.TimeoutExpired:
                child.kill()
            raise
    if check and code:
        raise CommandFailed(list(argv), code, "\n".join(tail))
    return code


def attach(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> int:
    """Run `argv` on this terminal and return its exit code (128 + n when signal n ended it).

    Raises:
        ToolMissing: the program is not on PATH.
    """
    log.debug("attach %s", _shown(argv))
    try:
        child = subprocess.Popen(list(argv), env=_environment(env))
    except FileNotFoundError:
        raise _missing(argv) from None
    # Ctrl-C goes to the whole terminal group; the child decides what it means, and we report what became of it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return 128 - code if code < 0 else code


def _shown(argv: Sequence[str]) -> str:
    # Only the beginning: what a person runs inside a sandbox may have a password in its arguments.
    return " ".join(argv[:_LOGGED_WORDS])


def _environment(extra: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if extra is None else {**os.environ, **extra}


def _missing(argv: Sequence[str]) -> ToolMissing:
    return ToolMissing(f"`{argv[0]}` is not installed, or not on PATH", hint="`devenv doctor` says what is missing")
