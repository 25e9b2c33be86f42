"""What holds of every allocation on big machines, whatever is leased already."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devenv.agent.allocate import Allocation, allocate
from devenv.agent.model import Held, Inventory, NoCapacity, Request
from devenv.agent.topology import cores, free_cores
from tests.unit.agent.machines import CASES, big_machines, requests


def _try(inventory: Inventory, request: Request) -> Allocation | None:
    try:
        return allocate(inventory, request)
    except NoCapacity:
        return None


@CASES
@given(big_machines(), requests(64))
def test_nothing_that_is_reserved_or_held_is_given(inventory: Inventory, request: Request) -> None:
    got = _try(inventory, request)
    taken = set(inventory.reserved).union(*(held.cpus for held in inventory.leases))
    assert got is None or taken.isdisjoint(got.cpus)


@CASES
@given(big_machines(), requests(64))
def test_whole_cores_and_less_than_one_core_too_many(inventory: Inventory, request: Request) -> None:
    got = _try(inventory, request)
    if got is None:
        return
    given_cores = [core for core in cores(inventory) if set(core.cpus) & set(got.cpus)]
    assert sum(core.size for core in given_cores) == len(got.cpus)
    assert request.cpus <= len(got.cpus) < request.cpus + max(core.size for core in given_cores)


@CASES
@given(big_machines(), requests(64))
def test_the_same_question_has_the_same_answer_whatever_the_order_of_the_cpus(
    inventory: Inventory, request: Request
) -> None:
    shuffled = replace(inventory, cpus=inventory.cpus[::-1], leases=inventory.leases[::-1])
    assert _try(inventory, request) == _try(inventory, request) == _try(shuffled, request)


@CASES
@given(big_machines(), requests(200))
def test_what_is_refused_does_not_fit_and_its_hint_does(inventory: Inventory, request: Request) -> None:
    free = sum(core.size for core in free_cores(inventory))
    if len(inventory.gpus) < request.gpus:
        return
    if free >= request.cpus:
        assert allocate(inventory, request)
        return
    with pytest.raises(NoCapacity, match=f"{free} free"):
        allocate(inventory, request)
    assert free == 0 or allocate(inventory, replace(request, cpus=free))


@CASES
@given(big_machines(), requests(32))
def test_it_stays_in_one_cache_whenever_one_has_room(inventory: Inventory, request: Request) -> None:
    got = _try(inventory, request)
    if got is None:
        return
    room: dict[object, int] = {}
    for core in free_cores(inventory):
        room[core.llc] = room.get(core.llc, 0) + core.size
    touched = {core.llc for core in cores(inventory) if set(core.cpus) & set(got.cpus)}
    assert (len(touched) == 1) == (max(room.values()) >= request.cpus)


@CASES
@given(big_machines(), st.integers(1, 24), st.integers(1, 24))
def test_a_changed_request_keeps_all_the_cores_it_can(inventory: Inventory, first: int, second: int) -> None:
    before = _try(inventory, Request(first))
    if before is None:
        return
    # As many others as there are come first: the rest of the machine is busy in between.
    busy = _try(replace(inventory, leases=(*inventory.leases, Held("it", before.cpus))), Request(4))
    there = replace(inventory, leases=(*inventory.leases, Held("busy", busy.cpus))) if busy else inventory
    try:
        after = allocate(there, Request(second), prefer=frozenset(before.cpus))
    except NoCapacity:
        return
    assert len(set(after.cpus) & set(before.cpus)) == min(len(before.cpus), len(after.cpus))


@settings(CASES, max_examples=60)  # each example allocates the machine core by core
@given(big_machines())
def test_a_machine_can_be_given_away_to_the_last_core_and_no_further(inventory: Inventory) -> None:
    free = {cpu for core in free_cores(inventory) for cpu in core.cpus}
    given_away: set[int] = set()
    for number in range(len(free)):
        got = _try(inventory, Request(1))
        if got is None:
            break
        assert given_away.isdisjoint(got.cpus)
        given_away.update(got.cpus)
        inventory = replace(inventory, leases=(*inventory.leases, Held(f"new{number}", got.cpus)))
    assert given_away == free
    with pytest.raises(NoCapacity):
        allocate(inventory, Request(1))
