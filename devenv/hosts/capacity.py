"""Who holds what on a host, and what a lease would get there. Pure: from an inventory to data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devenv import errors
from devenv.agent import allocate, model
from devenv.spec.units import parse_size

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.agent.allocate import Allocation
    from devenv.agent.model import Inventory, Request


@dataclass(frozen=True)
class Capacity:
    """What a host has: CPUs by who holds them, memory in bytes, GPUs by who holds them."""

    host: str
    inventory: Inventory

    @property
    def holders(self) -> dict[int, str]:
        """Return the holder of every CPU that has one."""
        return {cpu: held.sandbox for held in self.inventory.leases for cpu in held.cpus}

    def to_json(self) -> dict[str, Any]:
        """Return one entry of `data.hosts`."""
        inventory, holders = self.inventory, self.holders
        taken = {*holders, *inventory.reserved}
        leased = sum(held.memory for held in inventory.leases)
        gpu_holders = {gpu: held.sandbox for held in inventory.leases for gpu in held.gpus}
        return {
            "host": self.host,
            "cpus": {
                "total": len(inventory.cpus),
                "reserved": list(inventory.reserved),
                "leased": {str(cpu): name for cpu, name in sorted(holders.items())},
                "free": [cpu.id for cpu in inventory.cpus if cpu.id not in taken],
            },
            "memory": {
                "total": inventory.memory,
                "leased": leased,
                "free": max(0, inventory.memory - leased),
            },
            "gpus": [
                {"uuid": gpu.uuid, "model": gpu.model, "memory": gpu.memory, "leased": gpu_holders.get(gpu.uuid)}
                for gpu in inventory.gpus
            ],
            "inventory": inventory.to_json(),
        }


def read_inventory(path: Path) -> Inventory:
    """Read an inventory file: an inventory, or the document of `devenv capacity --json` that has one in it.

    Raises:
        NotFound: there is no such file.
        SpecInvalid: it is not an inventory; says where.
    """
    try:
        return model.Inventory.from_json(_unwrapped(json.loads(path.read_text())))
    except FileNotFoundError:
        raise errors.NotFound(
            f"there is no inventory file {path}", hint="`devenv capacity --json` prints one"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        line, col = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise errors.SpecInvalid([errors.Fault(str(path), line, col, "", f"not JSON: {error}")]) from error
    except model.BadInventory as error:
        raise errors.SpecInvalid([errors.Fault(str(path), 1, 1, "", str(error))]) from error


def _unwrapped(document: Any) -> Any:
    try:
        return document["data"]["hosts"][0]["inventory"]
    except (KeyError, IndexError, TypeError):
        return document


def parse_request(text: str) -> Request:
    """Read the request of `--what-if`, e.g. `cpus=6,gpus=1,memory=8GiB,model=A10G,core_type=any`.

    Raises:
        UsageFault: a word or a value is not one of a request.
    """
    words = dict(_word(part) for part in text.split(",") if part.strip())
    unknown = sorted(words.keys() - _WORDS.keys())
    if unknown:
        raise errors.UsageFault(f"--what-if: unknown {', '.join(unknown)}", hint=f"it knows {', '.join(_WORDS)}")
    values: dict[str, Any] = {"cpus": 1}
    for word, value in words.items():
        field, parse = _WORDS[word]
        try:
            values[field] = parse(value)
        except ValueError as error:
            raise errors.UsageFault(f"--what-if: {word}={value}: {error}") from error
    return model.Request(**values)


def what_if(inventory: Inventory, request: Request) -> Allocation:
    """Return what such a lease would get.

    Raises:
        NoCapacity: nothing that fits; says who holds what.
    """
    try:
        return allocate.allocate(inventory, request)
    except model.NoCapacity as error:
        raise errors.NoCapacity(error.message, hint=error.hint) from error


def _word(part: str) -> tuple[str, str]:
    key, separator, value = part.partition("=")
    if not separator:
        raise errors.UsageFault(f"--what-if: '{part}' is not WORD=VALUE", hint="for example --what-if cpus=6,gpus=1")
    return key.strip(), value.strip()


def _count(text: str) -> int:
    if not text.isdigit():
        raise ValueError("a whole number is wanted")
    return int(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false is wanted")
    return text == "true"


_WORDS: Mapping[str, tuple[str, Any]] = {
    "cpus": ("cpus", _count),
    "memory": ("memory", parse_size),
    "gpus": ("gpus", _count),
    "vendor": ("gpu_vendor", str),
    "model": ("gpu_model", str),
    "gpu_memory": ("gpu_memory", parse_size),
    "core_type": ("core_type", str),
    "dedicated": ("dedicated", _truth),
}
