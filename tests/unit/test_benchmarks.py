"""The benchmarks' own arithmetic: what a row says, and that two programs take turns."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from benchmarks import clock, rows
from benchmarks.__main__ import FIGURES, main
from benchmarks.storm import __main__ as storm
from benchmarks.storm import cut


def test_a_row_has_the_public_form_and_its_value_is_the_median() -> None:
    assert rows.row("up", [1.0, 9.0, 1.1], "<= 1.15") == {
        "figure": "up",
        "value": 1.1,
        "bar": "<= 1.15",
        "ok": True,
        "runs": 3,
        "spread": [1.0, 9.0],
    }


@pytest.mark.parametrize(
    ("value", "bar", "ok"),
    [
        (1.15, "<= 1.15", True),
        (1.16, "<= 1.15", False),
        (0.97, ">= 0.97", True),
        (0.96, ">= 0.97", False),
        (5.0, "< 5", False),
        (0, "<= 0", True),
    ],
)
def test_a_bar_is_met_or_missed_to_the_digit(value: float, bar: str, *, ok: bool) -> None:
    assert rows.reaches(value, bar) is ok


def test_a_value_just_past_its_bar_is_not_rounded_into_reaching_it() -> None:
    assert rows.row("victim", [0.96999], ">= 0.97")["ok"] is False


def test_a_missed_bar_is_said_in_the_table() -> None:
    assert "MISSED" in rows.table([rows.row("noop", [0.7], "<= 0.5")])


def test_two_programs_take_turns_and_the_order_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def seconds(argv: list[str], *, runs: int) -> float:
        ran.append(argv[0])
        return {"ours": 3.0, "theirs": 2.0}[argv[0]] * runs

    monkeypatch.setattr(clock, "seconds", seconds)
    assert clock.ratios(["ours"], ["theirs"], rounds=2, around=lambda: ran.append("reset")) == [1.5, 1.5]
    assert ran == ["reset", "ours", "reset", "theirs", "reset", "theirs", "reset", "ours", "reset"]


def test_a_program_is_timed_with_and_without_hyperfine(monkeypatch: pytest.MonkeyPatch) -> None:
    nap = [sys.executable, "-c", "import time; time.sleep(0.2)"]
    assert 0.2 < clock.seconds(nap, runs=2) < 5
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert 0.2 < clock.seconds(nap, runs=2) < 5


def test_an_unknown_figure_is_not_found_and_the_likely_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nop"]) == 4
    assert "did you mean 'noop'?" in capsys.readouterr().err


def test_every_figure_of_this_version_can_be_asked_for() -> None:
    assert {"up", "noop", "version", "victim"} <= set(FIGURES)


def test_results_are_kept_by_figure(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    rows.save([rows.row("up", [1.0], "<= 1.15"), rows.row("noop", [0.1], "<= 0.5")], file)
    rows.save([rows.row("up", [1.1], "<= 1.15"), rows.row("storm-up", [0], "<= 0")], file)
    assert [(one["figure"], one["value"]) for one in json.loads(file.read_text())] == [
        ("up", 1.1),
        ("noop", 0.1),
        ("storm-up", 0),
    ]


def test_an_unknown_storm_is_not_found_and_the_likely_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert storm.main(["--only", "storm-upp"]) == 4
    assert "did you mean 'storm-up'?" in capsys.readouterr().err


@pytest.mark.parametrize("whole", [True, False])
def test_a_cut_kills_a_program_alone_or_with_what_it_has_started(tmp_path: Path, *, whole: bool) -> None:
    parent = "import subprocess, time; print(subprocess.Popen(['sleep', '5']).pid, flush=True); time.sleep(5)"
    done = cut.cut([sys.executable, "-c", parent], tmp_path / "log", seconds=1.5, whole=whole)
    assert not done.ended
    command = Path(f"/proc/{done.said}/cmdline")
    time.sleep(0.3)  # a killed grandchild is reaped by whoever adopts it
    assert (command.exists() and "sleep" in command.read_text()) is not whole


def test_a_program_that_ends_before_its_kill_is_told_apart(tmp_path: Path) -> None:
    done = cut.cut([sys.executable, "-c", "print('done')"], tmp_path / "log", seconds=20, whole=True)
    assert (done.ended, done.said) == (True, "done")
