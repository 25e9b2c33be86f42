"""Which GPUs a request means, and which of them are handed out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devenv.agent.allocate import allocate
from devenv.agent.gpus import eligible
from devenv.agent.model import Gpu, Held, NoCapacity, Request
from tests.unit.agent.machines import GIB, machine

A100 = Gpu("GPU-a100", "NVIDIA A100-SXM4-80GB", 80 * GIB, 1, "nvidia")
A10G = Gpu("GPU-a10g", "NVIDIA A10G", 23028 * 2**20, 0, "nvidia")
T4 = Gpu("GPU-t4", "Tesla T4", 15109 * 2**20, 0, "nvidia")
MI300 = Gpu("GPU-mi300", "AMD Instinct MI300X", 192 * GIB, 1, "amd")
ALL = (A100, A10G, T4, MI300)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("A10G", A10G),
        ("a10g", A10G),
        ("nvidia a10g", A10G),
        ("A100", A100),
        ("a100-80gb", A100),
        ("A100 SXM4", A100),
        ("t4", T4),
        ("Tesla-T4", T4),
        ("mi300x", MI300),
    ],
)
def test_a_model_is_found_by_the_name_people_use(wanted: str, found: Gpu) -> None:
    assert eligible(ALL, Request(1, gpus=1, gpu_model=wanted)) == [found]


@pytest.mark.parametrize("wanted", ["A10", "A1", "100", "H100", "MI300"])
def test_a_part_of_a_word_is_another_model(wanted: str) -> None:
    assert eligible(ALL, Request(1, gpus=1, gpu_model=wanted)) == []


def test_spaces_in_a_model_name_do_not_matter() -> None:
    card = Gpu("GPU-x", "NVIDIA GeForce RTX 4090")
    assert eligible((card,), Request(1, gpus=1, gpu_model="rtx4090")) == [card]


@pytest.mark.parametrize(("asked", "found"), [(24, [A100, A10G, MI300]), (16, list(ALL)), (40, [A100, MI300])])
def test_memory_is_asked_for_as_it_is_sold_not_as_it_is_reported(asked: int, found: list[Gpu]) -> None:
    assert eligible(ALL, Request(1, gpus=1, gpu_memory=asked * GIB)) == found


def test_a_gpu_of_unknown_memory_is_not_promised_to_have_any() -> None:
    assert eligible((Gpu("GPU-x"),), Request(1, gpus=1, gpu_memory=1)) == []


def test_a_vendor_is_read_from_the_model_where_it_is_not_said() -> None:
    silent = tuple(replace(gpu, vendor=None) for gpu in ALL)
    assert [gpu.uuid for gpu in eligible(silent, Request(1, gpus=1, gpu_vendor="AMD"))] == ["GPU-t4", "GPU-mi300"]
    assert eligible(ALL, Request(1, gpus=1, gpu_vendor="amd")) == [MI300]


def test_the_smallest_gpu_that_will_do_is_taken() -> None:
    inventory = replace(machine(), gpus=(replace(A100, numa=0), A10G, T4))
    assert allocate(inventory, Request(1, gpus=1, gpu_memory=20 * GIB)).gpus == ("GPU-a10g",)
    assert allocate(inventory, Request(1, gpus=1)).gpus == ("GPU-t4",)


def test_two_gpus_come_from_one_node() -> None:
    gpus = tuple(Gpu(f"GPU-{index}", numa=node) for index, node in enumerate((0, 1, 1)))
    inventory = replace(machine(sockets=2), gpus=gpus)
    got = allocate(inventory, Request(2, gpus=2))
    assert (got.cpus, got.gpus) == ((4, 5), ("GPU-1", "GPU-2"))
    assert allocate(inventory, Request(1, gpus=2, dedicated=False)).gpus == ("GPU-1", "GPU-2")


def test_a_gpu_is_never_given_twice() -> None:
    inventory = replace(machine(), gpus=(A10G, T4), leases=(Held("one", (), ("GPU-t4",)),))
    assert allocate(inventory, Request(1, gpus=1)).gpus == ("GPU-a10g",)
    with pytest.raises(NoCapacity) as refused:
        allocate(inventory, Request(1, gpus=2))
    assert "1 by one" in refused.value.message
    assert "`devenv halt --release one` would make room" in (refused.value.hint or "")
