"""When updates do not come in: how long to rest, and when people must hear of it."""

from __future__ import annotations

from collections.abc import Callable

from pilotbridge import Bridge, PilotBridgeError, Severity, Trouble, TryLater

FETCHING, CONFLICT, TOKEN = "ChatUpdatesFailing", "ChatConflict", "ChatTokenRefused"
SAID_AFTER_S = 300.0
FIRST_REST_S, LONGEST_REST_S, SLOW_REST_S = 1.0, 60.0, 30.0


class Failing:
    """The failures in a row of one bot's fetching."""

    def __init__(self, name: str, bridge: Bridge, jitter: Callable[[float, float], float]) -> None:
        self._name = name
        self._bridge = bridge
        self._jitter = jitter
        self._log = bridge.log()
        self._in_a_row = 0
        self._since_s = 0.0

    def failed(self, error: PilotBridgeError, *, trouble: str = "") -> float:
        """One more; ``trouble`` names what people hear of at once. Returns the seconds to rest."""
        now_s = self._bridge.clock.steady_s()
        if not self._in_a_row:
            self._since_s = now_s
        self._in_a_row += 1
        self._log.warning(
            "updates could not be fetched", chat=self._name, reason=error.reason, in_a_row=self._in_a_row
        )
        if trouble:
            self._raise(trouble, error.reason)
        elif now_s - self._since_s >= SAID_AFTER_S:
            minutes = int((now_s - self._since_s) // 60)
            self._raise(FETCHING, f"nothing has come in from {self._name} for {minutes} min: {error.reason}")
        left_s = self._since_s + SAID_AFTER_S - now_s
        rest_s = self._rest_s(slow=bool(trouble))
        return max(min(rest_s, left_s) if left_s > 0 else rest_s, _asked_s(error))

    def over(self) -> None:
        """It works; whatever was said is taken back."""
        self._in_a_row = 0
        for trouble in (FETCHING, CONFLICT, TOKEN):
            self._bridge.clear_trouble(trouble, self._name)

    def _rest_s(self, *, slow: bool) -> float:
        longest_s = min(FIRST_REST_S * 2 ** min(self._in_a_row - 1, 10), LONGEST_REST_S)
        return SLOW_REST_S if slow else self._jitter(longest_s / 2, longest_s)

    def _raise(self, trouble: str, summary: str) -> None:
        self._bridge.raise_trouble(Trouble(trouble, self._name, summary, Severity.CRITICAL))


def _asked_s(error: PilotBridgeError) -> float:
    """How long Telegram asked us to wait."""
    after = error.after if isinstance(error, TryLater) else None
    return after.total_seconds() if after else 0.0
