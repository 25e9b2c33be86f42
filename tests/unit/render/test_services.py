"""Side services: additions only where the service says nothing, networks that reach, sections that are as they were."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.render import compose
from tests.unit.render import make

LOGGING = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


def project(services: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return compose.project(make.spec(services=services, **fields), make.lease(), make.context())


def rendered(words: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = project({"one": {"image": "x", **words}})["services"]["one"]
    return found


def test_what_is_added_and_nothing_more() -> None:
    assert set(rendered({})) == {"image", "cpuset", "logging", "labels"}
    assert rendered({})["logging"] == LOGGING
    assert rendered({})["cpuset"] == "0-1"


@pytest.mark.parametrize(
    "words", [{"logging": {"driver": "none"}}, {"logging": {"options": {}}}, {"restart": "always"}]
)
def test_what_is_there_is_left_alone(words: dict[str, Any]) -> None:
    assert words.items() <= rendered(words).items()


def test_resources_become_limits() -> None:
    words = rendered({"resources": {"cpus": 1.5, "memory": "1GiB"}})
    assert (words["cpus"], words["mem_limit"], words["memswap_limit"]) == (1.5, make.GIB, make.GIB)
    assert "resources" not in words


@pytest.mark.parametrize(
    ("own", "left_out"),
    [
        ({"mem_limit": "2g"}, {"memswap_limit"}),
        ({"deploy": {"resources": {"limits": {"memory": "2g"}}}}, {"mem_limit", "memswap_limit"}),
        ({"deploy": {"resources": {"limits": {"cpus": "2"}}}}, {"cpus"}),
        ({"deploy": None}, set()),
    ],
)
def test_resources_never_contradict_the_services_own_words(own: dict[str, Any], left_out: set[str]) -> None:
    words = rendered({**own, "resources": {"cpus": 1, "memory": "1GiB"}})
    assert own.items() <= words.items()
    assert not left_out & set(words)


def test_log_limits_never_overrule_or_mix_with_what_is_inherited() -> None:
    services = {
        "far": {"extends": {"file": "common.yml", "service": "x"}},
        "heir-of-far": {"extends": "far"},
        "base": {"image": "x"},
        "talker": {"extends": {"service": "base"}, "logging": {"options": {"tag": "t"}}},
        "quiet": {"extends": {"service": "other-base"}},
        "other-base": {"image": "x"},
    }
    found = project(services)["services"]
    limited = {name for name in services if found[name].get("logging") == LOGGING}
    assert limited == {"quiet", "other-base"}


def test_words_come_in_the_customary_order_whatever_order_they_were_written_in() -> None:
    words = {"volumes": ["/x"], "x-mine": 1, "command": "c", "environment": {}, "healthcheck": {}, "restart": "no"}
    forwards, backwards = rendered(words), rendered(dict(reversed(words.items())))
    assert list(forwards) == list(backwards)
    assert next(iter(forwards)) == "image"
    assert list(forwards)[-1] == "labels"


def networks(services: dict[str, Any], **fields: Any) -> dict[str, Any]:
    found = project(services, minio={}, **fields)["services"]
    return {name: found[name].get("networks") for name in ("sandbox", "minio")}


def test_a_service_on_a_network_of_its_own_is_reached_by_sandbox_and_minio() -> None:
    sections = {"networks": {"back": None, "other": None}}
    both = ["default", "back"]
    assert networks({"a": {"image": "x", "networks": ["back", "other"]}}, compose=sections) == {
        "sandbox": both,
        "minio": both,
    }
    assert (
        networks({"a": {"image": "x", "networks": {"back": {"aliases": ["y"]}}}}, compose=sections)["sandbox"] == both
    )


@pytest.mark.parametrize("words", [{}, {"networks": ["default", "back"]}, {"network_mode": "host"}, {"networks": []}])
def test_no_network_is_joined_without_need(words: dict[str, Any]) -> None:
    sections = {"networks": {"back": None}}
    assert networks({"a": {"image": "x", **words}}, compose=sections) == {"sandbox": None, "minio": None}


def test_without_egress_the_sandbox_is_on_internal_networks_only() -> None:
    sections = {"networks": {"inner": {"internal": True}, "outer": None}}
    services = {"a": {"image": "x", "networks": ["inner"]}, "b": {"image": "x", "networks": ["outer"]}}
    found = project(services, minio={}, compose=sections, network={"egress": "none"})
    joined = found["services"]["sandbox"]["networks"]
    assert joined == ["default", "inner"]
    assert all(found["networks"][name]["internal"] is True for name in joined)
    assert found["services"]["minio"]["networks"] == [*joined, "minio-outside"]


def test_volumes_and_networks_that_are_made_here_bear_our_labels_and_others_do_not() -> None:
    sections = {
        "volumes": {
            "a": None,
            "b": {"labels": ["x=y"]},
            "c": {"external": True},
            "d": {"name": "n", "driver": "local"},
        },
        "networks": {"n": {"driver": "bridge"}, "e": {"external": True, "name": "team"}},
    }
    found = project({"one": {"image": "x"}}, compose=sections)
    assert found["volumes"]["c"] == {"external": True}
    assert found["networks"]["e"] == {"external": True, "name": "team"}
    assert found["volumes"]["b"]["labels"]["x"] == "y"
    assert found["volumes"]["d"]["driver"] == "local"
    ours = [*(found["volumes"][name] for name in "abd"), found["networks"]["n"], found["networks"]["default"]]
    assert all(entry["labels"]["devenv.id"] == "0123abcd" for entry in ours)


def test_a_default_network_of_the_specs_own_keeps_its_words() -> None:
    found = project({"one": {"image": "x"}}, compose={"networks": {"default": {"driver_opts": {"a": "b"}}}})
    assert found["networks"]["default"]["driver_opts"] == {"a": "b"}
    external = project({"one": {"image": "x"}}, compose={"networks": {"default": {"external": True}}})
    assert external["networks"] == {"default": {"external": True}}
