"""`victim`: how much of its speed a sandbox keeps beside a noisy neighbour, on cores of its own.

The neighbour is a sandbox without cores of its own, so it lives where devenv lets such ones live. The contrast
(`victim-shared`) puts the same neighbour by hand onto the victim's cores, as plain Docker lets anybody do: it shows
that the neighbour is noisy, and that the rig would notice.

The question is what the neighbour takes, so a pair in which somebody else took the victim's core (a build, a browser)
is taken again. Nobody can hide in that: the kernel is asked first whether the neighbour may run there at all.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.rig import rig
from benchmarks.rows import Row, row
from devenv import process
from devenv.agent import readback
from devenv.errors import Differs

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS = 9
TRIES = 60
SECONDS = 2
# A pair is taken again when strangers had the victim's core for more than this share of it: a third of what the bar
# leaves, so that they cannot decide the figure.
STRANGERS = 0.01
# Work that stays in the first-level cache and never waits: what it loses, it loses to somebody on its core.
WORK = f"""
import hashlib, time
block, done = bytes(4096), 0
began, own = time.monotonic(), time.process_time()
while (now := time.monotonic()) < began + {SECONDS}:
    hashlib.sha256(block).digest()
    done += 1
print(done / (now - began), 1 - (time.process_time() - own) / (now - began))
"""
BURN = "for i in 1 2 3 4; do (while :; do :; done) & done; wait"
IDLE: dict[str, Any] = {"box": "python-ml", "workspace": False, "minio": False}


@dataclass(frozen=True)
class Sample:
    """The victim's work for a while: hashes per second, and the share of the time in which it was kept waiting."""

    rate: float
    waited: float


def measure() -> list[Row]:
    """Measure the victim's throughput in pairs, neighbour at work / neighbour paused, in alternating order.

    Raises:
        Differs: the neighbour may run on the victim's cores, or others were on them all the time.
    """
    with rig() as made:
        victim = made.up(made.write("bench-victim", {**IDLE, "command": ["sleep", "infinity"]}))
        shared = {**IDLE, "command": ["sh", "-c", BURN], "resources": {"dedicated": False}}
        noisy = made.container(made.up(made.write("bench-neighbour", shared)))
        target = made.container(victim)
        _must_keep_off(noisy, victim["lease"]["cpus"])
        _sample(target)  # the first one warms up

        dedicated = _undisturbed_pairs(target, noisy)
        _move(noisy, victim["lease"]["cpus"])
        together = [_ratio(_pair(target, noisy, number)) for number in range(PAIRS)]
    return [row("victim", dedicated, ">= 0.97"), row("victim-shared", together, "<= 0.9")]


def _undisturbed_pairs(target: str, noisy: str) -> list[float]:
    found: list[float] = []
    for tries in range(TRIES):
        pair = _pair(target, noisy, tries)
        if all(sample.waited <= STRANGERS for sample in pair):
            found.append(_ratio(pair))
        if len(found) == PAIRS:
            _say(f"{tries + 1 - PAIRS} of {tries + 1} pairs were taken again: others were on the victim's core")
            return found
    raise Differs(f"this machine is too busy: only {len(found)} of {TRIES} pairs had the victim's core to themselves")


def _pair(target: str, noisy: str, number: int) -> tuple[Sample, Sample]:
    taken = {}
    for loud in (True, False) if number % 2 == 0 else (False, True):
        _set_loud(noisy, loud=loud)
        taken[loud] = _sample(target)
    return taken[True], taken[False]


def _ratio(pair: tuple[Sample, Sample]) -> float:
    loud, quiet = pair
    return loud.rate / quiet.rate


def _sample(target: str) -> Sample:
    rate, waited = process.run(["docker", "exec", target, "python", "-c", WORK]).stdout.split()
    return Sample(float(rate), float(waited))


def _must_keep_off(noisy: str, cpus: Sequence[int]) -> None:
    listed = process.run(["docker", "top", noisy, "-o", "pid"]).stdout.split()
    allowed = {cpu for pid in listed if pid.isdigit() for cpu in readback.process_cpus(int(pid))}
    if not allowed or allowed & set(cpus):
        raise Differs(f"the neighbour may run on CPUs {sorted(allowed)}, the victim's are {list(cpus)}")


def _set_loud(noisy: str, *, loud: bool) -> None:
    paused = process.run(["docker", "inspect", "--format", "{{.State.Paused}}", noisy]).stdout.strip() == "true"
    if paused == loud:
        process.run(["docker", "unpause" if loud else "pause", noisy])


def _move(noisy: str, cpus: Sequence[int]) -> None:
    _set_loud(noisy, loud=True)  # a paused container's cpuset cannot be changed on every kernel
    process.run(["docker", "update", "--cpuset-cpus", ",".join(map(str, cpus)), noisy])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
