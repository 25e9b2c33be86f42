"""The host's book of leases: who holds which cores, memory, GPUs and ports. Exclusive, and written in one transaction.

Claims come in the order in which SQLite grants its lock; no clock decides anything (`created_at` is for people).
"""

from __future__ import annotations

import json
import os
import pwd
from dataclasses import asdict, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, List, Optional, Sequence, Tuple, Union

from . import ports as port_choice
from .allocate import Allocation, allocate
from .book import BUSY_SECONDS, Book, LedgerBusy, LedgerError, LedgerUnusable
from .model import Held, Inventory, Lease, PortRequest, Request
from .topology import core_key

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Ledger", "LedgerBusy", "LedgerError", "LedgerUnusable"]


class Ledger:
    """The leases of one host, in the SQLite file at `path`, which is made (0600) at the first use.

    Any number of processes may use one file; each object is for one thread. Every method raises `LedgerBusy` when the
    lock cannot be had within `busy_seconds`, and `LedgerUnusable` when the file is damaged, newer or not writable.
    """

    def __init__(self, path: Union[str, Path], *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._book = Book(Path(path), busy_seconds)

    def claim(  # noqa: PLR0913 -- who, on what, what; the last has a default that nearly everybody wants
        self,
        sandbox_id: str,
        owner: str,
        name: str,
        inventory: Inventory,
        request: Request,
        ports: Sequence[PortRequest] = (),
        *,
        keep_ports: bool = True,
    ) -> Lease:
        """Give the sandbox what it asks for, and write it down; or give nothing and write nothing.

        The same request again gets the same lease. Another one gets a new allocation, with as many of the cores and
        ports it has as the request allows. `inventory` is the machine without our leases; its `leases` are foreign.
        `keep_ports` False tests and chooses the ports anew, for a sandbox that is not running.

        Raises:
            NoCapacity: it does not fit; says who holds what.
        """
        with self._book.writing() as book:
            asked = json.dumps({"request": asdict(request), "ports": [asdict(port) for port in ports]}, sort_keys=True)
            row = book.execute("SELECT request FROM lease WHERE sandbox = ?", (sandbox_id,)).fetchone()
            before = _lease(book, sandbox_id)
            if before and keep_ports and row[0] == asked and _is_there(before, inventory):
                return before
            others = _held(book, owner, without=sandbox_id)
            there = replace(inventory, leases=(*_strangers(inventory, others), *others))
            allocation = _reallocate(there, request, before)
            chosen = port_choice.choose(
                sandbox_id,
                ports,
                _leased_ports(book, owner, without=sandbox_id),
                before.ports if before and keep_ports else {},
                port_choice.bindable,
            )
            created = before.created_at if before else datetime.now(timezone.utc).isoformat(timespec="seconds")
            book.execute("DELETE FROM lease WHERE sandbox = ?", (sandbox_id,))
            book.execute(
                "INSERT INTO lease VALUES (?, ?, ?, ?, ?, ?, ?)",
                (sandbox_id, owner, name, request.memory + request.beside, request.dedicated, asked, created),
            )
            _write(book, sandbox_id, inventory, allocation)
            for port in ports:
                values = (port.bind, chosen[port.name], port.protocol, port.name, sandbox_id)
                book.execute("INSERT INTO port VALUES (?, ?, ?, ?, ?)", values)
            lease = _lease(book, sandbox_id)
        assert lease is not None  # noqa: S101 -- it was written above
        return lease

    def release(self, sandbox_id: str) -> bool:
        """Give back all that the sandbox holds; say whether it held anything."""
        with self._book.writing() as book:
            return book.execute("DELETE FROM lease WHERE sandbox = ?", (sandbox_id,)).rowcount > 0

    def get(self, sandbox_id: str) -> Optional[Lease]:
        """Return the sandbox's lease, or None."""
        with self._book.reading() as book:
            return _lease(book, sandbox_id)

    def leases(self) -> Tuple[Lease, ...]:
        """Return every lease, by sandbox id."""
        with self._book.reading() as book:
            ids = [row[0] for row in book.execute("SELECT sandbox FROM lease ORDER BY sandbox")]
            return tuple(lease for lease in (_lease(book, one) for one in ids) if lease)

    def held(self, viewer: Optional[str] = None) -> Tuple[Held, ...]:
        """Return what every sandbox holds, under the name that `viewer` (None: this user) knows it by."""
        with self._book.reading() as book:
            return _held(book, viewer or _me())

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._book.close()


def _reallocate(there: Inventory, request: Request, before: Optional[Lease]) -> Allocation:
    prefer: FrozenSet[int] = frozenset(before.cpus) if before else frozenset()
    return allocate(there, request, prefer=prefer)


def _is_there(lease: Lease, inventory: Inventory) -> bool:
    """Say whether the machine still has the lease's CPUs and GPUs: one may have gone offline, or into the reserve."""
    usable = {cpu.id for cpu in inventory.cpus}.difference(inventory.reserved)
    return usable.issuperset(lease.cpus) and {gpu.uuid for gpu in inventory.gpus}.issuperset(lease.gpus)


def _strangers(inventory: Inventory, ours: Sequence[Held]) -> List[Held]:
    """Return the inventory's own leases, less those that our sandboxes have claimed since it was read."""
    known = {(held.cpus, held.gpus) for held in ours}
    return [held for held in inventory.leases if (held.cpus, held.gpus) not in known]


def _write(book: sqlite3.Connection, sandbox_id: str, inventory: Inventory, allocation: Allocation) -> None:
    ids = set(allocation.cpus)
    keys = sorted({"/".join(map(str, core_key(cpu))) for cpu in inventory.cpus if cpu.id in ids})
    book.executemany("INSERT INTO cpu VALUES (?, ?)", [(cpu, sandbox_id) for cpu in allocation.cpus])
    book.executemany("INSERT INTO core VALUES (?, ?)", [(key, sandbox_id) for key in keys])
    book.executemany("INSERT INTO gpu VALUES (?, ?)", [(gpu, sandbox_id) for gpu in allocation.gpus])


def _lease(book: sqlite3.Connection, sandbox_id: str) -> Optional[Lease]:
    row = book.execute(
        "SELECT owner, name, dedicated, request, created_at FROM lease WHERE sandbox = ?", (sandbox_id,)
    ).fetchone()
    if row is None:
        return None
    owner, name, dedicated, asked, created = row
    request = Request(**json.loads(asked)["request"])
    ports: Dict[str, int] = dict(
        book.execute("SELECT name, port FROM port WHERE sandbox = ? ORDER BY name", (sandbox_id,))
    )
    return Lease(
        sandbox=sandbox_id,
        owner=owner,
        cpus=_column(book, "SELECT id FROM cpu WHERE sandbox = ? ORDER BY id", sandbox_id),
        memory=request.memory,
        gpus=_column(book, "SELECT uuid FROM gpu WHERE sandbox = ? ORDER BY uuid", sandbox_id),
        ports=ports,
        created_at=created,
        request=request,
        dedicated=bool(dedicated),
        name=name,
    )


def _held(book: sqlite3.Connection, viewer: str, without: str = "") -> Tuple[Held, ...]:
    rows = book.execute(
        "SELECT sandbox, owner, name, memory FROM lease ORDER BY owner <> ?, name", (viewer,)
    ).fetchall()
    return tuple(
        Held(
            sandbox=_known_as(name, owner, viewer),
            cpus=_column(book, "SELECT id FROM cpu WHERE sandbox = ? ORDER BY id", sandbox),
            gpus=_column(book, "SELECT uuid FROM gpu WHERE sandbox = ? ORDER BY uuid", sandbox),
            memory=memory,
        )
        for sandbox, owner, name, memory in rows
        if sandbox != without
    )


def _leased_ports(book: sqlite3.Connection, viewer: str, without: str) -> List[port_choice.Leased]:
    query = (
        "SELECT port.bind, port.port, port.protocol, lease.owner, lease.name"
        " FROM port JOIN lease USING (sandbox) WHERE sandbox <> ?"
    )
    return [
        port_choice.Leased(bind, port, protocol, _known_as(name, owner, viewer))
        for bind, port, protocol, owner, name in book.execute(query, (without,))
    ]


def _column(book: sqlite3.Connection, query: str, sandbox_id: str) -> Tuple[Any, ...]:
    return tuple(row[0] for row in book.execute(query, (sandbox_id,)))


def _known_as(name: str, owner: str, viewer: str) -> str:
    return name if owner == viewer else f"{name} of {owner}"


def _me() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a uid without an entry, as in a container
        return str(os.getuid())
