"""What long work tells whoever watches: phases with times, and the lines that tools print meanwhile."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Watcher(Protocol):
    """Somebody who shows progress (`devenv.cli.progress`), or nobody."""

    def begin(self, phase: str) -> None:
        """Show that a phase has begun."""
        ...

    def line(self, text: str) -> None:
        """Show a line that a tool printed."""
        ...

    def end(self, phase: str, seconds: float, note: str) -> None:
        """Show that a phase has ended well."""
        ...

    def fail(self, phase: str, seconds: float) -> None:
        """Show that a phase has not ended well."""
        ...

    def warn(self, text: str) -> None:
        """Show a warning."""
        ...


class Silent:
    """A watcher who shows nothing."""

    def begin(self, phase: str) -> None:
        """Ignore it."""

    def line(self, text: str) -> None:
        """Ignore it."""

    def end(self, phase: str, seconds: float, note: str) -> None:
        """Ignore it."""

    def fail(self, phase: str, seconds: float) -> None:
        """Ignore it."""

    def warn(self, text: str) -> None:
        """Ignore it."""


class Phases:
    """Times the phases of one verb and tells a watcher. `timings` maps phase to seconds, in order."""

    def __init__(self, watcher: Watcher | None = None) -> None:
        self._watcher = watcher or Silent()
        self._note = ""
        self.timings: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        self._note = ""
        self._watcher.begin(name)
        start = time.perf_counter()
        try:
            yield
        except BaseException:
            self._watcher.fail(name, time.perf_counter() - start)
            raise
        seconds = time.perf_counter() - start
        self.timings[name] = round(seconds, 3)
        self._watcher.end(name, seconds, self._note)

    def note(self, text: str) -> None:
        """Say what the phase at work has come to."""
        self._note = text

    def line(self, text: str) -> None:
        """Hand on a line that a tool printed."""
        self._watcher.line(text)

    def warn(self, text: str) -> None:
        """Hand on a warning."""
        self._watcher.warn(text)
