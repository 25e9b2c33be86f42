"""What scripts/setup does to a machine, and what it leaves alone: with stand-ins for all the tools it calls."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The tools of a bare Debian that the script may use as they are.
PLAIN = "bash cat chmod cut dirname env grep hash head id kill ln mkdir nohup printf rm seq setsid sha256sum sleep tail"
STAND_IN = """\
#!/bin/sh
echo "{name} $*" >>"$MACHINE/log"
{body}
"""
# `docker` answers when there is a file `engine`, and has Compose when there is a file `compose`.
DOCKER = """\
case "$1" in
version) [ -e "$MACHINE/engine" ] && echo 28.0 || { echo "Cannot connect" >&2; exit 1; } ;;
compose) [ -e "$MACHINE/compose" ] && echo 2.40.3 || exit 1 ;;
esac"""
# The interpreter makes a virtual environment of stand-ins; what runs in it is logged, and `layer` may want mmdebstrap.
PYTHON = """\
case "$*" in
*"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; cp "$0" .venv/bin/pip ;;
*compose_plugin*) touch "$MACHINE/compose" ;;
*devenv.boxes.layer*) [ ! -e "$MACHINE/no-registry" ] || [ -e "$MACHINE/bin/mmdebstrap" ] || exit 7 ;;
-VV) echo Python 3.11 ;;
*"import pip"*) [ -e .venv ] || exit 1 ;;
esac"""
APT = """\
case "$*" in
*install*docker.io*) cp "$MACHINE/later/"* "$MACHINE/bin/" ;;
*install*mmdebstrap*) cp "$MACHINE/bin/id" "$MACHINE/bin/mmdebstrap" ;;
esac"""


@dataclass
class Machine:
    """A folder of stand-ins that is the whole PATH, and a checkout with the script in it."""

    folder: Path

    def tool(self, name: str, body: str, place: str = "bin") -> None:
        """Put a stand-in on PATH (`bin`), or where `apt-get install docker.io` finds it (`later`)."""
        path = self.folder / place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(STAND_IN.format(name=name, body=body))
        path.chmod(0o755)

    def setup(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        env = {"PATH": str(self.folder / "bin"), "MACHINE": str(self.folder), "PYTHON": "python3"}
        env |= {"ENGINE_LOG": str(self.folder / "engine.log"), "RUN": str(self.folder / "run"), **environment}
        script = self.folder / "checkout" / "scripts" / "setup"
        return subprocess.run([script], env=env, capture_output=True, text=True, check=False, timeout=60)

    def did(self, word: str) -> list[str]:
        """Return the calls so far that begin with a word."""
        log = self.folder / "log"
        return [line for line in log.read_text().splitlines() if line.startswith(word)] if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare Debian: no Docker, root, no systemd, a registry within reach."""
    found = Machine(tmp_path)
    (tmp_path / "checkout" / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup", tmp_path / "checkout" / "scripts" / "setup")
    (tmp_path / "checkout" / "pyproject.toml").write_text("one")
    (tmp_path / "bin").mkdir()
    for name in (*PLAIN.split(), "cp", "touch", "sh"):
        if tool := shutil.which(name):
            (tmp_path / "bin" / name).symlink_to(tool)
    (tmp_path / "bin" / "id").unlink()
    found.tool("id", 'if [ "$1" = -un ]; then echo ann; else cat "$MACHINE/uid" 2>/dev/null || echo 0; fi')
    found.tool("python3", PYTHON)
    found.tool("apt-get", APT)
    found.tool("docker", DOCKER, "later")
    found.tool("docker-init", "", "later")
    found.tool("dockerd", 'touch "$MACHINE/engine"; sleep 1', "later")
    return found


def _installed(machine: Machine) -> list[str]:
    return [line.split("--no-install-recommends ")[1] for line in machine.did("apt-get") if " install " in line]


def test_a_bare_machine_gets_all_of_it(machine: Machine) -> None:
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert _installed(machine) == ["docker.io"]
    assert len(machine.did("dockerd")) == 1
    assert "ready: Docker 28.0, Compose 2.40.3" in done.stderr


def test_a_client_that_is_packed_apart_is_installed_too(machine: Machine) -> None:
    apart = machine.folder / "client"
    (machine.folder / "later" / "docker").rename(apart)
    machine.tool("apt-get", f"{APT}\ncase $* in *install*docker-cli*) cp {apart} $MACHINE/bin/docker;; esac")
    machine.tool("apt-cache", '[ "$*" = "show docker-cli" ]')
    assert machine.setup().returncode == 0
    assert _installed(machine) == ["docker.io", "docker-cli"]


def test_a_second_run_does_nothing(machine: Machine) -> None:
    machine.setup()
    (machine.folder / "log").unlink()
    assert machine.setup().returncode == 0
    assert not machine.did("apt-get") + machine.did("dockerd") + machine.did("pip")
    assert not [line for line in machine.did("python3") if "-m venv" in line or "compose_plugin" in line]


def test_a_machine_with_docker_and_compose_gets_the_virtual_environment_alone(machine: Machine) -> None:
    machine.tool("docker", DOCKER)
    for file in ("engine", "compose"):
        (machine.folder / file).touch()
    assert machine.setup().returncode == 0
    assert not machine.did("apt-get") + machine.did("dockerd")
    assert [line for line in machine.did("python3") if "-m venv" in line]


def test_without_a_registry_it_brings_mmdebstrap(machine: Machine) -> None:
    (machine.folder / "no-registry").touch()
    assert machine.setup().returncode == 0
    assert _installed(machine) == ["docker.io", "mmdebstrap"]
    assert len([line for line in machine.did("apt-get") if "update" in line]) == 1


def test_a_changed_pyproject_is_installed_again(machine: Machine) -> None:
    machine.setup()
    (machine.folder / "checkout" / "pyproject.toml").write_text("two")
    (machine.folder / "log").unlink()
    machine.setup()
    assert [line for line in machine.did("python3") if "--editable . --group dev" in line]


def test_without_root_it_changes_nothing_and_says_what_to_ask_for(machine: Machine) -> None:
    (machine.folder / "uid").write_text("1000\n")
    done = machine.setup()
    assert done.returncode == 7
    assert not machine.did("apt-get") + machine.did("dockerd")
    assert "    apt-get update && apt-get install -y --no-install-recommends docker.io\n" in done.stderr
    assert "    usermod -aG docker ann " in done.stderr


def test_without_root_a_machine_that_has_all_is_ready(machine: Machine) -> None:
    (machine.folder / "uid").write_text("1000\n")
    machine.tool("docker", DOCKER)
    for file in ("engine", "compose"):
        (machine.folder / file).touch()
    assert machine.setup().returncode == 0


def test_an_engine_elsewhere_that_is_down_is_not_replaced(machine: Machine) -> None:
    machine.tool("docker", DOCKER)
    done = machine.setup(DOCKER_HOST="ssh://gpu-box")
    assert done.returncode == 7
    assert "ssh://gpu-box" in done.stderr
    assert not machine.did("apt-get") + machine.did("dockerd")


def test_an_engine_that_dies_is_told_with_its_last_words(machine: Machine) -> None:
    machine.tool("dockerd", "echo no space left >&2; exit 1", "later")
    done = machine.setup()
    assert done.returncode == 7
    assert "no space left" in done.stderr


def test_with_systemd_it_starts_the_unit(machine: Machine) -> None:
    machine.tool("systemctl", 'touch "$MACHINE/engine"')
    (machine.folder / "run" / "systemd" / "system").mkdir(parents=True)
    assert machine.setup().returncode == 0
    assert machine.did("systemctl") == ["systemctl enable --now docker"]
    assert not machine.did("dockerd")


def test_a_pid_file_of_a_dead_engine_is_no_obstacle(machine: Machine) -> None:
    (machine.folder / "run").mkdir()
    (machine.folder / "run" / "docker.pid").write_text("1")
    assert machine.setup().returncode == 0
    assert not (machine.folder / "run" / "docker.pid").exists()


def test_a_failed_installation_is_told_with_apts_words(machine: Machine) -> None:
    machine.tool("apt-get", "case $* in *install*) echo E: broken; exit 100;; esac")
    done = machine.setup()
    assert done.returncode != 0
    assert "E: broken" in done.stderr
