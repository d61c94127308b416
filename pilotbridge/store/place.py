"""Whether the files of an open database are still those at its path.

SQLite goes on writing into a file that was deleted or moved away, and what it commits there is gone with the
process. This compares; it opens and mends nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

File = tuple[int, int]
"""Device and inode."""


def log_of(path: Path) -> Path:
    """The write-ahead log of the database at ``path``."""
    return path.with_name(path.name + "-wal")


def file_at(path: Path) -> File | None:
    """Which file stands there now; None when there is none.

    :raises OSError: when nobody can tell.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def why_elsewhere(path: Path, opened: File) -> str:
    """What has become of the database that was ``opened`` at ``path``; empty while it stands there."""
    found = file_at(path)
    if found == opened:
        return ""
    if found is None:
        return (
            f"{path} was deleted or moved away while the bridge runs; move it back, or copy it from "
            f"/proc/{os.getpid()}/fd with its -wal and start the bridge again"
        )
    return (
        f"another file was put in the place of {path} while the bridge runs; put the old one back, or stop "
        "the bridge and use pilotbridge db restore FILE"
    )
