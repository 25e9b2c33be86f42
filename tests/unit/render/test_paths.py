"""Relative paths become absolute in every place where Compose takes a path, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devenv.render import paths

HOME = Path("/home/me/project")


def one(word: str, value: Any, folder: Path = HOME) -> Any:
    return paths.service({word: value}, folder)[word]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("./x:/y:ro", "/home/me/project/x:/y:ro"),
        (".:/y", "/home/me/project:/y"),
        ("../x:/y", "/home/me/x:/y"),
        ("./a/../b/:/y", "/home/me/project/b:/y"),
        ("./conf/${ENV}/app.conf:/y", "/home/me/project/conf/${ENV}/app.conf:/y"),
        ("../${ENV}:/y", "/home/me/${ENV}:/y"),
        ("./pre${ENV}:/y", "/home/me/project/pre${ENV}:/y"),
        ("./$$literal:/y", "/home/me/project/$$literal:/y"),
        ("${D:-.}/x:/y", "${D:-/home/me/project}/x:/y"),
        ("${D-./d}:/y", "${D-/home/me/project/d}:/y"),
        ("${A:-${B:-./b}}:/y", "${A:-${B:-/home/me/project/b}}:/y"),
    ],
)
def test_a_short_volume_that_is_a_path_becomes_absolute(before: str, after: str) -> None:
    assert one("volumes", [before]) == [after]


@pytest.mark.parametrize(
    "volume",
    [
        *("data:/y", "/abs:/y", "~/x:/y", "~:/y", "/anonymous", "./looks-relative-but-is-anonymous", "${D}/x:/y"),
        *("$D:/y", "${D:-data}:/y", "${D:?set it}:/y", "${D:-/abs}:/y", "a.b:/y", "x/y:/z", ""),
    ],
)
def test_other_short_volumes_are_untouched(volume: str) -> None:
    assert one("volumes", [volume]) == [volume]


def test_only_binds_among_long_volumes_have_a_path() -> None:
    mounts: list[dict[str, object]] = [
        {"type": "bind", "source": "x", "target": "/x", "read_only": True},
        {"type": "volume", "source": "x", "target": "/x"},
        {"type": "tmpfs", "target": "/x"},
    ]
    assert one("volumes", mounts) == [{**mounts[0], "source": "/home/me/project/x"}, *mounts[1:]]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a.env", "/home/me/project/a.env"),
        (["a.env", "/b.env"], ["/home/me/project/a.env", "/b.env"]),
        (
            [{"path": "a.env", "required": False, "format": "raw"}],
            [{"path": "/home/me/project/a.env", "required": False, "format": "raw"}],
        ),
        ({"path": "a.env"}, {"path": "/home/me/project/a.env"}),
        ("${STAGE}.env", "${STAGE}.env"),
        ("env/${STAGE}.env", "/home/me/project/env/${STAGE}.env"),
    ],
)
def test_env_files_become_absolute_in_every_form(before: Any, after: Any) -> None:
    assert one("env_file", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (".", "/home/me/project"),
        ("app", "/home/me/project/app"),
        ("https://example.com/x.git#main:dir", "https://example.com/x.git#main:dir"),
        ("github.com/a/b", "github.com/a/b"),
        ("git@example.com:a/b", "git@example.com:a/b"),
        (
            {"context": "app", "dockerfile": "../Dockerfile"},
            {"context": "/home/me/project/app", "dockerfile": "../Dockerfile"},
        ),
        ({"dockerfile_inline": "FROM x"}, {"context": "/home/me/project", "dockerfile_inline": "FROM x"}),
        (
            {"context": "/x", "additional_contexts": {"a": "a", "b": "docker-image://b", "c": "service:c"}},
            {
                "context": "/x",
                "additional_contexts": {"a": "/home/me/project/a", "b": "docker-image://b", "c": "service:c"},
            },
        ),
        (
            {"context": "/x", "additional_contexts": ["a=a"]},
            {"context": "/x", "additional_contexts": ["a=/home/me/project/a"]},
        ),
        (
            {"context": "/x", "ssh": ["default", "k=keys/k"]},
            {"context": "/x", "ssh": ["default", "k=/home/me/project/keys/k"]},
        ),
    ],
)
def test_build_contexts_become_absolute_and_what_is_relative_to_them_does_not(before: Any, after: Any) -> None:
    assert one("build", before) == after


def test_extends_labels_and_watched_paths_become_absolute() -> None:
    assert one("extends", {"file": "common.yml", "service": "x"}) == {
        "file": "/home/me/project/common.yml",
        "service": "x",
    }
    assert one("extends", "x") == "x"
    assert one("label_file", ["l"]) == ["/home/me/project/l"]
    watch = one("develop", {"watch": [{"path": "src", "action": "sync", "target": "/x"}]})
    assert watch == {"watch": [{"path": "/home/me/project/src", "action": "sync", "target": "/x"}]}


def test_files_of_secrets_and_configs_become_absolute_and_their_contents_do_not() -> None:
    section = {"a": {"file": "./a"}, "b": {"content": "./b"}, "c": {"environment": "C"}, "d": {"external": True}}
    assert paths.files(section, HOME) == {**section, "a": {"file": "/home/me/project/a"}}


def test_a_named_volume_that_is_a_bind_mount_gets_an_absolute_device() -> None:
    bind = {"driver": "local", "driver_opts": {"type": "none", "o": "bind", "device": "./data"}}
    assert paths.volume(bind, HOME)["driver_opts"]["device"] == "/home/me/project/data"
    tmpfs = {"driver": "local", "driver_opts": {"type": "tmpfs", "device": "tmpfs"}}
    for entry in (tmpfs, {"driver_opts": {"o": "bind", "device": "x"}}, None, {"external": True}):
        assert paths.volume(entry, HOME) == entry


def test_a_dollar_in_the_folders_name_is_not_interpolated() -> None:
    assert one("volumes", ["./x:/y"], Path("/a$b")) == ["/a$$b/x:/y"]
    assert one("volumes", ["${D:-./x}:/y"], Path("/a$b")) == ["${D:-/a$$b/x}:/y"]


def test_a_folder_that_cannot_be_spelled_is_left_to_the_project_directory() -> None:
    assert one("volumes", ["./x:/y"], Path("/a:b")) == ["./x:/y"]
    assert one("volumes", ["${D:-./x}:/y"], Path("/a}b")) == ["${D:-./x}:/y"]
    assert one("env_file", "x.env", Path("/a:b")) == "/a:b/x.env"


def test_the_words_given_are_not_changed() -> None:
    words = {"volumes": ["./x:/y", {"type": "bind", "source": "x", "target": "/"}], "build": {"context": "a"}}
    paths.service(words, HOME)
    assert words == {"volumes": ["./x:/y", {"type": "bind", "source": "x", "target": "/"}], "build": {"context": "a"}}
