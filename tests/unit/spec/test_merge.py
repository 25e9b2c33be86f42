"""Layers: user defaults < spec < profile < --set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devenv.errors import NotFound, UsageFault
from devenv.spec.merge import merge, plain
from devenv.spec.paths import dotted, parse_path
from devenv.spec.yamlmap import parse

if TYPE_CHECKING:
    from tests.unit.spec.conftest import Bench


def merged(below: str, above: str) -> Any:
    return plain(merge(parse(below, "below")[0], parse(above, "above")[0]))


@pytest.mark.parametrize(
    ("below", "above", "result"),
    [
        ("{a: {b: 1, c: 2}}", "{a: {c: 3, d: 4}}", {"a": {"b": 1, "c": 3, "d": 4}}),
        ("{a: [1, 2]}", "{a: [3]}", {"a": [3]}),
        ("{a: [1, 2]}", "{a: []}", {"a": []}),
        ("{a: 1, b: 2}", "{a: null}", {"b": 2}),
        ("{a: {b: 1}}", "{a: {b: null}}", {"a": {}}),
        ("{a: 1}", "{b: null}", {"a": 1, "b": None}),
        ("{a: {b: 1}}", "{a: 5}", {"a": 5}),
        ("{a: 5}", "{a: {b: 1}}", {"a": {"b": 1}}),
        ("{a: null}", "{a: {b: 1}}", {"a": {"b": 1}}),
    ],
)
def test_maps_merge_lists_replace_null_deletes(below: str, above: str, result: Any) -> None:
    assert merged(below, above) == result


def test_the_four_layers_lie_in_their_order(bench: Bench) -> None:
    text = "env: {B: spec, C: spec, D: spec}\nprofiles: {ci: {env: {C: profile, D: profile}}}\n"
    defaults = "env: {A: defaults, B: defaults, C: defaults, D: defaults}\n"
    found = bench.load(text, defaults=defaults, profile="ci", sets=["env.D=set"])
    assert found.env == {"A": "defaults", "B": "spec", "C": "profile", "D": "set"}


def test_a_profile_that_is_not_asked_for_changes_nothing(bench: Bench) -> None:
    assert bench.load("profiles: {ci: {resources: {cpus: 3}}}\n").resources.cpus == 1


def test_a_null_of_compose_that_deletes_nothing_is_kept(bench: Bench) -> None:
    assert bench.load("compose: {volumes: {data: }}\n").compose.volumes == {"data": None}


def test_a_profile_can_take_away_a_volume_and_add_an_empty_one(bench: Bench) -> None:
    text = "compose: {volumes: {data: }}\nprofiles: {p: {compose: {volumes: {data: null, more: null}}}}\n"
    assert bench.load(text, profile="p").compose.volumes == {"more": None}


def test_defaults_need_not_exist(bench: Bench) -> None:
    assert bench.load("", defaults=None).name == "demo"
    bench.path.write_text("version: 1\nname: x\nbox: base\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"defaults": "\nlogs: {max_files: 0}\n"}, "config.yaml:2:19: logs.max_files: "),
        ({"profile": "bad"}, "devenv.yaml:4:36: resources.cpus: must be a whole number from 1 to 4096; got 0"),
        ({"sets": ["resources.cpus=0"]}, "--set resources.cpus:1:1: resources.cpus: must be a whole number"),
    ],
)
def test_a_fault_names_the_layer_that_said_it(bench: Bench, options: dict[str, Any], said: str) -> None:
    text = "profiles: {bad: {resources: {cpus: 0}}}\n" if "profile" in options else ""
    assert bench.fault(text, **options).startswith(said)


def test_profiles_that_are_not_asked_for_are_checked_too(bench: Bench) -> None:
    said = bench.fault("profiles: {ci: {resources: {cpus: 2}}, bad: {resources: {cpus: x}}}\n")
    assert said.startswith("devenv.yaml:4:64: resources.cpus: ")
    assert said.endswith("(with profile bad)")


def test_an_unknown_profile_is_not_found_and_may_have_been_meant_otherwise(bench: Bench) -> None:
    with pytest.raises(NotFound, match="did you mean ci"):
        bench.load("profiles: {ci: {}}\n", profile="cii")


def test_set_takes_yaml(bench: Bench) -> None:
    found = bench.load("", sets=["ports=[8888, {guest: 80, name: web}]", "env.A=yes", "minio=false", "env.B="])
    assert [port.name for port in found.ports] == ["8888", "web"]
    assert found.env == {"A": "yes", "B": ""}
    assert found.minio is None


def test_set_deletes_with_null_and_reaches_into_lists(bench: Bench) -> None:
    text = "env: {A: 1, B: 2}\nports: [8000, {guest: 9000, name: web}]\n"
    found = bench.load(text, sets=["env.A=null", "ports[1].host=9001", "ports[0]=null"])
    assert found.env == {"B": "2"}
    assert [(port.name, port.host) for port in found.ports] == [("web", 9001)]


def test_set_makes_the_maps_on_its_way(bench: Bench) -> None:
    assert bench.load("", sets=["services.db.image=redis"]).services == {"db": {"image": "redis"}}


def test_set_takes_keys_with_dots_in_quotes(bench: Bench) -> None:
    text = "services: {db: {image: x}}\n"
    found = bench.load(text, sets=['services.db.labels."com.example/a=b"=1'])
    assert found.services["db"]["labels"] == {"com.example/a=b": 1}


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("resources.cpus", "must be PATH=VALUE"),
        ("=1", "the path is empty"),
        ("a..b=1", "cannot be read from character 3"),
        ("a.=1", "ends with a dot"),
        ("ports[x]=1", "needs a dot before character 6|cannot be read from character 6"),
        ("ports[7]=1", "ports has 1 items, so there is no \\[7\\]"),
        ("env[0]=1", "env is not a list"),
        ("nothing[0]=1", "there is no nothing"),
        ("env.A=!x 1", "tags are not allowed"),
    ],
)
def test_a_malformed_set_is_a_usage_fault(bench: Bench, setting: str, said: str) -> None:
    with pytest.raises(UsageFault, match=said):
        bench.load("env: {A: 1}\nports: [80]\n", sets=[setting])


def test_a_set_whose_value_is_not_yaml_is_an_invalid_spec(bench: Bench) -> None:
    assert bench.fault("", sets=["env.A=[1"]).startswith("--set env.A:2:1: is not YAML")


@pytest.mark.parametrize("path", [("a",), ("a", "b", 3, "c"), ("a.b", "c=d"), ("a", 0, 1)])
def test_a_path_is_read_back_as_it_was_written(path: tuple[str | int, ...]) -> None:
    assert parse_path(dotted(path)) == path
