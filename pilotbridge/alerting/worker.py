"""Alerting's two workers as one, on one thread: what was taken in is looked at without waking anybody.

It owns the order of their turns and nothing else.
"""

from __future__ import annotations

from pilotbridge.alerting.flush import Flush
from pilotbridge.alerting.ingest import Ingest


class Alerting:
    """The worker ``alerting``: first ``ingest``, then ``flush``."""

    name = "alerting"

    def __init__(self, ingest: Ingest, flush: Flush) -> None:
        self._ingest = ingest
        self._flush = flush

    def turn(self) -> int | None:
        """Returns when one of them has something to do again (ms UTC)."""
        dues = [self._ingest.turn(), self._flush.turn()]
        return min((due_ms for due_ms in dues if due_ms is not None), default=None)
