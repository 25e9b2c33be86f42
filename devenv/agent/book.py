"""The ledger's file: opening it, its schema, and what its faults mean. Knows nothing of allocation.

A write-ahead log with a sync at each commit: it survives kill -9 and power loss alike. A claim costs one sync, 1.5 ms
where a rollback journal took 8.5, on which 50 processes at once waited out their 20 s.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Iterator

SCHEMA_VERSION = 1
# 50 processes claiming at once wait 2 s at worst on a 2-CPU machine; past this somebody holds the lock for good.
BUSY_SECONDS = 20.0

# A row for each held core, CPU, GPU and port, each a primary key: two sandboxes on one core cannot be written down, not
# even by a bug in the allocator.
_SCHEMA = """
CREATE TABLE lease (
    sandbox TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, memory INTEGER NOT NULL,
    dedicated INTEGER NOT NULL, request TEXT NOT NULL, created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE core (
    key TEXT PRIMARY KEY, sandbox TEXT NOT NULL REFERENCES lease ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE cpu (
    id INTEGER PRIMARY KEY, sandbox TEXT NOT NULL REFERENCES lease ON DELETE CASCADE
);
CREATE TABLE gpu (
    uuid TEXT PRIMARY KEY, sandbox TEXT NOT NULL REFERENCES lease ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE port (
    bind TEXT, port INTEGER, protocol TEXT, name TEXT NOT NULL,
    sandbox TEXT NOT NULL REFERENCES lease ON DELETE CASCADE, PRIMARY KEY (bind, port, protocol)
) WITHOUT ROWID;
CREATE INDEX core_sandbox ON core (sandbox);
CREATE INDEX cpu_sandbox ON cpu (sandbox);
CREATE INDEX gpu_sandbox ON gpu (sandbox);
CREATE INDEX port_sandbox ON port (sandbox);
"""


class LedgerError(Exception):
    """Base of the ledger's faults: a message and a hint."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class LedgerBusy(LedgerError):
    """Somebody else has held the ledger's lock for longer than a claim can take."""


class LedgerUnusable(LedgerError):
    """The ledger's file is broken, of a newer version, or not ours to write."""


class Book:
    """The open file. One connection, opened at the first use; give each thread its own."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a consistent view of the file.

        Raises:
            LedgerBusy: the lock cannot be had.
            LedgerUnusable: the file cannot be used.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the only right to write; all of it is kept at the end, or nothing when the block raises.

        Raises:
            LedgerBusy: the lock cannot be had.
            LedgerUnusable: the file cannot be used.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._faults():
            connection = self._open()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._make_sure()
            connection = sqlite3.connect(self.path, timeout=self._busy_seconds, isolation_level=None)
            try:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                self._check(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _make_sure(self) -> None:
        """Make the file if it is not there, and see that we may write it."""
        try:
            if not self.path.exists():
                self._create()
            os.close(os.open(self.path, os.O_RDWR))
        except PermissionError:
            raise self._unusable("is not ours to write", "ask its owner for access, or set DEVENV_HOME") from None
        except OSError as error:
            raise self._unusable(
                f"cannot be opened ({error.strerror})", "see that its disk is there and writable"
            ) from None

    def _create(self) -> None:
        """Make the file whole beside its place and move it there, so that nobody ever sees a half-made one.

        The directory's lock is the kernel's: a creator that is killed leaves at most `.new`, and the next removes that.
        """
        new = self.path.with_name(f"{self.path.name}.new")
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            with suppress(OSError):  # NFS locks no directories; two first users at one moment are all it is for
                fcntl.flock(folder, fcntl.LOCK_EX)
            if self.path.exists():
                return
            # A log beside no ledger is what one that was moved away left; SQLite would play it into the new one.
            for left in (new, f"{new}-wal", f"{new}-shm", f"{self.path}-wal", f"{self.path}-shm"):
                with suppress(FileNotFoundError):
                    Path(left).unlink()
            # Ours first: SQLite would make it with the umask's rights, and its log copies those of the file.
            os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(new, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")  # remembered in the file
                connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
            new.rename(self.path)
            os.fsync(folder)
        finally:
            os.close(folder)

    def _check(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise self._unusable(
                f"was written by a newer devenv (version {version}; this one knows {SCHEMA_VERSION})",
                "update devenv, or set DEVENV_HOME to another directory",
            )
        if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise self._unusable("is some other program's database", "move it away: devenv makes a new one")
        if version == 0:
            raise self._damaged("it is empty")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a second holder of one core: a bug of ours, never the user's
        except sqlite3.OperationalError as error:
            text = str(error)
            if "locked" in text or "busy" in text:
                raise LedgerBusy(
                    f"the ledger {self.path} is locked by another process for more than {self._busy_seconds:.0f} s",
                    f"`fuser {self.path}` shows who holds it; trying again may work",
                ) from None
            if "readonly" in text or "read-only" in text:
                raise self._unusable(
                    "is read-only", "give this user the right to write it, or set DEVENV_HOME"
                ) from None
            if "full" in text:
                raise self._unusable("cannot be written: the disk is full", "`devenv gc` may free some") from None
            raise self._unusable(f"cannot be used ({text})", "see that its disk is there and writable") from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from None

    def _damaged(self, how: str) -> LedgerUnusable:
        move = f"`mv {self.path} {self.path}.broken`"
        return self._unusable(f"is damaged ({how})", f"move it away ({move}): devenv makes a new one")

    def _unusable(self, what: str, hint: str) -> LedgerUnusable:
        return LedgerUnusable(f"the ledger {self.path} {what}", hint)
