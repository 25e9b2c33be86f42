"""The book of leases: exclusive, all or nothing, the same answer to the same claim, and clear words about its file."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devenv.agent.ledger import Ledger, LedgerBusy, LedgerUnusable
from devenv.agent.model import Gpu, Held, Inventory, Lease, NoCapacity, PortRequest, Request
from tests.unit.agent.machines import GIB, machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOX = replace(machine(caches=2, cores=4, memory=16 * GIB), reserved=(0,), gpus=(Gpu("GPU-b"), Gpu("GPU-a")))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.db")) as opened:
        yield opened


def claim(book: Ledger, name: str, request: Request, *ports: PortRequest, inventory: Inventory = BOX) -> Lease:
    return book.claim(f"id-{name}", "me", name, inventory, request, ports)


def test_a_claim_is_written_and_read_back(book: Ledger) -> None:
    lease = claim(book, "one", Request(2, GIB, gpus=2), PortRequest("web", 80), PortRequest("dns", 53, protocol="udp"))
    assert (lease.sandbox, lease.name, lease.owner) == ("id-one", "one", "me")
    assert (lease.cpus, lease.memory, lease.gpus) == ((1, 2), GIB, ("GPU-a", "GPU-b"))
    assert book.get("id-one") == lease
    assert book.leases() == (lease,)
    assert book.held("me") == (Held("one", (1, 2), ("GPU-a", "GPU-b"), GIB),)


def test_the_same_claim_gets_the_same_lease(book: Ledger) -> None:
    ports = (PortRequest("web", 8888),)
    first = claim(book, "one", Request(2, GIB), *ports)
    with socket.socket() as mine:  # the sandbox itself listens by now
        mine.bind(("127.0.0.1", first.ports["web"]))
        mine.listen()
        assert claim(book, "one", Request(2, GIB), *ports) == first


def test_two_sandboxes_never_share_a_core_a_gpu_or_a_port(book: Ledger) -> None:
    one = claim(book, "one", Request(3, gpus=1), PortRequest("web", 23456))
    two = claim(book, "two", Request(3, gpus=1), PortRequest("web", 23456))
    assert set(one.cpus).isdisjoint(two.cpus)
    assert set(one.gpus).isdisjoint(two.gpus)
    assert one.ports["web"] != two.ports["web"]


def test_the_last_core_goes_once_and_the_second_leaves_nothing_behind(book: Ledger) -> None:
    one = claim(book, "one", Request(7))
    with pytest.raises(NoCapacity, match="held: 1-7 by one"):
        claim(book, "two", Request(1), PortRequest("web", 8888))
    assert book.leases() == (one,)
    assert book.get("id-two") is None


def test_a_refused_change_keeps_the_lease_as_it_was(book: Ledger) -> None:
    before = claim(book, "one", Request(2), PortRequest("web", 8888))
    with pytest.raises(NoCapacity):
        claim(book, "one", Request(8), PortRequest("web", 8888))
    assert book.get("id-one") == before


def test_the_ports_of_a_dry_run_are_those_that_a_claim_then_leases(book: Ledger) -> None:
    claim(book, "one", Request(1), PortRequest("web", 23456))
    wanted = (PortRequest("web", 23456), PortRequest("api", 23457))
    foreseen = book.ports("id-two", "me", wanted)
    assert book.get("id-two") is None
    assert foreseen["web"] != 23456
    assert claim(book, "two", Request(1), *wanted).ports == foreseen
    with pytest.raises(NoCapacity, match="23456"):
        book.ports("id-three", "me", (PortRequest("web", 80, host=23456),))


def test_a_port_that_cannot_be_had_gives_the_cores_back_too(book: Ledger) -> None:
    claim(book, "one", Request(1), PortRequest("web", 80, 23456))
    with pytest.raises(NoCapacity, match=r"port 23456 .* is held by one"):
        claim(book, "two", Request(1), PortRequest("web", 80, 23456))
    assert len(book.leases()) == 1


def test_a_changed_request_keeps_its_cores_ports_and_birth(book: Ledger) -> None:
    before = claim(book, "one", Request(2), PortRequest("web", 8888))
    after = claim(book, "one", Request(3, GIB), PortRequest("web", 8888), PortRequest("api", 9999))
    assert set(before.cpus) < set(after.cpus)
    assert after.ports["web"] == before.ports["web"]
    assert after.created_at == before.created_at


def test_a_lease_on_cores_that_are_gone_is_moved(book: Ledger) -> None:
    before = claim(book, "one", Request(2))
    less = replace(BOX, cpus=tuple(cpu for cpu in BOX.cpus if cpu.id != before.cpus[0]))
    after = claim(book, "one", Request(2), inventory=less)
    assert before.cpus[0] not in after.cpus
    assert before.cpus[1] in after.cpus


def test_memory_of_all_leases_is_counted_with_what_stands_beside(book: Ledger) -> None:
    claim(book, "one", Request(1, 8 * GIB, beside=4 * GIB))
    with pytest.raises(NoCapacity, match=r"12\.0 GiB by one"):
        claim(book, "two", Request(1, 4 * GIB))
    lease = book.get("id-one")
    assert lease
    assert lease.memory == 8 * GIB


def test_what_is_not_dedicated_holds_memory_and_ports_only(book: Ledger) -> None:
    lease = claim(book, "one", Request(2, GIB, dedicated=False), PortRequest("web", 8888))
    assert (lease.cpus, lease.memory, lease.dedicated) == ((), GIB, False)
    assert claim(book, "two", Request(7)).cpus == tuple(range(1, 8))


def test_a_foreign_container_is_avoided(book: Ledger) -> None:
    there = replace(BOX, leases=(Held("container web", (1, 2), foreign=True),))
    assert claim(book, "one", Request(1), inventory=there).cpus == (3,)


def test_a_sandbox_seen_as_foreign_while_it_was_claimed_is_not_counted_twice(book: Ledger) -> None:
    other = claim(book, "other", Request(4))
    there = replace(BOX, leases=(Held("other of me", other.cpus, foreign=True),))
    with pytest.raises(NoCapacity) as refused:
        claim(book, "one", Request(4), inventory=there)
    assert refused.value.message.count("other") == 1


def test_release_gives_everything_back_and_may_be_repeated(book: Ledger) -> None:
    first = claim(book, "one", Request(7, GIB, gpus=2), PortRequest("web", 23456, 23456))
    assert book.release("id-one") is True
    assert book.release("id-one") is False
    second = claim(book, "two", Request(7, GIB, gpus=2), PortRequest("web", 23456, 23456))
    assert (second.cpus, second.gpus, second.ports) == (first.cpus, first.gpus, first.ports)


def test_another_users_sandbox_is_named_with_its_owner(book: Ledger) -> None:
    book.claim("id-1", "bob", "two", BOX, Request(1))
    claim(book, "one", Request(1))
    assert [held.sandbox for held in book.held("me")] == ["one", "two of bob"]
    assert [held.sandbox for held in book.held("bob")] == ["two", "one of me"]


def test_a_lost_lease_is_adopted_from_what_runs_and_grown_in_place(book: Ledger) -> None:
    found = Lease("id-one", "me", (5, 6), GIB, ("GPU-a",), {"web": 8888}, name="one")
    assert book.adopt(found, BOX, [PortRequest("web", 80)]) is True
    assert book.adopt(found, BOX, [PortRequest("web", 80)]) is False
    after = claim(book, "one", Request(3, GIB, gpus=1), PortRequest("web", 80))
    assert (after.cpus, after.ports) == ((4, 5, 6), {"web": 8888})


def test_what_another_holds_is_not_adopted(book: Ledger) -> None:
    claim(book, "one", Request(1))
    assert book.adopt(Lease("id-two", "me", (1,), GIB, name="two"), BOX) is False
    assert len(book.leases()) == 1


def test_one_core_cannot_be_written_down_twice_even_by_a_bug(book: Ledger, tmp_path: Path) -> None:
    smt = replace(machine(cores=2, threads=2))
    assert claim(book, "one", Request(1), inventory=smt).cpus == (0, 2)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        for statement in (
            "INSERT INTO cpu VALUES (0, 'id-two')",
            "INSERT INTO core SELECT key, 'id-two' FROM core",
            "INSERT INTO lease SELECT sandbox, 'x', 'x', 0, 0, '{}', '' FROM lease",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(statement)


def test_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(Ledger(tmp_path / "ledger.db")) as book:
            claim(book, "one", Request(1))
            modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {0o600}


def test_a_damaged_file_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is not a database, but it is long enough to be read as one" * 100)
    with pytest.raises(LedgerUnusable, match="is damaged") as fault:
        Ledger(path).leases()
    assert str(path) in fault.value.hint


def test_a_truncated_file_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(Ledger(path)) as book:
        for number in range(20):
            book.claim(f"id-{number}", "me", f"n{number}", BOX, Request(1, dedicated=False))
    whole = path.read_bytes()
    for size in (0, 5000):
        path.write_bytes(whole[:size])
        with pytest.raises(LedgerUnusable, match="is damaged"):
            Ledger(path).leases()


def test_what_a_killed_first_user_left_is_cleaned_away(tmp_path: Path) -> None:
    for left in ("ledger.db.new", "ledger.db.new-wal", "ledger.db.new-shm", "ledger.db-wal"):
        (tmp_path / left).write_bytes(b"half")
    with closing(Ledger(tmp_path / "ledger.db")) as book:
        claim(book, "one", Request(1))
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(Ledger(path)) as book:
        claim(book, "one", Request(1))
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerUnusable, match="newer devenv"):
        Ledger(path).release("id-one")


def test_a_lease_with_fields_of_a_later_version_is_readable(book: Ledger, tmp_path: Path) -> None:
    lease = claim(book, "one", Request(1))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        raw.execute("""UPDATE lease SET request = replace(request, '"cpus"', '"later": 1, "cpus"')""")
        raw.commit()
    assert book.get("id-one") == lease


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE theirs (a)")
    before = path.read_bytes()
    with pytest.raises(LedgerUnusable, match="some other program's"):
        Ledger(path).leases()
    assert path.read_bytes() == before


def test_a_place_that_does_not_exist_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match="cannot be opened"):
        Ledger(tmp_path / "no" / "ledger.db").leases()


def test_a_read_only_file_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")  # what everybody but root is told

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(LedgerUnusable, match="is not ours to write"):
        Ledger(tmp_path / "ledger.db").leases()


def test_a_lock_that_is_never_given_back_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(Ledger(path)) as book:
        claim(book, "one", Request(1))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(Ledger(path, busy_seconds=0.1)) as book:
            assert len(book.leases()) == 1  # reading goes on
            with pytest.raises(LedgerBusy, match="locked by another process"):
                book.release("id-one")
        other.execute("ROLLBACK")


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    failed: list[BaseException] = []
    barrier = threading.Barrier(16)

    def open_it(number: int) -> None:
        barrier.wait()
        try:
            with closing(Ledger(tmp_path / "ledger.db")) as book:
                book.claim(f"id-{number}", "me", f"n{number}", BOX, Request(1, dedicated=False))
        except BaseException as error:  # noqa: BLE001 -- reported below, outside the thread
            failed.append(error)

    crowd = [threading.Thread(target=open_it, args=(number,)) for number in range(16)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert not failed
    with closing(Ledger(tmp_path / "ledger.db")) as book:
        assert len(book.leases()) == 16
