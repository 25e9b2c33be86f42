"""What devenv takes from YAML is what Compose takes: every scalar below, read by both, ends as the same value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devenv import process
from devenv.spec.merge import plain
from devenv.spec.yamlmap import parse

if TYPE_CHECKING:
    from pathlib import Path

SCALARS = [
    "yes",
    "no",
    "on",
    "off",
    "Yes",
    "y",
    "n",
    "~",
    "null",
    "true",
    "false",
    "TRUE",
    "22:22",
    "190:20:30",
    "0440",
    "0o440",
    "0O17",
    "010",
    "-010",
    "08",
    "09.5",
    "0x1F",
    "0X1f",
    "-0x1f",
    "0b101",
    "-0b11",
    "1_000",
    "12_34.5",
    "_1",
    "1__0",
    "1e3",
    "1E-3",
    "1.10",
    "1.",
    ".5",
    "-.5",
    "+.5",
    ".5e1",
    ".1_0",
    "._1",
    "+12",
    "-12",
    "+",
    ".",
    "..",
    "0",
    "-0",
    "+0",
    "00",
    "0_7",
    "0x_1F",
    "9223372036854775807",
    "9223372036854775808",
    "+9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "-0x8000000000000000",
    "1e400",
    "123456789012345678",
    "0.1",
    "1e21",
    "100000000000000000000",
    "1.0",
    "3.0",
    "1e6",
    "12345678.9",
    "0o8",
    "0b2",
    "0xg",
    "1.2.3",
    "1,000",
    "=x",
    "a=b",
    "0x",
    "0o",
    "0b",
    "0b0",
    "+0x1",
    "+0o7",
    "+0b1",
    "1_",
    "1_.5",
    "1e-7",
    "'quoted'",
    '"1"',
]

TEXT = """
name: t
x-common: &common {environment: {A: 1, B: 2}, init: true}
services:
  merged: {<<: *common, image: x, environment: {B: 3}}
  listed: {<<: [{image: y}, *common, {image: z, tty: true}], read_only: true}
  s:
    image: x
    environment:
"""

pytestmark = pytest.mark.engine


def test_scalars_and_merge_keys_mean_what_they_mean_to_compose(tmp_path: Path) -> None:
    text = TEXT + "".join(f"      K{index}: {scalar}\n" for index, scalar in enumerate(SCALARS))
    tree, faults = parse(text, "compose.yaml")
    assert not faults

    def as_compose_reads(content: str) -> dict[str, dict[str, object]]:
        file = tmp_path / "compose.yaml"
        file.write_text(content)
        argv = ["docker", "compose", "-f", str(file), "config", "--format", "json"]
        services: dict[str, dict[str, object]] = json.loads(process.run(argv).stdout)["services"]
        return services

    # JSON has no plain scalars to resolve: what we took from the YAML is handed over as it is.
    assert as_compose_reads(json.dumps(plain(tree))) == as_compose_reads(text)
