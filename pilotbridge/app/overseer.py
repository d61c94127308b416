"""Who notices that a worker fails turn after turn: a Trouble, and no heartbeat while it lasts.

What is due stays a row whatever a turn raises; this says aloud that nobody gets to it. It mends nothing.
"""

from __future__ import annotations

from pilotbridge.alerting.troubles import Troubles
from pilotbridge.errors import Closed, TryLater
from pilotbridge.model import Severity, Trouble
from pilotbridge.protocols import Worker

FAILING, FAILURES = "WorkerFailing", 3


class Overseer:
    """Looks over the shoulder of each worker it is given."""

    def __init__(self, troubles: Troubles) -> None:
        self._troubles = troubles
        self._failing: dict[str, str] = {}

    def over(self, worker: Worker) -> Worker:
        """The same worker, overseen."""
        return _Overseen(worker, self)

    def why(self) -> str:
        """Which workers get nothing done, and what they raise; empty: none."""
        return "; ".join([*self._failing.values()])

    def failed(self, worker: str, error: Exception) -> None:
        """It has failed as often in a row as nobody fails by chance."""
        why = f"worker {worker} fails every turn, and what it should do waits: {type(error).__name__}"
        self._failing[worker] = why
        self._troubles.raise_trouble(Trouble(FAILING, worker, why, Severity.CRITICAL))

    def works(self, worker: str) -> None:
        """It gets something done again."""
        if self._failing.pop(worker, None):
            self._troubles.clear(FAILING, worker)


class _Overseen:
    """Passes every turn on, and counts those in a row that failed. A store that is away is no fault of it."""

    def __init__(self, worker: Worker, overseer: Overseer) -> None:
        self._worker = worker
        self._overseer = overseer
        self._failures = 0

    @property
    def name(self) -> str:
        return self._worker.name

    def turn(self) -> int | None:
        try:
            due_ms = self._worker.turn()
        except (TryLater, Closed):
            raise
        except Exception as error:
            self._failures += 1
            if self._failures >= FAILURES:
                self._overseer.failed(self.name, error)
            raise
        if self._failures:
            self._failures = 0
            self._overseer.works(self.name)
        return due_ms
