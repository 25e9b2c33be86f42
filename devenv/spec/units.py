"""Sizes and durations as people write them, and back. Pure.

A size is bytes: `8GiB` is 8 * 2**30 and `8GB` is 8 * 10**9, and the two are never mixed up, because a VM or a cloud
disk sold by the GB is 7 % smaller than one counted in GiB. A unit is required on text (`512` alone may be bytes or
MiB, depending on who is asked); a whole number without quotes is bytes, as `effective` writes it.
"""

from __future__ import annotations

import re

KIB = 2**10
MIB = 2**20
GIB = 2**30
TIB = 2**40

_SIZES = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": KIB,
    "MiB": MIB,
    "GiB": GIB,
    "TiB": TIB,
}
_SIZE = re.compile(r"([0-9]{1,19})(?:\.([0-9]{1,6}))?\s?([A-Za-z]*)")
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(
    r"(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,3})?)s)?(?:([0-9]{1,9})ms)?"
)

# What a wrong unit was probably meant as. Docker and Kubernetes both say `8g` and mean GiB; we ask for the word.
_MEANT = {"K": "KiB", "M": "MiB", "G": "GiB", "T": "TiB", "KI": "KiB", "MI": "MiB", "GI": "GiB", "TI": "TiB"}


def parse_size(written: str | int) -> int:
    """Return the bytes that `written` means.

    Raises:
        ValueError: it is not a size; the text says what would be.
    """
    if isinstance(written, int):
        if written < 0:
            raise ValueError("must not be negative")
        return written
    match = _SIZE.fullmatch(written.strip())
    if match is None:
        raise ValueError("must be a size such as 512MiB, 8GiB or 40GB")
    whole, fraction, unit = match.groups()
    if unit not in _SIZES:
        raise ValueError(_wrong_unit(f"{whole}.{fraction}" if fraction else whole, unit))
    scale = _SIZES[unit]
    # Integer arithmetic: 0.1GiB must not depend on how a float rounds.
    part = int(fraction) * scale // 10 ** len(fraction) if fraction else 0
    return int(whole) * scale + part


def format_size(size: int) -> str:
    """Return `size` (bytes) with the largest binary unit that divides it, else as bytes."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size and size % _SIZES[unit] == 0:
            return f"{size // _SIZES[unit]}{unit}"
    return f"{size}B"


def human_size(size: int) -> str:
    """Return `size` (bytes) as people read it, to three digits: 25276063744 is `23.5 GiB`."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size >= _SIZES[unit]:
            return f"{size / _SIZES[unit]:.3g} {unit}"
    return f"{size} B"


def parse_duration(written: str) -> float:
    """Return the seconds that `written` means: `10s`, `500ms`, `2h`, `1h30m`, `7d`.

    Raises:
        ValueError: it is not a duration; the text says what would be.
    """
    match = _DURATION.fullmatch(written.strip())
    if match is None or not any(match.groups()):
        raise ValueError("must be a duration such as 10s, 2h, 1h30m or 7d")
    parts = zip(match.groups(), _SECONDS.values(), strict=True)
    return round(sum(float(part) * scale for part, scale in parts if part), 3)


def format_duration(seconds: float) -> str:
    """Return `seconds` in the form that `parse_duration` reads: 5400.0 is `1h30m`."""
    left = round(seconds * 1000)
    parts = []
    for unit, scale in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, scale)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _wrong_unit(number: str, unit: str) -> str:
    if not unit:
        return f"needs a unit; did you mean {number}MiB or {number}GiB?"
    meant = _MEANT.get(unit.upper()) or next((known for known in _SIZES if known.upper() == unit.upper()), None)
    if meant:
        return f"has no unit {unit}; did you mean {number}{meant}?"
    return f"has no unit {unit}; must be one of {', '.join(_SIZES)}"
