"""Choose physical cores for one lease: as near to each other as they can be, leaving the biggest holes. Pure.

The objective is `objective`, one tuple to minimise; `pack` finds its optimum without trying all subsets (a test
compares it with a search that does). After Kubernetes' `takeByTopology` and Koordinator, made strict: whole cores only,
and one total order instead of a chain of half-comparisons.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Collection, Dict, Hashable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .units import (
    Unit,
    by_llc,
    by_node,
    by_node_and_socket,
    by_socket,
    fewest,
    join,
    reaches,
    smallest_total,
    split,
    unit,
)

if TYPE_CHECKING:
    from .topology import Core

# Sets of NUMA nodes tried when a lease must span several. C(12, 6) = 924, so up to 12 free nodes the search is exact;
# on machines with more (16 and 32 nodes: "L3 as NUMA") only the fullest nodes are combined. Keeps a call under 5 ms.
_MOST_COMBINATIONS = 1000

Objective = Tuple[int, bool, bool, bool, int, int, int, int, Tuple[int, ...], Tuple[int, ...]]


class Wish(NamedTuple):
    """What to pack: threads, and GPUs, of which each NUMA node has `gpus_on` (None: node unknown, near to all)."""

    threads: int
    gpus: int = 0
    gpus_on: Optional[Dict[Optional[int], int]] = None

    def far(self, chosen: Collection[Core]) -> int:
        """Return how many of the GPUs could not be on a NUMA node of the chosen cores."""
        if not self.gpus or not self.gpus_on:
            return 0
        nodes = {core.numa for core in chosen}
        if None in nodes:
            return 0
        near = sum(self.gpus_on.get(node, 0) for node in nodes) + self.gpus_on.get(None, 0)
        return max(0, self.gpus - near)


class Ranks(NamedTuple):
    """The order in which free cores are worth keeping: emptiest cache first, then emptiest node, socket, highest id."""

    cores: Dict[Core, int]
    caches: Dict[Hashable, int]


def ranks(free: Sequence[Core]) -> Ranks:
    """Return the keeping order of `free`: this is what best fit means here."""
    room: Dict[Tuple[str, Hashable], int] = {}
    first: Dict[Tuple[str, Hashable], int] = {}
    for core in free:
        for place in (("llc", core.llc), ("node", core.node), ("socket", core.socket)):
            room[place] = room.get(place, 0) + len(core.cpus)
            first[place] = min(first.get(place, core.cpus[0]), core.cpus[0])

    def cache_worth(core: Core) -> Tuple[int, ...]:
        llc, node, socket = ("llc", core.llc), ("node", core.node), ("socket", core.socket)
        return (-room[llc], -room[node], -room[socket], -first[llc])

    caches: Dict[Hashable, int] = {}
    for core in sorted(free, key=cache_worth):
        caches.setdefault(core.llc, len(caches))

    def worth(core: Core) -> Tuple[int, ...]:
        # Below the caches, nodes: with sub-NUMA clustering one cache spans several.
        node = ("node", core.node)
        return (caches[core.llc], -room[node], -first[node], -core.cpus[0])

    return Ranks({core: index for index, core in enumerate(sorted(free, key=worth))}, caches)


def objective(chosen: Sequence[Core], wish: Wish, rank: Ranks) -> Objective:
    """Return what is to be minimised.

    In this order: threads beyond the wish; fits in one cache, one node, one socket; fewest sockets and nodes; GPUs that
    are far from them; fewest caches; caches touched that were worth keeping whole; cores taken that were worth keeping.
    """
    llcs = {core.llc for core in chosen}
    nodes = {core.node for core in chosen}
    sockets = {core.socket for core in chosen}
    return (
        sum(len(core.cpus) for core in chosen) - wish.threads,
        len(llcs) > 1,
        len(nodes) > 1,
        len(sockets) > 1,
        len(sockets),
        len(nodes),
        wish.far(chosen),
        len(llcs),
        tuple(-index for index in sorted(rank.caches[llc] for llc in llcs)),
        tuple(-index for index in sorted(rank.cores[core] for core in chosen)),
    )


def pack(free: Sequence[Core], wish: Wish) -> Optional[Tuple[Core, ...]]:
    """Return the best set of whole cores out of `free`, or None when there are too few."""
    total = smallest_total(free, wish.threads)
    if not total:
        return None
    rank = ranks(free)
    sets = (_fill(region, total, rank) for region in _regions(free, total, wish, rank))
    return min(sets, key=lambda chosen: objective(chosen, wish, rank))


def _regions(free: Sequence[Core], total: int, wish: Wish, rank: Ranks) -> Iterator[Unit]:
    """Yield the regions among which the optimum lies: the single units of the first level that can hold the lease."""
    for level in (by_llc, by_node_and_socket, by_node, by_socket):
        fitting = [one for one in split(free, level) if reaches([one], 1, total)]
        if fitting:
            for one in _distinct(fitting, wish, rank) if level is by_llc else fitting:
                yield from _narrow(one, total, wish, rank)
            return
    for some in _smallest_sets(split(free, by_socket), total, rank):
        yield from _narrow(join(some), total, wish, rank)


def _distinct(caches: List[Unit], wish: Wish, rank: Ranks) -> Iterator[Unit]:
    """Yield the caches worth a look: of those as near to the GPUs, the one least worth keeping. The others cost time.

    Not of those with cores of several sizes or, under sub-NUMA clustering, several nodes: each is of its own kind.
    """
    seen = set()
    for one in sorted(caches, key=lambda cache: rank.caches[cache.cores[0].llc], reverse=True):
        regular = len(one.sizes) == 1 and len({core.node for core in one.cores}) == 1
        kind = wish.far(one.cores)
        if not regular or kind not in seen:
            yield one
        if regular:
            seen.add(kind)


def _narrow(region: Unit, total: int, wish: Wish, rank: Ranks) -> Iterator[Unit]:
    """Yield the parts of `region` made of as few NUMA nodes as can hold the lease, one for each kind of choice."""
    nodes = split(region.cores, by_node)
    if len(nodes) == 1:
        yield region
        return
    caches = {one.cores: tuple(sorted(cache.threads for cache in split(one.cores, by_llc))) for one in nodes}
    seen = set()
    for some in _smallest_sets(nodes, total, rank):
        part = join(some)
        # Nodes with the same caches free and the same GPUs near are interchangeable; the first is the one to use up.
        kind = (tuple(sorted(caches[one.cores] for one in some)), wish.far(part.cores))
        if len(part.sizes) > 1 or kind not in seen:
            seen.add(kind)
            yield part


def _fill(region: Unit, total: int, rank: Ranks) -> Tuple[Core, ...]:
    """Return the cores of `region` to take: caches, then cores, are left alone in keeping order while that works."""
    caches = sorted(split(region.cores, by_llc), key=lambda cache: rank.caches[cache.cores[0].llc])
    count = fewest(caches, total)
    for one in list(caches):
        rest = [other for other in caches if other is not one]
        if reaches(rest, count, total):
            caches = rest
    chosen = sorted(join(caches).cores, key=lambda core: rank.cores[core])
    sizes = {core.size for core in chosen}
    if len(sizes) == 1:
        return tuple(chosen[-(total // min(sizes)) :])
    for core in list(chosen):
        without = [other for other in chosen if other is not core]
        if reaches([unit(without)], 1, total):
            chosen = without
    return tuple(chosen)


def _smallest_sets(units: List[Unit], total: int, rank: Ranks) -> Iterator[Tuple[Unit, ...]]:
    """Yield the sets of as few units as can hold the lease, those least worth keeping first."""
    count = fewest(units, total)
    fullest = sorted(units, key=lambda one: (-one.threads, *_keeping(one, rank)))
    while comb(len(fullest), count) > _MOST_COMBINATIONS and reaches(fullest[:-1], count, total):
        fullest.pop()
    return (some for some in combinations(reversed(fullest), count) if reaches(some, count, total))


def _keeping(one: Unit, rank: Ranks) -> Tuple[List[int], int]:
    return sorted({rank.caches[core.llc] for core in one.cores}), min(rank.cores[core] for core in one.cores)
