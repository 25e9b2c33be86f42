"""Ask `nvidia-smi` which GPUs there are, MIG slices included. Its absence is not an error.

The one place of the agent that runs a program: the agent is shipped alone and cannot use `devenv.process`.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from .model import Gpu

# Without persistence mode the driver loads at each call, 1 to 3 s on machines with eight GPUs; a hung one never ends.
_TIMEOUT = 10.0
_FIELDS = "uuid,name,memory.total,pci.bus_id,mig.mode.current"
_GPU_LINE = re.compile(r"^GPU \d+: .*\(UUID: (GPU-[^)]+)\)")
_MIG_LINE = re.compile(r"^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[^)]+)\)")
_MIG_MEMORY = re.compile(r"\.(\d+)gb")


def read(sys: str = "/sys", program: str = "nvidia-smi") -> Tuple[Gpu, ...]:
    """Return the NVIDIA GPUs of this machine; none where the tool is absent, broken or does not answer in time."""
    if not shutil.which(program):
        return ()
    table = _run([program, f"--query-gpu={_FIELDS}", "--format=csv,noheader,nounits"])
    listing = _run([program, "-L"]) if table else None
    return parse(table, listing or "", sys) if table else ()


def parse(table: str, listing: str, sys: str = "/sys") -> Tuple[Gpu, ...]:
    """Return the GPUs in the two outputs: `--query-gpu` (CSV) and `-L`.

    A GPU in MIG mode is handed out in its slices only: the kernel driver refuses work on the whole.
    """
    slices = _slices(listing)
    gpus: List[Gpu] = []
    for row in csv.reader(table.splitlines(), skipinitialspace=True):
        if len(row) != len(_FIELDS.split(",")) or not row[0].startswith("GPU-"):
            continue
        uuid, name, memory, bus, mig = (field.strip() for field in row)
        node = _numa(bus, sys)
        if mig == "Enabled":
            gpus += [
                Gpu(part, f"{name} MIG {profile}", _profile_memory(profile), node, "nvidia")
                for profile, part in slices.get(uuid, [])
            ]
        else:
            gpus.append(Gpu(uuid, name, int(memory) * 2**20 if memory.isdigit() else None, node, "nvidia"))
    return tuple(gpus)


def _slices(listing: str) -> Dict[str, List[Tuple[str, str]]]:
    found: Dict[str, List[Tuple[str, str]]] = {}
    parent = ""
    for line in listing.splitlines():
        whole, part = _GPU_LINE.match(line), _MIG_LINE.match(line)
        if whole:
            parent = whole.group(1)
        elif part:
            found.setdefault(parent, []).append((part.group(1), part.group(2)))
    return found


def _profile_memory(profile: str) -> Optional[int]:
    named = _MIG_MEMORY.search(profile)
    return int(named.group(1)) * 2**30 if named else None


def _numa(bus: str, sys: str) -> Optional[int]:
    # nvidia-smi writes the PCI domain with eight digits and in capitals, the kernel with four and in small letters.
    domain, _, rest = bus.lower().partition(":")
    try:
        node = int(Path(sys, "bus/pci/devices", f"{domain[-4:]}:{rest}", "numa_node").read_text())
    except (OSError, ValueError):
        return None
    return node if node >= 0 else None


def _run(argv: List[str]) -> Optional[str]:
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
