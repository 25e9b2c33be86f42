"""Takes the figures, prints the table, and writes `benchmarks/results.json`.

Exit codes: 0 all bars reached, 1 a bar missed or a figure not measured, 2 usage, 4 no such figure.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
from typing import TYPE_CHECKING

from benchmarks import clock, rows
from devenv.errors import DevenvError
from tests.rigs import cores

if TYPE_CHECKING:
    from collections.abc import Sequence

# figure -> the module whose measure() takes it; some come in pairs from one run. Asking for `victim` also prints its
# contrast, `victim-shared`.
FIGURES = {
    "version": "version",
    "up": "up",
    "noop": "noop",
    "victim": "victim",
    "victim-shared": "victim",
    "allocate-ms": "allocate",
    "stranded": "allocate",
    "double-bookings": "ledger",
    "leaked-leases": "ledger",
}


def main(argv: Sequence[str]) -> int:
    """Take the figures that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Take devenv's figures.")
    parser.add_argument("--only", metavar="FIGURE", help="take one: " + ", ".join(FIGURES))
    only = parser.parse_args(argv).only
    if only and only not in FIGURES:
        close = difflib.get_close_matches(only, FIGURES, 1)
        _say(f"there is no figure '{only}'; " + (f"did you mean '{close[0]}'?" if close else f"{', '.join(FIGURES)}"))
        return 4

    # pip compiles what it installs; a checkout compiles itself on its first run, unless a machine's owner forbids it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    _say(f"timed by {clock.tool()}")
    found: list[rows.Row] = []
    failed: list[str] = []
    with cores.borrowed(_say):
        for module in dict.fromkeys([FIGURES[only]] if only else FIGURES.values()):
            _say(f"measuring {', '.join(figure for figure, name in FIGURES.items() if name == module)} ...")
            try:
                taken = importlib.import_module(f"benchmarks.{module}").measure()
                found += [row for row in taken if only is None or row["figure"].startswith(only)]
            except DevenvError as error:
                failed.append(f"{module}: {error.message}" + (f" ({error.hint})" if error.hint else ""))
            rows.save(found)
    print(rows.table(found))
    for text in failed:
        _say(f"could not be measured: {text}")
    return 0 if found and not failed and all(row["ok"] for row in found) else 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
