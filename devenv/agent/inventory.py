"""Read what this machine has from /proc and /sys: cores with siblings, caches, nodes and types, memory, GPUs.

Knows nothing of leases. What a machine does not report stays None. On systems without /sys (macOS, Windows) the client
builds an inventory of its own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Dict, FrozenSet, Mapping, Optional, Sequence, Tuple

from . import cpulist, nvidia
from .model import Cpu, Gpu, Inventory
from .topology import cores

# One whole core in 64 stays with the host: it serves interrupts, the engine, MinIO and the side services of all.
_CORES_PER_RESERVED = 64
# A core is of the efficient kind below these parts of the best core's value. Capacity (Arm): little cores are at 0.2 to
# 0.5, mid cores (which we count as P) at 0.8 and more. Base frequency (Intel before cpu_core/cpu_atom): 2.4 to 3.2 GHz.
_CAPACITY_OF_BEST = 0.75
_FREQUENCY_OF_BEST = 0.85
# An L3 of one core is still the place where its neighbours would be; an L2 of one core alone says nothing.
_SHARED_LEVEL = 3


def read(proc: str = "/proc", sys: str = "/sys", gpus: Optional[Sequence[Gpu]] = None) -> Inventory:
    """Return this machine's inventory; `gpus` None asks `nvidia-smi`.

    CPUs outside the own cpuset (a container, a slice) are not there. A core of which only some siblings are ours is
    reserved: whoever has the others would share it.
    """
    own = _own(proc)
    online = _list(Path(sys, "devices/system/cpu/online")) or _cpuinfo(proc)
    ids = [number for number in online if number in own] if own else list(online)
    folder = Path(sys, "devices/system/cpu")
    siblings = {number: _siblings(folder / f"cpu{number}" / "topology") for number in ids}
    cpus = _cpus(folder, ids, siblings, _nodes(sys), _types(sys, ids))
    found = tuple(nvidia.read(sys)) if gpus is None else tuple(gpus)
    partial = {number for number in ids if not siblings[number].issubset(ids)}
    bare = Inventory(cpus, (), _memory(proc), found)
    return replace(bare, reserved=_reserved(bare, frozenset(partial)))


def _cpus(
    folder: Path,
    ids: Sequence[int],
    siblings: Mapping[int, FrozenSet[int]],
    nodes: Mapping[int, int],
    types: Mapping[int, str],
) -> Tuple[Cpu, ...]:
    sockets = {number: _number(folder / f"cpu{number}/topology/physical_package_id") for number in ids}
    named = _core_ids(folder, ids, siblings, sockets)
    caches = {number: _cache(folder / f"cpu{number}" / "cache", siblings[number]) for number in ids}
    order = sorted({cache for cache in caches.values() if cache is not None}, key=min)
    return tuple(
        Cpu(
            id=number,
            core=named[number],
            socket=sockets[number],
            numa=nodes.get(number),
            llc=None if (cache := caches[number]) is None else order.index(cache),
            type=types.get(number),
        )
        for number in ids
    )


def _core_ids(
    folder: Path,
    ids: Sequence[int],
    siblings: Mapping[int, FrozenSet[int]],
    sockets: Mapping[int, Optional[int]],
) -> Dict[int, Optional[int]]:
    """Return each CPU's core id, such that (socket, core) is one physical core.

    core_id is only unique within a die or an Arm cluster, so it is believed where it agrees with the sibling lists;
    elsewhere a core is named after its lowest CPU.
    """
    reported = {number: _number(folder / f"cpu{number}/topology/core_id") for number in ids}
    groups: Dict[Tuple[Optional[int], Optional[int]], FrozenSet[int]] = {}
    agrees = all(
        groups.setdefault((sockets[number], reported[number]), siblings[number]) == siblings[number] for number in ids
    )
    if agrees:
        return reported
    return {number: min(siblings[number], default=number) for number in ids}


def _siblings(topology: Path) -> FrozenSet[int]:
    # core_cpus_list since Linux 5.3, thread_siblings_list before; offline siblings are in neither.
    return frozenset(_list(topology / "core_cpus_list") or _list(topology / "thread_siblings_list"))


def _cache(folder: Path, siblings: FrozenSet[int]) -> Optional[FrozenSet[int]]:
    """Return the CPUs that share the last-level cache; None where the only caches are those of the core itself."""
    best, shared = 0, None
    for index in sorted(folder.glob("index*")):
        level = _number(index / "level") or 0
        if level > best and _text(index / "type") != "Instruction":
            best, shared = level, frozenset(_list(index / "shared_cpu_list"))
    if not shared or (best < _SHARED_LEVEL and shared == siblings):
        return None
    return shared


def _nodes(sys: str) -> Dict[int, int]:
    found = {}
    for folder in Path(sys, "devices/system/node").glob("node[0-9]*"):
        for number in _list(folder / "cpulist"):
            found[number] = int(folder.name[len("node") :])
    return found


def _types(sys: str, ids: Sequence[int]) -> Dict[int, str]:
    """Return "P" or "E" for each CPU of a hybrid chip, nothing where all are alike. Never guessed from SMT."""
    performance, efficient = (_list(Path(sys, "devices", name, "cpus")) for name in ("cpu_core", "cpu_atom"))
    if performance and efficient:
        return {**dict.fromkeys(performance, "P"), **dict.fromkeys(efficient, "E")}
    folder = Path(sys, "devices/system/cpu")
    capacity = {number: _number(folder / f"cpu{number}/cpu_capacity") for number in ids}
    if any(capacity.values()):
        return _split(capacity, _CAPACITY_OF_BEST)
    # Servers with priority cores (Intel SST-BF) differ in base frequency too; hybrid chips have one socket.
    sockets = {_number(folder / f"cpu{number}/topology/physical_package_id") for number in ids}
    if len(sockets) > 1:
        return {}
    return _split({n: _number(folder / f"cpu{n}/cpufreq/base_frequency") for n in ids}, _FREQUENCY_OF_BEST)


def _split(values: Mapping[int, Optional[int]], part: float) -> Dict[int, str]:
    known = [value for value in values.values() if value]
    if not known or min(known) >= part * max(known):
        return {}
    return {number: "P" if (value or 0) >= part * max(known) else "E" for number, value in values.items()}


def _reserved(bare: Inventory, partial: FrozenSet[int]) -> Tuple[int, ...]:
    """Return the CPUs that are never leased: the lowest whole cores, and all of which somebody else has a sibling.

    Never all: on a machine of one core nothing is reserved, and where not one core is wholly ours the threads we have
    are taken for cores, for there is nothing better to give.
    """
    usable = [core for core in cores(bare) if partial.isdisjoint(core.cpus)]
    if not usable:
        partial, usable = frozenset(), cores(bare)
    count = min(1 + (len(usable) - 1) // _CORES_PER_RESERVED, len(usable) - 1) if usable else 0
    return tuple(sorted(partial.union(*(core.cpus for core in usable[:count]))))


def _own(proc: str) -> FrozenSet[int]:
    for line in (_text(Path(proc, "self/status")) or "").splitlines():
        if line.startswith("Cpus_allowed_list:"):
            return frozenset(cpulist.parse(line.partition(":")[2]))
    return frozenset()


def _cpuinfo(proc: str) -> Tuple[int, ...]:
    lines = (_text(Path(proc, "cpuinfo")) or "").splitlines()
    ids = [line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == "processor"]
    return tuple(sorted(int(number) for number in ids if number.isdigit()))


def _memory(proc: str) -> int:
    for line in (_text(Path(proc, "meminfo")) or "").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return 0


def _list(path: Path) -> Tuple[int, ...]:
    try:
        return cpulist.parse(_text(path) or "")
    except ValueError:
        return ()


def _number(path: Path) -> Optional[int]:
    text = _text(path)
    try:
        value = int(text) if text else -1
    except ValueError:
        return None
    return value if value >= 0 else None  # the kernel writes -1 for what the firmware does not say


def _text(path: Path) -> Optional[str]:
    try:
        return path.read_text().strip()
    except OSError:
        return None
