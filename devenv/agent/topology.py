"""Physical cores: which logical CPUs make one, and which cache, node and socket it sits in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Hashable, List, NamedTuple, Optional, Sequence, Tuple

if TYPE_CHECKING:
    from .model import Cpu, Inventory

ANY = "any"


class Core(NamedTuple):
    """One physical core with all its SMT siblings.

    `socket`, `node` and `llc` only compare for equality: what a machine does not report falls back to the next larger
    unit that it does (no LLC: its node; no node: its socket), so unknown never looks like apart. `numa` is as reported.
    """

    cpus: Tuple[int, ...]
    socket: Hashable
    node: Hashable
    llc: Hashable
    numa: Optional[int]
    type: Optional[str]

    @property
    def size(self) -> int:
        """Return the number of its threads."""
        return len(self.cpus)


def cores(inventory: Inventory) -> List[Core]:
    """Return every physical core of the machine, by its lowest CPU id."""
    threads: Dict[Hashable, List[Cpu]] = {}
    for cpu in inventory.cpus:
        threads.setdefault(core_key(cpu), []).append(cpu)
    return sorted(_core(siblings) for siblings in threads.values())


def core_key(cpu: Cpu) -> Tuple[str, Optional[int], int]:
    """Return what names the physical core of `cpu`: core ids repeat across sockets; without one each CPU is its own."""
    return ("cpu", None, cpu.id) if cpu.core is None else ("core", cpu.socket, cpu.core)


def _core(siblings: List[Cpu]) -> Core:
    first = min(siblings, key=lambda cpu: cpu.id)
    node: Hashable = ("socket", first.socket) if first.numa is None else first.numa
    # Cache ids repeat across sockets in hand-written inventories, and no cache spans two sockets.
    llc: Hashable = ("node", first.socket, node) if first.llc is None else (first.socket, first.llc)
    return Core(tuple(sorted(cpu.id for cpu in siblings)), first.socket, node, llc, first.numa, first.type)


def free_cores(inventory: Inventory) -> List[Core]:
    """Return the physical cores that a dedicated lease could get now."""
    taken = set(inventory.reserved).union(*(held.cpus for held in inventory.leases))
    return [core for core in cores(inventory) if taken.isdisjoint(core.cpus)]


def pools(free: Sequence[Core], core_type: Optional[str]) -> List[List[Core]]:
    """Return the groups of cores that one lease may be made of, the preferred one first.

    Where all cores are alike (no types reported) `core_type` asks for nothing. Without one P cores come before
    E cores, even at a thread of waste: a sandbox that lands on E cores unasked runs at about half the speed, silently.
    """
    types: Dict[Optional[str], List[Core]] = {}
    for core in free:
        types.setdefault(core.type, []).append(core)
    order = sorted(types, key=lambda name: ({"P": 0, None: 1, "E": 2}.get(name, 3), name or ""))
    if core_type is not None and core_type.lower() == ANY:
        return [*(types[name] for name in order), list(free)]
    wanted = [name for name in order if core_type is None or name is None or name.lower() == core_type.lower()]
    return [types[name] for name in wanted]
