"""The verbs `init`, `validate` and `schema`, as a shell calls them: no engine, no host, no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from devenv import spec
from devenv.spec.starter import SCHEMA_FILE, name_for, templates

if TYPE_CHECKING:
    from pathlib import Path


class Shell:
    """Runs `devenv` in a folder of its own, without the user's state and without an engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work place"
        self.folder.mkdir()
        self.home = folder / "home"

    def __call__(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run one command line to its end."""
        env = {**os.environ, "DEVENV_HOME": str(self.home), "DOCKER_HOST": "unix:///nowhere", "PATH": "/nowhere"}
        env.pop("DEVENV_FILE", None)
        argv = (sys.executable, "-m", "devenv", *argv)
        return subprocess.run(
            argv, cwd=self.folder, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )

    def json(self, *argv: str) -> dict[str, Any]:
        """Return the one document that `--json` prints."""
        found: dict[str, Any] = json.loads(self(*argv, "--json").stdout)
        assert found["schema"] == "devenv/v1"
        return found


@pytest.fixture
def devenv(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.mark.parametrize("template", templates())
def test_what_init_writes_is_valid_at_once(devenv: Shell, template: str) -> None:
    assert devenv("init", "--template", template).returncode == 0
    assert devenv("validate").returncode == 0


def test_init_names_the_sandbox_after_its_folder(devenv: Shell) -> None:
    devenv("init", "My Project_1")
    assert spec.load(devenv.folder / "My Project_1" / "devenv.yaml").name == "my-project-1"


@pytest.mark.parametrize("name", ["demo", "123", "0x1f", "1e3", "null", "true", "no", "0"])
def test_a_name_that_yaml_would_twist_is_quoted(devenv: Shell, name: str) -> None:
    devenv("init", "--name", name)
    assert spec.load(devenv.folder / "devenv.yaml").name == name


def test_the_modeline_leads_to_the_schema_that_init_wrote(devenv: Shell) -> None:
    devenv("init")
    first = (devenv.folder / "devenv.yaml").read_text().splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE}"
    assert json.loads((devenv.folder / SCHEMA_FILE).read_text()) == spec.json_schema()


def test_init_asks_before_it_replaces_and_nobody_answers_here(devenv: Shell) -> None:
    (devenv.folder / "devenv.yaml").write_text("mine")
    refused = devenv("init")
    assert refused.returncode == 2
    assert "devenv.yaml" in refused.stderr
    assert (devenv.folder / "devenv.yaml").read_text() == "mine"
    assert not (devenv.folder / ".devenv").exists()


@pytest.mark.parametrize("word", ["--force", "-y"])
def test_init_replaces_when_told_to(devenv: Shell, word: str) -> None:
    (devenv.folder / "devenv.yaml").write_text("mine")
    assert devenv("init", word).returncode == 0
    assert devenv("validate").returncode == 0


def test_init_twice_changes_nothing_and_asks_nothing(devenv: Shell) -> None:
    devenv("init")
    assert devenv("init").returncode == 0


def test_a_dry_init_writes_nothing(devenv: Shell) -> None:
    found = devenv.json("init", "sub", "--dry-run")
    assert found["data"]["files"] == ["devenv.yaml", ".devenv/schema.json"]
    assert not (devenv.folder / "sub").exists()


def test_an_unknown_template_is_not_found(devenv: Shell) -> None:
    done = devenv("init", "--template", "pyton-ml")
    assert done.returncode == 4
    assert "did you mean python-ml?" in done.stderr


def test_a_name_that_is_none_is_a_usage_fault(devenv: Shell) -> None:
    assert devenv("init", "--name", "My Name").returncode == 2


@pytest.mark.parametrize(
    ("folder", "name"),
    [("churn", "churn"), ("Über_Modell 2", "ber-modell-2"), ("---", "sandbox"), ("x" * 60, "x" * 41), ("_a.b_", "a-b")],
)
def test_a_folders_name_becomes_a_sandboxs(tmp_path: Path, folder: str, name: str) -> None:
    assert name_for(tmp_path / folder) == name


def test_validate_prints_each_fault_on_a_line_of_stderr_and_ends_with_3(devenv: Shell) -> None:
    (devenv.folder / "devenv.yaml").write_text("version: 1\nname: a\nbox: b\nresources: {cpus: 0, memry: 1GiB}\n")
    done = devenv("validate")
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "devenv.yaml:4:19: resources.cpus: must be a whole number from 1 to 4096; got 0",
        "devenv.yaml:4:22: resources.memry: is not a field; did you mean memory?",
    ]


def test_validate_gives_all_faults_in_json(devenv: Shell) -> None:
    (devenv.folder / "devenv.yaml").write_text("version: 1\nname: a\nbox: b\nresources: {cpus: 0, memry: 1GiB}\n")
    error = devenv.json("validate")["error"]
    assert (error["code"], error["path"], error["line"], error["col"]) == ("spec-invalid", "resources.cpus", 4, 19)
    assert [fault["path"] for fault in error["faults"]] == ["resources.cpus", "resources.memry"]


def test_validate_takes_targets_that_this_version_cannot_make_and_says_so(devenv: Shell) -> None:
    text = "version: 1\nname: a\nbox: base\ntargets: {here: {backend: compose}, fleet: {backend: slurm, login: 'ssh://x'}}\n"
    (devenv.folder / "devenv.yaml").write_text(text)
    found = devenv.json("validate")
    assert found["ok"]
    assert found["warnings"] == ["target fleet: this version of devenv has no backend slurm yet"]


def test_validate_json_holds_a_spec_that_validates_again(devenv: Shell) -> None:
    devenv("init", "--template", "python-ml")
    data = devenv.json("validate", "--set", "resources.cpus=3")["data"]
    assert spec.parse(data["spec"]).resources.cpus == 3
    assert data["spec_hash"] == spec.spec_hash(spec.parse(data["spec"]))


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["-f", "nowhere.yaml"], 4),
        (["-t", "nowhere"], 4),
        (["-p", "nowhere"], 4),
        (["--set", "nonsense"], 2),
        (["--set", "resources.cpus=0"], 3),
    ],
)
def test_validate_ends_with_the_code_that_the_mistake_has(devenv: Shell, argv: list[str], code: int) -> None:
    devenv("init")
    assert devenv("validate", *argv).returncode == code


def test_the_users_defaults_lie_below_the_spec(devenv: Shell) -> None:
    devenv("init")
    devenv.home.mkdir(exist_ok=True)
    (devenv.home / "config.yaml").write_text("env: {EDITOR: vim}\nresources: {cpus: 4}\n")
    found = devenv.json("validate")["data"]["spec"]
    assert found["env"] == {"EDITOR": "vim"}
    assert "cpus" not in found.get("resources", {})  # the spec says 1, which is the default


def test_schema_prints_the_schema_and_nothing_else(devenv: Shell) -> None:
    done = devenv("schema")
    assert json.loads(done.stdout) == spec.json_schema()
    assert done.stderr == ""


def test_schema_writes_a_file_when_told_where(devenv: Shell) -> None:
    devenv("schema", "-o", "sub/schema.json")
    assert json.loads((devenv.folder / "sub" / "schema.json").read_text()) == spec.json_schema()
