"""`capacity --inventory --what-if`: planning a machine that one does not have yet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devenv import errors
from devenv.agent.model import Request
from devenv.hosts import capacity

if TYPE_CHECKING:
    from pathlib import Path


def test_a_request_is_read_from_words() -> None:
    found = capacity.parse_request("cpus=6,gpus=1,memory=8GiB,model=A10G,core_type=any,dedicated=false")
    assert found == Request(cpus=6, memory=8 << 30, gpus=1, gpu_model="A10G", core_type="any", dedicated=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cpu=6", "unknown cpu"),
        ("cpus=six", "whole number"),
        ("cpus", "not WORD=VALUE"),
        ("memory=8", "needs a unit"),
        ("dedicated=maybe", "true or false"),
    ],
)
def test_a_word_that_is_not_one_is_named(text: str, message: str) -> None:
    with pytest.raises(errors.UsageFault, match=message):
        capacity.parse_request(text)


def test_capacity_says_who_holds_what(tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    inventory = {
        "cpus": [{"id": i, "core": i // 2, "socket": 0, "numa": 0, "llc": 0, "type": None} for i in range(8)],
        "reserved": [0, 1],
        "memory": 64 << 30,
        "gpus": [{"uuid": "GPU-1", "model": "A10G", "memory": 24 << 30, "numa": 0}],
        "leases": [{"sandbox": "one", "cpus": [2, 3], "gpus": ["GPU-1"]}],
    }
    file.write_text(json.dumps(inventory))
    found = capacity.Capacity("machine.json", capacity.read_inventory(file)).to_json()
    assert found["cpus"] == {"total": 8, "reserved": [0, 1], "leased": {"2": "one", "3": "one"}, "free": [4, 5, 6, 7]}
    assert found["gpus"] == [{"uuid": "GPU-1", "model": "A10G", "memory": 24 << 30, "leased": "one"}]
    got = capacity.what_if(capacity.read_inventory(file), Request(cpus=3))
    assert got.cpus == (4, 5, 6, 7)
    # The hint names `devenv capacity --json`: what that prints is taken as it is.
    file.write_text(json.dumps({"schema": "devenv/v1", "data": {"hosts": [found]}}))
    assert capacity.what_if(capacity.read_inventory(file), Request(cpus=3)).cpus == got.cpus


@pytest.mark.parametrize(("text", "where"), [("{", "1:2"), ('{"cpus": 3}', "1:1"), ("[]", "1:1")])
def test_a_file_that_is_no_inventory_is_refused_with_its_place(tmp_path: Path, text: str, where: str) -> None:
    file = tmp_path / "machine.json"
    file.write_text(text)
    with pytest.raises(errors.SpecInvalid, match=f"machine.json:{where}"):
        capacity.read_inventory(file)
