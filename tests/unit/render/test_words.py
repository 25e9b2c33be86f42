"""Sizes, durations, CPU sets and `$`, as Docker spells them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.render import words


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (8 * 1024**3, "8g"),
        (512 * 1024**2, "512m"),
        (1536 * 1024**2, "1536m"),
        (8_000_000_000, "8000000000b"),
        (4096, "4096b"),
    ],
)
def test_a_size_is_spelled_exactly(amount: int, text: str) -> None:
    assert words.size(amount) == text


@pytest.mark.parametrize(("seconds", "text"), [(10.0, "10s"), (0.5, "500ms"), (90, "90s"), (1.25, "1250ms"), (0, "0s")])
def test_a_duration_is_spelled_exactly(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("cpus", "text"), [((), ""), ((3,), "3"), ((2, 3), "2-3"), ((8, 0, 1, 3), "0-1,3,8"), ((1, 1), "1")]
)
def test_a_cpu_set_is_spelled_as_the_kernel_lists_it(cpus: tuple[int, ...], text: str) -> None:
    assert words.cpuset(cpus) == text


@given(st.text(alphabet="$a{}"))
@settings(deadline=None)  # a busy machine is not a fault
def test_an_escaped_string_interpolates_to_itself(text: str) -> None:
    escaped = words.escape(text)
    assert escaped.replace("$$", "$") == text
    assert "$" not in escaped.replace("$$", "")


def test_escaping_reaches_into_lists_and_values_and_leaves_keys_alone() -> None:
    assert words.escape({"$a": ["$b", ("$c",), 1, None, True]}) == {"$a": ["$$b", ["$$c"], 1, None, True]}
