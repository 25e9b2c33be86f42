"""What DESIGN says of the folders: the top level, the size of files, and an agent that old hosts can run."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    *("devenv", "boxes", "templates", "tui", "tests", "benchmarks", "scripts", ".ci"),
    *("Vagrantfile.j2", "pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"),
    *(".gitignore", "LICENSE"),
}
# A few may be longer, for a reason that stands in them; all others are split before they get there.
LONGEST = 350
AGENT = sorted((ROOT / "devenv" / "agent").rglob("*.py"))


def _tracked() -> list[str]:
    done = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_nothing_new_stands_at_the_top_level() -> None:
    assert {path.split("/")[0] for path in _tracked()} <= TOP


@pytest.mark.parametrize("file", AGENT, ids=lambda file: file.stem)
def test_the_agent_is_python_3_9(file: Path) -> None:
    tree = ast.parse(file.read_text(), feature_version=(3, 9))
    evaluated = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    has_code = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)
    assert evaluated or not has_code, "annotations like `int | None` need `from __future__ import annotations` there"


@pytest.mark.parametrize("file", AGENT, ids=lambda file: file.stem)
def test_the_agent_imports_no_other_room(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        assert all(name.startswith("devenv.agent") for name in names if name.split(".")[0] == "devenv"), names


def test_files_are_short() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for room in ("devenv", "tui")
        for file in (ROOT / room).rglob("*.py")
        if (lines := len(file.read_text().splitlines())) > LONGEST
    }
    assert not long
