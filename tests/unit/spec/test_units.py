"""Sizes and durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.spec.units import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("8GiB", 8 * 2**30),
        ("8GB", 8 * 10**9),
        ("1.5GiB", 3 * 2**29),
        ("0.1GiB", 107374182),
        ("512 MiB", 512 * 2**20),
        ("4096B", 4096),
        ("2TB", 2 * 10**12),
        (1024, 1024),
    ],
)
def test_a_size_means_its_unit_to_the_byte(written: str | int, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("8G", "did you mean 8GiB"),
        ("512m", "did you mean 512MiB"),
        ("8Gi", "did you mean 8GiB"),
        ("8gib", "did you mean 8GiB"),
        ("8gb", "did you mean 8GB"),
        ("8", "did you mean 8MiB or 8GiB"),
        ("8 bananas", "must be one of B, KB"),
        ("-8GiB", "must be a size"),
        ("8e9B", "must be a size"),
        ("", "must be a size"),
        ("\u0668GiB", "must be a size"),
        (-1, "must not be negative"),
    ],
)
def test_what_is_no_size_says_what_would_be(written: str | int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_size(written)


@given(st.integers(0, 2**62))
def test_a_size_is_read_back_as_it_was_written(size: int) -> None:
    assert parse_size(format_size(size)) == size


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("10s", 10), ("2h", 7200), ("1h30m", 5400), ("7d", 604800), ("500ms", 0.5), ("1.5s", 1.5), ("1m0.25s", 60.25)],
)
def test_a_duration_adds_up_its_units(written: str, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize("written", ["10", "", "s", "30m1h", "1 h", "-5s", "1w", "\u0661s", "1h1h"])
def test_what_is_no_duration_says_what_would_be(written: str) -> None:
    with pytest.raises(ValueError, match="must be a duration such as 10s, 2h, 1h30m or 7d"):
        parse_duration(written)


@given(st.integers(0, 10**12))
def test_a_duration_is_read_back_as_it_was_written(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=0.0005)
