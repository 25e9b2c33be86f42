"""Say why a request does not fit: what was asked, what there is, who holds it, and what would fit. Pure."""

from __future__ import annotations

from typing import Dict, Iterable, List, Sequence

from . import cpulist
from . import gpus as gpu_choice
from .model import Gpu, Held, Inventory, NoCapacity, Request
from .topology import ANY, Core, cores, pools

# More names than this do not fit a terminal line; the rest are counted.
_MOST_NAMES = 8


def no_cpus(inventory: Inventory, request: Request, groups: Sequence[Sequence[Core]]) -> NoCapacity:
    """Return the refusal of cores; `groups` are the free cores of each kind that the request allows."""
    fits = max((sum(core.size for core in group) for group in groups), default=0)
    kind = f" {request.core_type}" if request.core_type and request.core_type.lower() != ANY else ""
    parts = [f"{len(inventory.cpus)} in all", f"{len(inventory.reserved)} kept for the host"]
    holders = [held for held in inventory.leases if held.cpus]
    parts += _holders(f"{cpulist.show(held.cpus)} by {_name(held)}" for held in holders)
    message = (
        f"{request.cpus} dedicated{kind} CPUs asked, {fits} free in whole cores"
        f" ({', '.join(parts[:2])}{'; held: ' + ', '.join(parts[2:]) if holders else ''})"
    )
    total = _most_ever(inventory, request)
    if request.cpus > total:
        return NoCapacity(message, f"this host can never give more than {total}{kind} dedicated CPUs to one sandbox")
    return NoCapacity(message, _hint("CPUs", fits, _release_cpus(inventory, request, fits)))


def no_memory(inventory: Inventory, request: Request, reserve: int) -> NoCapacity:
    """Return the refusal of memory; `reserve` is what the host keeps."""
    wanted = request.memory + request.beside
    holders = [held for held in inventory.leases if held.memory]
    free = max(0, inventory.memory - reserve - sum(held.memory for held in holders))
    names = _holders(f"{gpu_choice.size(held.memory)} by {_name(held)}" for held in holders)
    message = (
        f"{gpu_choice.size(wanted)} of memory asked, {gpu_choice.size(free)} free"
        f" ({gpu_choice.size(inventory.memory)} in all, {gpu_choice.size(reserve)} kept for the host"
        f"{'; held: ' + ', '.join(names) if names else ''})"
    )
    if wanted > inventory.memory - reserve:
        most = gpu_choice.size(inventory.memory - reserve)
        return NoCapacity(message, f"this host can never give more than {most} of memory to one sandbox")
    needed = wanted - free
    enough = sorted((held for held in holders if held.memory >= needed), key=lambda held: held.memory)
    return NoCapacity(message, _hint("of memory", gpu_choice.size(free) if free else 0, enough))


def no_gpus(inventory: Inventory, request: Request, suitable: Sequence[Gpu], free: Sequence[Gpu]) -> NoCapacity:
    """Return the refusal of GPUs; `suitable` are those of the asked kind, `free` those of them that nobody holds."""
    asked = gpu_choice.describe(request)
    if not inventory.gpus:
        return NoCapacity(f"{asked} asked, this host has none", "`devenv doctor` says what it looked for")
    uuids = {gpu.uuid for gpu in suitable}
    holders = [held for held in inventory.leases if uuids.intersection(held.gpus)]
    names = _holders(f"{len(uuids.intersection(held.gpus))} by {_name(held)}" for held in holders)
    message = (
        f"{asked} asked, {len(free)} free ({len(inventory.gpus)} in all, {len(suitable)} of this kind"
        f"{'; held: ' + ', '.join(names) if names else ''})"
    )
    if request.gpus > len(suitable):
        models = ", ".join(sorted({f"{gpu.model} {gpu_choice.size(gpu.memory or 0)}" for gpu in inventory.gpus}))
        return NoCapacity(message, f"this host has: {models}")
    short = request.gpus - len(free)
    enough = [held for held in holders if len(uuids.intersection(held.gpus)) >= short]
    return NoCapacity(message, _hint("GPUs", len(free), enough))


def _release_cpus(inventory: Inventory, request: Request, fits: int) -> List[Held]:
    """Return the holders of whom any one, gone, would make room; the smallest first. An estimate, for a hint."""
    wanted = request.core_type.lower() if request.core_type else None
    reserved = set(inventory.reserved)
    holders: Dict[int, List[int]] = {}
    for index, held in enumerate(inventory.leases):
        for cpu in held.cpus:
            holders.setdefault(cpu, []).append(index)
    gains: Dict[int, int] = {}
    for core in cores(inventory):
        if not (core.type is None or wanted in (None, ANY, core.type.lower())) or reserved.intersection(core.cpus):
            continue
        by = {index for cpu in core.cpus for index in holders.get(cpu, ())}
        if len(by) == 1:
            (only,) = by
            gains[only] = gains.get(only, 0) + core.size
    short = request.cpus - fits
    enough = [(gain, inventory.leases[index].sandbox, index) for index, gain in gains.items() if gain >= short]
    return [inventory.leases[index] for _, _, index in sorted(enough)]


def _most_ever(inventory: Inventory, request: Request) -> int:
    reserved = set(inventory.reserved)
    usable = [core for core in cores(inventory) if reserved.isdisjoint(core.cpus)]
    return max((sum(core.size for core in pool) for pool in pools(usable, request.core_type)), default=0)


def _hint(what: str, fits: object, enough: Sequence[Held]) -> str:
    now = f"{fits} {what} would fit now" if fits else "nothing would fit now"
    mine = [held for held in enough if not held.foreign]
    if mine:
        names = " or ".join(_ending(held) for held in mine[:3])
        return f"{now}; {names} would make room"
    if enough:
        return f"{now}; stopping {_name(enough[0])} would make room"
    return f"{now}; more than one sandbox has to go to make room"


def _ending(held: Held) -> str:
    # Another user's sandbox has its owner in its name (`two of bob`), and is not ours to stop.
    return f"the end of {held.sandbox}" if " " in held.sandbox else f"`devenv halt --release {held.sandbox}`"


def _holders(texts: Iterable[str]) -> List[str]:
    names = list(texts)
    if len(names) > _MOST_NAMES:
        return [*names[:_MOST_NAMES], f"{len(names) - _MOST_NAMES} more"]
    return names


def _name(held: Held) -> str:
    return f"{held.sandbox} (not devenv's)" if held.foreign else held.sandbox
