"""`up`: what devenv adds to Docker Compose when it makes a sandbox from nothing.

Images are present, as they are on all but the first day; leases, credentials, buckets and the proof by reading back are
what devenv does besides.
"""

from __future__ import annotations

from benchmarks import clock, small
from benchmarks.rig import DEVENV, rig
from benchmarks.rows import Row, row


def measure() -> list[Row]:
    """Time both from nothing: everything is removed between."""
    with rig() as made:
        spec = made.write(small.NAME, small.SPEC)
        alone = small.rendered(made.up(spec)).copy(made.folder / "compose")

        def remove_both() -> None:
            alone.down()
            made.destroy(small.NAME)

        found = clock.ratios([DEVENV, "up", "-f", str(spec)], alone.up, rounds=7, around=remove_both)
    return [row("up", found, "<= 1.15")]
