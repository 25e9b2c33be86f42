"""Strings that hold variables are cut where Compose would cut them after filling them in."""

from __future__ import annotations

import pytest

from devenv.render.interpolation import leading_default, split, starts_with_variable


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("80", ["80"]),
        ("8080:80", ["8080", "80"]),
        ("${PORT:-8080}:80", ["${PORT:-8080}", "80"]),
        ("${A:-${B:-x:y}}:/z:ro", ["${A:-${B:-x:y}}", "/z", "ro"]),
        ("[::1]:80:80", ["[::1]", "80", "80"]),
        ("127.0.0.1::80", ["127.0.0.1", "", "80"]),
        ("$$x:y", ["$$x", "y"]),
        ("a}:b", ["a}", "b"]),
        ("${unclosed:80", ["${unclosed:80"]),
    ],
)
def test_colons_inside_braces_and_brackets_do_not_cut(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@pytest.mark.parametrize(
    ("text", "default", "rest"),
    [
        ("${D:-.}/x", ".", "}/x"),
        ("${D-./a}", "./a", "}"),
        ("${A:-${B:-./b}}/c", "${B:-./b}", "}/c"),
        ("${A:-}x", "", "}x"),
    ],
)
def test_a_leading_default_is_found(text: str, default: str, rest: str) -> None:
    parts = leading_default(text)
    assert parts is not None
    assert (parts.default, parts.rest) == (default, rest)
    assert parts.opening + parts.default + parts.rest == text


@pytest.mark.parametrize("text", ["./x", "$D/x", "${D}/x", "${D:?missing}", "${D:+set}", "$${D:-x}", "${D:-open", ""])
def test_what_has_no_leading_default_is_left_alone(text: str) -> None:
    assert leading_default(text) is None


@pytest.mark.parametrize(
    ("text", "starts"), [("$A", True), ("${A}", True), ("$$A", False), ("A$B", False), ("", False)]
)
def test_a_start_that_only_compose_knows_is_seen(text: str, starts: bool) -> None:  # noqa: FBT001
    assert starts_with_variable(text) is starts
