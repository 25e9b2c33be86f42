"""The public JSON form of an inventory: it survives the way there and back, and each fault is named by its path."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.agent.model import BadInventory, Cpu, Gpu, Held, Inventory
from tests.unit.agent.machines import CASES, big_machines, small_machines

GOOD: dict[str, Any] = {
    "cpus": [
        {"id": 0, "core": 0, "socket": 0, "numa": 0, "llc": 0, "type": None},
        {"id": 1, "core": 0, "socket": 1, "numa": 1, "llc": 1, "type": "P"},
    ],
    "reserved": [0],
    "memory": 1024,
    "gpus": [{"uuid": "GPU-a", "model": "A10G", "memory": 10, "numa": 1}],
    "leases": [{"sandbox": "one", "cpus": [1], "gpus": ["GPU-a"]}],
}


@CASES
@given(st.one_of(small_machines(), big_machines()))
def test_an_inventory_survives_json(inventory: Inventory) -> None:
    assert Inventory.from_json(json.loads(json.dumps(inventory.to_json()))) == inventory


def test_the_documented_form_is_read() -> None:
    assert Inventory.from_json(GOOD) == Inventory(
        (Cpu(0, 0, 0, 0, 0), Cpu(1, 0, 1, 1, 1, "P")),
        (0,),
        1024,
        (Gpu("GPU-a", "A10G", 10, 1),),
        (Held("one", (1,), ("GPU-a",)),),
    )


def test_the_documented_form_is_written_with_null_for_what_is_unknown() -> None:
    written = Inventory((Cpu(0),), gpus=(Gpu("GPU-a"),), leases=(Held("one", (0,), ("GPU-a",), 5),)).to_json()
    assert written == {
        "cpus": [{"id": 0, "core": None, "socket": None, "numa": None, "llc": None, "type": None}],
        "reserved": [],
        "memory": None,
        "gpus": [{"uuid": "GPU-a", "model": None, "memory": None, "numa": None, "vendor": None}],
        "leases": [{"sandbox": "one", "cpus": [0], "gpus": ["GPU-a"], "memory": 5, "foreign": False}],
    }


def test_only_cpus_are_required_and_unknown_fields_are_tolerated() -> None:
    assert Inventory.from_json({"cpus": [{"id": 3, "clock": 4}], "vendor": "x"}) == Inventory((Cpu(3),))


FAULTS = [
    ([], "$: must be an object"),
    ({}, "$.cpus: missing"),
    ({"cpus": {}}, "$.cpus: must be a list"),
    ({"cpus": [1]}, "$.cpus[0]: must be an object; got 1"),
    ({"cpus": [{}]}, "$.cpus[0].id: missing"),
    ({"cpus": [{"id": -1}]}, "$.cpus[0].id: must not be negative"),
    ({"cpus": [{"id": True}]}, "$.cpus[0].id: must be a whole number"),
    ({"cpus": [{"id": 1.0}]}, "$.cpus[0].id: must be a whole number"),
    ({"cpus": [{"id": 1}, {"id": 1}]}, "$.cpus[1].id: 1 stands already at $.cpus[0].id"),
    ({"cpus": [{"id": 1, "core": "x"}]}, "$.cpus[0].core: must be a whole number or null; got 'x'"),
    ({"cpus": [{"id": 1, "type": 5}]}, "$.cpus[0].type: must be text"),
    ({**GOOD, "reserved": [7]}, "$.reserved[0]: 7 is not an id of $.cpus"),
    ({**GOOD, "reserved": 7}, "$.reserved: must be a list"),
    ({**GOOD, "memory": -5}, "$.memory: must not be negative"),
    ({**GOOD, "memory": "8GiB"}, "$.memory: must be a whole number or null; got '8GiB'"),
    ({**GOOD, "gpus": [{}]}, "$.gpus[0].uuid: missing"),
    ({**GOOD, "gpus": [{"uuid": "GPU-a"}, {"uuid": "GPU-a"}]}, "$.gpus[1].uuid: 'GPU-a' stands already"),
    ({**GOOD, "leases": [{"cpus": [1]}]}, "$.leases[0].sandbox: missing"),
    ({**GOOD, "leases": [{"sandbox": "x", "cpus": [9]}]}, "$.leases[0].cpus[0]: 9 is not an id of $.cpus"),
    ({**GOOD, "leases": [{"sandbox": "x", "gpus": ["GPU-z"]}]}, "$.leases[0].gpus[0]: 'GPU-z' is not a uuid"),
    ({**GOOD, "leases": [{"sandbox": "x", "gpus": [[]]}]}, "$.leases[0].gpus[0]: [] is not a uuid"),
    ({**GOOD, "leases": [{"sandbox": "x", "foreign": 1}]}, "$.leases[0].foreign: must be true or false"),
]


@pytest.mark.parametrize(("data", "said"), FAULTS, ids=[said for _, said in FAULTS])
def test_a_fault_is_named_by_its_path(data: Any, said: str) -> None:
    with pytest.raises(BadInventory) as fault:
        Inventory.from_json(data)
    assert str(fault.value).startswith(said)


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "cpus", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@CASES
@given(st.sampled_from(sorted(GOOD)), _ANY)
def test_whatever_stands_in_a_field_it_is_read_or_refused(field: str, value: Any) -> None:
    with suppress(BadInventory):
        assert isinstance(Inventory.from_json({**GOOD, field: value}), Inventory)
