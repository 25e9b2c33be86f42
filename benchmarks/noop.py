"""`noop`: what `devenv up` costs when there is nothing to do, against Docker Compose on the very same containers."""

from __future__ import annotations

from benchmarks import clock, small
from benchmarks.rig import DEVENV, rig
from benchmarks.rows import Row, row
from devenv import process
from devenv.errors import Differs


def measure() -> list[Row]:
    """Time both on one running sandbox.

    Raises:
        Differs: one of them did something, so that nothing was measured.
    """
    with rig() as made:
        spec = made.write(small.NAME, small.SPEC)
        same = small.rendered(made.up(spec))
        before = same.containers()
        process.run(same.up)
        found = clock.ratios([DEVENV, "up", "-f", str(spec)], same.up, rounds=9, batch=2)
        if same.containers() != before:
            raise Differs("with nothing to do, containers were made anew")
    return [row("noop", found, "<= 0.5")]
