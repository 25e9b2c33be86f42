"""The hash of a service changes with everything that needs a new container, and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.render import compose, labels
from tests.unit.render import make

LIVE = [
    ({"resources": {"memory": "4GiB"}}, {"memory": 4 * make.GIB}, {}),
    ({"resources": {"cpus": 4}}, {"cpus": (4, 5, 6, 7)}, {}),
    ({}, {}, {"pool": (0,)}),
    ({}, {}, {"spec_hash": "6" * 64}),
    ({"minio": {"buckets": ["more"]}}, {}, {}),
    ({"services": {"db": {"image": "x"}, "more": {"image": "y"}}}, {}, {}),
    ({"services": {"db": {"image": "x", "depends_on": ["minio"]}}}, {}, {}),
    ({"services": {"db": {"image": "x", "pull_policy": "always"}}}, {}, {}),
    ({"services": {"db": {"image": "x", "resources": {"memory": "1GiB"}}}}, {}, {}),
    ({"idle": {"stop_after": "1h"}}, {}, {}),
    ({"provision": ["true"]}, {}, {}),
]
NOT_LIVE = [
    ("sandbox", {"env": {"A": "1"}}, {}, {}),
    ("sandbox", {"env": {"OMP_NUM_THREADS": "7"}}, {}, {}),
    ("sandbox", {"command": ["x"]}, {}, {}),
    ("sandbox", {"ports": [80]}, {}, {}),
    ("sandbox", {"health": {"tcp": 80}}, {}, {}),
    ("sandbox", {}, {"gpus": ("GPU-1",)}, {}),
    ("sandbox", {}, {}, {"image": "other"}),
    ("sandbox", {}, {}, {"home": "/x"}),
    ("minio", {}, {"ports": {"minio": 1234}}, {}),
    ("minio", {}, {}, {"minio_image": "other"}),
    ("db", {"services": {"db": {"image": "y"}}}, {}, {}),
    ("db", {"services": {"db": {"image": "x", "labels": {"a": "b"}}}}, {}, {}),
    ("db", {"services": {"db": {"image": "x", "mem_limit": "1g"}}}, {}, {}),
    ("db", {"services": {"db": {"image": "x", "environment": {"OMP_NUM_THREADS": 2}}}}, {}, {}),
    ("db", {"services": {"db": {"image": "x", "healthcheck": {"disable": True}}}}, {}, {}),
    ("db", {}, {}, {"inputs": {"db": "digest"}}),
]


def hashes(spec: dict[str, Any], lease: dict[str, Any], context: dict[str, Any]) -> dict[str, str | None]:
    fields = {"minio": {}, "services": {"db": {"image": "x"}}, **spec}
    project = compose.project(make.spec(**fields), make.lease(**lease), make.context(**context))
    return {name: labels.value(words["labels"], "devenv.hash") for name, words in project["services"].items()}


@pytest.mark.parametrize(("spec", "lease", "context"), LIVE, ids=str)
def test_what_changes_while_a_container_runs_is_not_in_the_hash(
    spec: dict[str, Any], lease: dict[str, Any], context: dict[str, Any]
) -> None:
    before, after = hashes({}, {}, {}), hashes(spec, lease, context)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(("service", "spec", "lease", "context"), NOT_LIVE, ids=str)
def test_everything_else_is_in_the_hash_of_its_service_and_of_no_other(
    service: str, spec: dict[str, Any], lease: dict[str, Any], context: dict[str, Any]
) -> None:
    before, after = hashes({}, {}, {}), hashes(spec, lease, context)
    assert {name for name in before if before[name] != after[name]} == {service}


def test_a_changed_config_changes_the_services_that_use_it() -> None:
    services = {"a": {"image": "x", "configs": ["c"]}, "b": {"image": "x", "configs": [{"source": "d"}]}}

    def with_content(text: str) -> dict[str, str | None]:
        compose_sections = {"configs": {"c": {"content": text}, "d": {"content": "same"}}}
        return hashes({"services": services, "compose": compose_sections}, {}, {})

    before, after = with_content("one"), with_content("two")
    assert {name for name in before if before[name] != after[name]} == {"a"}


def test_a_changed_service_changes_those_that_extend_it() -> None:
    def based_on(image: str) -> dict[str, str | None]:
        services = {
            "a": {"image": image},
            "b": {"extends": {"service": "a"}},
            "c": {"extends": "b"},
            "d": {"image": "x"},
        }
        return hashes({"services": services}, {}, {})

    before, after = based_on("one"), based_on("two")
    assert {name for name in before if before[name] != after[name]} == {"a", "b", "c"}


def test_a_hash_names_the_rules_it_was_made_by() -> None:
    assert str(hashes({}, {}, {})["sandbox"]).startswith("1:")


def test_labels_of_volumes_and_networks_never_change() -> None:
    context = make.context()
    changed = make.context(spec_hash="6" * 64, target="other", image="other")
    assert labels.of_resource(context, "demo", "service") == labels.of_resource(changed, "demo", "service")


@pytest.mark.parametrize(
    ("existing", "with_ours"),
    [
        (None, {"devenv.id": "x"}),
        ({}, {"devenv.id": "x"}),
        ({"a": 1, "devenv.id": "theirs"}, {"a": 1, "devenv.id": "x"}),
        (["a=b=c", "d"], {"a": "b=c", "d": "", "devenv.id": "x"}),
        (["a.${B}=c"], ["a.${B}=c", "devenv.id=x"]),
    ],
)
def test_ours_are_added_to_labels_in_any_form(existing: Any, with_ours: Any) -> None:
    added = labels.add(existing, {"devenv.id": "x"})
    assert added == with_ours
    assert labels.value(added, "devenv.id") == "x"
    assert labels.value(added, "missing") is None
