"""The templates that `devenv init` starts from: their code is clean, and every field of a spec is explained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SPECS = sorted(TEMPLATES.glob("*/devenv.yaml"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.parent.name)
def test_their_code_is_clean_by_ruffs_own_defaults(spec: Path) -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache"]
    done = subprocess.run(ruff, cwd=spec.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.parent.name)
def test_every_field_has_a_comment_beside_or_above_it(spec: Path) -> None:
    lines = spec.read_text().splitlines()
    for above, line in zip(["", *lines], lines, strict=False):
        opens_section = line.rstrip().endswith(":")
        commented = "#" in line or above.lstrip().startswith("#")
        assert not line.strip() or commented or opens_section, f"{spec}: {line}"


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.parent.name)
def test_every_template_is_a_valid_spec(spec: Path) -> None:
    from devenv import spec as specs  # noqa: PLC0415

    assert specs.load(spec).name
