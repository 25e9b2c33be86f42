"""The first layer: from a registry if one answers, else from packages; docker and mmdebstrap are stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.boxes import layer
from devenv.boxes.recipe import DEBIAN, Base
from devenv.errors import CommandFailed, ToolMissing

if TYPE_CHECKING:
    from pathlib import Path

# An engine is a folder: `has/NAME` for each image, `registry` where one can be reached, `down` when it does not answer.
DOCKER = """\
#!/bin/sh
echo "$*" >>{here}/log
for last; do :; done
name=$(echo "$last" | tr / _)
case "$1 $2" in
"image inspect")
    [ ! -e {here}/down ] || {{ echo "Cannot connect to the Docker daemon" >&2; exit 1; }}
    [ -e "{here}/has/$name" ] || {{ echo "Error: No such image: $last" >&2; exit 1; }} ;;
pull*) [ ! -e {here}/slow ] || exec sleep 30; [ -e {here}/registry ] && touch "{here}/has/$name" ;;
import*) touch "{here}/has/$name" ;;
esac
"""
MMDEBSTRAP = """\
#!/bin/sh
echo "mmdebstrap $*" >>{here}/log
"""
MADE = "devenv/layer-bookworm"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name, text in (("docker", DOCKER), ("mmdebstrap", MMDEBSTRAP)):
        tool = tmp_path / "bin" / name
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(text.format(here=tmp_path))
        tool.chmod(0o755)
    (tmp_path / "has").mkdir()
    (tmp_path / "log").touch()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def _ensure(base: Base = DEBIAN, *, renew: bool = False) -> str:
    return layer.ensure(base, on_line=lambda _: None, renew=renew)


def test_a_registry_that_answers_gives_the_pinned_image(engine: Path) -> None:
    (engine / "registry").touch()
    assert _ensure() == DEBIAN.image
    assert "mmdebstrap" not in (engine / "log").read_text()


def test_without_a_registry_the_layer_is_made_of_packages_and_kept(engine: Path) -> None:
    made = _ensure()
    assert made.startswith(MADE)
    asked = (engine / "log").read_text()
    assert "mmdebstrap --variant=minbase" in asked
    (engine / "log").write_text("")
    assert _ensure() == made
    assert "mmdebstrap" not in (engine / "log").read_text()
    assert "pull" not in (engine / "log").read_text()


def test_a_registry_that_hangs_is_not_waited_for(engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (engine / "slow").touch()
    monkeypatch.setattr(layer, "PULL_SECONDS", 0.3)
    assert _ensure().startswith(MADE)


def test_what_was_made_is_renewed_when_asked(engine: Path) -> None:
    _ensure()
    (engine / "log").write_text("")
    assert _ensure(renew=True).startswith(MADE)
    assert "mmdebstrap" in (engine / "log").read_text()


@pytest.mark.usefixtures("engine")
def test_without_registry_and_mmdebstrap_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(ToolMissing) as caught:
        _ensure()
    assert "apt-get install mmdebstrap" in str(caught.value.hint)


def test_a_base_without_a_suite_needs_a_registry(engine: Path) -> None:
    with pytest.raises(ToolMissing) as caught:
        _ensure(Base(image=DEBIAN.image))
    assert "suite" in str(caught.value.hint)
    assert "mmdebstrap" not in (engine / "log").read_text()


def test_an_engine_that_is_down_is_not_an_engine_without_the_image(engine: Path) -> None:
    (engine / "down").touch()
    with pytest.raises(CommandFailed) as caught:
        _ensure()
    assert "Cannot connect" in caught.value.message
