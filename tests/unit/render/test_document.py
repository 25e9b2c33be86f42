"""What is written reads back as what was meant, by YAML 1.1 and by YAML 1.2, whatever the strings hold."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.render import document
from devenv.spec import yamlmap
from devenv.spec.merge import plain

AMBIGUOUS = [
    *("yes", "No", "ON", "off", "y", "N", "true", "False", "null", "Null", "~", "", " ", "=", "<<"),
    *(
        "1",
        "-1",
        "+1",
        "0",
        "007",
        "0o10",
        "0x1F",
        "0b1",
        "1_000",
        "22:22",
        "190:20:30",
        "1e3",
        "1.0",
        ".5",
        "1.",
        "+.5",
    ),
    *(".inf", "-.INF", ".nan", "inf", "NaN", "2024-01-01", "2024-01-01T00:00:00Z", "12:30:45"),
    *(
        "a: b",
        "a:",
        "a #b",
        "#a",
        "- a",
        "-",
        "?",
        ":",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "|",
        ">",
        "{a}",
        "[a]",
        "a,b",
    ),
    *("'", '"', "\\", "a'b", 'a"b', "C:\\x\\n", " a", "a ", "\ta", "a\tb", "---", "...", "--- a"),
    *(
        "a\nb",
        "a\n",
        "\na",
        "a\n\nb\n\n",
        "a \nb",
        "  a\nb",
        "a\r\nb",
        "\n",
        "a\n\tb\n",
        "a\n# b\n",
        "a\n--- \nb",
        "a\u2028b\nc",
        "a\x85b\nc",
        "a\x0cb\nc",
        "a\n...",
        " a\n\n  b\n",
    ),
    *("é", "東京", "🚀", "\u2028", "\u0085", "\u00a0", "\ufeff", "\x00", "\x07", "\x1b[0m", "\x7f", "\ud7ff"),
    *("$", "$$", "${a:-b}", "{{ .x }}", "x" * 500, ("word " * 100)),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(AMBIGUOUS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=20,
)


def written(value: Any) -> str:
    return document.dump({"name": "x", "services": {"one": {"value": value}}}, "a header")


def read_1_1(text: str) -> Any:
    return yaml.safe_load(text)["services"]["one"]["value"]


def read_1_2(text: str) -> Any:
    """Read as devenv's loader does, and so as Compose does (`devenv.spec.resolve`)."""
    tree, faults = yamlmap.parse(text, "compose.yaml")
    assert not faults
    return plain(tree)["services"]["one"]["value"]


@pytest.mark.parametrize("text", AMBIGUOUS, ids=ascii)
def test_a_string_stays_the_string_it_is(text: str) -> None:
    for place in (text, [text], {"key": text}):
        assert read_1_1(written(place)) == place
        assert read_1_2(written(place)) == place


@pytest.mark.parametrize("text", [text for text in AMBIGUOUS if text.strip()], ids=ascii)
def test_a_key_stays_the_key_it_is(text: str) -> None:
    assert read_1_1(written({text: 1})) == {text: 1}


@given(VALUES)
@settings(deadline=None)  # a busy machine is not a fault
def test_data_reads_back_equal(value: Any) -> None:
    assert read_1_1(written(value)) == value


@given(st.text())
@settings(deadline=None)  # a busy machine is not a fault
def test_no_string_reaches_beyond_its_place(text: str) -> None:
    project = yaml.safe_load(document.dump({"services": {"one": {"a": text, "image": "b"}}}, "header"))
    assert project == {"services": {"one": {"a": text, "image": "b"}}}


def test_what_needs_no_quotes_has_none() -> None:
    plain_words = ["alpine:3.20", "data:/var/lib/x", "/a/b.c", "./x", "http://minio:9000", "key=value", "true-ish"]
    text = written(plain_words)
    assert all(f"- {word}\n" in text for word in plain_words)


def test_several_lines_are_a_block() -> None:
    assert "value: |\n" in written("one\n  two\n")


def test_every_line_of_the_header_is_a_comment() -> None:
    text = document.dump({"name": "x"}, "one\nname: y\n\nservices: z")
    assert yaml.safe_load(text) == {"name": "x"}


def test_the_same_data_twice_is_written_twice_not_aliased() -> None:
    shared = {"a": [1]}
    assert "&" not in written([shared, shared])
