"""What a sender says aloud about its gateway: down, closed to us, or speaking of errors nobody knows.

Each Trouble clears by the answer that proves it over; nothing here changes what is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotbridge.model import Severity, Trouble
from pilotbridge.outbox.fleet import Standing
from pilotbridge.protocols import Accepted, Outcome, Troubles, Withheld

DOWN, REFUSES, UNKNOWN_CODE = "GatewayDown", "GatewayRefuses", "GatewayErrorUnknown"
_OUR_FAULT = frozenset({"configuration", "request", "blocked", "balance"})


class Complaints:
    """The Troubles of one gateway account."""

    def __init__(self, gateway: str, troubles: Troubles) -> None:
        self._gateway = gateway
        self._troubles = troubles

    def tell(self, outcomes: Sequence[Outcome], standing: Standing, now_ms: int) -> None:
        """What one packet's outcomes say about the gateway."""
        if standing.breaker.down(now_ms):
            self._raise(DOWN, f"sending by {self._gateway} fails: {_reason(outcomes[0])}")
        elif not standing.breaker.failures:
            self._troubles.clear(DOWN, self._gateway)
        for outcome in outcomes:
            if isinstance(outcome, Withheld):
                self._withheld(outcome)
        if any(isinstance(outcome, Accepted) for outcome in outcomes):
            self._accepts(outcomes)

    def _withheld(self, outcome: Withheld) -> None:
        if outcome.cause in _OUR_FAULT:
            fix = "mend that there or in its block; pilotbridge check --online tells when it is well"
            self._raise(REFUSES, f"{self._gateway} takes no messages: {outcome.reason}; {fix}")
        else:
            self._raise(UNKNOWN_CODE, f"{outcome.reason}; messages wait: pilotbridge messages list --stuck")

    def _accepts(self, outcomes: Sequence[Outcome]) -> None:
        if not any(isinstance(outcome, Withheld) for outcome in outcomes):
            self._troubles.clear(REFUSES, self._gateway)
            self._troubles.clear(UNKNOWN_CODE, self._gateway)

    def _raise(self, name: str, summary: str) -> None:
        self._troubles.raise_trouble(Trouble(name, self._gateway, summary, Severity.CRITICAL))


def _reason(outcome: Outcome) -> str:
    return getattr(outcome, "reason", "") or "no reason given"
