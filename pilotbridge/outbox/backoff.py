"""How long to wait before the next try: exponential with full jitter, and when a dead gateway is probed.

Pure: jitter is handed in, and nothing here waits.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilotbridge.protocols import Rng

BASE_MS = 2_000
CAP_CRITICAL_MS = 60_000
CAP_MS = 15 * 60_000
DOWN_AFTER_FAILURES = 3
DOWN_AFTER_MS = 60_000


def backoff_ms(failures: int, *, critical: bool, rng: Rng) -> int:
    """Milliseconds to wait after the given number of failures (1 or more), at least half the base."""
    cap = CAP_CRITICAL_MS if critical else CAP_MS
    ceiling = min(cap, BASE_MS * 2 ** min(failures - 1, 20))
    return int(rng.uniform(BASE_MS / 2, ceiling))


@dataclass(frozen=True, slots=True)
class Breaker:
    """Whether a gateway answers. It is *down* after 3 failures in a row, or 60 s without an answer."""

    failures: int = 0
    failing_since_ms: int = 0
    probe_at_ms: int = 0

    def down(self, now_ms: int) -> bool:
        if not self.failures:
            return False
        return self.failures >= DOWN_AFTER_FAILURES or now_ms - self.failing_since_ms >= DOWN_AFTER_MS

    def packet_limit(self, now_ms: int, limit: int) -> int:
        """How many messages may go now: all while it answers, one at a time as a probe while it does not."""
        if not self.failures:
            return limit
        # A wall clock that was set back must not keep the probe away for longer than its longest wait.
        return 1 if now_ms >= self.probe_at_ms or self.probe_at_ms - now_ms > CAP_CRITICAL_MS else 0

    def failed(self, now_ms: int, rng: Rng) -> Breaker:
        """It surely did nothing, for a reason that concerns every message: the next probe waits."""
        return self._failing(now_ms, backoff_ms(self.failures + 1, critical=True, rng=rng))

    def lost(self, now_ms: int) -> Breaker:
        """Its answer is lost: no message waits for that, but they go one at a time until it answers."""
        return self._failing(now_ms, 0)

    def _failing(self, now_ms: int, wait_ms: int) -> Breaker:
        since_ms = self.failing_since_ms if self.failures else now_ms
        return Breaker(self.failures + 1, since_ms, now_ms + wait_ms)
