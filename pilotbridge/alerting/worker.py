"""Alerting's two workers as one, on one thread: what was taken in is looked at without waking anybody.

It owns the order of their turns and nothing else.
"""

from __future__ import annotations

from pilotbridge.protocols import Worker


class Alerting:
    """The worker ``alerting``: first ``ingest``, then ``flush``."""

    name = "alerting"

    def __init__(self, ingest: Worker, flush: Worker) -> None:
        self._workers = (ingest, flush)

    def turn(self) -> int | None:
        """Returns when the first of them has something to do again (ms UTC)."""
        dues = [worker.turn() for worker in self._workers]
        return min((due_ms for due_ms in dues if due_ms is not None), default=None)
