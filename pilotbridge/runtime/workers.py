"""Threads that work in turns, and the same work driven by hand.

It knows when a turn is due and what to do when one fails; it refuses to know what the turn does.
"""

from __future__ import annotations

import threading

from pilotbridge.clock import Clock
from pilotbridge.errors import Closed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.protocols import Worker

LONGEST_REST_S = 5.0
"""Due times are UTC; looking again this often makes a wall clock that was set cost no more than that."""
AFTER_FAILURE_S = 1.0
UNHURRIED_S = 0.1
"""So long an unhurried worker rests after a turn, however often it is woken: others need the processor."""

log = get_logger(__name__)


class WorkerThread:
    """One worker on a thread of its own."""

    def __init__(self, worker: Worker, clock: Clock, *, unhurried: bool = False) -> None:
        self._worker = worker
        self._clock = clock
        self._pause_s = UNHURRIED_S if unhurried else 0.0
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=worker.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is something to do now."""
        self._woken.set()

    def stop(self) -> None:
        """Ask it to end after the present turn."""
        self._stopped.set()
        self._woken.set()

    def join(self, timeout_s: float) -> bool:
        """Whether it has ended."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            rest_s = self._turn()
            if rest_s > 0 and self._woken.wait(rest_s) and self._pause_s:
                self._stopped.wait(self._pause_s)

    def _turn(self) -> float:
        """One turn; returns seconds to rest. A failure must not end the thread: what is due stays a row."""
        try:
            due_ms = self._worker.turn()
        except Closed:
            self._stopped.set()
            return 0.0
        except TryLater as error:
            log.warning("a turn could not be finished", worker=self._worker.name, reason=error.reason)
            return AFTER_FAILURE_S
        except Exception:
            log.exception("a turn failed", worker=self._worker.name)
            return AFTER_FAILURE_S
        if due_ms is None:
            return LONGEST_REST_S
        return min((due_ms - self._clock.now_ms()) / 1000, LONGEST_REST_S)
