"""Copies of a database, also beside a running bridge: each is there whole, or not at all.

It decides nothing about what is in them.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from pilotbridge.errors import ConfigurationError
from pilotbridge.store.soundness import open_existing
from pilotbridge.store.unopened import cause_and_fix

PAGES = 256

Progress = Callable[[int, int], None]
"""Called with the pages done and the pages in all."""


def backup(source: Path, target: Path, *, progress: Progress = lambda _done, _all: None) -> None:
    """Copy a database, also beside a running bridge; ``target`` appears whole or not at all.

    :raises ConfigurationError: when ``source`` is no database, or ``target`` exists or cannot be written.
    """
    if target.exists():
        raise ConfigurationError(f"{target} exists already; a backup overwrites nothing")
    with _named(source, "cannot be copied", target):
        copy_whole(source, target, progress)


def copy_whole(source: Path, target: Path, progress: Progress) -> None:
    """Copy page by page into a file beside ``target``, then give it its name."""
    part = target.with_name(target.name + ".part")
    remove(part)
    try:
        with closing(open_existing(source)) as from_, closing(sqlite3.connect(part)) as to:
            part.chmod(0o600)
            from_.raw.backup(to, pages=PAGES, progress=lambda _, left, all_: progress(all_ - left, all_))
            to.execute("PRAGMA journal_mode = DELETE")
        sync(part)
        os.replace(part, target)
    except BaseException:
        remove(part)  # of a disk that is full it has what was left
        raise
    sync(target.parent)


@contextmanager
def _named(path: Path, what: str, target: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise ConfigurationError(f"{path} {what}: {why_not(target, error)}") from error


def why_not(target: Path, error: sqlite3.Error | OSError) -> str:
    """``target`` is what was to be written, and so what there may be no room for."""
    return cause_and_fix(target, error) if isinstance(error, sqlite3.Error) else str(error)


def remove(path: Path) -> None:
    """A database with all that SQLite keeps beside it."""
    for tail in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + tail).unlink(missing_ok=True)


def sync(path: Path) -> None:
    """A file or a folder is on disk when this returns, where the file system says when."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # a folder cannot be synced on every file system
            os.fsync(handle)
    finally:
        os.close(handle)
