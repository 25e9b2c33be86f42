"""Allocation against a search through all subsets of cores, on machines small enough for one."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from devenv.agent.allocate import allocate
from devenv.agent.model import Inventory, NoCapacity, Request
from devenv.agent.packing import Objective, Wish, objective, ranks
from devenv.agent.topology import Core, cores, free_cores, pools
from tests.unit.agent.machines import CASES, requests, small_machines

if TYPE_CHECKING:
    from collections.abc import Sequence


def _wish(inventory: Inventory, request: Request) -> Wish:
    counts: dict[int | None, int] = {}
    for gpu in inventory.gpus:
        counts[gpu.numa] = counts.get(gpu.numa, 0) + 1
    return Wish(request.cpus, request.gpus, counts)


def _best(pool: Sequence[Core], wish: Wish) -> Objective | None:
    rank = ranks(pool)
    subsets = (some for size in range(1, len(pool) + 1) for some in combinations(pool, size))
    enough = (some for some in subsets if sum(core.size for core in some) >= wish.threads)
    return min((objective(some, wish, rank) for some in enough), default=None)


@CASES
@given(small_machines(), requests(10))
def test_the_allocation_is_the_optimum_of_a_search_through_all_subsets(inventory: Inventory, request: Request) -> None:
    wish = _wish(inventory, request)
    groups = pools(free_cores(inventory), request.core_type)
    optima = [(best, index) for index, pool in enumerate(groups) if (best := _best(pool, wish))]
    if not optima or request.gpus > len(inventory.gpus):
        with pytest.raises(NoCapacity):
            allocate(inventory, request)
        return
    # `any` takes the least waste (the objective's first number), then the earlier pool; else the preferred type's pool.
    expected, index = min(optima, key=lambda item: (item[0][0], item[1])) if request.core_type == "any" else optima[0]

    got = allocate(inventory, request)

    chosen = [core for core in cores(inventory) if set(core.cpus) <= set(got.cpus)]
    assert sorted(cpu for core in chosen for cpu in core.cpus) == list(got.cpus)
    assert objective(chosen, wish, ranks(groups[index])) == expected
