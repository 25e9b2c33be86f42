"""Machines as data: a builder for regular ones, and a hypothesis strategy for small odd ones."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from devenv.agent.model import Cpu, Gpu, Held, Inventory, Request

GIB = 2**30
# The same cases in every run; DEVENV_CASES=100000 looks further.
CASES = settings(derandomize=True, deadline=None, max_examples=int(os.environ.get("DEVENV_CASES", "400")))


def machine(  # noqa: PLR0913 -- one word for each level of the machine
    *,
    sockets: int = 1,
    nodes: int = 1,
    caches: int = 1,
    cores: int = 4,
    threads: int = 1,
    memory: int = 0,
    cache_per_socket: bool = False,
) -> Inventory:
    """Build a regular machine: `nodes` per socket, `caches` per node, `cores` per cache.

    Numbered as Linux numbers x86: the first threads of all cores, then the second ones; core ids repeat across sockets.
    """
    cpus = []
    per_socket = nodes * caches * cores
    total = sockets * per_socket
    for thread in range(threads):
        for index in range(total):
            socket, inside = divmod(index, per_socket)
            node = socket * nodes + inside // (caches * cores)
            llc = socket if cache_per_socket else index // cores
            cpus.append(Cpu(thread * total + index, inside, socket, node, llc))
    return Inventory(tuple(cpus), (), memory)


def leased(inventory: Inventory, **leases: tuple[int, ...]) -> Inventory:
    """Return the machine with these leases added: sandbox=CPU ids."""
    held = tuple(Held(name, tuple(sorted(cpus))) for name, cpus in leases.items())
    return replace(inventory, leases=inventory.leases + held)


@st.composite
def small_machines(draw: st.DrawFn) -> Inventory:
    """Draw a machine of at most 8 cores with what real ones have: SMT, offline siblings, P and E, unknown fields."""
    shape = st.sampled_from(
        [(1, 1, 1, 8), (1, 1, 2, 4), (1, 2, 2, 2), (2, 1, 2, 2), (2, 2, 2, 1), (2, 2, 1, 2), (1, 1, 4, 2), (2, 1, 1, 3)]
    )
    sockets, nodes, caches, cores = draw(shape)
    threads = draw(st.sampled_from([1, 2, 2, 4]))
    base = machine(
        sockets=sockets, nodes=nodes, caches=caches, cores=cores, threads=threads, cache_per_socket=draw(st.booleans())
    )
    cpus = list(base.cpus)
    if threads > 1:
        offline = draw(st.sets(st.sampled_from([cpu.id for cpu in cpus]), max_size=3))
        cpus = [cpu for cpu in cpus if cpu.id not in offline] or cpus
    if draw(st.booleans()):
        efficient = draw(st.sets(st.sampled_from(sorted({(cpu.socket, cpu.core) for cpu in cpus})), max_size=5))
        cpus = [replace(cpu, type="E" if (cpu.socket, cpu.core) in efficient else "P") for cpu in cpus]
    if draw(st.integers(0, 4)) == 0:  # node interleaving: one node spans the sockets
        cpus = [replace(cpu, numa=0) for cpu in cpus]
    unknown = draw(st.sets(st.sampled_from(["numa", "llc", "core"]), max_size=2))
    nothing: dict[str, Any] = dict.fromkeys(unknown)
    cpus = [replace(cpu, **nothing) for cpu in cpus]
    cpus = cpus[:8] if "core" in unknown else cpus  # each CPU is a core of its own then
    taken = draw(st.sets(st.sampled_from([cpu.id for cpu in cpus]), max_size=4))
    reserved = draw(st.sets(st.sampled_from([cpu.id for cpu in cpus]), max_size=2))
    places = st.sampled_from([None, *range(sockets * nodes)])
    gpus = tuple(Gpu(f"GPU-{index}", numa=place) for index, place in enumerate(draw(st.lists(places, max_size=4))))
    held = (Held("other", tuple(sorted(taken))),) if taken else ()
    return Inventory(tuple(cpus), tuple(sorted(reserved)), 0, gpus, held)


@st.composite
def big_machines(draw: st.DrawFn) -> Inventory:
    """Draw a machine of up to 256 CPUs, partly leased core by core."""
    base = machine(
        sockets=draw(st.sampled_from([1, 2])),
        nodes=draw(st.sampled_from([1, 2, 4])),
        caches=draw(st.sampled_from([1, 2, 4])),
        cores=draw(st.sampled_from([4, 8])),
        threads=draw(st.sampled_from([1, 2])),
    )
    ids = [cpu.id for cpu in base.cpus]
    leases = draw(st.lists(st.sets(st.sampled_from(ids), min_size=1, max_size=12), max_size=20))
    held = tuple(Held(f"s{index}", tuple(sorted(cpus))) for index, cpus in enumerate(leases))
    gpus = tuple(Gpu(f"GPU-{index}", numa=index % 2) for index in range(draw(st.integers(0, 4))))
    return replace(base, reserved=(ids[0],), leases=held, gpus=gpus)


@st.composite
def requests(draw: st.DrawFn, most: int) -> Request:
    """Draw a request of up to `most` CPUs."""
    kind = draw(st.sampled_from([None, None, None, "P", "E", "any"]))
    return Request(draw(st.integers(1, most)), gpus=draw(st.integers(0, 2)), core_type=kind)
