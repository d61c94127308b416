"""One turn of a sender inside its transaction: what it may ask and change, and what it has moved so far.

It holds no rule of its own; the rooms beside it (sweeping, claiming) decide by what stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import MessageId
from pilotbridge.outbox.fleet import Fleet, SendingRules, Standing
from pilotbridge.outbox.pausing import paused
from pilotbridge.outbox.postage import Postage
from pilotbridge.outbox.settling import Settlement, Terms
from pilotbridge.protocols import Meter, Rng
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import Move, OutboxRow

SWEEP = 500
"""How many rows one transaction looks at, so that others get their turn."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What one sender works with for as long as it lives."""

    gateway: str
    max_packet: int
    fleet: Fleet
    postage: Callable[[], Postage]
    rng: Rng
    meter: Meter

    @property
    def rules(self) -> SendingRules:
        return self.fleet.rules[self.gateway]

    @property
    def standing(self) -> Standing:
        return self.fleet.standing(self.gateway)

    def terms(self, now_ms: int) -> Terms:
        """What :func:`~pilotbridge.outbox.settling.settle` has to know just now."""
        successor = self.fleet.successor(self.gateway)
        return Terms(
            self.gateway,
            self.rules.window,
            self.rules.landing,
            successor=successor,
            successor_sender=self.fleet.rules[successor].sender if successor else "",
            down=self.standing.breaker.down(now_ms),
            first_check_ms=int(self.rules.status_every.total_seconds() * 1000),
        )


@dataclass(slots=True)
class Turn:
    """One transaction. ``paused`` is the kill switch's reason; ``due`` what :meth:`look` has found."""

    tx: WriteVerbs
    sender: Sender
    now: Instant
    epoch: int
    moved: list[MessageId] = field(default_factory=list)
    handed_to: set[str] = field(default_factory=set)
    due: frozenset[State] = frozenset()
    paused: str = field(init=False)
    terms: Terms = field(init=False)

    def __post_init__(self) -> None:
        self.paused = paused(self.tx)
        self.terms = self.sender.terms(self.now.utc_ms)

    @property
    def now_ms(self) -> int:
        return self.now.utc_ms

    @property
    def gateway(self) -> str:
        return self.sender.gateway

    def look(self) -> None:
        """Find out with one question what of sent, held and doubtful messages is due; mostly nothing is."""
        due = self.tx.due_states(self.gateway, self.now_ms)
        # A lease that has run out makes doubt, which is settled in the same turn.
        self.due = frozenset(due | {State.IN_DOUBT} if State.SENDING in due else due)

    def all_due(self, state: State) -> list[OutboxRow]:
        """The due messages of one of these states, critical ones first."""
        if state not in self.due:
            return []
        return self.tx.all_due(state, self.gateway, now_ms=self.now_ms, limit=SWEEP)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Put the ends of attempts on disk, and their moves unless something else settled a row meanwhile."""
        self.tx.end_attempts(each.end for each in settlements)
        for each, is_moved in zip(settlements, self.moves([each.move for each in settlements]), strict=True):
            if not is_moved and each.move.event is Event.ACCEPT:
                # A callback was faster than the answer; the answer still knows parts and price.
                self.tx.complete_receipt(each.move)

    def move(self, move: Move) -> bool:
        """Apply one move; False when the row has changed since it was read."""
        return self.moves([move])[0]

    def moves(self, moves: Sequence[Move]) -> list[bool]:
        """As :meth:`move`, for each of ``moves``."""
        done = self.tx.moves(moves, self.now_ms) if moves else []
        for move in compress(moves, done):
            self.moved.append(move.id)
            if gateway := move.sets.get("gateway"):
                self.handed_to.add(str(gateway))
        return done

    def lapse(self, row: OutboxRow) -> None:
        self.move(Move(row.id, row.revision, row.state, Event.LAPSE, "too old to be of use"))

    def hold(self, row: OutboxRow, cause: str, reason: str, again_ms: int) -> None:
        due_ms = min(again_ms, row.lapses_at_ms)
        self.move(Move(row.id, row.revision, row.state, Event.HOLD, reason, due_ms, cause))
