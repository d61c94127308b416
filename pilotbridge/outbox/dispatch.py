"""From the outbox to the gateway: claim, submit, settle. The intent is on disk before the first byte leaves.

One :class:`Dispatch` per gateway account, driven by one thread. It knows no HTTP and no SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
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
from pilotbridge.outbox.settling import ALONE, OF_THE_ACCOUNT, Settlement, settle
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
LINGER_MS = 8


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction came to: a packet to submit, or when to come back."""

    claimed: Claimed | None
    due_ms: int | None
    moved: tuple[MessageId, ...]
    handed_to: tuple[str, ...]


def linger_ms(claimed: Claimed, limit: int) -> int:
    """How long a packet's outcome may wait for a transaction that brings the next messages.

    Not at all when more may wait already: behind a full packet, and behind a message that had to go alone.
    """
    is_alone = claimed.rows[0].critical or claimed.rows[0].doubt is not None or claimed.rows[0].cause == ALONE
    return 0 if is_alone or len(claimed.rows) >= limit else LINGER_MS


class Dispatch:
    """The sender of one gateway account.

    With ``on_ridden`` its step rides in the transaction that brings it messages, and whoever is called then
    wakes it; without, it always takes a transaction of its own.
    """

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
        on_ridden: Callable[[], object] | None = None,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._sender = Sender(gateway.name, gateway.max_packet, fleet, postage, rng, meter)
        self._clock = clock
        self._on_settled = on_settled
        self._on_ridden = on_ridden
        self._complaints = Complaints(gateway.name, troubles) if troubles else None
        self._unsettled: list[Settlement] = []
        self._reopened = False
        self._lingers_until_boot_ms = 0
        self._riding: Future[Step] | None = None

    @property
    def name(self) -> str:
        return f"sender-{self._gateway.name}"

    @property
    def standing(self) -> Standing:
        return self._sender.standing

    def turn(self) -> int | None:
        """Settle the packet before, claim the next one, submit it; returns when to come back (ms UTC)."""
        now = self._clock.now()
        left_ms = self._lingers_until_boot_ms - now.boot_ms
        if left_ms > 0 and not self._has_ridden():
            return now.utc_ms + left_ms
        step = self._next_step()
        self._unsettled, self._reopened = [], False
        try:
            self._tell(step)
        finally:  # whatever a listener raises, what was claimed goes: nobody else would know that it did not
            due_ms = self._send(step.claimed) if step.claimed else step.due_ms
        self._ride(due_ms)
        return due_ms

    def finish(self) -> None:
        """Before the store closes: put the last packet's outcome on disk. What rode meanwhile stays here."""
        if (ride := self._off()) is not None and ride.exception() is None:
            step = ride.result()
            self._unsettled = []
            if step.claimed:
                self._keep_back(step.claimed, "not sent: the bridge was ended")
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

    def _next_step(self) -> Step:
        """The step that has ridden, or one in a transaction of its own."""
        ride = self._off()
        return self._store.commit(self._job()) if ride is None else ride.result()

    def _job(self) -> Callable[[WriteVerbs], Step]:
        settled, reopened = self._unsettled, self._reopened
        return lambda tx: self._step(tx, settled, self._clock.now(), reopened=reopened)

    def _ride(self, due_ms: int | None) -> None:
        """Unless there is something to do now, let the next step come with whoever brings messages."""
        on_ridden = self._on_ridden
        if on_ridden is None or (due_ms is not None and due_ms <= self._clock.now_ms()):
            return
        self._riding = self._store.ride(self._job())
        self._riding.add_done_callback(lambda ride: None if ride.cancelled() else on_ridden())

    def _has_ridden(self) -> bool:
        return self._riding is not None and self._riding.done()

    def _off(self) -> Future[Step] | None:
        """Nobody rides any more; returns the ride when it has begun, or is over."""
        ride, self._riding = self._riding, None
        return None if ride is None or ride.cancel() else ride

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
        wait_ms = linger_ms(claimed, self._gateway.max_packet) if self._on_ridden else 0
        self._lingers_until_boot_ms = now.boot_ms + wait_ms
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
