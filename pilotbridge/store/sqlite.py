"""The SQLite engine: one writing connection with WAL and ``synchronous=FULL``, query-only readers.

It starts no thread: whoever owns the writer calls :meth:`SqliteEngine.commit` from one thread only.
Concurrent checkpoints can corrupt a WAL database before SQLite 3.51.3, hence no second writer.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from pilotbridge.errors import ConfigurationError, StoreUnavailable
from pilotbridge.store.connection import Connection, Params
from pilotbridge.store.place import File, file_at, log_of, why_elsewhere
from pilotbridge.store.sql import ReadVerbs, WriteVerbs
from pilotbridge.store.unopened import cause_and_fix

BUSY_TIMEOUT_S = 5.0
CHECKPOINT_PAGES = 4000

# SQLITE_READONLY, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_NOTADB. READONLY: a
# connection that was opened while the disk took nothing stays read-only when it takes everything again.
_GRAVE = frozenset({8, 10, 11, 13, 14, 26})
# SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: somebody else's connection is in the way.
_IN_THE_WAY = frozenset({5, 6, 15})

Job = Callable[[WriteVerbs], Any]


class SqliteConnection:
    """The standard library's connection in the shape the SQL verbs ask for.

    Without a ``path`` the database is nobody else's, and gone with the connection.
    """

    def __init__(self, path: Path | None, *, read_only: bool) -> None:
        uri = path.absolute().as_uri() + ("?mode=ro" if read_only else "") if path else ""
        self._raw = sqlite3.connect(
            uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False,
            cached_statements=256,
        )  # fmt: skip
        self.query: Callable[..., sqlite3.Cursor] = self._raw.execute
        self._changes = 0
        self._new_id: int | None = None

    def execute(self, sql: str, params: Params = (), /) -> sqlite3.Cursor:
        # The cursor itself is not kept: one that was not read to its end would hold its view of the database.
        cursor = self._raw.execute(sql, params)
        self._changes, self._new_id = cursor.rowcount, cursor.lastrowid
        return cursor

    def executemany(self, sql: str, rows: Any, /) -> None:
        self._raw.executemany(sql, rows)

    def changes(self) -> int:
        return self._changes

    def new_id(self) -> int:
        assert self._new_id is not None
        return self._new_id

    @property
    def in_transaction(self) -> bool:
        return self._raw.in_transaction

    @property
    def raw(self) -> sqlite3.Connection:
        """For sqlite-utils and the backup API."""
        return self._raw

    def close(self) -> None:
        self._raw.close()


def open_connection(path: Path, *, read_only: bool) -> SqliteConnection:
    """A connection with every setting the promise needs, each one read back.

    :raises ConfigurationError: when SQLite does not take WAL or ``synchronous=FULL``.
    """
    connection = SqliteConnection(path, read_only=read_only)
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    else:
        prepare(connection, path)
    return connection


def prepare(connection: Connection, path: Path) -> None:
    """Set what the promise needs on a writing connection of any driver, and read it back.

    :raises ConfigurationError: when SQLite does not take it.
    """
    for _ in connection.execute("PRAGMA journal_mode = WAL"):
        pass
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute("PRAGMA cache_size = -8000")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
    _verify(connection, path)


def _verify(connection: Connection, path: Path) -> None:
    for pragma, expected in (("journal_mode", "wal"), ("synchronous", 2)):
        found = next(iter(connection.execute(f"PRAGMA {pragma}")))[0]
        if found != expected:
            raise ConfigurationError(
                f"{path}: SQLite has {pragma} = {found}, not {expected}: this file system keeps no promise"
            )


class Fenced(ConfigurationError):
    """This process may not write into this database any more: another one has it, or its log is gone."""


class SqliteEngine:
    """The database file, its lock, and the two ways to use it: :meth:`commit` and :meth:`read`."""

    def __init__(
        self,
        path: Path,
        *,
        connect: Callable[[Path], Any] = lambda path: open_connection(path, read_only=False),
        connect_reader: Callable[[Path], Any] = lambda path: open_connection(path, read_only=True),
    ) -> None:
        self.path = path
        self._connect = connect
        self._connect_reader = connect_reader
        self._lock: BinaryIO | None = None
        self._writer: Any = None
        self._epoch = 0
        self._file: File | None = None
        self._log: File | None = None
        self._readers = threading.local()
        self._all_readers: list[Any] = []

    # -- life ------------------------------------------------------------------------------------

    def open(self, migrate: Callable[[Any], object]) -> None:
        """Take the lock, bring the schema up to date, take the next epoch.

        :raises ConfigurationError: when another process has it, or it cannot be opened.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = take_lock(self.path)
        except OSError as error:
            raise ConfigurationError(_not_ours(error.filename or self.path.parent, error)) from error
        try:
            self._use(self._connect(self.path))
            os.chmod(self.path, 0o600)
            migrate(self._writer)
            self._epoch = self._next_epoch()
            self._file, self._log = file_at(self.path), file_at(log_of(self.path))
        except sqlite3.Error as error:
            self.close()
            raise ConfigurationError(
                f"{self.path} cannot be opened: {cause_and_fix(self.path, error)}"
            ) from error
        except OSError as error:
            self.close()
            raise ConfigurationError(_not_ours(self.path, error)) from error
        except BaseException:
            self.close()
            raise

    def _use(self, connection: Any) -> None:
        self._writer = connection
        self._verbs = WriteVerbs(connection)

    def _next_epoch(self) -> int:
        self._writer.execute("BEGIN IMMEDIATE")
        epoch = self._verbs.next_epoch()
        self._writer.execute("COMMIT")
        return epoch

    @property
    def epoch(self) -> int:
        """The number of this ownership; every transaction proves that it is still the newest."""
        return self._epoch

    @property
    def connection(self) -> Any:
        """The writing connection, for migrations, backup and prune on the writer's own thread."""
        return self._writer

    def close(self) -> None:
        """Close every connection and let the lock go. Safe to call twice."""
        for connection in (*self._all_readers, self._writer):
            if connection is not None:
                connection.close()
        self._all_readers.clear()
        self._writer = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # -- use -------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[ReadVerbs]:
        """One consistent view of what is committed; each thread has its own connection."""
        connection = self._reader()
        try:
            yield ReadVerbs(connection)
        except sqlite3.Error as error:
            if _code(error) not in _GRAVE | _IN_THE_WAY:
                raise
            self._drop_reader()
            raise StoreUnavailable(f"the store cannot be read: {cause_and_fix(self.path, error)}") from error
        finally:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")

    def _reader(self) -> Any:
        """This thread's connection, within a transaction.

        :raises StoreUnavailable: when there is none to be had.
        """
        try:
            connection = getattr(self._readers, "connection", None)
            if connection is None:
                connection = self._readers.connection = self._connect_reader(self.path)
                self._all_readers.append(connection)
            connection.execute("BEGIN")
        except sqlite3.Error as error:
            self._drop_reader()
            raise StoreUnavailable(f"the store cannot be read: {cause_and_fix(self.path, error)}") from error
        return connection

    def _drop_reader(self) -> None:
        """Whatever came over this connection, the next read gets another one."""
        connection = getattr(self._readers, "connection", None)
        self._readers.connection = None
        if connection is not None:
            self._all_readers.remove(connection)
            with suppress(sqlite3.Error):
                connection.close()

    def commit(self, jobs: Sequence[Job]) -> list[tuple[Any, BaseException | None]]:
        """Run ``jobs`` in one transaction, a savepoint each but for the first, and commit it to disk.

        Returns one (result, error) per job once it is on disk. A job that raises loses only its own
        changes. When the transaction itself is lost, every job gets :class:`StoreUnavailable`.
        """
        results: list[tuple[Any, BaseException | None]] = []
        is_empty = True
        try:
            for job in jobs:
                if is_empty:
                    self._begin()
                results.append(self._run(job, alone=is_empty))
                is_empty = is_empty and results[-1][1] is not None
            if not is_empty:
                self._writer.execute("COMMIT")
        except _LostTransaction as lost:
            return self._all_lost(jobs, lost.__cause__ or lost)
        except (sqlite3.Error, OSError, MemoryError) as error:
            return self._all_lost(jobs, error)
        return results

    def _begin(self) -> None:
        """:raises OSError: when the database is not where it was opened."""
        self._look_at_files()
        if self._writer is None:
            self._open_anew()
        self._writer.execute("BEGIN IMMEDIATE")
        if self._verbs.epoch() != self._epoch:
            self._writer.execute("ROLLBACK")
            raise Fenced(f"{self.path}: another PilotBridge has taken this database over; this one stops")

    def _open_anew(self) -> None:
        try:
            self._use(self._connect(self.path))
            self._verbs.epoch()  # the first look makes the log
            # On a full disk the log itself may be what fills it; what it holds may fit into the database.
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except ConfigurationError as error:  # it was well once and may be again
            raise _LostTransaction from error
        self._log = file_at(log_of(self.path))

    def _look_at_files(self) -> None:
        """What is committed must be found at the path when this process is gone."""
        if self._file is not None and (why := why_elsewhere(self.path, self._file)):
            raise OSError(why)
        if self._writer is not None and self._log != file_at(log_of(self.path)):
            self._bring_log_home()

    def _bring_log_home(self) -> None:
        """Somebody deleted the log, which has what was committed last: into the database with it, and end.

        A new start makes another log; this process and its readers would not agree on one.
        """
        [(is_busy, *_)] = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        log = log_of(self.path)
        if is_busy:
            raise OSError(f"{log} was deleted while the bridge runs, and what it held is still being saved")
        raise Fenced(f"{log} was deleted while the bridge ran; nothing of it is lost, but start it again")

    def _run(self, job: Job, *, alone: bool) -> tuple[Any, BaseException | None]:
        """One job in its savepoint; ``alone`` it has the transaction, which ends with it when it fails.

        A savepoint keeps a copy of each page that is changed, in a file of its own when they are many. After
        any error SQLite may have dropped the whole transaction.
        """
        if not alone:
            self._writer.execute("SAVEPOINT job")
        result, failure = None, None
        try:
            result = job(self._verbs)
            self._verbs.end_job()
        except Exception as error:
            self._verbs.forget()
            if not self._writer.in_transaction or _is_grave(error):
                raise _LostTransaction from error
            self._writer.execute("ROLLBACK" if alone else "ROLLBACK TO job")
            failure = error
        if not alone:
            self._writer.execute("RELEASE job")
        return result, failure

    def _all_lost(self, jobs: Sequence[Job], cause: BaseException) -> list[tuple[Any, BaseException | None]]:
        """Nothing is on disk. After an I/O error the connection cannot be trusted: open it anew."""
        with suppress(sqlite3.Error):
            if self._writer is not None and self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        if _is_grave(cause) or (self._writer is not None and self._writer.in_transaction):
            self._reopen()
        why = cause_and_fix(self.path, cause) if isinstance(cause, sqlite3.Error) else str(cause)
        return [(None, StoreUnavailable(f"the store cannot commit: {why}")) for _ in jobs]

    def _reopen(self) -> None:
        with suppress(sqlite3.Error):
            if self._writer is not None:
                self._writer.close()
        self._writer = None


def _not_ours(what: object, error: OSError) -> str:
    return (
        f"{what} cannot be written ({error.strerror}): it must belong to the user that runs PilotBridge, "
        "or bridge.data_dir must name another folder"
    )


def _is_grave(error: BaseException) -> bool:
    """Whether the disk failed under SQLite, so that neither transaction nor connection can be trusted."""
    return isinstance(error, MemoryError) or _code(error) in _GRAVE


def _code(error: BaseException) -> int:
    """SQLite's primary code; 0 when it is not SQLite's error."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


class _LostTransaction(Exception):
    """SQLite dropped the whole transaction under a job."""


def take_lock(path: Path) -> BinaryIO:
    """Lock the side file of ``path`` against a second process.

    :raises ConfigurationError: when another process holds it; the sentence names its process id.
    """
    lock_path = path.with_suffix(".lock")
    lock = open(lock_path, "a+b")  # noqa: SIM115 - held until the engine closes
    os.chmod(lock_path, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        owner = lock.read(20).decode("ascii", "replace").strip() or "unknown"
        lock.close()
        raise ConfigurationError(
            f"{path} is in use by another PilotBridge (process {owner}); stop it first"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock
