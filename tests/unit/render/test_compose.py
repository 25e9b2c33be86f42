"""The file as a whole: deterministic, and no name or text reaches beyond its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.render import compose
from tests.unit.render import make

EVIL = [
    "x\ny: z",
    "a: b",
    "# c",
    "'",
    '"',
    "${X}",
    "- x",
    "\u2028x: y",
    "\x85x: y",
    "*",
    "&",
    "{",
    "|",
    "\r\nx: y",
    "\t",
]


def text(spec: dict[str, Any] | None = None, **context: Any) -> str:
    return compose.render(make.spec(**(spec or {})), make.lease(), make.context(**context))[compose.FILE]


def test_the_same_input_gives_the_same_text() -> None:
    fields = {"services": {"b": {"image": "x"}, "a": {"image": "y"}}, "env": {"Z": "1", "A": "2"}}
    assert text(fields) == text(fields)


def test_what_is_written_is_what_is_planned_with() -> None:
    fields = {"services": {"b": {"image": "x", "ports": [80]}}, "minio": {}, "env": {"A": "a\nb"}}
    spec, lease, context = make.spec(**fields), make.lease(), make.context()
    assert yaml.safe_load(compose.render(spec, lease, context)[compose.FILE]) == compose.project(spec, lease, context)


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_nothing_from_outside_ends_its_place(evil: str) -> None:
    found = yaml.safe_load(text({"env": {"A": evil}}, folder=Path("/") / evil, owner=evil, target=evil, image=evil))
    assert set(found) == {"name", "services", "networks"}
    assert set(found["services"]) == {"sandbox"}
    escaped = evil.replace("$", "$$")
    assert found["services"]["sandbox"]["environment"]["A"] == escaped
    assert found["services"]["sandbox"]["image"] == escaped
    assert found["services"]["sandbox"]["labels"]["devenv.owner"] == escaped


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@settings(deadline=None)  # a busy machine is not a fault
def test_any_environment_reaches_the_file_whole(value: str) -> None:
    if "\0" in value:
        return
    found = yaml.safe_load(text({"env": {"A": value}}))
    assert found["services"]["sandbox"]["environment"]["A"] == value.replace("$", "$$")


def test_the_file_says_how_to_run_it_without_devenv() -> None:
    header = text(folder=Path("/a b")).split("\n\n")[0]
    assert "docker compose --project-directory '/a b' -f compose.yaml up -d" in header
    assert all(line.startswith("#") for line in header.splitlines())


def test_a_relative_folder_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="absolute"):
        make.context(folder=Path("here"))
