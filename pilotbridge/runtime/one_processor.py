"""The bridge's threads on one processor: they take turns by Python's lock anyway.

Handed from one processor to another, that lock costs an interrupt and cold caches every time (figures: in
docs/decisions.md). It owns where threads run; it refuses to know what they do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OF_THIS_THREAD = Path("/proc/thread-self/stat")
_PROCESSOR = 36
"""The 39th field of that file (proc(5)), counted from behind the name, which may hold anything."""


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Keep this thread, and each one that is started from it, where this one runs just now.

    Afterwards this thread may go where it could before. Nothing happens where the system has no such call.
    """
    try:
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {_processor()} & allowed or allowed)
    except (AttributeError, OSError, ValueError, IndexError):
        yield
        return
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _processor() -> int:
    _, _, behind = _OF_THIS_THREAD.read_text("ascii", "replace").rpartition(") ")
    return int(behind.split()[_PROCESSOR])
