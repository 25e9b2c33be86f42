"""How values are spelled in a Compose file: sizes, durations, CPU sets, and `$`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNITS = ((1024**3, "g"), (1024**2, "m"))


def size(amount: int) -> str:
    """Spell bytes as Docker reads them: its `g` and `m` are powers of 1024; what neither fits is spelled out."""
    for unit, letter in _UNITS:
        if amount and amount % unit == 0:
            return f"{amount // unit}{letter}"
    return f"{amount}b"


def duration(seconds: float) -> str:
    """Spell seconds as Compose reads them, whole seconds where they are whole."""
    milliseconds = round(seconds * 1000)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"


def cpuset(cpus: Iterable[int]) -> str:
    """Spell CPU ids as the kernel lists them, such as `0-3,8`."""
    runs: list[list[int]] = []
    for cpu in sorted(set(cpus)):
        if runs and cpu == runs[-1][1] + 1:
            runs[-1][1] = cpu
        else:
            runs.append([cpu, cpu])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def escape(value: Any) -> Any:
    """Double every `$` in all strings of `value`, so that Compose does not interpolate what devenv means literally.

    Keys stay as they are: Compose does not interpolate keys.
    """
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: escape(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [escape(item) for item in value]
    return value
