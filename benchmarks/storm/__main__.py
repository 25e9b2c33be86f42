"""Lets the storms rage, prints the table, and writes the rows to `benchmarks/results.json`.

Exit codes: 0 nothing lost, unknown or stuck, 1 something was, 2 usage, 4 no such storm.
"""

from __future__ import annotations

import argparse
import difflib
import multiprocessing
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from benchmarks import fuzz_spec, rows
from benchmarks.rig import rig
from benchmarks.storm.storms import STORMS
from devenv.errors import DevenvError
from tests.rigs import cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker import DockerClient

FUZZ = "fuzz-spec"
ROUNDS = 5
# A round of fuzzing takes milliseconds, one of the others seconds.
FUZZ_ROUNDS = 300


def main(argv: Sequence[str]) -> int:
    """Run the storms that the command line and ROUNDS, SEED ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm", description="Kill devenv at random moments.")
    parser.add_argument("--only", metavar="STORM", help="one of them: " + ", ".join([*STORMS, FUZZ]))
    only = parser.parse_args(argv).only
    if only and only not in (*STORMS, FUZZ):
        close = difflib.get_close_matches(only, [*STORMS, FUZZ], 1)
        _say(f"there is no storm '{only}'" + (f"; did you mean '{close[0]}'?" if close else ""))
        return 4
    rounds = int(os.environ.get("ROUNDS") or ROUNDS)
    seed = os.environ.get("SEED") or str(random.randrange(10**6))  # noqa: S311 -- repeatable, not secret
    _say(f"ROUNDS={rounds} SEED={seed}")

    found = []
    if only in (None, FUZZ):
        found.append(_fuzzed(max(rounds, FUZZ_ROUNDS), seed))
    if only != FUZZ:
        with cores.borrowed(_say) as engine:
            found += [_raged(storm, engine, rounds, seed) for storm in ([only] if only else STORMS)]
    rows.save(found)
    print(rows.table(found))
    return 0 if all(row["ok"] for row in found) else 1


def _raged(storm: str, engine: DockerClient, rounds: int, seed: str) -> rows.Row:
    start, lost, ended = time.monotonic(), [], 0
    acts = STORMS[storm]
    with rig() as made:
        stage = acts.stage(made, engine, storm)
        try:
            acts.prepare(stage)
            for number in range(rounds):
                stage.cuts.clear()
                stage.found.clear()
                with stage.noting():
                    acts.rage(stage, random.Random(f"{seed}/{storm}/{number}"))  # noqa: S311
                ended += sum(cut.ended for cut in stage.cuts)
                lost.append(len(stage.found))
                if stage.found:
                    cuts = ", ".join(map(str, stage.cuts))
                    _say("\n  ".join([f"{storm} round {number} of SEED={seed}: {cuts}", *stage.found]))
                    stage.wipe()
                    acts.prepare(stage)
        except DevenvError as error:
            _say(f"{storm} broke off: {error.message}")
            lost.append(1)
        finally:
            stage.wipe()
    _say(f"{storm}: {rounds} rounds in {time.monotonic() - start:.0f} s, {ended} verbs ended before their kill")
    return _row(storm, lost)


def _fuzzed(rounds: int, seed: str) -> rows.Row:
    # In a process of its own: it forbids itself more memory than a loader may take.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        return apart.submit(fuzz_spec.fuzz, rounds, seed).result()


def _row(storm: str, lost: Sequence[int]) -> rows.Row:
    # All that was lost counts, not the median of the rounds.
    return {**rows.row(storm, [sum(lost)], "<= 0"), "runs": len(lost), "spread": [min(lost), max(lost)]}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
