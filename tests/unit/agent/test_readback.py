"""What the kernel gave a process, read from the trees of cgroup v1, v2 and hybrid machines, and from this one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from devenv.agent.readback import CgroupFacts, cgroup, process_cpus

if TYPE_CHECKING:
    from pathlib import Path

V1_MOUNTS = """\
33 32 0:28 / /sys/fs/cgroup/systemd rw,nosuid shared:9 - cgroup cgroup rw,xattr,name=systemd
36 32 0:33 / /sys/fs/cgroup/cpuset rw,nosuid shared:15 - cgroup cgroup rw,cpuset
37 32 0:34 / /sys/fs/cgroup/memory rw,nosuid shared:16 - cgroup cgroup rw,memory
"""
V2_ONLY = "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
UNIFIED = "31 32 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:8 - cgroup2 cgroup2 rw\n"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def facts(root: Path) -> CgroupFacts:
    return cgroup(7, str(root / "proc"), str(root / "sys"))


def test_version_1(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/mountinfo": V1_MOUNTS,
            "proc/7/cgroup": "9:cpuset:/docker/abc\n8:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n",
            "sys/fs/cgroup/cpuset/docker/abc/cpuset.cpus": "1\n",
            "sys/fs/cgroup/cpuset/docker/abc/cpuset.effective_cpus": "1\n",
            "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "1073741824\n",
            "sys/fs/cgroup/memory/docker/abc/memory.memsw.limit_in_bytes": "1073741824\n",
        },
    )
    assert facts(tmp_path) == CgroupFacts("v1", (1,), 2**30, 2**30, "/docker/abc")


def test_hybrid_without_swap_accounting(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/mountinfo": V1_MOUNTS + UNIFIED,
            "proc/7/cgroup": "9:cpuset:/docker/abc\n4:memory:/docker/abc\n0::/docker/abc\n",
            "sys/fs/cgroup/cpuset/docker/abc/cpuset.cpus": "2-3\n",
            "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert facts(tmp_path) == CgroupFacts("hybrid", (2, 3), None, None, "/docker/abc")


def test_version_2(tmp_path: Path) -> None:
    scope = "sys/fs/cgroup/system.slice/docker-abc.scope"
    write(
        tmp_path,
        {
            "proc/self/mountinfo": V2_ONLY,
            "proc/7/cgroup": "0::/system.slice/docker-abc.scope\n",
            f"{scope}/cpuset.cpus.effective": "4-5\n",
            f"{scope}/memory.max": "2147483648\n",
            f"{scope}/memory.swap.max": "0\n",
        },
    )
    assert facts(tmp_path) == CgroupFacts("v2", (4, 5), 2**31, 2**31, "/system.slice/docker-abc.scope")


def test_version_2_takes_the_parents_cpuset_where_the_controller_is_not_enabled(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/mountinfo": V2_ONLY,
            "proc/7/cgroup": "0::/user.slice/session.scope\n",
            "sys/fs/cgroup/user.slice/cpuset.cpus.effective": "0-1\n",
            "sys/fs/cgroup/user.slice/session.scope/memory.max": "max\n",
        },
    )
    assert facts(tmp_path) == CgroupFacts("v2", (0, 1), None, None, "/user.slice/session.scope")


def test_a_mount_of_a_part_of_the_tree(tmp_path: Path) -> None:
    # What a container sees of its own cgroup under version 1: the mount's root is its own path.
    write(
        tmp_path,
        {
            "proc/self/mountinfo": "36 32 0:33 /docker/abc /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n",
            "proc/7/cgroup": "9:cpuset:/docker/abc\n",
            "sys/fs/cgroup/cpuset/cpuset.cpus": "6\n",
        },
    )
    assert facts(tmp_path).cpuset == (6,)


def test_the_cpus_of_a_process_are_the_kernels(tmp_path: Path) -> None:
    write(tmp_path, {"7/status": "Name:\tx\nCpus_allowed:\tc2\nCpus_allowed_list:\t1,6-7\nMems_allowed_list:\t0\n"})
    assert process_cpus(7, str(tmp_path)) == (1, 6, 7)


def test_a_process_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    for read in (process_cpus, cgroup):
        with pytest.raises(ProcessLookupError, match="no process 7"):
            read(7, str(tmp_path))


def test_this_process_is_read_as_the_kernel_shows_it() -> None:
    mine = tuple(sorted(os.sched_getaffinity(0)))
    assert process_cpus(os.getpid()) == mine
    assert set(mine) <= set(cgroup(os.getpid()).cpuset)
