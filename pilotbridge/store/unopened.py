"""What a person reads when SQLite does not open a database: the cause in plain words, and what to do.

It owns the sentences; who opens decides whether it ends there.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

_RIGHTS = (
    "this user may not read it, or not write in {folder}, as SQLite has to even to look; "
    "use the user that the bridge runs as, or give that folder and what is in it to this one"
)
_DAMAGED = "it is damaged, or no database; pilotbridge db restore FILE brings a backup back"
_LOCKED = "another program holds it locked; end that program (a backup, a database shell) and try again"
_FULL = "the disk is full; make room on that of {folder}"
_DISK = "the disk does not read or write; look at the system's log, and at limits on the size of files"

# SQLITE_PERM, READONLY, CANTOPEN, AUTH; BUSY, LOCKED; IOERR; CORRUPT, NOTADB; FULL
_SENTENCES = {
    **dict.fromkeys((3, 8, 14, 23), _RIGHTS),
    **dict.fromkeys((5, 6), _LOCKED),
    **dict.fromkeys((11, 26), _DAMAGED),
    10: _DISK,
    13: _FULL,
}


def cause_and_fix(path: Path, error: sqlite3.Error) -> str:
    """Why the database at ``path`` does not open and what to do, with SQLite's own word between."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code not in _SENTENCES:
        return f"{error}; pilotbridge doctor looks at what is around it"
    cause, _, fix = _SENTENCES[code].format(folder=path.parent).partition("; ")
    return f"{cause} (SQLite: {error}); {fix}"
