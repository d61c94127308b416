"""Alerting's two workers as one, on one thread: what was taken in is looked at without waking anybody.

It owns the order of their turns and nothing else.
"""

from __future__ import annotations

from pilotbridge.alerting.flush import Flush
from pilotbridge.alerting.ingest import Ingest
from pilotbridge.clock import Clock

LINGER_MAX_MS = 10


def linger_ms(bodies: int) -> int:
    """How long to let bodies gather after a turn that took in so many.

    Nothing when one was all there was. Under load a turn costs as much for ten as for two, so that waiting
    a little, half a millisecond a body, is what keeps everybody's wait short.
    """
    return min(bodies // 2, LINGER_MAX_MS)


class Alerting:
    """The worker ``alerting``: first ``ingest``, then ``flush``."""

    name = "alerting"

    def __init__(self, ingest: Ingest, flush: Flush, clock: Clock) -> None:
        self._ingest = ingest
        self._flush = flush
        self._clock = clock
        self._gathers_until_boot_ms = 0

    def turn(self) -> int | None:
        """Returns when one of them has something to do again (ms UTC)."""
        now = self._clock.now()
        if (left_ms := self._gathers_until_boot_ms - now.boot_ms) > 0:
            return now.utc_ms + left_ms
        dues = [self._ingest.turn(), self._flush.turn()]
        self._gathers_until_boot_ms = self._clock.boot_ms() + linger_ms(self._ingest.last_taken_in)
        return min((due_ms for due_ms in dues if due_ms is not None), default=None)
