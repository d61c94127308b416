"""From the outbox to the gateway: claim, submit, settle. The intent is on disk before the first byte leaves.

One :class:`Dispatch` per gateway account, driven by one thread. It knows no HTTP and no SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pilotbridge.clock import Clock, Instant
from pilotbridge.errors import TryLater
from pilotbridge.lifecycle import State
from pilotbridge.model import MessageId
from pilotbridge.outbox import sweeping
from pilotbridge.outbox.adopting import adopt
from pilotbridge.outbox.backoff import Breaker
from pilotbridge.outbox.claiming import Claimed, claim, why_overslept
from pilotbridge.outbox.complaints import Complaints
from pilotbridge.outbox.fleet import PROBE_EVERY_MS, Closure, Fleet, Standing
from pilotbridge.outbox.postage import Postage
from pilotbridge.outbox.settling import OF_THE_ACCOUNT, Settlement, settle
from pilotbridge.outbox.turn import Sender, Turn
from pilotbridge.protocols import (
    Deferred,
    Gateway,
    Lost,
    Meter,
    Outcome,
    OutgoingSms,
    Rng,
    Submitted,
    Troubles,
    Withheld,
)
from pilotbridge.store.protocol import Store, WriteVerbs
from pilotbridge.store.records import OutboxRow

IDLE_MS = 60_000
LINGER_MAX_MS = 4


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction came to: a packet to submit, or when to come back."""

    claimed: Claimed | None
    due_ms: int | None
    moved: tuple[MessageId, ...]
    handed_to: tuple[str, ...]


def linger_ms(packet_size: int, limit: int) -> int:
    """How long to let messages gather after a packet of that size.

    Nothing when a few were all there was; nothing when more than a packet waits anyway. What is told of
    comes in commits that have gathered already: it is worth little to wait for a second one.
    """
    return 0 if packet_size >= limit else min(packet_size // 4, LINGER_MAX_MS)


class Dispatch:
    """The sender of one gateway account."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        fleet: Fleet,
        *,
        postage: Callable[[], Postage],
        clock: Clock,
        rng: Rng,
        meter: Meter,
        on_settled: Callable[[Sequence[MessageId]], None],
        troubles: Troubles | None = None,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._sender = Sender(gateway.name, gateway.max_packet, fleet, postage, rng, meter)
        self._clock = clock
        self._on_settled = on_settled
        self._complaints = Complaints(gateway.name, troubles) if troubles else None
        self._unsettled: list[Settlement] = []
        self._reopened = False
        self._gathers_until_boot_ms = 0

    @property
    def name(self) -> str:
        return f"sender-{self._gateway.name}"

    @property
    def standing(self) -> Standing:
        return self._sender.standing

    def turn(self) -> int | None:
        """Settle the packet before, claim the next one, submit it; returns when to come back (ms UTC)."""
        now = self._clock.now()
        if (left_ms := self._gathers_until_boot_ms - now.boot_ms) > 0:
            return now.utc_ms + left_ms
        settled, reopened = self._unsettled, self._reopened
        step = self._store.write(lambda tx: self._step(tx, settled, now, reopened=reopened)).result()
        self._unsettled, self._reopened = [], False
        try:
            self._tell(step)
        finally:  # whatever a listener raises, what was claimed goes: nobody else would know that it did not
            due_ms = self._send(step.claimed) if step.claimed else step.due_ms
        return due_ms

    def finish(self) -> None:
        """Before the store closes: put the last packet's outcome on disk."""
        now, settled = self._clock.now(), self._unsettled
        if settled:
            self._store.write(lambda tx: self._turn(tx, now).settle(settled)).result()
            self._unsettled = []

    def recover(self) -> int:
        """At start: what an earlier owner was sending may have been sent; returns how many that were."""
        now, fleet = self._clock.now(), self._sender.fleet

        def job(tx: WriteVerbs) -> int:
            adopt(tx, fleet, now)
            return sweeping.lose_all(self._turn(tx, now))

        return self._store.write(job).result()

    # -- one transaction -------------------------------------------------------------------------

    def _turn(self, tx: WriteVerbs, now: Instant) -> Turn:
        return Turn(tx, self._sender, now, self._store.epoch)

    def _step(self, tx: WriteVerbs, settled: Sequence[Settlement], now: Instant, *, reopened: bool) -> Step:
        turn = self._turn(tx, now)
        turn.settle(settled)
        if reopened:
            tx.hasten_messages(self._gateway.name, now.utc_ms)
            sweeping.release_account(turn)
        turn.look()
        sweeping.lose_expired(turn)
        more = sweeping.look_at_held(turn)
        sweeping.settle_doubt(turn)
        claimed, moved_aside = claim(turn)
        more = bool(sweeping.hand_over(turn)) or moved_aside or more
        due_ms = now.utc_ms if more or claimed else self._next_due(turn)
        return Step(claimed, due_ms, tuple(dict.fromkeys(turn.moved)), tuple(sorted(turn.handed_to)))

    def _next_due(self, turn: Turn) -> int | None:
        """When something of ours has to be looked at; what is due and may not go yet is looked at later."""
        queued_ms = turn.tx.next_queued_due(turn.gateway)
        if queued_ms is None and turn.tx.next_message_due(State.QUEUED, turn.gateway) is not None:
            queued_ms = turn.now_ms + IDLE_MS  # each waits for its predecessor
        waiting = [queued_ms, turn.tx.next_unfinished_due(turn.gateway)]
        due_ms = min((at_ms for at_ms in waiting if at_ms is not None), default=None)
        if due_ms is None or due_ms > turn.now_ms:
            return due_ms
        probe_ms = self.standing.breaker.probe_at_ms
        return probe_ms if probe_ms > turn.now_ms else turn.now_ms + IDLE_MS

    def _tell(self, step: Step) -> None:
        if step.moved:
            self._on_settled(step.moved)
        for gateway in step.handed_to:
            self._sender.fleet.wake(gateway)

    # -- the wire --------------------------------------------------------------------------------

    def _send(self, claimed: Claimed) -> int:
        """Hand a packet over, unless it may not go any more; then it is settled as what surely did not go."""
        try:
            if not self._owns():
                return claimed.started.utc_ms
        except TryLater as error:
            return self._keep_back(claimed, f"not sent: {error.reason}")
        now = self._clock.now()
        rules, terms = self._sender.rules, self._sender.terms(now.utc_ms)
        why = why_overslept(claimed, now, terms, rules.lease)
        return self._keep_back(claimed, why) if why else self._submit(claimed)

    def _keep_back(self, claimed: Claimed, why: str) -> int:
        now, outcome = self._clock.now(), Deferred(why, counts=False)
        terms, rng = self._sender.terms(now.utc_ms), self._sender.rng
        self._unsettled = [settle(row, outcome, claimed.started, now, terms, rng) for row in claimed.rows]
        return now.utc_ms

    def _owns(self) -> bool:
        """Whether the database is still ours: who slept since the claim may have been taken over meanwhile.

        When it is not, the row is its new owner's, and our next write says so and ends this process.
        """
        with self._store.read() as read:
            return read.epoch() == self._store.epoch

    def _submit(self, claimed: Claimed) -> int:
        submitted = self._gateway.submit([self._outgoing(row) for row in claimed.rows])
        now = self._clock.now()
        outcomes = [self._outcome(row, submitted) for row in claimed.rows]
        terms = self._sender.terms(now.utc_ms)
        self._unsettled = [
            settle(row, outcome, claimed.started, now, terms, self._sender.rng)
            for row, outcome in zip(claimed.rows, outcomes, strict=True)
        ]
        self._judge_gateway(outcomes, submitted, now.utc_ms)
        wait_ms = linger_ms(len(claimed.rows), self._gateway.max_packet)
        self._gathers_until_boot_ms = now.boot_ms + wait_ms
        return now.utc_ms + wait_ms

    def _outgoing(self, row: OutboxRow) -> OutgoingSms:
        rules = self._sender.rules
        return OutgoingSms(
            client_id=rules.client_id(row.id),
            to=row.recipient,
            text=row.text,
            sender=row.sender,
            ttl_min=row.ttl_min,
            callback=rules.callback(row.id),
        )

    def _outcome(self, row: OutboxRow, submitted: Submitted) -> Outcome:
        missing = Lost("the gateway's answer has no entry for this message")
        return submitted.outcomes.get(self._sender.rules.client_id(row.id), missing)

    # -- what the answer says of the gateway -----------------------------------------------------

    def _judge_gateway(self, outcomes: Sequence[Outcome], submitted: Submitted, now_ms: int) -> None:
        standing, meter = self.standing, self._sender.meter
        for settlement in self._unsettled:
            meter.count("attempts", outcome=settlement.end.outcome, gateway=self._gateway.name)
        before = self._open_for_all()
        if submitted.balance_rub is not None:
            standing.balance_rub = submitted.balance_rub
            meter.gauge("balance_rub", float(submitted.balance_rub), gateway=self._gateway.name)
        if all(settlement.gateway_failed for settlement in self._unsettled):
            self._judge_silence(outcomes, now_ms)
        else:
            standing.breaker, standing.closure = Breaker(), _closure(outcomes, now_ms)
        self._reopened = self._open_for_all() and not before
        if self._complaints is not None:
            self._complaints.tell(outcomes, standing, now_ms)

    def _judge_silence(self, outcomes: Sequence[Outcome], now_ms: int) -> None:
        standing = self.standing
        lost = all(isinstance(outcome, Lost) for outcome in outcomes)
        standing.breaker = (
            standing.breaker.lost(now_ms) if lost else standing.breaker.failed(now_ms, self._sender.rng)
        )

    def _open_for_all(self) -> bool:
        return self.standing.takes_messages and not self.standing.is_below(self._sender.rules.reserve_rub)


def _closure(outcomes: Sequence[Outcome], now_ms: int) -> Closure | None:
    """The account is closed when every message of a packet was withheld for a cause that concerns it."""
    first = outcomes[0]
    if not isinstance(first, Withheld) or first.cause not in OF_THE_ACCOUNT:
        return None
    if not all(isinstance(outcome, Withheld) and outcome.cause == first.cause for outcome in outcomes):
        return None
    return Closure(first.cause, first.reason, now_ms + PROBE_EVERY_MS)
