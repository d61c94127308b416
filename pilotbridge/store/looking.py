"""Looking at a database from outside: beside a running bridge, or where none runs; nothing is changed.

It owns how a look can fail and who holds the lock; what is looked for are the read verbs' words.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pilotbridge.errors import ConfigurationError, NotAllowed
from pilotbridge.store.migrations import numbered
from pilotbridge.store.sql import ReadVerbs
from pilotbridge.store.sqlite import SqliteConnection, open_connection
from pilotbridge.store.unopened import cause_and_fix

SAFE_WITH_SEVERAL_WRITERS = (3, 51, 3)
"""Before this SQLite two connections that checkpoint at once could corrupt a WAL database."""


@contextmanager
def look(path: Path) -> Iterator[ReadVerbs]:
    """One consistent view of the database at ``path``.

    :raises ConfigurationError: when it cannot be read, or was made by another version.
    """
    try:
        with closing(open_connection(path, read_only=True)) as connection:
            connection.execute("BEGIN")
            _refuse_another_schema(connection, path)
            yield ReadVerbs(connection)
    except sqlite3.Error as error:
        raise ConfigurationError(f"{path} cannot be read: {cause_and_fix(path, error)}") from error


def _refuse_another_schema(connection: SqliteConnection, path: Path) -> None:
    found = int(next(iter(connection.execute("PRAGMA user_version")))[0])
    known = max(numbered())
    if found > known:
        raise ConfigurationError(
            f"{path} was made by a newer PilotBridge (schema {found}, this one knows {known}); "
            "use that version's command"
        )
    if found < known:
        raise ConfigurationError(
            f"{path} has schema {found} and this version needs {known}; start the bridge once, it upgrades it"
        )


def holder_of(path: Path) -> str:
    """The process that has the database at ``path``; empty when nobody has it.

    :raises ConfigurationError: when its folder lies below a file.
    :raises NotAllowed: when this user may not look.
    """
    try:
        lock = path.with_suffix(".lock").open("rb")
    except FileNotFoundError:
        return ""
    except NotADirectoryError as error:
        raise ConfigurationError(f"{path.parent} lies below a file; change bridge.data_dir") from error
    except PermissionError as error:
        raise NotAllowed(f"{path}: this user may not look at it; use the one the bridge runs as") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return lock.read(20).decode("ascii", "replace").strip() or "unknown"
    return ""


def sqlite_version() -> tuple[int, ...]:
    """The version of SQLite itself."""
    return sqlite3.sqlite_version_info
