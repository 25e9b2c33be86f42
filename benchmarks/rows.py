"""What a figure is: a value, the bar it must reach, and how much the single runs differed.

The JSON form of a row is a public contract (`benchmarks/results.json`).
"""

from __future__ import annotations

import json
import operator
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]
RESULTS = Path(__file__).parent / "results.json"
_RELATIONS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}


def row(figure: str, samples: Sequence[float], bar: str) -> Row:
    """Return the row of a figure whose value is the median of `samples`, judged by `bar` ("<= 1.15")."""
    value = statistics.median(samples)
    return {
        "figure": figure,
        "value": round(value, 4),
        "bar": bar,
        "ok": reaches(value, bar),
        "runs": len(samples),
        "spread": [round(min(samples), 4), round(max(samples), 4)],
    }


def reaches(value: float, bar: str) -> bool:
    """Tell whether a value is on the right side of its bar."""
    relation, limit = bar.split()
    return bool(_RELATIONS[relation](value, float(limit)))


def save(rows: Sequence[Row], path: Path = RESULTS) -> None:
    """Put rows into the results, in the place of earlier ones of the same figures."""
    try:
        kept = {one["figure"]: one for one in json.loads(path.read_text())}
    except (OSError, ValueError):
        kept = {}
    kept |= {one["figure"]: one for one in rows}
    path.write_text(json.dumps(list(kept.values()), indent=2) + "\n")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as the table that people read."""
    cells = [("figure", "value", "bar", "", "runs", "lowest .. highest")]
    for one in rows:
        low, high = one["spread"]
        cells.append(
            (
                one["figure"],
                f"{one['value']:.4g}",
                one["bar"],
                "ok" if one["ok"] else "MISSED",
                str(one["runs"]),
                f"{low:.4g} .. {high:.4g}",
            ),
        )
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )
