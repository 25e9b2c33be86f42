"""Plain scalars mean what they mean in Compose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devenv.spec.resolve import resolve


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "on",
        "off",
        "Yes",
        "y",
        "22:22",
        "190:20:30",
        "2026-01-01",
        "1.2.3",
        "0xg",
        "0b2",
        "1e",
        "-",
        "+",
        "._1",
        "_1",
    ],
)
def test_what_yaml_1_1_would_twist_stays_text(text: str) -> None:
    assert resolve(text) == text
    assert isinstance(resolve(text), str)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("0440", 288),
        ("0o440", 288),
        ("-010", -8),
        ("08", 8.0),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("12", 12),
        ("+12", 12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("1.10", 1.1),
        (".1_0", 0.1),
        ("-9223372036854775808", -(2**63)),
        ("-9223372036854775809", -float(2**63)),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 18446744073709551616.0),
    ],
)
def test_numbers_and_words_are_those_of_go_yaml(text: str, value: Any) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@given(st.text(alphabet="0123456789+-._xobeEinfNa", max_size=12))
@example("9" * 400)
@example("1e999")
@example("0" * 300)
def test_nothing_that_looks_like_a_number_is_an_error(text: str) -> None:
    assert isinstance(resolve(text), str | int | float | bool | type(None))
