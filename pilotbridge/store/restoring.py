"""Brings a copy of a database back; one that is not sound only when somebody says so.

What it replaces stays beside it. What may have been sent since then is the business of :mod:`doubting`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pilotbridge.clock import Clock, Instant
from pilotbridge.errors import ConfigurationError
from pilotbridge.protocols import Rng
from pilotbridge.store import soundness
from pilotbridge.store.copies import Progress, copy_whole, remove, sync, why_not
from pilotbridge.store.doubting import doubt_unsent
from pilotbridge.store.mending import mend
from pilotbridge.store.migrations import migrate
from pilotbridge.store.place import log_of
from pilotbridge.store.salvage import salvage
from pilotbridge.store.sql import ReadVerbs
from pilotbridge.store.sqlite import SqliteEngine, open_connection, take_lock

UNREADABLE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class Restored:
    """How many messages and posts came back in doubt, and what was wrong with the copy all the same."""

    in_doubt: int
    faults: tuple[str, ...] = ()


def restore(
    copy: Path,
    path: Path,
    *,
    clock: Clock,
    rng: Rng,
    anyway: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Restored:
    """Bring ``copy`` back as the database at ``path``; the present one stays beside it as ``.replaced.db``.

    Messages that were on their way in the copy may have been sent since: they come back in doubt. Figures are
    counted anew. One that is not sound comes back only ``anyway``; of a damaged one what can be read. Then
    nothing in it names what is lost.

    :raises ConfigurationError: when a bridge runs on ``path``, or the copy is not sound.
    """
    is_damaged = _is_damaged(copy, anyway=anyway)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(take_lock(path)):
        fresh = path.with_suffix(".restoring.db")
        remove(fresh)
        try:
            lost = _salvaged(copy, fresh) if is_damaged else []
            if not is_damaged:
                copy_whole(copy, fresh, progress)
            doubtful, faults = _make_doubtful(fresh, clock.now(), rng, mends=anyway)
            if faults and not anyway:
                raise _not_sound(copy, faults)
        except (sqlite3.Error, OSError) as error:
            remove(fresh)
            why = why_not(path, error)
            raise ConfigurationError(f"{copy} is not restored, and {path} is as it was: {why}") from error
        except BaseException:
            remove(fresh)
            raise
        if path.exists():
            _put_aside(path)
        os.replace(fresh, path)
        sync(path.parent)
    return Restored(doubtful, (*(f"rows of {name} could not be read" for name in lost), *faults))


def _is_damaged(copy: Path, *, anyway: bool) -> bool:
    """Whether pages of it are.

    :raises ConfigurationError: when they are and it is not wanted anyway, or nobody can tell.
    """
    try:
        damaged = soundness.damage(copy)
    except ConfigurationError as error:
        if _is_readable(error.__cause__):
            raise
        raise _nothing_left(copy, error.__cause__) from error
    if damaged and not anyway:
        raise _not_sound(copy, damaged)
    return bool(damaged)


def _not_sound(copy: Path, faults: list[str]) -> ConfigurationError:
    said = "; ".join([*faults[:3], *([f"and {len(faults) - 3} more"] if len(faults) > 3 else [])])
    fix = "restore an older copy, or what can be read of this one with --anyway"
    return ConfigurationError(f"{copy} is not sound and is not restored: {said}; {fix}")


def _salvaged(copy: Path, fresh: Path) -> list[str]:
    """:raises ConfigurationError: when nothing of it can be read."""
    try:
        lost = salvage(copy, fresh)
    except sqlite3.Error as error:
        if _is_readable(error):
            raise
        raise _nothing_left(copy, error) from error
    sync(fresh)
    return lost


def _is_readable(error: BaseException | None) -> bool:
    """Whether it failed by something else than what stands in the file."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF not in UNREADABLE


def _nothing_left(copy: Path, error: BaseException | None) -> ConfigurationError:
    why = f"it is damaged, or no database (SQLite: {error})"
    return ConfigurationError(f"nothing of {copy} can be read: {why}; restore an older copy")


def _make_doubtful(path: Path, now: Instant, rng: Rng, *, mends: bool) -> tuple[int, list[str]]:
    """How many came into doubt, and what contradicted itself."""
    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))
    try:
        faults = ReadVerbs(engine.connection).oddities(figures=False)
        if mends:
            mend(engine.connection.raw, now.utc_ms)
        [(count, error)] = engine.commit([lambda tx: doubt_unsent(tx, now, rng)])
        if error is not None:
            raise error
        engine.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.close()
        path.with_suffix(".lock").unlink(missing_ok=True)
    return int(count), faults


def _put_aside(path: Path) -> None:
    """The database that is replaced stays, with what its log holds, and so do those replaced before it.

    One too damaged to be opened stays as it is, its log beside it. At no moment is ``path`` empty: a
    bridge that started then would begin anew.
    """
    kept = path.with_suffix(".replaced.db")
    if kept.exists():
        earlier = next(earlier for earlier in _numbered(kept) if not earlier.exists())
        _move_log(kept, earlier)
        os.replace(kept, earlier)
    with suppress(sqlite3.Error, ConfigurationError), closing(open_connection(path, read_only=False)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try:
        os.link(path, kept)
    except OSError:  # not every file system has hard links
        os.replace(path, kept)
    _move_log(path, kept)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)


def _move_log(of: Path, to: Path) -> None:
    with suppress(FileNotFoundError):
        os.replace(log_of(of), log_of(to))


def _numbered(kept: Path) -> Iterator[Path]:
    return (kept.with_suffix(f".{number}.db") for number in count(1))
