"""Gets out of a damaged database whatever can be read, row by row, into a new one.

Indexes, views and triggers are made anew; which tables have lost rows is said. It refuses to guess at rows;
what named those that are lost is :mod:`mending`'s business.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_UNIQUE = "SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE UNIQUE %'"
_OTHERS = "SELECT sql FROM sqlite_master WHERE type <> 'table' AND sql NOT LIKE 'CREATE UNIQUE %'"


def salvage(damaged: Path, target: Path) -> list[str]:
    """Write what can be read of ``damaged`` into the new file ``target``; returns the tables that lost rows.

    :raises sqlite3.Error: when not even the names of its tables can be read.
    """
    with (
        closing(sqlite3.connect(damaged.absolute().as_uri() + "?mode=ro", uri=True)) as from_,
        closing(sqlite3.connect(target, isolation_level=None)) as to,
    ):
        target.chmod(0o600)
        tables = from_.execute(_TABLES).fetchall()
        to.execute("BEGIN")
        for sql in [*(sql for _, sql in tables), *_column(from_, _UNIQUE)]:
            to.execute(sql)
        cut = [name for name, _ in tables if not _copy_rows(from_, to, name)]
        for sql in _column(from_, _OTHERS):
            to.execute(sql)
        [(version,)] = from_.execute("PRAGMA user_version")
        to.execute(f"PRAGMA user_version = {version}")
        to.execute("COMMIT")
    return cut


def _column(from_: sqlite3.Connection, select: str) -> list[str]:
    return [row[0] for row in from_.execute(select)]


def _copy_rows(from_: sqlite3.Connection, to: sqlite3.Connection, table: str) -> bool:
    """Whether all rows could be read: from the first to the fault, then from the last back to it."""
    # What is generated is reckoned anew.
    names = [row[1] for row in from_.execute(f'PRAGMA table_xinfo("{table}")') if row[6] == 0]
    columns = ", ".join(f'"{name}"' for name in names)
    add = f'INSERT OR IGNORE INTO "{table}" ({columns}) VALUES ({", ".join("?" * len(names))})'
    select = f'SELECT {columns} FROM "{table}" NOT INDEXED'
    if _copy_until_fault(to, add, _rows(from_, select)):
        return True
    _copy_until_fault(to, add, _rows(from_, f"{select} ORDER BY {_key(from_, table)} DESC"))
    return False


def _copy_until_fault(to: sqlite3.Connection, add: str, rows: Iterator[tuple[object, ...]]) -> bool:
    """Whether all could be read, and their table takes each: one that it does not take is damaged, too."""
    is_whole = True
    while True:
        try:
            row = next(rows, None)
        except sqlite3.DatabaseError:
            return False
        if row is None:
            return is_whole
        is_whole = to.execute(add, row).rowcount == 1 and is_whole


def _rows(from_: sqlite3.Connection, select: str) -> Iterator[tuple[object, ...]]:
    yield from from_.execute(select)


def _key(from_: sqlite3.Connection, table: str) -> str:
    """The order in which a table lies in its file."""
    try:
        from_.execute(f'SELECT rowid FROM "{table}" LIMIT 0')
    except sqlite3.Error:
        keys = sorted((row[5], row[1]) for row in from_.execute(f'PRAGMA table_xinfo("{table}")') if row[5])
        return " DESC, ".join(f'"{name}"' for _, name in keys)
    return "rowid"
