"""Choose physical cores for one lease: as near to each other as they can be, leaving the biggest holes. Pure.

The objective is `objective`, one tuple to minimise; `pack` finds its optimum without trying all subsets (a test
compares it with a search that does). After Kubernetes' `takeByTopology` and Koordinator, made strict: whole cores only,
and one total order instead of a chain of half-comparisons.
"""

from __future__ import annotations

from itertools import combinations
from typing import Callable, Collection, Dict, Hashable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .topology import Core

# Sets of NUMA nodes tried when a lease must span several. C(12, 6) = 924, so up to 12 free nodes the search is exact;
# on machines with more (16 and 32 nodes: "L3 as NUMA") only the fullest nodes are combined. Keeps a call under 5 ms.
_MOST_COMBINATIONS = 1000

Objective = Tuple[int, bool, bool, bool, int, int, int, int, Tuple[int, ...], Tuple[int, ...]]
_Unit = List[Core]


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
        for unit in (("llc", core.llc), ("node", core.node), ("socket", core.socket)):
            room[unit] = room.get(unit, 0) + len(core.cpus)
            first[unit] = min(first.get(unit, core.cpus[0]), core.cpus[0])

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
    if total is None:
        return None
    rank = ranks(free)
    best: Optional[Tuple[Objective, Tuple[Core, ...]]] = None
    for region in _regions(free, total, wish, rank):
        chosen = _fill(region, total, rank)
        score = objective(chosen, wish, rank)
        if best is None or score < best[0]:
            best = (score, chosen)
    assert best is not None  # noqa: S101 -- the last region is all that is free, and it reaches the total
    return best[1]


def smallest_total(free: Sequence[Core], threads: int) -> Optional[int]:
    """Return the smallest number of threads >= `threads` that whole cores of `free` can add up to."""
    sums = _sums(free) >> threads
    if not sums:
        return None
    return threads + (sums & -sums).bit_length() - 1


def _regions(free: Sequence[Core], total: int, wish: Wish, rank: Ranks) -> Iterator[_Unit]:
    """Yield the regions among which the optimum lies: the single units of the first level that can hold the lease."""
    for level in (_by_llc, _by_node_and_socket, _by_node, _by_socket):
        fitting = [unit for unit in _units(free, level) if _reaches([unit], 1, total)]
        if fitting:
            for unit in fitting:
                yield from _narrow(unit, total, wish, rank)
            return
    sockets = _units(free, _by_socket)
    for some in _smallest_sets(sockets, total, rank):
        yield from _narrow([core for unit in some for core in unit], total, wish, rank)


def _narrow(region: _Unit, total: int, wish: Wish, rank: Ranks) -> Iterator[_Unit]:
    """Yield the parts of `region` made of as few NUMA nodes as can hold the lease, one for each kind of choice."""
    seen = set()
    for some in _smallest_sets(_units(region, _by_node), total, rank):
        part = [core for unit in some for core in unit]
        # Nodes with the same caches free and the same GPUs near are interchangeable; the first is the one to use up.
        kind = (tuple(sorted(tuple(sorted(len(c) for c in _units(unit, _by_llc))) for unit in some)), wish.far(part))
        mixed = len({core.size for core in part}) > 1
        if mixed or kind not in seen:
            seen.add(kind)
            yield part


def _fill(region: _Unit, total: int, rank: Ranks) -> Tuple[Core, ...]:
    """Return the cores of `region` to take: caches, then cores, are left alone in keeping order while that works."""
    caches = sorted(_units(region, _by_llc), key=lambda unit: rank.caches[unit[0].llc])
    fewest = next(count for count in range(1, len(caches) + 1) if _reaches(caches, count, total))
    for unit in list(caches):
        rest = [other for other in caches if other is not unit]
        if _reaches(rest, fewest, total):
            caches = rest
    chosen = sorted((core for unit in caches for core in unit), key=lambda core: rank.cores[core])
    if len({core.size for core in chosen}) == 1:
        return tuple(chosen[-(total // chosen[0].size) :])
    for core in list(chosen):
        without = [other for other in chosen if other is not core]
        if _reaches([without], 1, total):
            chosen = without
    return tuple(chosen)


def _smallest_sets(units: List[_Unit], total: int, rank: Ranks) -> Iterator[Tuple[_Unit, ...]]:
    """Yield the sets of as few units as can hold the lease, those with the least room first."""
    count = next(count for count in range(1, len(units) + 1) if _reaches(units, count, total))
    fullest = sorted(units, key=lambda unit: (-_threads(unit), *_keeping(unit, rank)))
    while _choose(len(fullest), count) > _MOST_COMBINATIONS and len(fullest) > count:
        fullest.pop()
    for some in combinations(reversed(fullest), count):
        if _reaches(some, count, total):
            yield some


def _keeping(unit: _Unit, rank: Ranks) -> Tuple[List[int], int]:
    return sorted({rank.caches[core.llc] for core in unit}), min(rank.cores[core] for core in unit)


def _reaches(units: Sequence[_Unit], count: int, total: int) -> bool:
    """Say whether the cores of at most `count` of the units can add up to exactly `total` threads."""
    sizes = {len(core.cpus) for unit in units for core in unit}
    if len(sizes) <= 1:
        enough = sum(sorted(map(_threads, units), reverse=True)[:count]) >= total
        return enough and all(total % size == 0 for size in sizes)
    # sums[n]: bit t is set when n units can give t threads.
    limit = (1 << (total + 1)) - 1
    sums = [1] + [0] * count
    for unit in units:
        own = _sums(unit) & limit
        for used in range(count, 0, -1):
            sums[used] |= _convolve(sums[used - 1], own) & limit
    return any(one >> total & 1 for one in sums)


def _sums(unit: Sequence[Core]) -> int:
    """Return as bits which numbers of threads whole cores of `unit` can add up to."""
    sums = 1
    for core in unit:
        sums |= sums << len(core.cpus)
    return sums


def _convolve(left: int, right: int) -> int:
    out, shift = 0, 0
    while right:
        if right & 1:
            out |= left << shift
        right >>= 1
        shift += 1
    return out


def _threads(unit: Sequence[Core]) -> int:
    return sum(len(core.cpus) for core in unit)


def _units(region: Sequence[Core], level: Callable[[Core], Hashable]) -> List[_Unit]:
    units: Dict[Hashable, _Unit] = {}
    for core in region:
        units.setdefault(level(core), []).append(core)
    return list(units.values())


def _by_llc(core: Core) -> Hashable:
    return core.llc


def _by_node(core: Core) -> Hashable:
    return core.node


def _by_node_and_socket(core: Core) -> Hashable:
    return (core.node, core.socket)  # with node interleaving one node spans the sockets


def _by_socket(core: Core) -> Hashable:
    return core.socket


def _choose(total: int, count: int) -> int:
    out = 1
    for index in range(min(count, total - count)):
        out = out * (total - index) // (index + 1)
    return out
