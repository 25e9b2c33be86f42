"""What the kernel really gave a process: its CPUs and its cgroup's limits, on cgroup v1, v2 and hybrid.

Everything is read from `proc` and `sys`, so that tests build the trees of machines we do not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple

from . import cpulist

# cgroup v1 writes "no limit" as the largest multiple of a page below 2**63.
_NO_LIMIT = 2**62


@dataclass(frozen=True)
class CgroupFacts:
    """What a process's cgroup says. `version`: "v1", "v2" or "hybrid"; a limit that is not set is None.

    `cpuset` is what the kernel makes effective; () where no cpuset controller is there. `memory_limit` and
    `swap_limit` are bytes: `swap_limit` is memory and swap together, None too where the kernel does not count swap.
    """

    version: str
    cpuset: Tuple[int, ...] = ()
    memory_limit: Optional[int] = None
    swap_limit: Optional[int] = None
    path: str = ""


class _Mount(NamedTuple):
    point: str
    root: str
    version: int
    options: Tuple[str, ...]


def process_cpus(pid: int, proc: str = "/proc") -> Tuple[int, ...]:
    """Return the CPUs that the kernel lets process `pid` run on.

    Raises:
        ProcessLookupError: there is no such process.
    """
    try:
        lines = Path(proc, str(pid), "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        raise ProcessLookupError(f"there is no process {pid}") from None
    for line in lines:
        if line.startswith("Cpus_allowed_list:"):
            return cpulist.parse(line.partition(":")[2])
    return ()


def cgroup(pid: int, proc: str = "/proc", sys: str = "/sys") -> CgroupFacts:
    """Return what the cgroup of process `pid` allows it.

    Raises:
        ProcessLookupError: there is no such process.
    """
    try:
        lines = Path(proc, str(pid), "cgroup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        raise ProcessLookupError(f"there is no process {pid}") from None
    paths = dict(_controllers(lines))
    mounts = _mounts(proc)
    first = [mount for mount in mounts if mount.version == 1 and "cpuset" in mount.options]
    memory = [mount for mount in mounts if mount.version == 1 and "memory" in mount.options]
    second = [mount for mount in mounts if mount.version != 1]
    if not first and not memory:
        return _version_2(paths.get("", "/"), second, sys)
    cpus = _value(first, paths.get("cpuset", "/"), sys, ("cpuset.effective_cpus", "cpuset.cpus"))
    limit = _value(memory, paths.get("memory", "/"), sys, ("memory.limit_in_bytes",))
    swap = _value(memory, paths.get("memory", "/"), sys, ("memory.memsw.limit_in_bytes",))
    return CgroupFacts(
        version="hybrid" if second else "v1",
        cpuset=cpulist.parse(cpus or ""),
        memory_limit=_bytes(limit),
        swap_limit=_bytes(swap),
        path=paths.get("cpuset", "/"),
    )


def _version_2(path: str, mounts: List[_Mount], sys: str) -> CgroupFacts:
    cpus = _value(mounts, path, sys, ("cpuset.cpus.effective",))
    limit = _bytes(_value(mounts, path, sys, ("memory.max",)))
    swap = _bytes(_value(mounts, path, sys, ("memory.swap.max",)))
    # v2 counts swap beside memory, v1 (and Docker's words) both together.
    both = None if swap is None or limit is None else limit + swap
    return CgroupFacts("v2", cpulist.parse(cpus or ""), limit, both, path)


def _controllers(lines: List[str]) -> List[Tuple[str, str]]:
    found = []
    for line in lines:
        _, names, path = line.split(":", 2)
        found += [(name, path) for name in names.split(",")]
    return found


def _mounts(proc: str) -> List[_Mount]:
    found = []
    for line in Path(proc, "self", "mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        fields, (kind, *rest) = left.split(" "), right.split(" ")
        if kind in ("cgroup", "cgroup2"):
            options = tuple(rest[-1].split(","))  # after the type: source, options
            found.append(_Mount(fields[4], fields[3], 2 if kind == "cgroup2" else 1, options))
    return found


def _value(mounts: List[_Mount], path: str, sys: str, names: Tuple[str, ...]) -> Optional[str]:
    """Return the content of the first of `names` in the cgroup, or in its nearest parent that has one.

    Parents, because in v2 a cgroup without its own controller lives under its parent's limits.
    """
    for mount in mounts:
        top = _place(mount, sys)
        inner = path[len(mount.root) :] if mount.root != "/" and path.startswith(mount.root) else path
        folder = top / inner.lstrip("/")
        while True:
            for name in names:
                try:
                    text = (folder / name).read_text().strip()
                except OSError:
                    continue
                if text:
                    return text
            if folder == top or top not in folder.parents:
                break
            folder = folder.parent
    return None


def _place(mount: _Mount, sys: str) -> Path:
    return Path(sys + mount.point[len("/sys") :]) if mount.point.startswith("/sys/") else Path(mount.point)


def _bytes(text: Optional[str]) -> Optional[int]:
    if text is None or not text.isdigit() or int(text) >= _NO_LIMIT:
        return None
    return int(text)
