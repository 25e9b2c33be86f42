"""Every verb loads the spec: what that imports, and how much there is to write beside it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.unit.spec.conftest import HEAD

if TYPE_CHECKING:
    from pathlib import Path

# Each of these costs 20 ms and more, and none of them is needed to read a file of 50 lines.
HEAVY = {"pydantic", "pydantic_core", "jsonschema", "click", "rich", "jinja2", "boto3", "docker", "textual", "asyncio"}


def modules_after(code: str, *argv: str) -> set[str]:
    code += "\nprint(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}", *argv], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_loading_a_spec_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "devenv.yaml").write_text(HEAD)
    code = "from pathlib import Path\nfrom devenv import spec\nspec.load(Path(sys.argv[1]))"
    found = modules_after(code, str(tmp_path / "devenv.yaml"))
    assert "yaml" in found
    assert not found & HEAVY


def test_a_box_is_read_and_named_without_anything_heavy() -> None:
    found = modules_after("from devenv.boxes import build, recipe\nbuild.reference(recipe.load('python-ml'))")
    assert not found & HEAVY


def test_the_model_alone_does_without_yaml() -> None:
    assert not modules_after("import devenv.spec.model") & {*HEAVY, "yaml"}
