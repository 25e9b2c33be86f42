"""`up` and `destroy`, cut off: the same command again finishes, and nothing is lost or left."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import broken
from tests.engine.test_life import of

if TYPE_CHECKING:
    import docker

    from tests.engine.conftest import Program

pytestmark = pytest.mark.engine


def cut(devenv: Program, seconds: float, how: signal.Signals, *words: str) -> int:
    """Start a verb, send it a signal after `seconds`, and return its exit code."""
    with subprocess.Popen(devenv.argv(*words), **devenv.options()) as child:
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(how)
        child.communicate(timeout=30)
        return child.returncode


@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.8, 1.2, 2.0])
def test_up_killed_anywhere_is_finished_by_the_next(
    devenv: Program, engine: docker.DockerClient, seconds: float
) -> None:
    name = devenv.spec(minio={"buckets": ["data"]})
    cut(devenv, seconds, signal.SIGKILL, "up")
    sandbox = devenv("up", "--json").data["sandbox"]
    assert (sandbox["state"], len(of(engine, name))) == ("running", 2)
    assert broken(devenv("verify", "--json")) == set()


def test_destroy_killed_anywhere_is_finished_by_the_next(devenv: Program, engine: docker.DockerClient) -> None:
    name = devenv.spec(minio={"buckets": ["data"]})
    moments = random.Random(7)  # noqa: S311 -- repeatable moments, not secrets
    for _ in range(3):
        assert devenv("up").code == 0
        cut(devenv, moments.uniform(0.2, 1.5), signal.SIGKILL, "destroy", "--yes")
        assert devenv("destroy", name, "--yes").code in (0, 4)
        assert of(engine, name) == {}
        assert engine.volumes.list(filters={"label": f"devenv.sandbox={name}"}) == []
        assert devenv.listed() == []


def test_ctrl_c_ends_with_130_soon_and_says_how_to_go_on(devenv: Program) -> None:
    devenv.spec(command=["sh", "-c", "sleep 30"], health={"command": ["false"], "interval": "30s"})
    with subprocess.Popen(devenv.argv("up"), **devenv.options(), text=True) as child:
        time.sleep(4)
        start = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=30)
    assert time.monotonic() - start < 2
    assert child.returncode == 130
    assert "devenv status" in said
    assert "Traceback" not in said


def test_two_ups_at_once_do_not_work_on_one_sandbox_together(devenv: Program) -> None:
    devenv.spec(minio={"buckets": ["data"]})
    pair = [subprocess.Popen(devenv.argv("up", "--json"), **devenv.options()) for _ in range(2)]
    for child in pair:
        child.communicate(timeout=120)
    assert sorted(child.returncode for child in pair) in ([0, 5], [0, 0])
    assert broken(devenv("verify", "--json")) == set()
