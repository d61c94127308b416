"""Says aloud that the disk below the store fills up, while there is still room to say it in.

It looks and tells; what the store does on a full disk is ``sqlite``'s.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pilotbridge.model import Severity, Trouble
from pilotbridge.protocols import Troubles

LOW, WHAT = "DiskLow", "store"
FREE_MIN_MIB = 64
"""SQLite needs room to write a transaction down, and for a log of up to 16 MiB beside the database."""
FREE_AGAIN_MIB = 96
"""More than the least, or a disk that sways about it would be told of again and again."""


def free_mib(folder: Path) -> int:
    """:raises OSError: when nobody can tell."""
    return shutil.disk_usage(folder).free >> 20


def tell_room(folder: Path, troubles: Troubles, *, free: Callable[[Path], int] = free_mib) -> None:
    """Raise or clear the Trouble about the disk that ``folder`` is on."""
    try:
        left_mib = free(folder)
    except OSError:
        return  # whoever writes there hears why
    if left_mib >= FREE_AGAIN_MIB:
        troubles.clear(LOW, WHAT)
    elif left_mib < FREE_MIN_MIB:
        summary = (
            f"{left_mib} MiB are left on the disk of {folder}; when it is full, senders hear 503 and nothing "
            "is sent: make room, or move bridge.data_dir"
        )
        troubles.raise_trouble(Trouble(LOW, WHAT, summary, Severity.CRITICAL))
