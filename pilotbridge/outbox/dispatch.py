"""From the outbox to the gateway: claim, submit, settle. The intent is on disk before the first byte leaves.

One :class:`Dispatch` per gateway account, driven by one thread. It knows no HTTP and no SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pilotbridge.clock import Clock, Instant
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import MessageId
from pilotbridge.outbox import doubt as doubts
from pilotbridge.outbox.backoff import Breaker
from pilotbridge.outbox.settling import Settlement, Terms, doubt_of, settle
from pilotbridge.protocols import Gateway, Lost, Meter, Outcome, OutgoingSms, Rng, Submitted
from pilotbridge.store.protocol import Store, WriteVerbs
from pilotbridge.store.records import AttemptStart, Move, OutboxRow

SWEEP = 500
IDLE_MS = 60_000


@dataclass(frozen=True, slots=True)
class SendingRules:
    """What the configuration says about sending by one gateway account."""

    gateway: str
    sender: str
    window: timedelta
    landing: timedelta
    lease: timedelta
    callback: Callable[[MessageId], str]
    client_id: Callable[[MessageId], int]


@dataclass(frozen=True, slots=True)
class Claimed:
    """One packet whose intent is on disk."""

    rows: tuple[OutboxRow, ...]
    started: Instant


@dataclass(slots=True)
class Fleet:
    """All gateway accounts in the order of the configuration, and which of them answer."""

    rules: dict[str, SendingRules]
    breakers: dict[str, Breaker]
    paused: str = ""

    def successor(self, gateway: str) -> str:
        """The gateway that takes over from one that is down or refuses: the next one that answers."""
        names = list(self.rules)
        after = names[names.index(gateway) + 1 :]
        return next((name for name in after if not self.breakers[name].failures), "")


class Dispatch:
    """The sender of one gateway account."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        fleet: Fleet,
        *,
        clock: Clock,
        rng: Rng,
        meter: Meter,
        on_settled: Callable[[Sequence[MessageId]], None],
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._fleet = fleet
        self._rules = fleet.rules[gateway.name]
        self._clock = clock
        self._rng = rng
        self._meter = meter
        self._on_settled = on_settled
        self._unsettled: list[Settlement] = []

    @property
    def name(self) -> str:
        return f"sender-{self._gateway.name}"

    @property
    def breaker(self) -> Breaker:
        return self._fleet.breakers[self._gateway.name]

    def turn(self) -> int | None:
        """Settle the packet before, claim the next one, submit it; returns when to come back (ms UTC)."""
        now = self._clock.now()
        settled = self._unsettled
        claimed, due_ms = self._store.write(lambda tx: self._step(tx, settled, now)).result()
        self._unsettled = []
        if settled:
            self._on_settled([s.move.id for s in settled])
        if claimed is None:
            return due_ms
        submitted = self._gateway.submit([self._outgoing(row) for row in claimed.rows])
        self._unsettled = self._settle(claimed, submitted)
        return now.utc_ms

    def finish(self) -> None:
        """Before the store closes: put the last packet's outcome on disk."""
        now = self._clock.now()
        settled, self._unsettled = self._unsettled, []
        self._store.write(lambda tx: self._apply(tx, settled, now)).result()

    def recover(self) -> int:
        """At start: what an earlier owner was sending may have been sent."""
        now = self._clock.now()
        return self._store.write(lambda tx: self._lose_sending(tx, now, due_by=None)).result()

    # -- one transaction -------------------------------------------------------------------------

    def _step(
        self, tx: WriteVerbs, settled: Sequence[Settlement], now: Instant
    ) -> tuple[Claimed | None, int | None]:
        self._apply(tx, settled, now)
        self._lose_sending(tx, now, due_by=now.utc_ms)
        self._release(tx, now)
        self._resolve_doubt(tx, now)
        claimed = self._claim(tx, now)
        return claimed, None if claimed else self._next_due(tx, now)

    def _apply(self, tx: WriteVerbs, settled: Sequence[Settlement], now: Instant) -> None:
        for settlement in settled:
            tx.move(settlement.move, now.utc_ms)
        tx.end_attempts(s.end for s in settled)
        if any(s.hastens for s in settled):
            tx.hasten_messages(self._gateway.name, now.utc_ms)

    def _lose_sending(self, tx: WriteVerbs, now: Instant, *, due_by: int | None) -> int:
        """A lease that ran out, or an owner that is gone: the request may have left."""
        rows = (
            tx.sending_of(self._gateway.name)
            if due_by is None
            else tx.all_due(State.SENDING, self._gateway.name, now_ms=due_by, limit=SWEEP)
        )
        why = "the bridge stopped while it was being sent" if due_by is None else "its lease ran out"
        for row in rows:
            started = tx.attempt_start(row.id, row.attempts) or now
            lost = settle(row, Lost(why), started, now, self._terms(), self._rng)
            tx.move(lost.move, now.utc_ms)
            tx.end_attempts([lost.end])
        return len(rows)

    def _release(self, tx: WriteVerbs, now: Instant) -> None:
        for row in tx.all_due(State.HELD, self._gateway.name, now_ms=now.utc_ms, limit=SWEEP):
            if row.lapses_at_ms <= now.utc_ms:
                tx.move(_lapsed(row), now.utc_ms)
            elif row.cause != "paused" or not self._fleet.paused:
                move = Move(row.id, row.revision, row.state, Event.RELEASE, "held long enough", now.utc_ms)
                tx.move(move, now.utc_ms)

    def _resolve_doubt(self, tx: WriteVerbs, now: Instant) -> None:
        """Give up on what the guard no longer covers, or by policy send it again."""
        for row in tx.all_due(State.IN_DOUBT, self._gateway.name, now_ms=now.utc_ms, limit=SWEEP):
            assert row.doubt is not None
            known = doubt_of(row, row.doubt, self._terms())
            if doubts.guard_still_knows(known, now):
                continue
            step = doubts.next_step(known, now)
            park = Move(row.id, row.revision, row.state, Event.PARK, "", doubt=row.doubt)
            match step:
                case doubts.Wait(at_ms, _):
                    tx.wait_in_doubt(row.id, at_ms)
                case doubts.Park(reason):
                    tx.move(replace(park, reason=reason), now.utc_ms)
                    self._meter.count("messages_parked")
                case doubts.SendAgain(reason):
                    tx.move(replace(park, reason=reason), now.utc_ms)
                    again = Move(
                        row.id,
                        row.revision + 1,
                        State.PARKED,
                        Event.REQUEUE,
                        reason,
                        now.utc_ms,
                        doubt=row.doubt,
                    )
                    tx.move(again, now.utc_ms)
                    self._meter.count("messages_sent_again")
                case doubts.Resend():
                    raise AssertionError("a resend is claimed, not planned")

    # -- claiming --------------------------------------------------------------------------------

    def _claim(self, tx: WriteVerbs, now: Instant) -> Claimed | None:
        limit = self.breaker.packet_limit(now.utc_ms, self._gateway.max_packet)
        if not limit:
            return None
        for rows in self._candidates(tx, now, limit):
            if rows:
                return self._claimed(tx, rows, now)
        return None

    def _candidates(self, tx: WriteVerbs, now: Instant, limit: int) -> Sequence[Sequence[OutboxRow]]:
        """Packets in order of urgency: doubt first (alone), then critical (alone), then the rest together."""
        name, at = self._gateway.name, now.utc_ms
        if not self._fleet.paused:
            for row in tx.all_due(State.IN_DOUBT, name, now_ms=at, limit=SWEEP):
                if row.doubt and doubts.guard_still_knows(doubt_of(row, row.doubt, self._terms()), now):
                    return [[row]]
        for critical, size in ((True, 1), (False, limit)):
            rows = tx.due_messages(State.QUEUED, name, critical=critical, now_ms=at, limit=size)
            kept = [row for row in rows if self._may_go(tx, row, now)]
            if kept:
                return [packet_of(kept)]
            if rows:
                return self._candidates(tx, now, limit)
        return []

    def _may_go(self, tx: WriteVerbs, row: OutboxRow, now: Instant) -> bool:
        """Whether a due row is really sent; one that is not gets its move and its reason here."""
        if row.lapses_at_ms <= now.utc_ms:
            tx.move(_lapsed(row), now.utc_ms)
            return False
        if self._fleet.paused:
            due = now.utc_ms + IDLE_MS
            tx.move(
                Move(row.id, row.revision, row.state, Event.HOLD, self._fleet.paused, due, "paused"),
                now.utc_ms,
            )
            return False
        return True

    def _claimed(self, tx: WriteVerbs, rows: Sequence[OutboxRow], now: Instant) -> Claimed:
        packet = tx.next_packet()
        lease_ms = now.utc_ms + int(self._rules.lease.total_seconds() * 1000)
        reason = "resent in doubt" if rows[0].doubt else "its turn"
        starts = [
            AttemptStart(row.id, row.attempts + 1, self._gateway.name, packet, len(rows), now) for row in rows
        ]
        tx.claim(rows, starts, reason=reason, lease_ms=lease_ms, epoch=self._store.epoch)
        sending = (
            replace(row, state=State.SENDING, attempts=row.attempts + 1, revision=row.revision + 1)
            for row in rows
        )
        return Claimed(tuple(sending), now)

    def _next_due(self, tx: WriteVerbs, now: Instant) -> int | None:
        states = (State.QUEUED, State.IN_DOUBT, State.HELD, State.SENDING)
        found = [tx.next_message_due(state, self._gateway.name) for state in states]
        due = min((at for at in found if at is not None), default=None)
        if due is not None and due <= now.utc_ms:
            # Due, yet not claimed: the gateway is down, or a predecessor is in the way.
            return max(self.breaker.probe_at_ms, now.utc_ms + 250)
        return due

    # -- the wire --------------------------------------------------------------------------------

    def _outgoing(self, row: OutboxRow) -> OutgoingSms:
        return OutgoingSms(
            client_id=self._rules.client_id(row.id),
            to=row.recipient,
            text=row.text,
            sender=row.sender,
            ttl_min=row.ttl_min,
            callback=self._rules.callback(row.id),
        )

    def _settle(self, claimed: Claimed, submitted: Submitted) -> list[Settlement]:
        now = self._clock.now()
        settled = [
            settle(row, self._outcome(row, submitted), claimed.started, now, self._terms(), self._rng)
            for row in claimed.rows
        ]
        was_failing = bool(self.breaker.failures)
        failed = all(s.gateway_failed for s in settled)
        after = self.breaker.failed(now.utc_ms, self._rng) if failed else self.breaker.answered()
        self._fleet.breakers[self._gateway.name] = after
        for s in settled:
            self._meter.count("attempts", outcome=s.end.outcome, gateway=self._gateway.name)
        if submitted.balance_rub is not None:
            self._meter.gauge("balance_rub", float(submitted.balance_rub), gateway=self._gateway.name)
        if was_failing and not failed:
            settled[0] = replace(settled[0], hastens=True)
        return settled

    def _outcome(self, row: OutboxRow, submitted: Submitted) -> Outcome:
        missing = Lost("the gateway's answer has no entry for this message")
        return submitted.outcomes.get(self._rules.client_id(row.id), missing)

    def _terms(self) -> Terms:
        successor = self._fleet.successor(self._gateway.name)
        return Terms(
            self._gateway.name,
            self._rules.window,
            self._rules.landing,
            successor=successor,
            successor_sender=self._fleet.rules[successor].sender if successor else "",
            down=self.breaker.down(self._clock.now_ms()),
        )


def packet_of(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """The rows that may share a packet with the first: one sender and class, each number once (214)."""
    first = rows[0]
    chosen: dict[str, OutboxRow] = {}
    for row in rows:
        if row.sender == first.sender and row.critical == first.critical:
            chosen.setdefault(row.recipient.e164, row)
    return list(chosen.values())


def _lapsed(row: OutboxRow) -> Move:
    return Move(row.id, row.revision, row.state, Event.LAPSE, "too old to be of use")
