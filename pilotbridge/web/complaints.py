"""Says the same thing about the same source once a minute at most, so that a broken sender stays one fact.

Kept in memory only: a restart may say it again.
"""

from __future__ import annotations

from pilotbridge.clock import Clock

EVERY_MS = 60_000
MAX_SUBJECTS = 4096


class Complaints:
    """What was said lately, by subject and code."""

    def __init__(self, clock: Clock, every_ms: int = EVERY_MS) -> None:
        self._clock = clock
        self._every_ms = every_ms
        self._said_at_ms: dict[tuple[str, str], int] = {}

    def may_say(self, subject: str, code: str) -> bool:
        """Whether it is time to say it; the answer yes is remembered."""
        now_ms = self._clock.now_ms()
        said_at_ms = self._said_at_ms.get((subject, code))
        if said_at_ms is not None and 0 <= now_ms - said_at_ms < self._every_ms:
            return False
        if len(self._said_at_ms) >= MAX_SUBJECTS:
            self._said_at_ms.clear()
        self._said_at_ms[subject, code] = now_ms
        return True
