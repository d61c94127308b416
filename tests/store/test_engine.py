"""The SQLite engine: on disk when it says so, all or nothing, and one owner at a time."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from pilotbridge.errors import ConfigurationError, StoreUnavailable
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.migrations import migrate, numbered, statements
from pilotbridge.store.sqlite import Fenced, SqliteConnection, SqliteEngine, open_connection, prepare

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'"


def bodies(engine):
    with engine.read() as read:
        return [body.incoming.body for body in read.waiting_bodies(10_000)[0]]


def keep(body):
    return lambda tx: tx.append_journal(body)


# --- one transaction, a savepoint each --------------------------------------------------------------


def test_a_job_that_fails_loses_only_its_own_changes(engine, body):
    def fail(tx):
        tx.append_journal(body(b"bad"))
        tx.carry_out()
        raise ValueError("no")

    results = engine.commit([keep(body(b"1")), fail, keep(body(b"2"))])

    assert [type(error) for _, error in results] == [type(None), ValueError, type(None)]
    assert bodies(engine) == [b"1", b"2"]
    assert next(engine.connection.execute("SELECT count(*) FROM journal")) == (2,)


@pytest.mark.parametrize("failing", [{0}, {0, 1}, {0, 2}, {3}, {0, 1, 2, 3}, {1, 3}])
def test_wherever_a_job_fails_the_others_are_kept(engine, body, failing):
    def job(number):
        def run(tx):
            tx.append_journal(body(str(number).encode()))
            tx.carry_out()
            if number in failing:
                raise ValueError("no")
            return number

        return run

    results = engine.commit([job(number) for number in range(4)])

    kept = [number for number in range(4) if number not in failing]
    assert [result for result, _ in results if result is not None] == kept
    assert [number for number, (_, error) in enumerate(results) if error is None] == kept
    assert bodies(engine) == [str(number).encode() for number in kept]
    assert not engine.connection.in_transaction


def test_a_job_that_fails_alone_leaves_nothing_and_holds_nothing_up(engine, body):
    def fail(tx):
        tx.append_journal(body(b"half"))
        tx.carry_out()
        raise ValueError("no")

    [(_, error)] = engine.commit([fail])
    [(_, none)] = engine.commit([keep(body(b"whole"))])

    assert (type(error), none) == (ValueError, None)
    assert bodies(engine) == [b"whole"]
    assert next(engine.connection.execute("SELECT count(*) FROM journal")) == (1,)


def test_a_wrong_statement_of_one_job_is_that_jobs_alone(engine, body):
    def wrong(tx):
        tx.run_many("add_event", [("too", "few")])

    results = engine.commit([keep(body(b"1")), wrong, keep(body(b"2"))])

    assert isinstance(results[1][1], sqlite3.Error)
    assert bodies(engine) == [b"1", b"2"]


def test_when_the_transaction_is_lost_every_job_of_the_batch_hears_it(engine, body):
    def lose(tx):
        engine.connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    results = engine.commit([keep(body(b"1")), lose, keep(body(b"2"))])

    assert [type(error) for _, error in results] == [StoreUnavailable] * 3
    assert bodies(engine) == []
    assert engine.commit([keep(body(b"3"))])[0][1] is None


@pytest.mark.parametrize("meets", ["FULL", "IOERR_WRITE", "CORRUPT", "CANTOPEN", "NOTADB"])
def test_a_job_that_meets_a_broken_disk_or_file_costs_nobody_more_than_another_try(engine, body, meets):
    def stumble(tx):
        error = sqlite3.DatabaseError("the disk or the file is at fault")
        error.sqlite_errorcode = getattr(sqlite3, f"SQLITE_{meets}")
        raise error

    results = engine.commit([keep(body(b"1")), stumble, keep(body(b"2"))])

    assert [type(error) for _, error in results] == [StoreUnavailable] * 3
    assert bodies(engine) == []
    assert engine.commit([keep(body(b"3"))])[0][1] is None


def test_readers_see_one_committed_state(engine, body):
    engine.commit([keep(body(b"1"))])

    with engine.read() as read:
        before = read.waiting_bodies(10)
        engine.commit([keep(body(b"2"))])
        after = read.waiting_bodies(10)

    assert before == after
    assert bodies(engine) == [b"1", b"2"]


def test_readers_cannot_write(engine):
    with engine.read() as read, pytest.raises(sqlite3.OperationalError, match="readonly"):
        read._connection.execute("DELETE FROM journal")


# --- the disk ---------------------------------------------------------------------------------------


def test_a_full_database_says_try_later_and_works_again_when_there_is_room(engine, body):
    engine.commit([keep(body(b"1"))])
    pages = next(iter(engine.connection.execute("PRAGMA page_count")))[0]
    engine.connection.execute(f"PRAGMA max_page_count = {pages + 5}")

    results = engine.commit([keep(body(b"2")), keep(body(bytes(200_000)))])

    assert [type(error) for _, error in results] == [StoreUnavailable] * 2
    assert "full" in str(results[0][1])
    assert engine.commit([keep(body(b"3"))])[0][1] is None
    assert bodies(engine) == [b"1", b"3"]


def test_a_file_that_may_not_grow_loses_nothing_that_was_acknowledged(path):
    code = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from pilotbridge.errors import StoreUnavailable
from pilotbridge.protocols import Incoming
from pilotbridge.store.migrations import migrate
from pilotbridge.store.records import Body
from pilotbridge.store.sqlite import SqliteEngine
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
engine = SqliteEngine(path)
engine.open(lambda connection: migrate(connection.raw, path))
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
body = Body(Incoming("zabbix", bytes(5000), {}, {}, datetime.now(UTC)), 1)
kept, refused = [], 0
for _ in range(300):
    [(result, error)] = engine.commit([lambda tx: tx.append_journal(body)])
    if error is None:
        kept.append(result[0])
    else:
        assert isinstance(error, StoreUnavailable), error
        refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
[(result, error)] = engine.commit([lambda tx: tx.append_journal(body)])
assert error is None, error
print(len(kept), refused, max(kept))
"""
    said = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)

    kept, refused, last = map(int, said.stdout.split())
    assert kept > 10
    assert refused > 100
    with sqlite3.connect(path) as stock:
        assert stock.execute("SELECT count(*) FROM journal WHERE id <= ?", (last,)).fetchone() == (kept,)
        assert stock.execute("PRAGMA quick_check").fetchone() == ("ok",)


class Shaky:
    """A connection whose disk fails at the commits a test says."""

    def __init__(self, inner, failing):
        self._inner = inner
        self._failing = failing

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def execute(self, sql, params=()):
        if sql == "COMMIT" and self._failing.pop(0):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return self._inner.execute(sql, params)


def test_after_an_io_error_at_the_commit_the_database_is_opened_anew(engines, body):
    failing, opened = [False, False, True, False], []

    def connect(path):
        opened.append(Shaky(open_connection(path, read_only=False), failing))
        return opened[-1]

    engine = engines(connect=connect)

    first, second, third = (engine.commit([keep(body(n))])[0][1] for n in (b"1", b"2", b"3"))

    assert (first, third) == (None, None)
    assert isinstance(second, StoreUnavailable)
    assert len(opened) == 2
    assert bodies(engine) == [b"1", b"3"]


def test_a_database_that_somebody_else_keeps_locked_says_try_later(engines, path, body):
    def impatient(path):
        connection = open_connection(path, read_only=False)
        connection.execute("PRAGMA busy_timeout = 10")
        return connection

    engine = engines(connect=impatient)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    [(_, error)] = engine.commit([keep(body(b"1"))])
    assert isinstance(error, StoreUnavailable)
    assert "another program holds it locked (SQLite: database is locked); end that program" in error.reason
    other.execute("ROLLBACK")
    other.close()

    assert engine.commit([keep(body(b"2"))])[0][1] is None


# --- what it is opened with -------------------------------------------------------------------------


def test_every_setting_of_the_promise_is_read_back(engine):
    settings = {
        name: next(iter(engine.connection.execute(f"PRAGMA {name}")))[0]
        for name in ("journal_mode", "synchronous")
    }

    assert settings == {"journal_mode": "wal", "synchronous": 2}


def test_a_file_system_that_takes_no_wal_is_refused(tmp_path):
    engine = SqliteEngine(tmp_path / "x.db", connect=lambda _: open_connection_in_memory(tmp_path))

    with pytest.raises(ConfigurationError, match="keeps no promise"):
        engine.open(lambda _: None)


def open_connection_in_memory(tmp_path):
    class Memory(SqliteConnection):
        def __init__(self):
            self._raw = sqlite3.connect(":memory:", isolation_level=None)
            self._changes = 0

    connection = Memory()
    prepare(connection, tmp_path / "x.db")
    return connection


def test_the_database_and_its_lock_are_for_the_owner_only(engine, path):
    assert {oct(os.stat(p).st_mode & 0o777) for p in (path, path.with_suffix(".lock"))} == {"0o600"}


def test_a_folder_that_cannot_be_written_is_a_fault_of_the_configuration(tmp_path):
    (tmp_path / "file").write_text("")
    engine = SqliteEngine(tmp_path / "file" / "pilotbridge.db")

    with pytest.raises(
        ConfigurationError, match=r"cannot be written .*bridge\.data_dir must name another folder"
    ):
        engine.open(lambda _: None)


def test_a_file_that_is_no_database_is_a_fault_of_the_configuration(path):
    path.write_bytes(b"this is a shopping list" * 100)
    engine = SqliteEngine(path)

    with pytest.raises(ConfigurationError, match="cannot be opened"):
        engine.open(lambda connection: migrate(connection.raw, path))


# --- one owner --------------------------------------------------------------------------------------


def test_a_second_process_is_refused_and_told_who_has_it(engine, path):
    code = (
        "import sys; from pathlib import Path; from pilotbridge.store.sqlite import SqliteEngine\n"
        "SqliteEngine(Path(sys.argv[1])).open(lambda connection: None)"
    )

    said = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )

    assert said.returncode != 0
    assert f"is in use by another PilotBridge (process {os.getpid()}); stop it first" in said.stderr


def test_the_lock_is_free_again_after_closing(engines):
    first = engines()
    first.close()

    assert engines().epoch == first.epoch + 1


def test_an_owner_that_was_replaced_writes_nothing_any_more(engine, path, body):
    engine.commit([keep(body(b"mine"))])
    path.with_suffix(".lock").unlink()
    newer = SqliteEngine(path)
    newer.open(lambda connection: migrate(connection.raw, path))

    with pytest.raises(Fenced, match="another PilotBridge has taken this database over"):
        engine.commit([keep(body(b"too late"))])

    assert bodies(newer) == [b"mine"]
    newer.close()


# --- migrations -------------------------------------------------------------------------------------


def test_a_fresh_database_has_the_schema_and_is_migrated_once(engine, path):
    assert migrate(engine.connection.raw, path) == []
    names = {row[0] for row in engine.connection.execute(TABLES)}
    assert {"message", "attempt", "journal", "inbound"} <= names


def test_a_database_of_a_newer_version_is_refused(engines, path):
    engines().close()
    with sqlite3.connect(path) as stock:
        stock.execute("PRAGMA user_version = 9999")
    stock.close()

    with pytest.raises(ConfigurationError, match="was made by a newer PilotBridge"):
        engines()


def test_a_migration_killed_at_any_statement_leaves_a_database_that_opens(tmp_path):
    survived = 0
    for killed_at in range(sum(len(list(statements(text))) for text in numbered().values())):
        path = tmp_path / f"{killed_at}.db"
        survived += not dies_while_migrating(path, killed_at)

        engine = SqliteEngine(path)
        engine.open(lambda connection, path=path: migrate(connection.raw, path))

        assert next(iter(engine.connection.execute("PRAGMA user_version")))[0] == max(numbered())
        assert next(iter(engine.connection.execute("PRAGMA quick_check")))[0] == "ok"
        engine.close()
    assert survived == 0


NEXT = max(numbered()) + 1


def test_before_a_migration_a_copy_is_made_and_one_that_fails_changes_nothing(engine, path, body):
    DirectStore(engine).write(keep(body(b"1"))).result()
    raw, wrong = engine.connection.raw, "CREATE TABLE more (a);\nCREATE TABLE more (b);\n"

    with pytest.raises(sqlite3.Error):
        migrate(raw, path, texts={**numbered(), NEXT: wrong})
    after_failure = {row[0] for row in raw.execute(TABLES)}, next(raw.execute("PRAGMA user_version"))[0]
    applied = migrate(raw, path, texts={**numbered(), NEXT: "CREATE TABLE more (a);\n"})

    assert "more" not in after_failure[0]
    assert after_failure[1] == NEXT - 1
    assert applied == [NEXT]
    assert bodies(engine) == [b"1"]
    copy = path.with_suffix(f".before-{NEXT:04d}.db")
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as before:
        assert before.execute("SELECT body FROM journal").fetchall() == [(b"1",)]
        assert before.execute("PRAGMA user_version").fetchone() == (NEXT - 1,)
    before.close()


SCHEMA = (
    *("CREATE", "DROP INDEX", "ALTER TABLE", "INSERT INTO message_count", "INSERT INTO tally"),
    *("UPDATE message SET in_doubt", "UPDATE post SET in_doubt"),
)
"""How the statements of the schema begin."""


def dies_while_migrating(path, killed_at: int) -> bool:
    """Whether a process that migrates was killed at that statement of the schema."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    left = killed_at + 1

    def watch(statement: str) -> None:
        nonlocal left
        left -= any(word in statement for word in SCHEMA) and "_sqlite_migrations" not in statement
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(connection) -> None:
        connection.raw.set_trace_callback(watch)
        migrate(connection.raw, path)

    SqliteEngine(path).open(watched)
    os._exit(0)


def test_a_direct_store_is_on_disk_when_its_future_is_done(engine, body):
    future = DirectStore(engine).write(keep(body(b"1")))

    assert future.done()
    assert bodies(engine) == [b"1"]
