"""The words of a host: cores, GPUs, what is asked for, what is held. Frozen data, and its JSON form.

The JSON form of an inventory is a public contract (`devenv capacity --inventory FILE`): a field that a machine does not
report is null, and core ids may repeat across sockets, so a physical core is the pair (socket, core).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Mapping, Optional, Tuple


class NoCapacity(Exception):
    """The host cannot give what was asked. `hint` says what would fit."""

    def __init__(self, message: str, hint: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInventory(ValueError):
    """An inventory file does not have the form that `Inventory.from_json` reads; the text says where."""


@dataclass(frozen=True)
class Cpu:
    """One logical CPU. `llc` numbers the last-level cache it shares; `type` is "P", "E" or None where all are alike."""

    id: int
    core: Optional[int] = None
    socket: Optional[int] = None
    numa: Optional[int] = None
    llc: Optional[int] = None
    type: Optional[str] = None


@dataclass(frozen=True)
class Gpu:
    """One GPU (or MIG slice). `memory` in bytes; `numa` is the node its bus hangs on."""

    uuid: str
    model: Optional[str] = None
    memory: Optional[int] = None
    numa: Optional[int] = None
    vendor: Optional[str] = None


@dataclass(frozen=True)
class Held:
    """What one sandbox, or a foreign container (`foreign`), holds on this host. `memory` in bytes."""

    sandbox: str
    cpus: Tuple[int, ...] = ()
    gpus: Tuple[str, ...] = ()
    memory: int = 0
    foreign: bool = False


@dataclass(frozen=True)
class Inventory:
    """What a host has, what it keeps for itself (`reserved` CPU ids), and who holds what. `memory` in bytes."""

    cpus: Tuple[Cpu, ...]
    reserved: Tuple[int, ...] = ()
    memory: int = 0
    gpus: Tuple[Gpu, ...] = ()
    leases: Tuple[Held, ...] = ()

    def to_json(self) -> Dict[str, Any]:
        """Return the public JSON form: every field of the contract, null where this machine does not report it."""
        return {
            "cpus": [asdict(cpu) for cpu in self.cpus],
            "reserved": list(self.reserved),
            "memory": self.memory or None,
            "gpus": [asdict(gpu) for gpu in self.gpus],
            "leases": [{**asdict(held), "cpus": list(held.cpus), "gpus": list(held.gpus)} for held in self.leases],
        }

    @classmethod
    def from_json(cls, data: Any) -> "Inventory":
        """Read the public JSON form.

        Raises:
            BadInventory: a field is missing, has the wrong type or contradicts another; says which, as a JSON path.
        """
        from .inventory_json import parse  # noqa: PLC0415 -- it builds these very classes

        return parse(data)


@dataclass(frozen=True)
class Request:
    """What a sandbox asks for: logical CPUs, bytes, GPUs. `gpu_memory` is the least a GPU must have, in bytes.

    `beside` is what its MinIO and side services may use, in bytes: counted as held, not given to the sandbox itself.
    """

    cpus: int
    memory: int = 0
    gpus: int = 0
    gpu_vendor: Optional[str] = None
    gpu_model: Optional[str] = None
    gpu_memory: Optional[int] = None
    core_type: Optional[str] = None
    dedicated: bool = True
    beside: int = 0


@dataclass(frozen=True)
class PortRequest:
    """A host port to lease. `host` is a fixed number, or None for any free one, `guest`'s own number preferred."""

    name: str
    guest: int
    host: Optional[int] = None
    bind: str = "127.0.0.1"
    protocol: str = "tcp"


@dataclass(frozen=True)
class Lease:
    """What one sandbox holds on one host. Not dedicated: `cpus` is empty and the sandbox lives in the shared pool."""

    sandbox: str
    owner: str
    cpus: Tuple[int, ...]
    memory: int
    gpus: Tuple[str, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)
    created_at: str = ""
    request: Optional[Request] = None
    dedicated: bool = True
    name: str = ""

    def to_json(self) -> Dict[str, Any]:
        """Return the `lease` object of the command line's JSON."""
        return {
            "cpus": list(self.cpus),
            "memory": self.memory,
            "gpus": list(self.gpus),
            "ports": dict(self.ports),
        }
