"""Decide which cores and GPUs a request gets on a host. Pure: the same inventory and request give the same answer.

Whole physical cores with all their SMT siblings, never one that is reserved or of which anybody holds a sibling; of one
core type unless the request says `any`; as near to each other and to the GPUs as they can be (`packing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Set, Tuple

from . import gpus as gpu_choice
from .packing import Wish, pack
from .refusal import no_cpus, no_gpus, no_memory
from .topology import ANY, Core, free_cores, pools
from .units import smallest_total

if TYPE_CHECKING:
    from .model import Gpu, Inventory, Request


class Allocation(NamedTuple):
    """What a request gets: CPU ids ascending, and GPU UUIDs in the machine's order."""

    cpus: Tuple[int, ...]
    gpus: Tuple[str, ...]


def allocate(inventory: Inventory, request: Request, *, prefer: FrozenSet[int] = frozenset()) -> Allocation:
    """Return the cores and GPUs that `request` gets; nothing is written anywhere.

    What `inventory.leases` hold is taken. `prefer` names CPUs the sandbox runs on already: as many of them as the
    request allows are kept, before locality is looked at, because moving a running process costs it its caches.

    Raises:
        NoCapacity: it does not fit; says who holds what, and what would fit.
    """
    _check_memory(inventory, request)
    gpus = _free_gpus(inventory, request)
    if not request.dedicated:
        return Allocation((), gpu_choice.pick(gpus, request.gpus, ()))
    wish = Wish(max(1, request.cpus), request.gpus, _count_by_node(gpus))
    chosen = _cores(inventory, request, wish, prefer)
    ids = tuple(sorted(cpu for core in chosen for cpu in core.cpus))
    return Allocation(ids, gpu_choice.pick(gpus, request.gpus, {core.numa for core in chosen}))


def _cores(inventory: Inventory, request: Request, wish: Wish, prefer: FrozenSet[int]) -> Tuple[Core, ...]:
    free = free_cores(inventory)
    groups = pools(free, request.core_type)
    totals = [(total, index) for index, group in enumerate(groups) if (total := smallest_total(group, wish.threads))]
    if not totals:
        raise no_cpus(inventory, request, groups)
    mixed = request.core_type is not None and request.core_type.lower() == ANY
    # `any`: the least waste, and at equal waste rather one type than a mixture. Otherwise: the preferred type.
    _, index = min(totals) if mixed else totals[0]
    chosen = _keep(groups[index], wish, prefer) if prefer else None
    chosen = chosen or pack(groups[index], wish)
    assert chosen is not None  # noqa: S101 -- smallest_total found that it fits
    return chosen


def _keep(group: Sequence[Core], wish: Wish, prefer: FrozenSet[int]) -> Optional[Tuple[Core, ...]]:
    """Return a set that keeps as many of the preferred cores as it can, the rest as near to them as it fits."""
    kept = [core for core in group if prefer.issuperset(core.cpus)]
    total = smallest_total(group, wish.threads)
    more = total - sum(core.size for core in kept)
    if not kept or more <= 0:
        return pack(kept, wish) if kept else None
    others = [core for core in group if core not in kept]
    for near in ("llc", "node", "socket", None):
        units = {getattr(core, near) for core in kept} if near else set()
        around = [core for core in others if near is None or getattr(core, near) in units]
        if smallest_total(around, more) == more:
            added = pack(around, wish._replace(threads=more))
            return tuple(kept) + (added or ())
    return None


def _check_memory(inventory: Inventory, request: Request) -> None:
    if not inventory.memory or not request.memory + request.beside:
        return
    held = sum(one.memory for one in inventory.leases)
    if held + request.memory + request.beside > inventory.memory - host_memory(inventory.memory):
        raise no_memory(inventory, request, host_memory(inventory.memory))


def host_memory(total: int) -> int:
    """Return how many bytes of `total` the host keeps: for the kernel, the engine, MinIO's page cache and the agent.

    An idle Debian with dockerd and containerd uses 300 to 400 MiB, so 512 MiB at least, and a twentieth of a large
    machine (page tables, slab, per-container overhead grow with it); but never more than a quarter of a tiny one.
    """
    return min(max(512 * 2**20, total // 20), total // 4)


def _free_gpus(inventory: Inventory, request: Request) -> List[Gpu]:
    if not request.gpus:
        return []
    taken: Set[str] = set().union(*(held.gpus for held in inventory.leases))
    suitable = gpu_choice.eligible(inventory.gpus, request)
    free = [gpu for gpu in suitable if gpu.uuid not in taken]
    if len(free) < request.gpus:
        raise no_gpus(inventory, request, suitable, free)
    return free


def _count_by_node(gpus: Sequence[Gpu]) -> Dict[Optional[int], int]:
    counts: Dict[Optional[int], int] = {}
    for gpu in gpus:
        counts[gpu.numa] = counts.get(gpu.numa, 0) + 1
    return counts
