"""The picture of the architecture in CONTRIBUTING.md, checked against the folders and against what is imported."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(path.parent.name for path in (ROOT / "devenv").glob("*/__init__.py"))
FOLDERS = {room: ROOT / "devenv" / room for room in ROOMS} | {"tui": ROOT / "tui"}


@cache
def _page() -> str:
    return (ROOT / "CONTRIBUTING.md").read_text()


@cache
def _drawn() -> dict[str, int]:
    """Return the rooms of the picture with the line they stand on: the first word of each box."""
    drawing = _page().split("```text")[1].split("```")[0]
    named = [(name, at) for at, line in enumerate(drawing.splitlines()) for name in re.findall(r"│ (\w+)", line)]
    return {name: at for name, at in reversed(named) if name in FOLDERS}


@cache
def _table() -> dict[str, set[str]]:
    """Return the arrows of the table: room -> rooms it imports."""
    lines = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", _page(), re.MULTILINE)
    return {room: set(re.findall(r"`(\w+)`", arrows)) for room, arrows in lines}


def _imported(room: str) -> set[str]:
    """Return the rooms that a room's files import, also within functions and for types only."""
    found: set[str] = set()
    for file in FOLDERS[room].rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                above = {0: "", 1: f"devenv.{room}."}.get(node.level, "devenv.")
                names = [f"{above}{node.module or ''}.{alias.name}".replace("..", ".") for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            parts = [name.split(".") for name in names]
            found |= {words[1] for words in parts if words[0] == "devenv" and len(words) > 1 and words[1] in FOLDERS}
            found |= {"tui" for words in parts if words[0] in {"tui", "devenv_tui"}}
    return found - {room}


def test_the_picture_and_the_table_show_every_folder_and_no_other() -> None:
    assert set(_drawn()) == set(FOLDERS)
    assert set(_table()) == set(FOLDERS)


@pytest.mark.parametrize("room", FOLDERS)
def test_every_import_between_rooms_is_an_arrow_of_the_table_and_every_arrow_is_an_import(room: str) -> None:
    assert _imported(room) == _table()[room]


@pytest.mark.parametrize("room", FOLDERS)
def test_every_arrow_points_down_in_the_picture(room: str) -> None:
    upward = {other for other in _table()[room] if _drawn()[other] <= _drawn()[room]}
    assert not upward
