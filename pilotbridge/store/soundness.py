"""Whether a database can be believed: its pages, and the facts in it that must agree.

It only finds; what is done about it is decided elsewhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pilotbridge.errors import ConfigurationError
from pilotbridge.store.sql import ReadVerbs
from pilotbridge.store.sqlite import SqliteConnection, open_connection
from pilotbridge.store.unopened import cause_and_fix

_OURS = "SELECT count(*) FROM sqlite_master WHERE name = 'message_count'"
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"


def verify(path: Path) -> list[str]:
    """What is wrong with a database, in words; empty when it is sound.

    :raises ConfigurationError: when there is none that can be read.
    """
    with _reading(path) as connection:
        return _damage(connection) or ReadVerbs(connection).oddities()


def damage(path: Path) -> list[str]:
    """What is wrong with its pages; empty when every one is as SQLite wrote it.

    :raises ConfigurationError: when there is none of ours that can be read.
    """
    with _reading(path) as connection:
        if next(iter(connection.execute(_OURS)))[0] == 0:
            raise ConfigurationError(f"{path} is no database of PilotBridge")
        return _damage(connection)


def first_damage(path: Path) -> str:
    """The first table found to be damaged, and how; empty when none is.

    Table by table, each a view of its own, so that the log of a running bridge can be taken in meanwhile.

    :raises ConfigurationError: when there is none that can be read.
    """
    with _reading(path) as connection:
        try:
            names = [row[0] for row in connection.execute(_TABLES)]
        except sqlite3.DatabaseError as error:  # who has it open goes on; nobody could open it anew
            if _code(error) != sqlite3.SQLITE_CORRUPT:
                raise
            return f"the list of its tables: {error}"
        for name in names:
            faults = _damage(connection, name)
            if faults:
                return f"table {name}: {faults[0].splitlines()[-1]}"
    return ""


def open_existing(path: Path) -> SqliteConnection:
    """A connection that only reads.

    :raises ConfigurationError: when there is no such file.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no database at {path}")
    return open_connection(path, read_only=True)


@contextmanager
def _reading(path: Path) -> Iterator[SqliteConnection]:
    try:
        with closing(open_existing(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise ConfigurationError(f"{path} cannot be read: {cause_and_fix(path, error)}") from error


def _damage(connection: SqliteConnection, table: str = "") -> list[str]:
    """What the slow check finds wherever the quick one finds anything.

    SQLite 3.40's quick one sees NULL in tables without rowid whose key has another order than their columns.
    """
    argument = f'("{table}")' if table else ""
    try:
        return _said(connection, f"quick_check{argument}") and _said(connection, f"integrity_check{argument}")
    except sqlite3.DatabaseError as error:
        if _code(error) != sqlite3.SQLITE_CORRUPT:
            raise
        return [str(error)]


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary code; 0 when it is not SQLite's error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _said(connection: SqliteConnection, check: str) -> list[str]:
    return [row[0] for row in connection.execute(f"PRAGMA {check}") if row[0] != "ok"]
