"""How long to wait before the next try: exponential with full jitter, and when a dead gateway is probed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pilotbridge.protocols import Rng

BASE_MS = 2_000
CAP_CRITICAL_MS = 60_000
CAP_MS = 15 * 60_000
DOWN_AFTER_FAILURES = 3
DOWN_AFTER_MS = 60_000


def backoff_ms(failures: int, *, critical: bool, rng: Rng) -> int:
    """Milliseconds to wait after the given number of failures (1 or more)."""
    cap = CAP_CRITICAL_MS if critical else CAP_MS
    ceiling = min(cap, BASE_MS * 2 ** min(failures - 1, 20))
    return int(rng.uniform(ceiling / 2, ceiling)) if failures == 1 else int(rng.uniform(BASE_MS, ceiling))


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
        """How many messages may go now: all while it answers, one at a time as a probe while it is down."""
        if not self.failures:
            return limit
        return 1 if now_ms >= self.probe_at_ms else 0

    def failed(self, now_ms: int, rng: Rng) -> Breaker:
        """A failure that concerns the gateway, not one message."""
        failures = self.failures + 1
        since = self.failing_since_ms if self.failures else now_ms
        wait = backoff_ms(failures, critical=True, rng=rng)
        return Breaker(failures, since, now_ms + wait)

    def answered(self) -> Breaker:
        return replace(self, failures=0, failing_since_ms=0, probe_at_ms=0)
