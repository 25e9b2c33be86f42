"""Groups of cores that share a cache, a node or a socket, and what their threads can add up to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, FrozenSet, Hashable, Iterable, List, NamedTuple, Sequence, Tuple

if TYPE_CHECKING:
    from .topology import Core


class Unit(NamedTuple):
    """Some cores, the sum of their threads, and the sizes of core that there are among them."""

    cores: Tuple[Core, ...]
    threads: int
    sizes: FrozenSet[int]


def unit(cores: Iterable[Core]) -> Unit:
    """Return the unit of these cores."""
    members = tuple(cores)
    sizes = [len(core.cpus) for core in members]
    return Unit(members, sum(sizes), frozenset(sizes))


def split(cores: Iterable[Core], level: Callable[[Core], Hashable]) -> List[Unit]:
    """Return the units into which `level` divides the cores."""
    groups: Dict[Hashable, List[Core]] = {}
    for core in cores:
        groups.setdefault(level(core), []).append(core)
    return [unit(group) for group in groups.values()]


def join(units: Iterable[Unit]) -> Unit:
    """Return the unit of all the cores of `units`."""
    return unit(core for one in units for core in one.cores)


def by_llc(core: Core) -> Hashable:
    """Return the last-level cache of a core."""
    return core.llc


def by_node(core: Core) -> Hashable:
    """Return the NUMA node of a core."""
    return core.node


def by_node_and_socket(core: Core) -> Hashable:
    """Return a core's part of its node: with node interleaving one node spans the sockets."""
    return (core.node, core.socket)


def by_socket(core: Core) -> Hashable:
    """Return the socket of a core."""
    return core.socket


def reaches(units: Sequence[Unit], count: int, total: int) -> bool:
    """Say whether whole cores of at most `count` of the units can add up to exactly `total` threads."""
    sizes: FrozenSet[int] = frozenset().union(*(one.sizes for one in units))
    if len(sizes) == 1:
        most = sorted((one.threads for one in units), reverse=True)[:count]
        return sum(most) >= total and total % min(sizes) == 0
    # Cores of several sizes (offline siblings, P beside E): not every number below the sum can be had.
    # sums[n]: bit t is set when n units can give t threads.
    limit = (1 << (total + 1)) - 1
    sums = [1] + [0] * count
    for one in units:
        own = _sums(one.cores) & limit
        for used in range(count, 0, -1):
            sums[used] |= _added(sums[used - 1], own) & limit
    return any(bits >> total & 1 for bits in sums)


def fewest(units: Sequence[Unit], total: int) -> int:
    """Return how few of the units can give `total` threads, which all of them together can."""
    return next(count for count in range(1, len(units) + 1) if reaches(units, count, total))


def smallest_total(cores: Sequence[Core], threads: int) -> int:
    """Return the smallest number of threads >= `threads` that whole cores can add up to; 0 when they are too few."""
    all_of_it = unit(cores)
    if all_of_it.threads < threads:
        return 0
    if len(all_of_it.sizes) == 1:
        size = min(all_of_it.sizes)
        return -(-threads // size) * size
    bits = _sums(cores) >> threads
    return threads + (bits & -bits).bit_length() - 1


def _sums(cores: Sequence[Core]) -> int:
    """Return as bits which numbers of threads whole cores can add up to."""
    bits = 1
    for core in cores:
        bits |= bits << len(core.cpus)
    return bits


def _added(left: int, right: int) -> int:
    """Return as bits all sums of one number of `left` and one of `right`."""
    out, shift = 0, 0
    while right:
        if right & 1:
            out |= left << shift
        right >>= 1
        shift += 1
    return out
