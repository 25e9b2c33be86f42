"""The plan: what is compared, and what each difference does."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.agent import cpulist
from devenv.agent.engine import Container
from devenv.sandbox.plan import Change, Kind, plan


def wanted(**words: Any) -> dict[str, Any]:
    return {"labels": {"devenv.hash": "1:a"}, **words}


def container(**facts: Any) -> Container:
    labels = {"devenv.hash": "1:a", "devenv.role": facts.pop("role", "sandbox")}
    return Container(**{"id": "1", "name": "c", "image": "i", "state": "running", "labels": labels, **facts})


def test_what_is_missing_is_created_and_what_is_not_wanted_is_removed() -> None:
    found = plan({"sandbox": wanted()}, {"old": container()})
    assert found == (Change("sandbox", Kind.CREATE), Change("old", Kind.REMOVE))


def test_what_is_as_it_should_be_changes_nothing() -> None:
    body = wanted(cpuset="1-2", mem_limit=1024)
    assert plan({"sandbox": body}, {"sandbox": container(cpuset=(1, 2), memory=1024)}) == ()


def test_cpus_and_memory_change_in_place() -> None:
    body = wanted(cpuset="1,2", mem_limit=2048)
    assert plan({"sandbox": body}, {"sandbox": container(cpuset=(1,), memory=1024)}) == (
        Change("sandbox", Kind.IN_PLACE, "cpuset", [1], [1, 2]),
        Change("sandbox", Kind.IN_PLACE, "memory", 1024, 2048),
    )


def test_another_hash_recreates_and_names_the_fields_that_differ() -> None:
    seen = {"sandbox": container(labels={"devenv.hash": "1:b"})}
    before = {"sandbox": {"image": "old", "command": ["x"], "labels": {"devenv.hash": "1:b"}}}
    found = plan({"sandbox": wanted(image="new", command=["x"])}, seen, before)
    assert found == (Change("sandbox", Kind.RECREATE, "image", "old", "new"),)


def test_another_hash_recreates_even_if_nobody_knows_what_it_was() -> None:
    seen = {"sandbox": container(labels={})}
    assert [change.kind for change in plan({"sandbox": wanted()}, seen)] == [Kind.RECREATE]


@pytest.mark.parametrize("state", ["exited", "created", "dead"])
def test_what_does_not_run_is_started(state: str) -> None:
    found = plan({"sandbox": wanted()}, {"sandbox": container(state=state)})
    assert [change.kind for change in found] == [Kind.START]


def test_a_one_shot_service_that_has_ended_well_is_left_alone() -> None:
    done = container(role="service", state="exited", exit_code=0)
    failed = container(role="service", state="exited", exit_code=1)
    assert plan({"job": wanted()}, {"job": done}) == ()
    assert [change.kind for change in plan({"job": wanted()}, {"job": failed})] == [Kind.START]


def test_a_cpuset_is_read_as_the_kernel_reads_it() -> None:
    assert cpulist.parse("0-2,5") == (0, 1, 2, 5)
    assert cpulist.parse("") == ()
