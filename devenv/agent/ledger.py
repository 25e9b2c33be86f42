"""The host's book of leases: who holds which cores, memory, GPUs and ports. Exclusive, and written in one transaction.

Claims come in the order in which SQLite grants its lock; no clock decides anything (`created_at` is for people).
"""

from __future__ import annotations

import json
import os
import pwd
import sqlite3
from dataclasses import asdict, fields, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Optional, Sequence, Tuple, Union

from . import ports as port_choice
from .allocate import Allocation, allocate
from .book import BUSY_SECONDS, Book, LedgerBusy, LedgerError, LedgerUnusable
from .model import Held, Inventory, Lease, PortRequest, Request
from .topology import core_key

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
            asked = _asked(request, ports)
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
            book.execute("DELETE FROM lease WHERE sandbox = ?", (sandbox_id,))
            new = Lease(
                sandbox=sandbox_id,
                owner=owner,
                cpus=allocation.cpus,
                memory=request.memory,
                gpus=tuple(sorted(allocation.gpus)),
                ports=chosen,
                created_at=before.created_at if before else _now(),
                request=request,
                dedicated=request.dedicated,
                name=name,
            )
            _write(book, new, inventory, ports, asked)
            return new

    def adopt(self, lease: Lease, inventory: Inventory, ports: Sequence[PortRequest] = ()) -> bool:
        """Write down a lease as its running containers show it, after the book was lost; say whether that was possible.

        It is not when the sandbox has a lease already, or when another holds a core, GPU or port of it.
        """
        request = lease.request or Request(len(lease.cpus), lease.memory, len(lease.gpus), dedicated=lease.dedicated)
        try:
            with self._book.writing() as book:
                _write(book, replace(lease, request=request), inventory, ports, _asked(request, ports))
        except sqlite3.IntegrityError:
            return False
        return True

    def ports(self, sandbox_id: str, owner: str, requests: Sequence[PortRequest]) -> Dict[str, int]:
        """Return the host ports that a claim would lease now, by name, and write nothing.

        Raises:
            NoCapacity: a fixed port is taken; says by whom.
        """
        with self._book.reading() as book:
            before = _lease(book, sandbox_id)
            others = _leased_ports(book, owner, without=sandbox_id)
            return port_choice.choose(
                sandbox_id, requests, others, before.ports if before else {}, port_choice.bindable
            )

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


def _write(
    book: sqlite3.Connection, lease: Lease, inventory: Inventory, ports: Sequence[PortRequest], asked: str
) -> None:
    sandbox, ids = lease.sandbox, set(lease.cpus)
    memory = lease.memory + (lease.request.beside if lease.request else 0)
    row = (sandbox, lease.owner, lease.name, memory, lease.dedicated, asked, lease.created_at or _now())
    keys = sorted({"/".join(map(str, core_key(cpu))) for cpu in inventory.cpus if cpu.id in ids})
    bound = [(port.bind, lease.ports[port.name], port.protocol, port.name, sandbox) for port in ports]
    book.execute("INSERT INTO lease VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    book.executemany("INSERT INTO cpu VALUES (?, ?)", [(cpu, sandbox) for cpu in lease.cpus])
    book.executemany("INSERT INTO core VALUES (?, ?)", [(key, sandbox) for key in keys])
    book.executemany("INSERT INTO gpu VALUES (?, ?)", [(gpu, sandbox) for gpu in lease.gpus])
    book.executemany("INSERT INTO port VALUES (?, ?, ?, ?, ?)", bound)


def _asked(request: Request, ports: Sequence[PortRequest]) -> str:
    return json.dumps({"request": asdict(request), "ports": [asdict(port) for port in ports]}, sort_keys=True)


def _request(asked: str) -> Request:
    # Fields that a later version added, and that this one does not know, do not make the lease unreadable.
    known = {one.name for one in fields(Request)}
    return Request(**{name: value for name, value in json.loads(asked)["request"].items() if name in known})


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _lease(book: sqlite3.Connection, sandbox_id: str) -> Optional[Lease]:
    row = book.execute(
        "SELECT owner, name, dedicated, request, created_at FROM lease WHERE sandbox = ?", (sandbox_id,)
    ).fetchone()
    if row is None:
        return None
    owner, name, dedicated, asked, created = row
    request = _request(asked)
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
