"""A disk that fails at some commits, in the ways in which SQLite says so."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from pilotbridge.store.sqlite import open_connection

FULL, BUSY, IO = sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR_FSYNC


class Disk:
    """Fails at some COMMITs, counted over all connections; ``is_kept``: what it says is lost is on disk."""

    def __init__(self, fails_at: Collection[int], code: int, *, is_kept: bool = False) -> None:
        self.fails_at = fails_at
        self.commits = 0
        self._code = code
        self._is_kept = is_kept

    def connect(self, path):
        return OnDisk(open_connection(path, read_only=False), self)

    def commit(self, inner) -> None:
        self.commits += 1
        fails = self.commits in self.fails_at
        if not fails or self._is_kept:
            inner.execute("COMMIT")
        if fails:
            error = sqlite3.OperationalError("the disk fails")
            error.sqlite_errorcode = self._code
            raise error


class OnDisk:
    def __init__(self, inner, disk):
        self._inner = inner
        self._disk = disk

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def execute(self, sql, params=()):
        return self._disk.commit(self._inner) if sql == "COMMIT" else self._inner.execute(sql, params)


def put_on(world, disk: Disk) -> None:
    """From now on the bridge's writer works on ``disk``."""
    world.engine._reopen()
    world.engine._connect = disk.connect
