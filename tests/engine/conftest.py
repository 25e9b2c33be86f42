"""What engine tests share: the program as a stranger runs it, in a home of its own, and a machine with a free core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.rigs import cores

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

SLEEPER = {"version": 1, "box": "base", "command": ["sleep", "infinity"], "workspace": False, "minio": False}


@dataclass(frozen=True)
class Ended:
    """How one call of devenv ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """Return stdout as the one JSON document that it must be."""
        found: dict[str, Any] = json.loads(self.stdout)
        assert found["schema"] == "devenv/v1"
        return found

    @property
    def data(self) -> dict[str, Any]:
        """Return the document's data, of a call that went well."""
        document = self.document
        assert document["ok"], document["error"]
        data: dict[str, Any] = document["data"]
        return data


@dataclass
class Program:
    """devenv as a process of its own, in a home and a folder of its own."""

    home: Path
    folder: Path
    names: list[str] = field(default_factory=list)

    def __call__(self, *words: str, **environment: str) -> Ended:
        """Run `devenv WORDS` to its end."""
        done = subprocess.run(self.argv(*words), **self.options(**environment), text=True, check=False, timeout=300)
        return Ended(done.returncode, done.stdout, done.stderr)

    def argv(self, *words: str) -> list[str]:
        """Return the argument vector of a call."""
        return [sys.executable, "-m", "devenv", *words]

    def options(self, **environment: str) -> dict[str, Any]:
        """Return what `subprocess` needs beside the argument vector."""
        variables: dict[str, str] = {**os.environ, "DEVENV_HOME": str(self.home), **environment}
        return {
            "cwd": self.folder,
            "env": variables,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }

    def spec(self, name: str = "", /, **fields: Any) -> str:
        """Write a spec of a sandbox that only sleeps, changed by `fields`; return its name, unique unless given."""
        import yaml  # noqa: PLC0415

        name = name or f"t-{uuid.uuid4().hex[:8]}"
        self.names.append(name)
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump({**SLEEPER, "name": name, **fields}))
        (self.folder / "devenv.yaml").write_text(path.read_text())
        return name

    def listed(self) -> list[str]:
        """Return the names that `devenv list` shows, of this test's sandboxes: others may be on this machine."""
        found = self("list", "--json").data["sandboxes"]
        return sorted({sandbox["name"] for sandbox in found} & set(self.names))

    def file(self, name: str) -> str:
        """Return the path of the spec of that name."""
        return str(self.folder / f"{name}.yaml")


@pytest.fixture(scope="session", autouse=True)
def engine() -> Iterator[docker.DockerClient]:
    """The engine itself, to look behind devenv's back with, on a machine whose cores are ours for this run."""
    with cores.borrowed(lambda text: print(f"\n{text}")) as client:  # noqa: T201
        yield client


@pytest.fixture
def devenv(tmp_path: Path, engine: docker.DockerClient) -> Iterator[Program]:
    """A `devenv` of the test's own; whatever it made is removed afterwards, also behind a broken devenv's back."""
    folder = tmp_path / "work"
    folder.mkdir()
    program = Program(tmp_path / "home", folder)
    yield program
    for name in dict.fromkeys(program.names):
        label: dict[str, str | list[str] | bool] = {"label": f"devenv.sandbox={name}"}
        for container in engine.containers.list(all=True, filters=label):
            container.remove(force=True, v=True)
        for network in engine.networks.list(filters=label):
            network.remove()
        for volume in engine.volumes.list(filters=label):
            volume.remove(force=True)


def broken(verified: Ended) -> set[str]:
    """Return the names of the checks that failed by devenv's own doing: this machine may have containers of others."""
    checks = verified.document["data"]["checks"]
    return {check["name"] for check in checks if not check["ok"] and not check["by_others"]}


@pytest.fixture
def last_core(devenv: Program) -> list[int]:
    """The CPUs that are free to lease here, all of them: a sandbox of that size leaves nothing for another."""
    free: list[int] = devenv("capacity", "--json").data["hosts"][0]["cpus"]["free"]
    assert free, "this machine has no free core: what holds them is listed by `devenv capacity`"
    return free
