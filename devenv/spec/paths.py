"""Paths into a spec as people write them: `resources.cpus`, `ports[0].host`, `env."a.b"`. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.spec.kinds import Path

_BARE = r"[^.\[\]\"'=\s]+"
_STEP = re.compile(rf"""(?P<bare>{_BARE})|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|\[(?P<index>[0-9]{{1,6}})\]""")
_LONGEST_SHOWN = 60


def dotted(path: Path) -> str:
    """Return a path for a message, in the form that `parse_path` reads; overlong keys are cut."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
            continue
        short = step if len(step) <= _LONGEST_SHOWN else step[: _LONGEST_SHOWN - 3] + "..."
        plain = re.fullmatch(_BARE, short) and short.isprintable()
        shown = short if plain else '"' + short.replace('"', "'").encode("unicode_escape").decode() + '"'
        text += f".{shown}" if text else shown
    return text


def parse_path(text: str) -> Path:
    """Return the steps of a path: names between dots (in quotes where they hold dots), and list indexes in brackets.

    Raises:
        ValueError: it is not a path; the text says at which character.
    """
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        index = match["index"] if match else None
        if match is None or (not steps and index is not None):
            raise ValueError(f"cannot be read from character {at + 1} on")
        name = next((match[kind] for kind in ("bare", "double", "single") if match[kind] is not None), "")
        steps.append(name if index is None else int(index))
        at = match.end()
        if at < len(text) and text[at] == ".":
            at += 1
            if at == len(text):
                raise ValueError("ends with a dot")
        elif at < len(text) and text[at] != "[":
            raise ValueError(f"needs a dot before character {at + 1}")
    if not steps:
        raise ValueError("is empty")
    return tuple(steps)
