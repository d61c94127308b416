"""Bodies on their way into the alert tables: those kept in mind, those offered, and the rest in the journal.

Safe from any thread. It owns which come next; it refuses to read them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock

from pilotbridge.model import JournalId, Parsed
from pilotbridge.protocols import Arrived
from pilotbridge.store.records import Body

ALERTS_PER_TURN = 2_000
KEPT_IN_MIND_MAX = 20_000
FLOOD_ALERTS, ENOUGH_ALERTS, GATHER_MS = 64, 800, 40
"""After a turn of so many that told nobody, what follows gathers: until there are enough, or for so long."""
OFFERED_MAX = 48
"""Alerts: what has to be worded before anybody hears that it is kept should be worded within a moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """Bodies that are not in the journal yet, to be kept and taken in by one transaction.

    ``answer`` has their numbers once they are on disk; None: they are not taken, and whoever offered them
    keeps them alone. It fails when the store takes nothing. Whoever offered them may take them back before.
    """

    bodies: Sequence[tuple[Body, Parsed]]
    answer: Future[list[JournalId] | None] = field(default_factory=Future)

    @property
    def alerts(self) -> int:
        return sum(body.alerts for body, _ in self.bodies)


class Arrivals:
    """What waits to be taken in."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._in_mind: deque[Arrived] = deque()
        self._alerts_in_mind = 0
        self._is_full = False
        self._is_behind = False
        self._offer: Offer | None = None
        self._taken = 0
        self._gathers_until_ms: int | None = None

    @property
    def are_in_the_table(self) -> bool:
        """Whether the journal has some that nobody keeps in mind."""
        with self._lock:
            return self._is_behind or self._is_full

    def due_ms(self, now_ms: int) -> int | None:
        """When the next are to be taken in; None: there are none."""
        with self._lock:
            if self._is_behind or self._is_full or self._offer is not None:
                return now_ms
            if self._gathers_until_ms is not None and self._alerts_in_mind < ENOUGH_ALERTS:
                return self._gathers_until_ms
            return now_ms if self._in_mind else None

    # -- what comes in ---------------------------------------------------------------------------

    def keep_in_mind(self, arrived: Sequence[Arrived]) -> bool:
        """Spare reading these bodies again; whether somebody should look at them now.

        When too many wait, more are read later.
        """
        with self._lock:
            for body in arrived:
                self._is_full = self._is_full or self._alerts_in_mind >= KEPT_IN_MIND_MAX
                if self._is_full:
                    return True
                self._in_mind.append(body)
                self._alerts_in_mind += len(body.parsed.alerts)
            return self._gathers_until_ms is None or self._alerts_in_mind >= ENOUGH_ALERTS

    def read_the_table(self) -> None:
        """What is kept in mind is gone or not enough; the rows are all there."""
        with self._lock:
            self._is_behind = True

    def accepts(self, offer: Offer) -> bool:
        """Take ``offer`` on for the next turn, if it is small and nothing is before it."""
        if offer.alerts > OFFERED_MAX or any(body.once is not None for body, _ in offer.bodies):
            return False
        with self._lock:
            if self._is_behind or self._is_full or self._in_mind or self._offer is not None:
                return False
            self._offer = offer
            return True

    # -- what is next ----------------------------------------------------------------------------

    def next_offer(self) -> Offer | None:
        """What is offered and was not taken back; from now on it cannot be."""
        with self._lock:
            offer, self._offer = self._offer, None
        return offer if offer is not None and offer.answer.set_running_or_notify_cancel() else None

    def next_in_mind(self, now_ms: int) -> list[Arrived] | None:
        """Bodies for one turn, none while they gather; None when the table must be read instead.

        It holds older ones while this is behind, and newer ones when not all could be kept in mind.
        """
        found: list[Arrived] = []
        alerts = 0
        with self._lock:
            if self._is_behind or (self._is_full and not self._in_mind):
                return None
            if self._gathers_until_ms is not None:
                # Longer than that it lasts only by a clock that was set back meanwhile.
                left_ms = self._gathers_until_ms - now_ms
                if 0 < left_ms <= GATHER_MS and self._alerts_in_mind < ENOUGH_ALERTS:
                    return found
                self._gathers_until_ms = None
            while self._in_mind and alerts < ALERTS_PER_TURN:
                found.append(self._in_mind.popleft())
                alerts += len(found[-1].parsed.alerts)
            self._alerts_in_mind -= alerts
            self._taken = alerts
        return found

    def nobody_waits(self, now_ms: int) -> None:
        """Nobody was told of those of this turn: when there were many, those that follow may gather."""
        with self._lock:
            if self._taken >= FLOOD_ALERTS:
                self._gathers_until_ms = now_ms + GATHER_MS
            self._taken = 0

    def forget(self) -> None:
        """The table is read now: what was kept in mind so far is among the rows that follow."""
        with self._lock:
            self._in_mind.clear()
            self._alerts_in_mind, self._is_full = 0, False

    def were_read(self, *, are_all: bool) -> None:
        """The table was read, whole or in part."""
        with self._lock:
            self._is_behind = not are_all
