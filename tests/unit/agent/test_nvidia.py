"""GPUs from what `nvidia-smi` printed on machines that have some."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from devenv.agent import nvidia
from devenv.agent.model import Gpu

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

A10G = "GPU-11111111-0a0a-4b4b-8c8c-000000000001"
A100 = "GPU-22222222-0a0a-4b4b-8c8c-000000000002"
TABLE = f"""\
{A10G}, NVIDIA A10G, 23028, 00000000:00:1E.0, [N/A]
{A100}, NVIDIA A100-SXM4-40GB, 40960, 00000000:87:00.0, Enabled
"""
LISTING = f"""\
GPU 0: NVIDIA A10G (UUID: {A10G})
GPU 1: NVIDIA A100-SXM4-40GB (UUID: {A100})
  MIG 3g.20gb     Device  0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)
  MIG 1g.5gb+me   Device  1: (UUID: MIG-28b4f2fa-0c4c-5c4e-b4d4-6d9b6d1c0b11)
"""


def test_whole_gpus_and_slices(tmp_path: Path) -> None:
    node = tmp_path / "bus/pci/devices/0000:87:00.0/numa_node"
    node.parent.mkdir(parents=True)
    node.write_text("1\n")
    assert nvidia.parse(TABLE, LISTING, str(tmp_path)) == (
        Gpu(A10G, "NVIDIA A10G", 23028 * 2**20, None, "nvidia"),
        Gpu("MIG-c7384736-a75d-5afc-978f-d2f1294409fd", "NVIDIA A100-SXM4-40GB MIG 3g.20gb", 20 * 2**30, 1, "nvidia"),
        Gpu("MIG-28b4f2fa-0c4c-5c4e-b4d4-6d9b6d1c0b11", "NVIDIA A100-SXM4-40GB MIG 1g.5gb+me", 5 * 2**30, 1, "nvidia"),
    )


def test_a_gpu_in_mig_mode_without_slices_offers_nothing() -> None:
    assert nvidia.parse(f"{A100}, NVIDIA A100, 40960, 00000000:87:00.0, Enabled\n", "") == ()


def test_an_unknown_node_and_unknown_memory_are_unknown(tmp_path: Path) -> None:
    node = tmp_path / "bus/pci/devices/0000:00:1e.0/numa_node"
    node.parent.mkdir(parents=True)
    node.write_text("-1\n")
    row = f"{A10G}, NVIDIA GB10, [N/A], 00000000:00:1E.0, [N/A]\n"
    assert nvidia.parse(row, "", str(tmp_path)) == (Gpu(A10G, "NVIDIA GB10", None, None, "nvidia"),)


def test_what_a_broken_driver_prints_is_no_gpu() -> None:
    said = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n\nNo devices were found\n"
    assert nvidia.parse(said, "") == ()


def test_its_absence_is_no_error() -> None:
    assert nvidia.read(program="no-such-nvidia-smi") == ()


def _fake(folder: Path, body: str) -> str:
    program = folder / "nvidia-smi"
    program.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
    program.chmod(0o755)
    return str(program)


def test_it_is_asked_for_both(tmp_path: Path) -> None:
    body = f"print({LISTING!r} if sys.argv[1] == '-L' else {TABLE!r})"
    assert [gpu.uuid[:4] for gpu in nvidia.read(program=_fake(tmp_path, body))] == ["GPU-", "MIG-", "MIG-"]


def test_its_failure_is_no_error(tmp_path: Path) -> None:
    assert nvidia.read(program=_fake(tmp_path, "sys.exit(9)")) == ()


def test_one_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvidia, "_TIMEOUT", 0.2)
    before = os.times().elapsed
    assert nvidia.read(program=_fake(tmp_path, "time.sleep(30)")) == ()
    assert os.times().elapsed - before < 5
