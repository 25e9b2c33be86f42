"""What a plain YAML scalar means: as Compose's reader (go-yaml v3) has it, which is YAML 1.2 with Go's integers.

PyYAML resolves YAML 1.1, where `yes` and `on` are booleans, `22:22` is 1342 in base 60 and 2026-01-01 is a date. In
Compose they are text, and words that mean one thing in `services` must not mean another here. Ported rule by rule from
`resolve` of go.yaml.in/yaml/v3 (v3.0.4), including legacy octals: `mode: 0440` is 288, as in Compose.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 400  # the longest float that Go reads as a finite one has 309 digits before its point
_BEYOND = {"": 2**64, "+": 2**63, "-": 2**63 + 1}  # what Go's uint64 and int64 cannot hold is a float


def resolve(text: str) -> Scalar:
    """Return what the plain scalar `text` means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    # Underscores are dropped from numbers; behind a leading point they must stand between digits.
    plain = re.sub("(?<=[0-9])_(?=[0-9])", "", text) if text[0] == "." else text.replace("_", "")
    match = _INTEGER.fullmatch(plain)
    if match:
        sign, hexadecimal, binary, octal, decimal = match.groups()
        digits, base = next(
            (part, of) for part, of in ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10)) if part
        )
        number = int(digits, base)
        if number < _BEYOND[sign]:
            return -number if sign == "-" else number
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        return value if math.isfinite(value) else text
    return text
