"""Shows phases and their times on stderr: rewritten lines on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time

from devenv.cli import output

_WIDTH = 9
_REDRAW_S = 0.1


class Display:
    """A `devenv.sandbox.progress.Watcher` on stderr; the lines of tools are shown on a terminal only."""

    def __init__(self) -> None:
        self._live = output.colours(sys.stderr) and not output.quiet() and not output.json_wanted()
        self._silent = output.quiet() or output.json_wanted()
        self._phase = ""
        self._began = self._drawn = 0.0

    def begin(self, phase: str) -> None:
        """Show that a phase has begun."""
        self._phase, self._began, self._drawn = phase, time.monotonic(), 0.0
        if self._live:
            self._draw("")

    def line(self, text: str) -> None:
        """Show a line that a tool printed, in place of the one before."""
        if self._live and time.monotonic() - self._drawn > _REDRAW_S:
            self._draw(text)

    def end(self, phase: str, seconds: float, note: str) -> None:
        """Leave one line for the phase: its name, its time, what it came to."""
        if self._silent:
            return
        clear = "\r\x1b[K" if self._live else ""
        mark = output.paint("✓", "green") if self._live else "-"
        line = f"{clear}{mark} {phase.ljust(_WIDTH)} {seconds:6.2f} s  {note}".rstrip()
        print(line, file=sys.stderr, flush=True)  # noqa: T201

    def fail(self, phase: str, seconds: float) -> None:
        """Say which phase did not end, on a terminal: the line that was being drawn is not left behind half."""
        if self._live:
            line = f"\r\x1b[K{output.paint('✗', 'red')} {phase.ljust(_WIDTH)} {seconds:6.2f} s"
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    def warn(self, text: str) -> None:
        """Show a warning above what is being drawn."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr)  # noqa: T201
        output.warn(text)

    def _draw(self, text: str) -> None:
        self._drawn = time.monotonic()
        seconds = self._drawn - self._began
        room = shutil.get_terminal_size().columns - _WIDTH - 16
        shown = "".join(c for c in text if c.isprintable())[: max(room, 0)]
        line = f"\r\x1b[K… {self._phase.ljust(_WIDTH)} {seconds:6.1f} s  {output.paint(shown, 'dim')}"
        print(line, end="", file=sys.stderr, flush=True)  # noqa: T201
