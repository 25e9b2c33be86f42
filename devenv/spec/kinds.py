"""What a kind of value is: how a field is read, written back, and described to an editor.

A field of `devenv.spec.model` is `Annotated[type, kind, "what it is for"]`. Reading never raises: it reports a fault at
a path and returns `BAD`, so that one pass finds everything that is wrong.

The kinds themselves are in `devenv.spec.scalars` and `devenv.spec.structs`.

Why not pydantic models: measured side by side, importing pydantic and defining 24 small models costs 190 ms, importing
`devenv.spec.model` 60 ms (20 of them are `dataclasses`, which the agent's words need anyway). Every verb reads the
spec, and an `up` with nothing to do may take about 300 ms in all. These kinds also say what is wrong in our own words,
where another library's would have to be translated.
"""

from __future__ import annotations

import difflib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Path = tuple["str | int", ...]


class Report(Protocol):
    """Where faults go, and what the file said literally."""

    def fault(self, path: Path, message: str, *, at_key: bool = False) -> None:
        """Note that the value (or the key, with `at_key`) at `path` is wrong."""

    def written(self, path: Path) -> str | None:
        """Return the scalar at `path` letter by letter (`1.10`, not 1.1), or None where no file said it."""


class Kind(Protocol):
    """One kind of value."""

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the parsed value, or `BAD` after reporting why not."""

    def write(self, value: Any) -> Any:
        """Return plain data that `read` turns into `value`."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of what may be written."""


class _Bad:
    def __repr__(self) -> str:
        return "BAD"


BAD: Final = _Bad()
"""What reading returns for a value that is wrong and has been reported."""

_LONGEST_GUESS = 64
_LONGEST_SHOWN = 60


def shown(value: Any) -> str:
    """Return `value` for a message: short, on one line, text in quotes."""
    if isinstance(value, dict):
        return f"a map of {len(value)}" if value else "an empty map"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return `; did you mean X?` when `word` is close to one of `known`, else nothing."""
    if not isinstance(word, str) or len(word) > _LONGEST_GUESS:
        return ""
    meant = _closest(word.lower(), tuple(known))
    return f"; did you mean {meant}?" if meant else ""


@lru_cache(maxsize=1024)
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word, by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def one_of(words: Sequence[str]) -> str:
    """Return `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
