"""CPU lists as the kernel, Docker and people write them: `0-3,7`. Pure."""

from __future__ import annotations

from typing import Iterable, List, Set, Tuple

# A range such as `0-999999999` from a broken file must not fill the memory.
_MOST_CPUS = 8192


def parse(text: str) -> Tuple[int, ...]:
    """Return the CPU ids in `text`, ascending.

    Raises:
        ValueError: it is not such a list.
    """
    ids: Set[int] = set()
    for part in text.replace("\n", "").split(","):
        if not part.strip():
            continue
        first, dash, last = part.strip().partition("-")
        # The kernel's stride form, `0-31:2/4`, is not written by any file that we read.
        start, end = int(first), int(last if dash else first)
        if not 0 <= start <= end < _MOST_CPUS:
            raise ValueError(f"{part.strip()!r} is not a range of CPUs")
        ids.update(range(start, end + 1))
    return tuple(sorted(ids))


def show(ids: Iterable[int]) -> str:
    """Return CPU ids as such a list."""
    runs: List[List[int]] = []
    for number in sorted(set(ids)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
