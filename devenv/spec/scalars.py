"""Kinds of one value: text, numbers, sizes, durations, commands. See `devenv.spec.kinds`."""

from __future__ import annotations

import json
import math
import re
import shlex
from typing import TYPE_CHECKING, Any

from devenv.spec import units
from devenv.spec.kinds import BAD, did_you_mean, one_of, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.spec.kinds import Path, Report


def leading_zero(value: Any, path: Path, report: Report) -> bool:
    """Report a number written with a leading zero: octal to some readers of YAML, decimal to others."""
    written = report.written(path) if isinstance(value, int | float) else None
    if not written or not re.fullmatch(r"[-+]?0[0-9_]+", written):
        return False
    plain = written.lstrip("+-0_") or "0"
    report.fault(
        path, f"must not start with a zero (octal or decimal?); got {written[:40]}; did you mean {plain[:40]}?"
    )
    return True


class Text:
    """A string; with `pattern`, one that matches it whole, else the fault says `must be {rule}`."""

    def __init__(self, pattern: str | None = None, rule: str = "text", *, longest: int = 4096) -> None:
        self.pattern = pattern
        self.rule = rule
        self.longest = longest

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the string."""
        if not isinstance(value, str):
            report.fault(path, f"must be {self.rule}; got {self._unquoted(value, path, report)}")
        elif self.pattern and not re.fullmatch(self.pattern, value):
            report.fault(path, f"must be {self.rule}; got {shown(value)}")
        elif len(value) > self.longest:
            report.fault(path, f"must be at most {self.longest} characters; got {len(value)}")
        elif not value.strip():
            report.fault(path, "must not be empty")
        elif "\0" in value:
            report.fault(path, "must not contain a NUL character")
        else:
            return value
        return BAD

    def write(self, value: str) -> str:
        """Return the string."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe a string."""
        found: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": self.longest}
        return {**found, "pattern": f"^(?:{self.pattern})$"} if self.pattern else found

    def _unquoted(self, value: Any, path: Path, report: Report) -> str:
        # 0755 is 493 to YAML: what was written is what would be right in quotes, or is not.
        written = report.written(path) if isinstance(value, int | float) else None
        if written is not None and self.pattern and re.fullmatch(self.pattern, written):
            return f'{written[:40]}; did you mean "{written[:40]}"?'
        return shown(value) + ("; put it in quotes" if isinstance(value, int | float) and not self.pattern else "")


class Whole:
    """A whole number from `least` to `most`. `unless` is the advice for a number that is not whole."""

    def __init__(self, least: int, most: int, unless: str = "") -> None:
        self.least = least
        self.most = most
        self.unless = unless

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the number."""
        if leading_zero(value, path, report):
            return BAD
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return value
        advice = ""
        if isinstance(value, float) and math.isfinite(value) and self.least <= value <= self.most:
            below = math.floor(value)
            near = [str(n) for n in (below, below + 1) if self.least <= n <= self.most]
            advice = f"; {self.unless}write {' or '.join(near)}"
        elif isinstance(value, str) and value.isascii() and value.isdigit():
            advice = f"; did you mean {value[:12]}, without quotes?"
        report.fault(path, f"must be a whole number from {self.least} to {self.most}; got {shown(value)}{advice}")
        return BAD

    def write(self, value: int) -> int:
        """Return the number."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe an integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Number:
    """A number above `above` and at most `most`."""

    def __init__(self, above: float, most: float) -> None:
        self.above = above
        self.most = most

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the number as a float."""
        if isinstance(value, int | float) and not isinstance(value, bool) and self.above < value <= self.most:
            return float(value)
        report.fault(path, f"must be a number above {self.above:g} and at most {self.most:g}; got {shown(value)}")
        return BAD

    def write(self, value: float) -> float:
        """Return the number, whole where it is."""
        return int(value) if value == int(value) else value

    def schema(self) -> dict[str, Any]:
        """Describe a number."""
        return {"type": "number", "exclusiveMinimum": self.above, "maximum": self.most}


class Flag:
    """`true` or `false`. `yes`, `on` and their kin are text in YAML 1.2, and get a did-you-mean."""

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the boolean."""
        if isinstance(value, bool):
            return value
        word = value.lower() if isinstance(value, str) else value
        meant = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}.get(str(word))
        hint = f"; did you mean {meant}?" if meant else ""
        report.fault(path, f"must be true or false; got {shown(value)}{hint}")
        return BAD

    def write(self, value: bool) -> bool:  # noqa: FBT001 -- the value is what this kind is about
        """Return the boolean."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe a boolean."""
        return {"type": "boolean"}


class OneOf:
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the word."""
        if isinstance(value, str) and value in self.words:
            return value
        hint = did_you_mean(value, self.words)
        report.fault(path, f"must be {one_of(self.words)}; got {shown(value)}{hint}")
        return BAD

    def write(self, value: str) -> str:
        """Return the word."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe an enumeration."""
        return {"enum": list(self.words)}


class Size:
    """Bytes, written `8GiB` or `8GB`; at least `least`."""

    def __init__(self, least: int = 1) -> None:
        self.least = least

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the bytes."""
        if leading_zero(value, path, report):
            return BAD
        if isinstance(value, bool) or not isinstance(value, str | int):
            report.fault(path, f"must be a size such as 512MiB, 8GiB or 40GB; got {shown(value)}")
            return BAD
        try:
            size = units.parse_size(value)
        except ValueError as error:
            report.fault(path, f"{error}; got {shown(value)}" if "did you mean" not in str(error) else str(error))
            return BAD
        if not self.least <= size < 2**63:
            guess = (
                f", which is in bytes; did you mean {value}GiB?"
                if isinstance(value, int) and 0 < size < self.least
                else ""
            )
            most = f"must be at least {units.format_size(self.least)} and below 8 EiB"
            report.fault(path, f"{most}; got {shown(value)}{guess}")
            return BAD
        return size

    def write(self, value: int) -> str:
        """Return the size with a unit."""
        return units.format_size(value)

    def schema(self) -> dict[str, Any]:
        """Describe text with a unit, or whole bytes."""
        pattern = r"^\s*[0-9]{1,19}(\.[0-9]{1,6})?\s?([KMGT]i?)?B\s*$"
        return {"anyOf": [{"type": "string", "pattern": pattern}, {"type": "integer", "minimum": self.least}]}


class Duration:
    """Seconds, written `10s`, `2h`, `1h30m` or `7d`; at least `least`."""

    def __init__(self, least: float = 0.001) -> None:
        self.least = least

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the seconds."""
        if not isinstance(value, str):
            guess = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9
            hint = f"; did you mean {value}s or {value}m?" if guess else ""
            report.fault(path, f"must be a duration such as 10s, 2h, 1h30m or 7d; got {shown(value)}{hint}")
            return BAD
        try:
            seconds = units.parse_duration(value)
        except ValueError as error:
            report.fault(path, f"{error}; got {shown(value)}")
            return BAD
        if seconds < self.least:
            report.fault(path, f"must be at least {units.format_duration(self.least)}; got {shown(value)}")
            return BAD
        return seconds

    def write(self, value: float) -> str:
        """Return the duration with units."""
        return units.format_duration(value)

    def schema(self) -> dict[str, Any]:
        """Describe text with units."""
        return {
            "type": "string",
            "pattern": r"^\s*(?=\S)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+(\.[0-9]{1,3})?s)?([0-9]+ms)?\s*$",
        }


class Argv:
    """A command: a list of words, or one line that is split as a shell would, but run by none."""

    def __init__(self, *, by_sh: bool = False, empty: bool = False) -> None:
        # With `by_sh` a line of text is for `sh -c` in the sandbox, as in Compose's CMD-SHELL. `empty`: may be [].
        self.by_sh = by_sh
        self.empty = empty

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return a tuple of words."""
        if isinstance(value, str) and value.strip() and "\0" not in value:
            if self.by_sh:
                return ("sh", "-c", value)
            try:
                return tuple(shlex.split(value))
            except ValueError as error:
                report.fault(path, f"cannot be split into words ({str(error).lower()}); got {shown(value)}")
                return BAD
        if not isinstance(value, list) or not (value or self.empty):
            report.fault(path, f"must be a list of words or one line of text; got {shown(value)}")
            return BAD
        bad = False
        for index, word in enumerate(value):
            if not isinstance(word, str) or "\0" in word:
                quoted = "; put it in quotes" if isinstance(word, int | float) else ""
                report.fault((*path, index), f"must be text; got {shown(word)}{quoted}")
                bad = True
        return BAD if bad else tuple(value)

    def write(self, value: Sequence[str]) -> list[str]:
        """Return the list of words."""
        return list(value)

    def schema(self) -> dict[str, Any]:
        """Describe a line or a list."""
        words = {"type": "array", "items": {"type": "string"}, "minItems": 0 if self.empty else 1}
        return {"anyOf": [{"type": "string", "minLength": 1}, words]}


class Value:
    """The value of an environment variable: text, or a number or boolean taken as it was written."""

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the string: `1.10` stays 1.10, where a YAML number would have become 1.1."""
        if value is None or isinstance(value, dict | list):
            report.fault(path, f"must be text, a number or a boolean; got {shown(value)}")
            return BAD
        text = value if isinstance(value, str) else report.written(path) or json.dumps(value)
        if "\0" in text:
            report.fault(path, "must not contain a NUL character")
            return BAD
        return text

    def write(self, value: str) -> str:
        """Return the string."""
        return value

    def schema(self) -> dict[str, Any]:
        """Describe a scalar."""
        return {"type": ["string", "number", "boolean"]}


class Raw:
    """A map in somebody else's words (Compose's), kept as it is; `devenv.spec.services` looks into it."""

    def __init__(self, reference: str | None = None, *, empty: bool = False) -> None:
        # `empty`: nothing at all means an empty map, as in `volumes: {data: }`.
        self.reference = reference
        self.empty = empty

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """Return the map."""
        if isinstance(value, dict) or (value is None and self.empty):
            return value
        report.fault(path, f"must be a map; got {shown(value)}")
        return BAD

    def write(self, value: Any) -> Any:
        """Return the map."""
        return value

    def schema(self) -> dict[str, Any]:
        """Point to the schema of whose words these are."""
        found: dict[str, Any] = {"$ref": self.reference} if self.reference else {"type": "object"}
        return {"anyOf": [found, {"type": "null"}]} if self.empty else found


VARIABLE = Text(r"[A-Za-z_][A-Za-z0-9_]*", "letters, digits and underscores, no digit first")
"""The name of an environment variable."""
