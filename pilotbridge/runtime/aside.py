"""A thread for long work that may wait for everybody: it gets what processor the others leave.

Nobody waits for it, not even the end of the process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from threading import Thread, get_native_id

from pilotbridge.errors import PilotBridgeError
from pilotbridge.logs import get_logger

LAST = 19

log = get_logger(__name__)


def do_aside(name: str, work: Callable[[], object]) -> None:
    """Begin ``work`` and return; what it raises is a line of the log."""

    def run() -> None:
        with suppress(OSError):  # where threads have no rank of their own it takes its turn like all
            os.setpriority(os.PRIO_PROCESS, get_native_id(), LAST)
        try:
            work()
        except PilotBridgeError as error:
            log.warning("what was done aside came to nothing", work=name, cause=error.reason)

    Thread(target=run, name=name, daemon=True).start()
