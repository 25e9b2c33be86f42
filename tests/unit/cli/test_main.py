"""The frame of the command line: every ending has its exit code, one line, a hint, and one JSON document."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devenv import errors
from devenv.cli import main, options

if TYPE_CHECKING:
    from collections.abc import Callable

Raiser = Any


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEVENV_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DEVENV_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make `Where.load` raise, so that `validate` ends in whatever way a test asks for."""

    def prepare(error: BaseException) -> None:
        def load(_: options.Where) -> None:
            raise error

        monkeypatch.setattr(options.Where, "load", load)

    return prepare


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (errors.NotFound("x"), 4, "not-found"),
        (errors.Busy("x"), 5, "busy"),
        (errors.NoCapacity("x"), 6, "no-capacity"),
        (errors.ToolMissing("x"), 7, "tool-missing"),
        (errors.PartlyDone("x"), 8, "partly-done"),
        (errors.Unhealthy("x"), 10, "unhealthy"),
        (errors.Refused("x"), 11, "refused"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ValueError("boom"), 1, "unexpected"),
    ],
)
def test_each_error_has_its_exit_code_and_one_document(
    failing: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    word: str,
) -> None:
    failing(error)
    assert main.run(["validate", "--json"]) == code
    out = capsys.readouterr()
    document = json.loads(out.out)
    assert (document["schema"], document["ok"], document["error"]["code"]) == ("devenv/v1", False, word)
    assert set(document) == {"schema", "ok", "data", "warnings", "error"}
    assert set(document["error"]) >= {"code", "message", "hint", "path", "line", "col"}
    assert "Traceback" not in out.err


def test_an_unexpected_error_is_one_line_and_its_trace_is_in_the_log(
    failing: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    failing(ValueError("boom"))
    assert main.run(["validate"]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    log = Path(re.search(r"the trace is in (\S+)", said)[1])  # type: ignore[index]
    assert log.is_relative_to(home)
    assert "ValueError: boom" in log.read_text()


def test_every_fault_of_a_spec_is_in_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "devenv.yaml").write_text("version: 1\nname: Bad Name\nbox: base\nresources: {cpu: 2}\n")
    assert main.run(["validate", "--json"]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert [fault["line"] for fault in error["faults"]] == [2, 4]
    assert (error["line"], error["path"]) == (2, "name")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dstroy"], "did you mean 'destroy'?"),
        (["up", "--jsn"], "--json"),
        (["exec"], "behind `--`"),
        (["exec", "a", "b", "--", "true"], "unexpected extra argument (b)"),
    ],
)
def test_usage_is_explained_with_2(capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main.run(words) == 2
    assert said.lower() in capsys.readouterr().err.lower()


@pytest.mark.parametrize("words", [["exec", "one", "ls"], ["run", "one", "ls", "-l"], ["exec", "one"]])
def test_a_command_without_its_double_dash_is_told_of_it(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main.run(words) == errors.UsageFault.exit_code
    assert f"hint: devenv {words[0]} [NAME] -- COMMAND" in capsys.readouterr().err


def test_logs_since_no_time_is_a_usage_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["logs", "one", "--since", "1d"]) == errors.UsageFault.exit_code
    assert "'1d' is no time" in capsys.readouterr().err


def test_json_behind_a_double_dash_belongs_to_the_command_inside(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["dstroy", "--", "--json"]) == 2
    assert capsys.readouterr().out == ""


def test_every_verb_has_help_and_takes_json(capsys: pytest.CaptureFixture[str]) -> None:
    verbs = [verb for group in main.VERBS.values() for verb in group]
    assert set(verbs) == set(main.HELP)
    for verb in [*verbs, *main.ALIASES]:
        assert main.run([verb, "--help"]) == 0
        shown = capsys.readouterr().out
        assert "--json" in shown or verb == "box", verb


def test_a_verb_that_changes_something_has_a_dry_run(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("init", "render", "up", "halt", "start", "destroy"):
        assert main.run([verb, "--help"]) == 0
        assert "--dry-run" in capsys.readouterr().out, verb


def test_an_unknown_box_is_warned_of_with_the_one_that_was_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "devenv.yaml").write_text("version: 1\nname: a\nbox: python-nl\n")
    assert main.run(["validate", "--json"]) == 0
    warnings = json.loads(capsys.readouterr().out)["warnings"]
    assert any("python-nl" in warning and "python-ml" in warning for warning in warnings)
