"""A refusal says what was asked, what there is, who holds it, what would fit, and whose end would make room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devenv.agent.allocate import allocate
from devenv.agent.model import Gpu, Held, Inventory, NoCapacity, Request
from tests.unit.agent.machines import GIB, leased, machine


def refusal(inventory: Inventory, request: Request) -> tuple[str, str]:
    with pytest.raises(NoCapacity) as refused:
        allocate(inventory, request)
    return refused.value.message, refused.value.hint or ""


def test_cores_who_holds_them_and_what_would_fit() -> None:
    inventory = leased(replace(machine(cores=8), reserved=(0,)), one=(1, 2), two=(3, 4, 5))
    message, hint = refusal(inventory, Request(4))
    assert (
        message
        == "4 dedicated CPUs asked, 2 free in whole cores (8 in all, 1 kept for the host; held: 1-2 by one, 3-5 by two)"
    )
    assert hint == "2 CPUs would fit now; `devenv halt --release one` or `devenv halt --release two` would make room"


def test_only_those_whose_end_suffices_are_named() -> None:
    inventory = leased(machine(cores=8), one=(1, 2), two=(3, 4, 5, 6))
    assert refusal(inventory, Request(6))[1] == "2 CPUs would fit now; `devenv halt --release two` would make room"
    assert refusal(inventory, Request(8))[1] == "2 CPUs would fit now; more than one sandbox has to go to make room"


def test_a_request_that_no_release_can_satisfy_is_told_so() -> None:
    inventory = leased(replace(machine(cores=4), reserved=(0,)), one=(1,))
    assert refusal(inventory, Request(4))[1] == "this host can never give more than 3 dedicated CPUs to one sandbox"


def test_half_a_core_that_two_hold_is_not_freed_by_one_of_them() -> None:
    inventory = leased(machine(cores=1, threads=2), one=(0,), two=(1,))
    assert "more than one sandbox" in refusal(inventory, Request(1))[1]


def test_a_stranger_is_named_but_not_to_be_destroyed_with_devenv() -> None:
    inventory = replace(machine(cores=1), leases=(Held("container web", (0,), foreign=True),))
    message, hint = refusal(inventory, Request(1))
    assert "0 by container web (not devenv's)" in message
    assert hint == "nothing would fit now; stopping container web (not devenv's) would make room"


def test_another_users_sandbox_is_not_ours_to_destroy() -> None:
    inventory = replace(machine(cores=1), leases=(Held("two of bob", (0,)),))
    assert refusal(inventory, Request(1))[1] == "nothing would fit now; the end of two of bob would make room"


def test_a_core_type_that_the_machine_lacks() -> None:
    cpus = tuple(replace(cpu, type="P") for cpu in machine().cpus)
    message, hint = refusal(Inventory(cpus), Request(1, core_type="E"))
    assert message.startswith("1 dedicated E CPUs asked, 0 free")
    assert hint == "this host can never give more than 0 E dedicated CPUs to one sandbox"


def test_memory_who_holds_it_and_what_would_fit() -> None:
    inventory = replace(machine(memory=16 * GIB), leases=(Held("one", memory=2 * GIB), Held("two", memory=8 * GIB)))
    message, hint = refusal(inventory, Request(1, memory=10 * GIB))
    assert message == (
        "10.0 GiB of memory asked, 5.2 GiB free (16.0 GiB in all, 819 MiB kept for the host;"
        " held: 2.0 GiB by one, 8.0 GiB by two)"
    )
    assert hint == "5.2 GiB of memory would fit now; `devenv halt --release two` would make room"


def test_gpus_of_another_kind_are_listed() -> None:
    inventory = replace(machine(), gpus=(Gpu("GPU-a", "Tesla T4", 15 * GIB),))
    message, hint = refusal(inventory, Request(1, gpus=1, gpu_vendor="nvidia", gpu_model="A10G", gpu_memory=24 * GIB))
    assert message == "1 nvidia A10G GPU of 24.0 GiB asked, 0 free (1 in all, 0 of this kind)"
    assert hint == "this host has: Tesla T4 15.0 GiB"


def test_a_machine_without_gpus_says_so() -> None:
    assert refusal(machine(), Request(1, gpus=2))[0] == "2 GPUs asked, this host has none"


def test_many_holders_do_not_fill_the_screen() -> None:
    held = tuple(Held(f"s{number}", (number,)) for number in range(64))
    message, _ = refusal(replace(machine(cores=64), leases=held), Request(1))
    assert message.endswith("56 more)")
    assert len(message) < 300
