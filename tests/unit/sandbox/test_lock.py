"""One verb at a time, also behind a verb that was killed while its tools were at work."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from devenv import errors, process
from devenv.identity import Identity
from devenv.sandbox import lock

if TYPE_CHECKING:
    from pathlib import Path

WHO = Identity("a", "somebody")
# A verb that runs a tool which writes `end` after a second, unless it is ended before; deaf: SIGTERM does not do it.
VERB = """
import sys
from devenv import process
from devenv.identity import Identity
from devenv.sandbox import lock
deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\\n" if sys.argv[2] == "deaf" else ""
tool = deaf + "import time, sys; print('begun', flush=True); time.sleep(%s); open(sys.argv[1], 'w')"
with lock.held(Identity("a", "somebody"), "up"):
    process.stream([sys.executable, "-c", tool % sys.argv[3], sys.argv[1]], lambda line: print(line, flush=True))
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEVENV_HOME", str(tmp_path / "home"))
    return tmp_path


def begun(folder: Path, how: str = "polite", seconds: float = 1) -> subprocess.Popen[str]:
    """Start a verb and return it when its tool is at work."""
    argv = [sys.executable, "-c", VERB, str(folder / "end"), how, str(seconds)]
    verb = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert verb.stdout is not None
    assert verb.stdout.readline() == "begun\n"
    return verb


def test_a_verb_at_work_is_named_and_left_alone(home: Path) -> None:
    with begun(home) as verb:
        with pytest.raises(errors.Busy, match=rf"devenv up \(pid {verb.pid}\)"), lock.held(WHO, "destroy"):
            pass
        assert verb.wait() == 0
    assert (home / "end").exists()


@pytest.mark.parametrize("how", ["polite", "deaf"])
def test_what_a_killed_verb_had_started_is_ended_before_the_next_begins(
    home: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(lock, "_ASK_S", 0.2)
    with begun(home, how) as verb:
        verb.send_signal(signal.SIGKILL)
        verb.wait()
    start = time.monotonic()
    with lock.held(WHO, "destroy"):
        assert time.monotonic() - start < 0.9
        time.sleep(1)
        assert not (home / "end").exists()


def test_an_orphan_that_cannot_be_ended_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_GIVE_UP_S", 0.1)
    with begun(home) as verb:
        verb.send_signal(signal.SIGKILL)
        verb.wait()
        monkeypatch.setattr("os.kill", lambda *_: None)
        with pytest.raises(errors.Busy, match=r"still at work \(processes \d+\)"), lock.held(WHO, "destroy"):
            pass


def test_what_runs_outside_a_verb_holds_no_lock(home: Path) -> None:
    with lock.held(WHO, "up"):
        pass
    process.stream([sys.executable, "-c", "pass"], print)
    with lock.held(WHO, "destroy"):
        assert home.exists()
