"""Inventories of machines we do not have, from their /proc and /sys as files; and of this one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devenv.agent import inventory
from devenv.agent.allocate import allocate
from devenv.agent.model import Cpu, Inventory, Request
from devenv.agent.topology import cores, free_cores
from tests.unit.agent.trees import Tree, alder_lake, epyc, xeon

if TYPE_CHECKING:
    from pathlib import Path

P, E = (0, 1, 2, 3, 4, 5, 6, 7), (8, 9, 10, 11)


def read(tree: Tree) -> Inventory:
    return inventory.read(tree.proc, tree.sys, gpus=())


def types(tree: Tree) -> dict[int, str | None]:
    return {cpu.id: cpu.type for cpu in read(tree).cpus}


def test_a_xeon_with_sub_numa_clusters(tmp_path: Path) -> None:
    got = read(xeon(tmp_path))
    assert got.cpus[0] == Cpu(0, core=0, socket=0, numa=0, llc=0)
    assert got.cpus[12] == Cpu(12, core=4, socket=1, numa=3, llc=1)
    assert got.cpus[28] == Cpu(28, core=4, socket=1, numa=3, llc=1)
    assert len(cores(got)) == 16
    assert got.reserved == (0, 16)
    assert got.memory == 131_072_000 * 1024


def test_an_epyc_with_a_cache_for_each_complex(tmp_path: Path) -> None:
    got = read(epyc(tmp_path))
    assert [cpu.llc for cpu in got.cpus] == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4 + [0] * 4 + [1] * 4 + [2] * 4 + [
        3
    ] * 4
    assert allocate(got, Request(7)).cpus == (4, 5, 6, 7, 20, 21, 22, 23)


def test_p_and_e_cores_as_the_kernel_lists_them(tmp_path: Path) -> None:
    tree = alder_lake(tmp_path)
    tree.write("sys/devices/cpu_core/cpus", "0-7")
    tree.write("sys/devices/cpu_atom/cpus", "8-11")
    assert types(tree) == {**dict.fromkeys(P, "P"), **dict.fromkeys(E, "E")}


def test_p_and_e_cores_by_capacity(tmp_path: Path) -> None:
    tree = alder_lake(tmp_path)
    tree.each("cpu_capacity", {**dict.fromkeys(P, 1024), 0: 1009, **dict.fromkeys(E, 446)})
    assert types(tree) == {**dict.fromkeys(P, "P"), **dict.fromkeys(E, "E")}


def test_p_and_e_cores_by_base_frequency(tmp_path: Path) -> None:
    tree = alder_lake(tmp_path)
    tree.each("cpufreq/base_frequency", {**dict.fromkeys(P, 3_200_000), **dict.fromkeys(E, 2_400_000)})
    assert types(tree) == {**dict.fromkeys(P, "P"), **dict.fromkeys(E, "E")}


def test_equal_cores_have_no_type_whatever_their_siblings(tmp_path: Path) -> None:
    tree = alder_lake(tmp_path)
    tree.each("cpu_capacity", dict.fromkeys((*P, *E), 1024))
    assert set(types(tree).values()) == {None}


def test_priority_cores_of_a_server_are_not_p_cores(tmp_path: Path) -> None:
    tree = xeon(tmp_path)
    tree.each("cpufreq/base_frequency", {number: 2_700_000 if number % 8 < 3 else 2_100_000 for number in range(32)})
    assert set(types(tree).values()) == {None}


def test_an_offline_sibling_leaves_a_core_of_one_thread(tmp_path: Path) -> None:
    tree = Tree(tmp_path, online="0-2")
    tree.core((0, 2), socket=0, core=0)
    tree.core((1,), socket=0, core=1)
    assert [core.cpus for core in cores(read(tree))] == [(0, 2), (1,)]


def test_cpus_outside_the_own_cpuset_are_not_there(tmp_path: Path) -> None:
    tree = Tree(tmp_path, online="0-7", allowed="4-7")
    for core in range(4):
        tree.core((2 * core, 2 * core + 1), socket=0, core=core)
    got = read(tree)
    assert [cpu.id for cpu in got.cpus] == [4, 5, 6, 7]
    assert got.reserved == (4, 5)


def test_a_core_that_is_only_half_ours_is_never_dedicated(tmp_path: Path) -> None:
    tree = Tree(tmp_path, online="0-7", allowed="1-6")
    for core in range(4):
        tree.core((core, core + 4), socket=0, core=core)
    got = read(tree)
    assert [cpu.id for cpu in got.cpus] == [1, 2, 3, 4, 5, 6]
    assert got.reserved == (1, 3, 4, 5)
    assert [core.cpus for core in free_cores(got)] == [(2, 6)]


def test_where_no_core_is_wholly_ours_the_threads_count_as_cores(tmp_path: Path) -> None:
    tree = Tree(tmp_path, online="0-7", allowed="0-3")
    for core in range(4):
        tree.core((core, core + 4), socket=0, core=core)
    got = read(tree)
    assert got.reserved == (0,)
    assert allocate(got, Request(2)).cpus == (1, 2)


@pytest.mark.parametrize("siblings", [(0,), (0, 1)])
def test_a_machine_of_one_core_reserves_nothing(tmp_path: Path, siblings: tuple[int, ...]) -> None:
    tree = Tree(tmp_path, online="0" if len(siblings) == 1 else "0-1")
    tree.core(siblings, socket=0, core=0)
    got = read(tree)
    assert got.reserved == ()
    assert allocate(got, Request(1)).cpus == siblings


def test_a_large_machine_reserves_a_core_in_64(tmp_path: Path) -> None:
    tree = Tree(tmp_path, online="0-127")
    for core in range(128):
        tree.core((core,), socket=0, core=core)
    assert read(tree).reserved == (0, 1)


def test_arm_without_a_shared_cache(tmp_path: Path) -> None:
    tree = Tree(tmp_path, online="0-3")
    for core in range(4):
        tree.core((core,), socket=0, core=core)
        tree.cache((core,), level=2, index=2)
    tree.node(0, range(4))
    got = read(tree)
    assert [cpu.llc for cpu in got.cpus] == [None] * 4
    assert allocate(got, Request(3)).cpus == (1, 2, 3)


def test_core_ids_that_repeat_within_a_socket_are_not_believed(tmp_path: Path) -> None:
    # Arm clusters and multi-die packages: core_id starts again in each.
    tree = Tree(tmp_path, online="0-7")
    for number in range(4):
        tree.core((2 * number, 2 * number + 1), socket=0, core=number % 2)
    assert [core.cpus for core in cores(read(tree))] == [(0, 1), (2, 3), (4, 5), (6, 7)]


def test_unknown_socket_and_core_are_null(tmp_path: Path) -> None:
    tree = Tree(tmp_path, online="0-1")
    for number in range(2):
        tree.core((number,), socket=-1, core=-1)
    assert len(cores(read(tree))) == 2
    assert {cpu.socket for cpu in read(tree).cpus} == {None}


def test_a_container_that_shows_no_topology_has_cpus_all_the_same(tmp_path: Path) -> None:
    tree = Tree(tmp_path, online="0-3", allowed="0-1")
    (tmp_path / "sys/devices/system/cpu/online").unlink()
    tree.write("proc/cpuinfo", "\n".join(f"processor\t: {number}\nmodel name\t: x" for number in range(4)))
    got = read(tree)
    assert got.cpus == (Cpu(0), Cpu(1))
    assert got.reserved == (0,)


def test_an_empty_machine_is_no_traceback(tmp_path: Path) -> None:
    assert inventory.read(str(tmp_path), str(tmp_path), gpus=()) == Inventory(())


def test_this_machine() -> None:
    got = inventory.read()
    assert {cpu.id for cpu in got.cpus} == os.sched_getaffinity(0)
    assert got.memory == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert len(free_cores(got)) >= 1
