"""The power goes at any moment: what was acknowledged is there, by the settings of the engine and no weaker.

A shim below SQLite keeps what was written and what was synced. A cut keeps all that was synced and of the
rest a random part, some of it torn at sectors of 512 bytes; then the stock SQLite opens the files.
"""

from __future__ import annotations

import random
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

from pilotbridge.protocols import Incoming
from pilotbridge.store.migrations import numbered, statements
from pilotbridge.store.records import Body
from pilotbridge.store.sqlite import SqliteEngine, prepare

CUTS = 1000
COMMITS = 150
SECTOR = 512
KEPT = ("", "-wal")

Operation = tuple[str, str, int, bytes]
"""File (by its ending), what was done (write, truncate, sync), where, and with which bytes."""


@dataclass
class Disk:
    """Everything that was done to the files, in order; ``acks`` are (operations before, journal id)."""

    operations: list[Operation] = field(default_factory=list)
    acks: list[tuple[int, int]] = field(default_factory=list)


class ShimFile(apsw.VFSFile):
    """A real file that writes down what SQLite does to it; a sync costs nothing here."""

    def __init__(self, disk: Disk, ending: str, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk, self._ending = disk, ending

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._disk.operations.append((self._ending, "write", offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self._disk.operations.append((self._ending, "truncate", size, b""))

    def xSync(self, flags: int) -> None:
        self._disk.operations.append((self._ending, "sync", 0, b""))


class ShimVFS(apsw.VFS):
    def __init__(self, name: str, disk: Disk) -> None:
        super().__init__(name, "")
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        filename = name.filename() if isinstance(name, apsw.URIFilename) else name
        ending = next((end for end in KEPT[1:] if filename and filename.endswith(end)), "")
        return ShimFile(self._disk, ending, name, flags)


class ApswConnection:
    """APSW in the shape the engine asks for."""

    def __init__(self, path: Path, vfs: str) -> None:
        self._db = apsw.Connection(str(path), vfs=vfs)

    def execute(self, sql: str, params: Any = (), /) -> list[tuple[Any, ...]]:
        return list(self._db.cursor().execute(sql, params))

    query = execute

    def executemany(self, sql: str, rows: Any, /) -> None:
        self._db.cursor().executemany(sql, rows)

    def changes(self) -> int:
        return self._db.changes()

    def new_id(self) -> int:
        return self._db.last_insert_rowid()

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def close(self) -> None:
        self._db.close()


def live(path: Path, tune: Callable[[ApswConnection], object]) -> tuple[Disk, int]:
    """A store at work: what reached the disk, and how much of that was before the work began."""
    disk = Disk()
    vfs = ShimVFS(f"shim-{path.parent.name}", disk)

    def connect(where: Path) -> ApswConnection:
        connection = ApswConnection(where, f"shim-{path.parent.name}")
        prepare(connection, where)
        connection.execute("PRAGMA wal_autocheckpoint = 30")  # so that cuts hit checkpoints too
        tune(connection)
        return connection

    engine = SqliteEngine(path, connect=connect)
    engine.open(make_schema)
    began = len(disk.operations)
    rng = random.Random(7)
    for _ in range(COMMITS):
        jobs = [keep(rng.randbytes(rng.randrange(10, 6000))) for _ in range(rng.randrange(1, 4))]
        for (journal_id, _), error in engine.commit(jobs):
            assert error is None
            disk.acks.append((len(disk.operations), journal_id))
    engine.close()
    del vfs
    return disk, began


def make_schema(connection: ApswConnection) -> None:
    for statement in statements(numbered()[1]):
        connection.execute(statement)


def keep(content: bytes) -> Callable[[Any], Any]:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    return lambda tx: tx.append_journal(Body(Incoming("zabbix", content, {}, {}, at), alerts=1))


# --- the cut ----------------------------------------------------------------------------------------


def cuts(disk: Disk, moments: list[int], rng: random.Random) -> Iterator[tuple[int, dict[str, bytes]]]:
    """At each moment (operations done) one set of files that a cut may leave behind."""
    synced: dict[str, bytearray] = {end: bytearray() for end in KEPT}
    waiting: dict[str, list[Operation]] = {end: [] for end in KEPT}
    done = 0
    for moment in moments:
        for operation in disk.operations[done:moment]:
            end = operation[0]
            if operation[1] != "sync":
                waiting[end].append(operation)
                continue
            for earlier in waiting[end]:
                apply(synced[end], earlier)
            waiting[end].clear()
        done = moment
        yield moment, {end: left_over(synced[end], waiting[end], rng) for end in KEPT}


def left_over(synced: bytearray, waiting: list[Operation], rng: random.Random) -> bytes:
    content, likelihood = bytearray(synced), rng.choice((0.0, 0.3, 0.7, 1.0))
    for operation in waiting:
        if rng.random() < likelihood:
            apply(content, torn(operation, rng) if rng.random() < 0.2 else operation)
    return bytes(content)


def torn(operation: Operation, rng: random.Random) -> Operation:
    end, what, offset, content = operation
    return end, what, offset, content[: SECTOR * rng.randrange(0, len(content) // SECTOR + 1)]


def apply(content: bytearray, operation: Operation) -> None:
    _, what, offset, written = operation
    if what == "truncate":
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(written)] = written


def lost_after_cuts(folder: Path, tune: Callable[[ApswConnection], object] = lambda _: None) -> int:
    """How many acknowledged bodies were missing after all the cuts together."""
    folder.mkdir()
    disk, began = live(folder / "pilotbridge.db", tune)
    rng = random.Random(42)
    moments = sorted(rng.randrange(began, len(disk.operations)) for _ in range(CUTS))
    counted = [before for before, _ in disk.acks]
    lost = 0
    for moment, files in cuts(disk, moments, rng):
        acknowledged = {journal_id for _, journal_id in disk.acks[: bisect_right(counted, moment)]}
        lost += len(acknowledged - surviving(folder / "after", files))
    return lost


def surviving(path: Path, files: dict[str, bytes]) -> set[int]:
    """The bodies that stock SQLite finds in what the cut left."""
    for end in (*KEPT, "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    for end, content in files.items():
        path.with_name(path.name + end).write_bytes(content)
    stock = sqlite3.connect(path)
    try:
        return {row[0] for row in stock.execute("SELECT id FROM journal")}
    finally:
        stock.close()


@pytest.mark.timeout(120)
def test_no_acknowledged_body_is_lost_to_a_power_cut(tmp_path):
    assert lost_after_cuts(tmp_path / "full") == 0


@pytest.mark.timeout(120)
def test_the_same_cuts_do_find_what_weaker_settings_lose(tmp_path):
    def weaken(connection: ApswConnection) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")

    assert lost_after_cuts(tmp_path / "normal", weaken) > 0
