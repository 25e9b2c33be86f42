"""Build the /proc and /sys of machines we do not have, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.agent import cpulist

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class Tree:
    """The files of one machine under `root`; its `proc` and `sys` are what `inventory.read` takes."""

    def __init__(self, root: Path, *, online: str, allowed: str | None = None, memory_kib: int = 16_000_000) -> None:
        self.root = root
        self.proc, self.sys = str(root / "proc"), str(root / "sys")
        self.write("proc/meminfo", f"MemTotal:       {memory_kib} kB\nMemFree:  1 kB\n")
        self.write("proc/self/status", f"Name:\tpython\nCpus_allowed_list:\t{allowed or online}\n")
        self.write("sys/devices/system/cpu/online", online)

    def write(self, name: str, text: object) -> None:
        """Write one file, with the newline that the kernel ends it with."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")

    def core(self, cpus: Iterable[int], *, socket: int, core: int) -> None:
        """Add a physical core with these SMT siblings."""
        siblings = sorted(cpus)
        for cpu in siblings:
            topology = f"sys/devices/system/cpu/cpu{cpu}/topology"
            self.write(f"{topology}/physical_package_id", socket)
            self.write(f"{topology}/core_id", core)
            self.write(f"{topology}/core_cpus_list", cpulist.show(siblings))

    def cache(self, cpus: Iterable[int], *, level: int = 3, index: int = 3, kind: str = "Unified") -> None:
        """Add a cache that these CPUs share."""
        shared = sorted(cpus)
        for cpu in shared:
            folder = f"sys/devices/system/cpu/cpu{cpu}/cache/index{index}"
            self.write(f"{folder}/level", level)
            self.write(f"{folder}/type", kind)
            self.write(f"{folder}/shared_cpu_list", cpulist.show(shared))

    def node(self, number: int, cpus: Iterable[int]) -> None:
        """Add a NUMA node."""
        self.write(f"sys/devices/system/node/node{number}/cpulist", cpulist.show(cpus))

    def each(self, name: str, values: Mapping[int, object]) -> None:
        """Write one file of each CPU, such as `cpu_capacity`."""
        for cpu, value in values.items():
            self.write(f"sys/devices/system/cpu/cpu{cpu}/{name}", value)


def xeon(root: Path) -> Tree:
    """Build two sockets of 8 cores with SMT, sub-NUMA clustering in two: one L3 a socket, two nodes each."""
    tree = Tree(root, online="0-31", memory_kib=131_072_000)
    for core in range(16):
        tree.core((core, core + 16), socket=core // 8, core=core % 8)
        tree.cache((core, core + 16), level=1, index=1, kind="Instruction")
        tree.cache((core, core + 16), level=2, index=2)
    for socket in range(2):
        tree.cache([*range(8 * socket, 8 * socket + 8), *range(16 + 8 * socket, 24 + 8 * socket)])
    for node in range(4):
        tree.node(node, [*range(4 * node, 4 * node + 4), *range(16 + 4 * node, 20 + 4 * node)])
    return tree


def epyc(root: Path) -> Tree:
    """Build one socket of 16 cores with SMT in four core complexes, each with its own L3; one node."""
    tree = Tree(root, online="0-31")
    for core in range(16):
        tree.core((core, core + 16), socket=0, core=core)
    for llc in range(4):
        tree.cache([*range(4 * llc, 4 * llc + 4), *range(16 + 4 * llc, 20 + 4 * llc)])
    tree.node(0, range(32))
    return tree


def alder_lake(root: Path) -> Tree:
    """Build a hybrid laptop: 4 P cores with two threads, 4 E cores, one L3; what kind they are is not said yet."""
    tree = Tree(root, online="0-11")
    for core in range(4):
        tree.core((2 * core, 2 * core + 1), socket=0, core=4 * core)
        tree.cache((2 * core, 2 * core + 1), level=2, index=2)
    for number in range(4):
        tree.core((8 + number,), socket=0, core=16 + number)
    tree.cache(range(8, 12), level=2, index=2)
    tree.cache(range(12))
    tree.node(0, range(12))
    return tree
