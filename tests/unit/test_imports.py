"""What may be imported where: the agent runs on bare hosts, and a verb is as fast as what it imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

DEVENV = Path(__file__).resolve().parents[2] / "devenv"
SDKS = {"boto3", "botocore", "docker", "vagrant"}


def _roots(file: Path) -> set[str]:
    """Return the first words of everything that a file imports, also within functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
    return found


def _modules_after(*argv: str) -> set[str]:
    """Run the command line in a fresh interpreter and return the first words of all that it imported."""
    code = f"import sys; sys.argv = ['devenv', *{argv!r}]\ntry:\n from devenv.__main__ import main; main()\n"
    code += "finally:\n print('\\n' + ' '.join({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_the_agent_imports_the_standard_library_and_itself_alone() -> None:
    for file in (DEVENV / "agent").rglob("*.py"):
        assert _roots(file) <= {*sys.stdlib_module_names, "devenv"}, file


@pytest.mark.parametrize("room", ["spec", "render", "agent"])
def test_what_must_stay_pure_imports_no_sdk(room: str) -> None:
    for file in (DEVENV / room).rglob("*.py"):
        assert not _roots(file) & SDKS, file


def test_nothing_under_devenv_imports_the_tui() -> None:
    for file in DEVENV.rglob("*.py"):
        assert not _roots(file) & {"textual", "tui", "devenv_tui"}, file


def test_records_are_read_by_the_specs_own_kinds_alone() -> None:
    for file in DEVENV.rglob("*.py"):
        assert not _roots(file) & {"pydantic", "attrs", "marshmallow"}, file


def test_only_process_runs_programs() -> None:
    for file in DEVENV.rglob("*.py"):
        assert file.name == "process.py" or "subprocess" not in _roots(file) or file.parent.name == "agent", file


def test_help_imports_no_sdk_and_no_model() -> None:
    assert not _modules_after("--help") & {*SDKS, "pydantic", "textual", "yaml", "rich"}


def test_the_version_is_told_before_click_is_imported() -> None:
    assert not _modules_after("--version") & {*SDKS, "click", "pydantic"}
