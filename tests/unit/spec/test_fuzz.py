"""Strangers' specs: whatever they hold, the answer is a spec or all its faults. `benchmarks/fuzz_spec.py` does more."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_spec import mutate, outcome, seeds
from devenv.spec.check import check
from devenv.spec.loader import from_data
from devenv.spec.yamlmap import Mark

if TYPE_CHECKING:
    from pathlib import Path

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
keys = st.sampled_from(
    [
        "version",
        "name",
        "box",
        "image",
        "build",
        "command",
        "resources",
        "cpus",
        "memory",
        "gpus",
        "workspace",
        "ports",
        "guest",
        "host",
        "env",
        "secrets",
        "services",
        "db",
        "image",
        "healthcheck",
        "deploy",
        "depends_on",
        "volumes",
        "compose",
        "minio",
        "external",
        "buckets",
        "health",
        "http",
        "idle",
        "logs",
        "targets",
        "backend",
        "profiles",
        "default_target",
        "x-y",
    ]
) | st.text(max_size=6)
values = st.recursive(
    scalars, lambda within: st.lists(within, max_size=4) | st.dictionaries(keys, within, max_size=6), max_leaves=25
)


@settings(max_examples=150, deadline=2000)
@given(st.dictionaries(keys, values, max_size=8) | values)
def test_any_data_is_a_spec_or_its_faults(tmp_path_factory: pytest.TempPathFactory, data: object) -> None:
    source = tmp_path_factory.getbasetemp() / "devenv.yaml"
    spec, faults = check(from_data(data, Mark("f")), source)
    assert (spec is None) == bool(faults)


@settings(max_examples=150, deadline=2000)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_spec_or_its_faults(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    assert outcome(raw, tmp_path_factory.getbasetemp()) in ("valid", "invalid")


@pytest.mark.parametrize("seed", range(4))
def test_mutations_of_real_specs_are_specs_or_their_faults(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    real = seeds()
    for _ in range(100):
        assert outcome(mutate(chance.choice(real), chance), tmp_path) in ("valid", "invalid")
