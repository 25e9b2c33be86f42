"""What leaves the program: data on stdout, prose on stderr, one JSON envelope, one place that colours.

A verb returns a `Result`; `emit` prints it. Warnings are collected on the way, printed as they come and repeated in the
envelope. No other module under `cli` prints.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from devenv import errors, locations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCHEMA = "devenv/v1"
# The debug log is kept to this, and one older one.
_LOG_BYTES = 4 * 1024 * 1024
_warnings: list[str] = []
_settings: dict[str, bool] = {"json": False, "quiet": False}


@dataclass(frozen=True)
class Result:
    """What a verb has to say: `data` for `--json`, `text` for people, and the exit code."""

    data: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    exit_code: int = 0
    error: errors.DevenvError | None = None


def configure(*, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Set how this process speaks, and send its log to the debug log (and to stderr with `verbose`)."""
    _settings.update(json=as_json, quiet=quiet)
    _warnings.clear()
    logger = logging.getLogger("devenv")
    logger.setLevel(logging.DEBUG)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.addHandler(_log_file())
    if verbose:
        logger.addHandler(logging.StreamHandler(sys.stderr))


def say(text: str) -> None:
    """Print prose to stderr, unless the user asked for quiet."""
    if not _settings["quiet"]:
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def warn(text: str) -> None:
    """Print a warning to stderr and keep it for the envelope; the same one is said once."""
    if text in _warnings:
        return
    _warnings.append(text)
    if not _settings["json"]:
        print(f"{paint('warning:', 'yellow')} {text}", file=sys.stderr, flush=True)  # noqa: T201


def emit(result: Result) -> int:
    """Print a verb's result and return its exit code."""
    if _settings["json"]:
        _document(ok=result.error is None, data=result.data, error=result.error)
    else:
        if result.text:
            print(result.text)  # noqa: T201
        if result.error:
            _prose(result.error)
    if result.error:
        return result.error.exit_code
    return result.exit_code


def emit_line(data: dict[str, Any]) -> None:
    """Print one line of a JSON Lines stream."""
    print(json.dumps(data, ensure_ascii=False), flush=True)  # noqa: T201


def fail(error: errors.DevenvError, *, as_json: bool) -> int:
    """Print an error, as prose or as the envelope, and return its exit code."""
    if as_json:
        _document(ok=False, data={}, error=error)
    else:
        _prose(error)
    return error.exit_code


def unexpected(error: Exception) -> errors.DevenvError:
    """Return the one line that a user sees of an error that nobody foresaw."""
    return errors.DevenvError(
        f"unexpected {type(error).__name__}: {error}",
        hint=f"this is a defect of devenv; the trace is in {locations.debug_log()}",
    )


def quiet() -> bool:
    """Tell whether the user wants no prose."""
    return _settings["quiet"]


def json_wanted() -> bool:
    """Tell whether stdout must be one JSON document."""
    return _settings["json"]


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return `text` in an ANSI colour where `stream` (stderr) is a terminal that wants it, else unchanged."""
    codes = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}
    if not colours(stream or sys.stderr):
        return text
    return f"\x1b[{codes[colour]}m{text}\x1b[0m"


def colours(stream: TextIO) -> bool:
    """Tell whether `stream` may get ANSI codes (a terminal, no NO_COLOR, not TERM=dumb)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def table(rows: Sequence[Sequence[object]], head: Sequence[str]) -> str:
    """Return rows under a head as aligned plain text, the last column ragged."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in cells
    )


def pairs(rows: Iterable[tuple[str, object]], indent: str = "") -> str:
    """Return labels and values as two aligned columns; a row whose value is empty is left out."""
    kept = [(label, str(value)) for label, value in rows if value not in (None, "")]
    width = max((len(label) for label, _ in kept), default=0)
    return "\n".join(f"{indent}{label.ljust(width)}  {value}" for label, value in kept)


def _prose(error: errors.DevenvError) -> None:
    lines = error.message.splitlines() or [type(error).__name__]
    if isinstance(error, errors.SpecInvalid):
        text = "\n".join(lines)
    else:
        text = "\n".join([f"{paint('error:', 'red')} {lines[0]}", *(f"  {line}" for line in lines[1:])])
    print(text, file=sys.stderr)  # noqa: T201
    if error.hint:
        print(f"{paint('hint:', 'cyan')} {error.hint}", file=sys.stderr, flush=True)  # noqa: T201


def _document(*, ok: bool, data: dict[str, Any], error: errors.DevenvError | None) -> None:
    document = {
        "schema": SCHEMA,
        "ok": ok,
        "data": data,
        "warnings": list(_warnings),
        "error": _error(error) if error else None,
    }
    print(json.dumps(document, ensure_ascii=False, indent=2, default=str), flush=True)  # noqa: T201


def _error(error: errors.DevenvError) -> dict[str, Any]:
    first = error.faults[0] if isinstance(error, errors.SpecInvalid) and error.faults else None
    body: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "path": first.path if first else None,
        "line": first.line if first else None,
        "col": first.col if first else None,
    }
    if isinstance(error, errors.SpecInvalid):
        body["faults"] = [vars(fault) for fault in error.faults]
    return body


def _log_file() -> logging.Handler:
    path = locations.debug_log()
    try:
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        handler: logging.Handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"))
    return handler
