"""What a box.yaml may say, what is made of it, and what its key follows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devenv.boxes import build, recipe
from devenv.errors import NotFound, SpecInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.boxes.conftest import Write

FULL = """\
description: all of it
packages: [curl, g++, libc6=2.36-9+deb12u14]
pip: ["numpy==2.4.6", "jax[cpu]==0.9; python_version > '3.10'"]
programs: [{package: example.org/tool, version: v1.2.3}]
files: [{source: hello, target: /usr/local/bin/hello, mode: "0755"}]
folders: [/data]
env: {MODE: dev}
user: ann
home: /home/ann
entrypoint: [hello]
command: [sleep, "1"]
"""


def _faults(folder: Path, name: str = "mine") -> list[tuple[int, int, str, str]]:
    with pytest.raises(SpecInvalid) as caught:
        recipe.load(name, folder)
    return [(fault.line, fault.col, fault.path, fault.message) for fault in caught.value.faults]


def test_every_field_is_read(write: Write) -> None:
    box = recipe.load("mine", write(FULL, hello="#!/bin/sh\n"))
    assert (box.name, box.user, box.home) == ("mine", "ann", "/home/ann")
    assert box.packages == ("curl", "g++", "libc6=2.36-9+deb12u14")
    assert box.files[0].target == "/usr/local/bin/hello"
    assert box.programs[0].name == "tool"


def test_an_empty_box_is_the_default_base_alone(write: Write) -> None:
    box = recipe.load("mine", write("{}\n"))
    assert box.base == recipe.DEBIAN
    assert box.command == ("sleep", "infinity")


def test_all_faults_are_told_at_once_with_their_places(write: Write) -> None:
    folder = write('package: [curl]\nuser: root\nfolders: [/data, "/a/../b"]\npip: [--index-url=evil]\nhome: 7\n')
    assert [(line, path) for line, _, path, _ in _faults(folder)] == [
        (1, "package"),
        (2, "user"),
        (3, "folders[1]"),
        (4, "pip[0]"),
        (5, "home"),
    ]


def test_an_unknown_field_is_told_with_the_one_that_was_meant(write: Write) -> None:
    [(line, _, path, message)] = _faults(write("# a comment\npackges: [curl]\n"))
    assert (line, path) == (2, "packges")
    assert "did you mean packages?" in message


def test_an_unknown_field_of_a_file_is_compared_with_the_fields_of_files(write: Write) -> None:
    [(_, _, path, message)] = _faults(write("files: [{source: a, target: /a, mod: '0755'}]\n", a=""))
    assert path == "files[0].mod"
    assert "did you mean mode?" in message


def test_a_mode_that_yaml_would_take_for_a_number_is_told_as_it_was_written(write: Write) -> None:
    [(_, _, path, message)] = _faults(write("files: [{source: a, target: /a, mode: 0755}]\n", a=""))
    assert path == "files[0].mode"
    assert message.endswith('got 0755; did you mean "0755"?')


def test_what_a_box_says_is_read_as_the_spec_would_read_it(write: Write) -> None:
    box = recipe.load("mine", write("env: {VERSION: 1.10, EMPTY: ''}\ncommand: run 'it all'\nentrypoint: []\n"))
    assert box.env == {"VERSION": "1.10", "EMPTY": ""}
    assert (box.command, box.entrypoint) == (("run", "it all"), ())


@pytest.mark.parametrize("text", ["name: other\n", "folder: /\n"])
def test_a_box_cannot_name_itself_or_its_folder(write: Write, text: str) -> None:
    assert "is not a field" in _faults(write(text))[0][3]


@pytest.mark.parametrize(
    "text",
    [
        "packages: ['curl; rm -rf /']\n",
        "packages: ['-o=evil']\n",
        'pip: ["x\\n-r /etc/passwd"]\n',
        'pip: ["x\\r-r /etc/passwd"]\n',
        'pip: ["x\\u2028-r /etc/passwd"]\n',
        'pip: ["x \\\\"]\n',
        "folders: ['/data && true']\n",
        "home: relative\n",
        "env: {A: '${SECRET}'}\n",
        'env: {A: "x\\nRUN evil"}\n',
        "env: {'A=B': x}\n",
        "user: 'a b'\n",
        "base: {image: 'debian:latest'}\n",
        "programs: [{package: example.org/tool, version: latest}]\n",
        "files: [{source: x, target: /x, mode: '4755'}]\n",
    ],
)
def test_nothing_that_could_reach_a_shell_or_float_is_accepted(write: Write, text: str) -> None:
    assert len(_faults(write(text, x=""))) == 1


@pytest.mark.parametrize("source", ["../secret", "/etc/passwd", "link", "loop", "absent", ".", "a" * 300])
def test_a_file_must_be_of_the_boxs_own_folder(write: Write, source: str) -> None:
    folder = write(f"files: [{{source: '{source}', target: /x}}]\n")
    (folder / "boxes" / "secret").write_text("s")
    (folder / "boxes" / "mine" / "link").symlink_to("/etc/passwd")
    (folder / "boxes" / "mine" / "loop").symlink_to("loop")
    assert [path for _, _, path, _ in _faults(folder)] == ["files[0].source"]


def test_bad_yaml_is_told_with_its_place(write: Write) -> None:
    [(line, _, _, _)] = _faults(write("packages: [curl\npip: x\n"))
    assert line == 2


@pytest.mark.parametrize("text", ["- curl\n", "just words\n", "", "!!python/object:os.x {}\n"])
def test_what_is_no_plain_map_is_refused(write: Write, text: str) -> None:
    assert len(_faults(write(text))) == 1


def test_an_empty_box_yaml_says_where_every_field_is_shown(write: Write) -> None:
    with pytest.raises(SpecInvalid) as caught:
        recipe.load("mine", write("# nothing yet\n"))
    assert "boxes/base/box.yaml" in str(caught.value.hint)


def test_a_path_is_kept_in_its_shortest_form(write: Write) -> None:
    assert recipe.load("mine", write("folders: [/a/./b/]\n")).folders == ("/a/b",)


def test_a_few_lines_that_stand_for_gigabytes_are_refused(write: Write) -> None:
    lines = ["packages: &a0 [curl]"] + [f"x{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 12)]
    [*_, (_, _, _, message)] = _faults(write("\n".join(lines)))
    assert "its aliases expanded" in message


def test_a_box_of_ones_own_wins_over_devenvs(write: Write) -> None:
    folder = write("description: mine\n", name="base")
    assert recipe.load("base", folder).description == "mine"
    assert recipe.load("base").description != "mine"


def test_an_unknown_box_is_told_with_the_one_that_was_meant(write: Write) -> None:
    folder = write("{}\n", name="my-box")
    with pytest.raises(NotFound) as caught:
        recipe.load("my-bax", folder)
    assert caught.value.hint == "did you mean my-box?"


@pytest.mark.parametrize("name", ["../base", "base/", "", ".", "Base"])
def test_a_name_is_never_a_path(name: str) -> None:
    with pytest.raises(NotFound):
        recipe.load(name)


def test_devenvs_own_boxes_are_all_valid_and_pinned() -> None:
    assert set(recipe.available()) >= {"base", "minio", "python-ml"}
    for name in recipe.available():
        box = recipe.load(name)
        assert all("==" in line for line in box.pip), name
        assert "@sha256:" in str(box.base.image)


def test_the_key_follows_the_content(write: Write) -> None:
    def key(text: str, hello: str = "one") -> str:
        return recipe.key(recipe.load("mine", write(text, hello=hello)))

    changed = [
        key(FULL),
        key(FULL, hello="two"),
        key(FULL.replace("0755", "0700")),
        key(FULL.replace("numpy==2.4.6", "numpy==2.4.5")),
        key(FULL.replace("v1.2.3", "v1.2.4")),
        key(FULL.replace("[curl,", "[wget,")),
        key(FULL + "base: {suite: trixie}\n"),
        key(FULL + "base: {suite: bookworm}\n"),
    ]
    assert len(set(changed)) == len(changed)
    assert key(FULL) == changed[0]


def test_the_key_does_not_follow_comments_or_the_folder(write: Write, tmp_path: Path) -> None:
    here = recipe.key(recipe.load("mine", write(FULL, hello="x")))
    (tmp_path / "boxes").rename(tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "moved").rename(tmp_path / "elsewhere" / "boxes")
    file = tmp_path / "elsewhere" / "boxes" / "mine" / "box.yaml"
    file.write_text("# a comment\n" + file.read_text())
    assert recipe.key(recipe.load("mine", tmp_path / "elsewhere")) == here


def test_the_key_does_not_follow_what_this_machine_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, write: Write
) -> None:
    for variable in list(os.environ):
        if variable.lower().endswith("_proxy") or variable.endswith(("CERT_FILE", "CA_BUNDLE")):
            monkeypatch.delenv(variable)
    before = build.reference(recipe.load("mine", write("pip: [numpy==2.4.6]\n")))
    bundle = tmp_path / "roots.pem"
    bundle.write_text("a root")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    assert build.reference(recipe.load("mine", tmp_path)) == before
