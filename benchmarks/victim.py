"""`victim`: how much of its speed a sandbox keeps beside a noisy neighbour, on cores of its own.

The neighbour is a sandbox without cores of its own, so it lives where devenv lets such ones live. The contrast
(`victim-shared`) puts the same neighbour by hand onto the victim's cores, as plain Docker lets anybody do: it shows
that the neighbour is noisy, and that the rig would notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.rig import rig
from benchmarks.rows import Row, row
from devenv import process

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS = 9
SECONDS = 2
# Work that stays in the first-level cache and never waits: what it loses, it loses to somebody on its core.
WORK = f"""
import hashlib, time
block, done, end = bytes(4096), 0, time.monotonic() + {SECONDS}
while time.monotonic() < end:
    hashlib.sha256(block).digest()
    done += 1
print(done)
"""
BURN = "for i in 1 2 3 4; do (while :; do :; done) & done; wait"
IDLE: dict[str, Any] = {"box": "python-ml", "workspace": False, "minio": False}


def measure() -> list[Row]:
    """Measure the victim's throughput in pairs, neighbour at work / neighbour paused, in alternating order."""
    with rig() as made:
        victim = made.up(made.write("bench-victim", {**IDLE, "command": ["sleep", "infinity"]}))
        shared = {**IDLE, "command": ["sh", "-c", BURN], "resources": {"dedicated": False}}
        noisy = made.container(made.up(made.write("bench-neighbour", shared)))
        target = made.container(victim)
        _throughput(target)  # the first one warms up

        dedicated = _pairs(target, noisy)
        _move(noisy, victim["lease"]["cpus"])
        together = _pairs(target, noisy)
    return [row("victim", dedicated, ">= 0.97"), row("victim-shared", together, "<= 0.9")]


def _pairs(target: str, noisy: str) -> list[float]:
    found = []
    for number in range(PAIRS):
        taken = {}
        for loud in (True, False) if number % 2 == 0 else (False, True):
            _set_loud(noisy, loud=loud)
            taken[loud] = _throughput(target)
        found.append(taken[True] / taken[False])
    return found


def _throughput(target: str) -> int:
    return int(process.run(["docker", "exec", target, "python", "-c", WORK]).stdout)


def _set_loud(noisy: str, *, loud: bool) -> None:
    paused = process.run(["docker", "inspect", "--format", "{{.State.Paused}}", noisy]).stdout.strip() == "true"
    if paused == loud:
        process.run(["docker", "unpause" if loud else "pause", noisy])


def _move(noisy: str, cpus: Sequence[int]) -> None:
    _set_loud(noisy, loud=True)  # a paused container's cpuset cannot be changed on every kernel
    process.run(["docker", "update", "--cpuset-cpus", ",".join(map(str, cpus)), noisy])
