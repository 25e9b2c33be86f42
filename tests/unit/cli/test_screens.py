"""What people read: the screens, from data to text."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.cli import screens
from devenv.sandbox.plan import Change, Kind


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, None, ""),
        (None, ["sh", "-c", "echo $$HOME"], 'none -> ["sh", "-c", "echo $HOME"]'),
        ({"HOME": "/home/dev", "A": "1"}, {"HOME": "/home/dev", "A": "2"}, '{"A": "1"} -> {"A": "2"}'),
        ({"HOME": "/home/dev"}, {"HOME": "/home/dev", "B": "2"}, 'none -> {"B": "2"}'),
    ],
)
def test_a_change_shows_what_differs(before: Any, after: Any, said: str) -> None:
    assert screens.difference(Change("sandbox", Kind.RECREATE, "field", before, after)) == said
