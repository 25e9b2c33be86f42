"""The wheel, built and installed alone: what lands on the path, what travels inside, and that it works from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import devenv

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def _run(*argv: str | Path, cwd: Path) -> str:
    """Run a program as a stranger would: away from the checkout, and with a Python that does not know of it."""
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    env |= {"DEVENV_HOME": str(cwd / "home"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(list(map(str, argv)), cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return bin/devenv of a virtual environment that has the wheel and its dependencies, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    _run(folder / "venv" / "bin" / "pip", "install", "--quiet", wheel, cwd=folder)
    return folder / "venv" / "bin" / "devenv"


def test_the_wheel_puts_two_packages_on_the_path_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}
    assert top == {"devenv", "devenv_tui", f"devenv-{devenv.__version__}.dist-info"}


def test_boxes_templates_and_the_vagrantfile_travel_whole(wheel: Path) -> None:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "boxes", "templates", "Vagrantfile.j2"],
        capture_output=True,
        text=True,
        check=True,
    )
    data = done.stdout.splitlines()
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        for path in data:
            assert archive.read(f"devenv/_data/{path}") == (ROOT / path).read_bytes(), path
    assert len(data) > 10
    assert not [name for name in inside if "__pycache__" in name or name.startswith("devenv/_data/tests")]


def test_only_these_two_packages_are_installed_by_it(installed: Path) -> None:
    [files] = (installed.parents[1] / "lib").glob("python*/site-packages/devenv-*.dist-info/RECORD")
    top = {line.split("/")[0] for line in files.read_text().splitlines() if not line.startswith("../")}
    assert top == {"devenv", "devenv_tui", files.parent.name}


def test_an_installed_devenv_writes_a_spec_and_renders_it(installed: Path, tmp_path: Path) -> None:
    _run(installed, "init", "--template", "python-ml", cwd=tmp_path)
    assert (tmp_path / "train.py").is_file()
    # A machine on paper: the cores of this one may all be leased.
    cpus = [{"id": number, "core": number, "socket": 0} for number in range(4)]
    (tmp_path / "host.json").write_text(json.dumps({"cpus": cpus, "reserved": [0], "memory": 2**34, "gpus": []}))
    document = json.loads(_run(installed, "render", "--json", "--inventory", "host.json", cwd=tmp_path))
    assert document["ok"]
    assert "services:" in document["data"]["files"]["compose.yaml"]


def test_an_installed_devenv_finds_its_boxes(installed: Path, tmp_path: Path) -> None:
    document = json.loads(_run(installed, "box", "show", "minio", "--json", cwd=tmp_path))
    assert str(installed.parents[1]) in document["data"]["box"]["folder"]
    assert "_data/boxes" in document["data"]["box"]["folder"]
