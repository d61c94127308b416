"""Disks that fail and files that somebody moves: no commit into nowhere, and all is well when it ends."""

import os
import sqlite3
import subprocess
import sys

import pytest

from pilotbridge.errors import StoreUnavailable
from pilotbridge.store.migrations import migrate
from pilotbridge.store.sqlite import Fenced, SqliteEngine, open_connection


def keep(body):
    return lambda tx: tx.append_journal(body)


def kept(path):
    """What a process that starts now would find."""
    engine = SqliteEngine(path)
    with engine.read() as read:
        found = [body.incoming.body for body in read.waiting_bodies(10_000)[0]]
    engine.close()
    return found


def failure(code, words="the disk does not want to"):
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


class Scripted:
    """Connects as it is told: each step is an error, or what to make of a good connection."""

    def __init__(self, *steps):
        self.steps = list(steps)

    def __call__(self, path):
        step = self.steps.pop(0) if self.steps else None
        if isinstance(step, Exception):
            raise step
        return step(path) if step else open_connection(path, read_only=False)


class Fails:
    """A connection on which one statement fails, once."""

    def __init__(self, path, sql, error):
        self._inner, self._sql, self._error = open_connection(path, read_only=False), sql, error

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def execute(self, sql, params=()):
        if sql == self._sql and self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._inner.execute(sql, params)


def error_of(engine, body):
    return engine.commit([keep(body)])[0][1]


# --- the disk ---------------------------------------------------------------------------------------


def test_a_database_that_cannot_be_opened_again_at_once_is_opened_when_it_can(engines, path, body):
    full = failure(sqlite3.SQLITE_CANTOPEN, "unable to open database file")
    engine = engines(
        connect=Scripted(
            lambda path: Fails(path, "SAVEPOINT job", failure(sqlite3.SQLITE_IOERR)), full, full, full
        )
    )

    failed = [engine.commit([keep(body(b"1")), keep(body(b"2"))]) for _ in range(4)]
    then = error_of(engine, body(b"3"))

    assert {type(error) for results in failed for _, error in results} == {StoreUnavailable}
    assert then is None
    assert kept(path) == [b"3"]


def test_what_was_opened_while_the_disk_took_nothing_does_not_stay_read_only(engines, body):
    engine = engines(
        connect=Scripted(
            lambda path: Fails(path, "COMMIT", None), lambda path: open_connection(path, read_only=True)
        )
    )
    engine._reopen()

    first, second = error_of(engine, body(b"1")), error_of(engine, body(b"2"))

    assert isinstance(first, StoreUnavailable)
    assert "readonly" in first.reason
    assert second is None


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "SAVEPOINT job", "RELEASE job", "COMMIT"])
def test_memory_that_runs_out_costs_one_commit(engines, path, body, statement):
    engine = engines()
    engine._use(Fails(path, statement, MemoryError()))

    results = engine.commit([keep(body(b"1")), keep(body(b"2"))])
    then = error_of(engine, body(b"3"))

    assert [type(error) for _, error in results] == [StoreUnavailable] * 2
    assert then is None
    assert kept(path) == [b"3"]


def test_a_transaction_that_cannot_be_given_up_is_left_behind(engines, path, body):
    engine = engines()
    engine._use(Fails(path, "ROLLBACK", failure(sqlite3.SQLITE_ERROR)))
    engine.connection.execute("BEGIN")

    first, second = error_of(engine, body(b"1")), error_of(engine, body(b"2"))

    assert isinstance(first, StoreUnavailable)
    assert second is None


def test_a_reader_that_cannot_be_opened_says_try_later_and_works_again(path, body):
    steps = Scripted(None, failure(sqlite3.SQLITE_CANTOPEN))
    engine = SqliteEngine(path, connect_reader=lambda path: steps(path))
    engine.open(lambda connection: migrate(connection.raw, path))
    steps.steps.pop(0)

    with pytest.raises(StoreUnavailable, match="cannot be read"), engine.read():
        pass
    with engine.read() as read:
        assert read.count_waiting() == 0

    engine.close()


def test_a_disk_that_fails_under_a_reader_costs_that_read(engine, body):
    assert error_of(engine, body(b"1")) is None

    with pytest.raises(StoreUnavailable, match="cannot be read"), engine.read():
        raise failure(sqlite3.SQLITE_IOERR)
    with engine.read() as read:
        assert read.count_waiting() == 1


def test_a_wrong_question_is_no_fault_of_the_disk(engine):
    with pytest.raises(sqlite3.OperationalError, match="no such table"), engine.read() as read:
        list(read._connection.query("SELECT * FROM nowhere"))


def test_a_disk_that_has_room_for_the_database_but_not_for_a_longer_log_goes_on(path):
    code = """
import resource, signal, sys
from pathlib import Path
from pilotbridge.store.migrations import migrate
from pilotbridge.store.sqlite import SqliteEngine
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
engine = SqliteEngine(path)
engine.open(lambda connection: migrate(connection.raw, path))
with engine.read() as read:
    read.count_waiting()
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))
errors = [engine.commit([lambda tx: tx.set_meta("a", str(number) * 1000)])[0][1] for number in range(3000)]
print(sum(error is not None for error in errors), errors[-1])
"""
    said = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)

    failed, last = said.stdout.split()
    assert 0 < int(failed) < 100
    assert last == "None"


# --- the files --------------------------------------------------------------------------------------


def test_a_database_that_was_moved_takes_nothing_until_it_is_back(engine, path, body):
    assert error_of(engine, body(b"1")) is None
    elsewhere = path.with_name("elsewhere.db")

    path.rename(elsewhere)
    away = error_of(engine, body(b"2"))
    elsewhere.rename(path)
    back = error_of(engine, body(b"3"))

    assert isinstance(away, StoreUnavailable)
    assert "was deleted or moved away" in away.reason
    assert back is None
    assert kept(path) == [b"1", b"3"]


def test_a_database_that_was_deleted_is_never_made_anew_in_silence(engine, path, body):
    assert error_of(engine, body(b"1")) is None

    path.unlink()
    first = error_of(engine, body(b"2"))
    engine._reopen()
    second = error_of(engine, body(b"3"))

    assert [type(error) for error in (first, second)] == [StoreUnavailable] * 2
    assert f"/proc/{os.getpid()}/fd" in first.reason
    assert not path.exists()


def test_another_database_in_its_place_is_not_written_into(engine, path, body):
    other = SqliteEngine(path.with_name("other.db"))
    other.open(lambda connection: migrate(connection.raw, other.path))
    other.close()

    os.replace(other.path, path)
    error = error_of(engine, body(b"1"))

    assert isinstance(error, StoreUnavailable)
    assert "another file was put in the place" in error.reason


def test_a_log_that_was_deleted_is_brought_home_before_the_bridge_ends(engine, path, body):
    assert [error_of(engine, body(content)) for content in (b"1", b"2")] == [None, None]

    path.with_name(path.name + "-wal").unlink()
    with pytest.raises(Fenced, match="nothing of it is lost, but start it again"):
        engine.commit([keep(body(b"3"))])
    engine.close()

    assert kept(path) == [b"1", b"2"]


def test_a_log_that_was_deleted_is_waited_for_while_somebody_reads(engine, path, body):
    engine.connection.execute("PRAGMA busy_timeout = 10")
    assert error_of(engine, body(b"1")) is None

    with engine.read() as read:
        read.count_waiting()
        path.with_name(path.name + "-wal").unlink()
        error = error_of(engine, body(b"2"))
    with pytest.raises(Fenced):
        engine.commit([keep(body(b"3"))])
    engine.close()

    assert isinstance(error, StoreUnavailable)
    assert "still being saved" in error.reason
    assert kept(path) == [b"1"]
