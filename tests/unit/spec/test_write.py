"""The canonical form of a spec, and its hash."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from devenv import spec
from devenv.errors import NotFound
from tests.unit.spec.specs import specs

if TYPE_CHECKING:
    from tests.unit.spec.conftest import Bench


@settings(max_examples=150, deadline=None)
@given(specs())
def test_the_canonical_form_is_a_spec_that_means_the_same(written: dict[str, Any]) -> None:
    first = spec.parse(written)
    again = spec.parse(json.loads(json.dumps(spec.effective(first))))
    assert again == first
    assert spec.spec_hash(again) == spec.spec_hash(first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("resources: {memory: 1GiB}\n", "resources: {memory: 1024MiB}\n"),
        ("idle: {stop_after: 90m}\n", "idle: {stop_after: 1h30m}\n"),
        ("ports: [80]\n", "ports: [{guest: 80, host: auto}]\n"),
        ("resources: {cpus: 1}\n", ""),
        ("env: {A: 1, B: 2}\n", "env: {B: '2', A: '1'}\n"),
        ("x-note: a\n", "# a comment\n"),
        ("profiles: {ci: {}}\n", ""),
        ("minio: true\n", "minio: {}\n"),
    ],
)
def test_what_means_the_same_has_the_same_hash(bench: Bench, one: str, other: str) -> None:
    assert spec.spec_hash(bench.load(one)) == spec.spec_hash(bench.load(other))


@pytest.mark.parametrize("text", ["env: {A: 1}\n", "minio: false\n", "workspace: false\n", "resources: {cpus: 2}\n"])
def test_what_means_something_else_has_another_hash(bench: Bench, text: str) -> None:
    assert spec.spec_hash(bench.load(text)) != spec.spec_hash(bench.load(""))


def test_where_the_file_lies_is_no_part_of_the_hash(bench: Bench) -> None:
    loaded = bench.load("")
    moved = dataclasses.replace(loaded, source=Path("/elsewhere/devenv.yaml"))
    assert spec.spec_hash(moved) == spec.spec_hash(loaded)
    assert moved == loaded
    assert moved.folder == Path("/elsewhere")


def test_the_hash_of_a_known_spec_stays_what_it_was() -> None:
    # It stands in the labels of running sandboxes: a change here makes every one of them look changed.
    known = spec.parse({"version": 1, "name": "a", "box": "base", "resources": {"cpus": 2}, "ports": [80]})
    assert spec.spec_hash(known) == "c19c6dd0aa08421aa65713ca50c75a3b410b8505fbdd7b6eebaa6b17b93c0d3a"


def test_a_spec_is_frozen(bench: Bench) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        bench.load("").name = "other"  # type: ignore[misc]


def test_no_gpus_is_none(bench: Bench) -> None:
    assert (
        bench.load("resources: {gpus: 2}\nprofiles: {ci: {resources: {gpus: 0}}}\n", profile="ci").resources.gpus
        is None
    )


def test_environment_values_are_taken_letter_by_letter(bench: Bench) -> None:
    text = "env: {A: 1.10, B: 022, C: yes, D: true, E: 0x1F, F: 1e3, G: .inf, H: 2026-01-01, I: '', J: 1_0}\n"
    found = bench.load(text).env
    assert list(found.values()) == ["1.10", "022", "yes", "true", "0x1F", "1e3", ".inf", "2026-01-01", "", "1_0"]


def test_short_forms_are_the_long_ones(bench: Bench) -> None:
    found = bench.load("ports: [8888]\nsecrets: [T]\nresources: {gpus: 1}\nworkspace: ./src\nhealth: {http: 80}\n")
    assert (found.ports[0].guest, found.ports[0].name, found.ports[0].bind) == (8888, "8888", "127.0.0.1")
    assert found.secrets[0].name == "T"
    assert found.resources.gpus is not None
    assert found.resources.gpus.count == 1
    assert found.workspace is not None
    assert found.workspace.source == "./src"
    assert found.health is not None
    assert found.health.http == "80/"


def test_without_targets_there_is_a_laptop(bench: Bench) -> None:
    assert list(bench.load("targets: {}\n").targets) == ["laptop"]
    assert bench.load("").target()[0] == "laptop"


def test_a_target_is_the_named_the_default_or_the_first(bench: Bench) -> None:
    text = "targets: {b: {backend: compose}, a: {backend: vagrant}}\n"
    assert bench.load(text).target()[0] == "b"
    assert bench.load(text + "default_target: a\n").target()[0] == "a"
    assert bench.load(text + "default_target: a\n").target("b")[0] == "b"


def test_an_unknown_target_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFound, match="did you mean laptop"):
        bench.load("").target("labtop")


def test_a_name_is_read_from_a_spec_that_is_otherwise_wrong(bench: Bench) -> None:
    bench.path.write_text("name: demo\nnonsense: 1\n")
    assert spec.name_of(bench.path) == "demo"
