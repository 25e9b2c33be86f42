"""Reading Compose's `${VAR:-default}` just far enough to find the parts of a string around it.

Services' strings are interpolated by Compose, after rendering. So a path or a port is cut into parts here without
knowing its final value, and a `:` or a `/` inside braces is none of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENING = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:?-)?")


@dataclass(frozen=True)
class Defaulted:
    """A string that starts with `${NAME:-default}`: `opening` + `default` + `rest` is the whole of it."""

    opening: str
    default: str
    rest: str


def split(text: str, separator: str = ":") -> list[str]:
    """Split `text` at each `separator` that is not inside `${...}` or `[...]`."""
    parts = [""]
    depth = brackets = 0
    for position, char in enumerate(text):
        if char == "$" and text[position + 1 : position + 2] == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif not depth and char in "[]":
            brackets += 1 if char == "[" else -1
        if char == separator and not depth and brackets <= 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def leading_default(text: str) -> Defaulted | None:
    """Return the parts of a string that starts with a variable that has a default, else None."""
    opening = _OPENING.match(text)
    if opening is None or opening.group(2) is None:
        return None
    end = _closing(text)
    if end is None:
        return None
    return Defaulted(text[: opening.end()], text[opening.end() : end], text[end:])


def starts_with_variable(text: str) -> bool:
    """Tell whether the first characters of `text` are known only after interpolation."""
    return text.startswith("$") and not text.startswith("$$")


def _closing(text: str) -> int | None:
    depth = 0
    for position, char in enumerate(text):
        if char == "{" and text[position - 1] == "$":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return position
    return None
