"""`version`: how long devenv takes to say its version, against Compose. The floor under every other verb."""

from __future__ import annotations

from benchmarks import clock
from benchmarks.rig import DEVENV
from benchmarks.rows import Row, row


def measure() -> list[Row]:
    """Time both as whole processes, ten at a time."""
    found = clock.ratios([DEVENV, "--version"], ["docker", "compose", "version"], rounds=9, batch=10)
    return [row("version", found, "<= 1.0")]
