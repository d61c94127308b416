"""What became of accepted messages: callbacks are hints, the gateway's ``check`` is the truth.

Nothing is delivered because somebody called us; a claim only makes us ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pilotbridge.clock import Clock
from pilotbridge.errors import Refused, TryLater
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import MessageId
from pilotbridge.protocols import Gateway, Meter, StatusReport
from pilotbridge.store.protocol import Store, WriteVerbs
from pilotbridge.store.records import Hint, Move, OutboxRow, changed

MAX_IDS = 500
DELIVERED, UNDELIVERED, UNKNOWN_ID = 2, -1, -2
CHECK_AFTER = (1, 2, 4, 8, 15, 60)
"""In units of the account's ``status_every``, which is a minute unless the configuration says otherwise."""
HOUR_MS = 3_600_000
HINT_TRIES = 5
ASK_AGAIN_MS = 60_000
GRACE = timedelta(hours=24)
DEFAULT_TTL = timedelta(hours=24)
UNTOLD = "the gateway took it, and has not said within its lifetime and a day whether it arrived"


@dataclass(frozen=True, slots=True)
class Answered:
    """What one round of questions brought: reports by server id, or why there are none."""

    reports: dict[str, StatusReport]
    failure: str = ""


def next_check_ms(checks: int, now_ms: int, unit_ms: int = 60_000) -> int:
    """When to ask again: after 1, 2, 4, 8, 15 minutes, then hourly; never less often."""
    return now_ms + min(CHECK_AFTER[min(checks, len(CHECK_AFTER) - 1)] * unit_ms, HOUR_MS)


def gives_up_at_ms(row: OutboxRow) -> int:
    """When nobody expects a final status any more: the lifetime at the network, and a day of grace."""
    ttl = timedelta(minutes=row.ttl_min) if row.ttl_min else DEFAULT_TTL
    return (row.accepted_at_ms or row.created_at_ms) + int((ttl + GRACE).total_seconds() * 1000)


class Tracking:
    """Asks one gateway account what became of its messages."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        *,
        clock: Clock,
        meter: Meter,
        client_id: Callable[[MessageId], int],
        on_settled: Callable[[Sequence[MessageId]], None],
        status_every: timedelta = timedelta(minutes=1),
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._meter = meter
        self._client_id = client_id
        self._on_settled = on_settled
        self._unit_ms = int(status_every.total_seconds() * 1000)

    @property
    def name(self) -> str:
        return f"tracking-{self._gateway.name}"

    def turn(self) -> int | None:
        """Check what callbacks claim and what is due; returns when to come back (ms UTC)."""
        now_ms = self._clock.now_ms()
        with self._store.read() as read:
            hints = read.due_hints(self._gateway.name, now_ms, MAX_IDS)
            rows = read.all_due(State.ACCEPTED, self._gateway.name, now_ms=now_ms, limit=MAX_IDS)[:MAX_IDS]
        if not hints and not rows:
            return self._next_due()
        answered = self._ask([h.server_id for h in hints] + [row.server_id for row in rows])
        moved = self._store.write(lambda tx: self._apply(tx, hints, rows, answered, now_ms)).result()
        if moved:
            self._on_settled(moved)
        return self._next_due()

    def _next_due(self) -> int | None:
        with self._store.read() as read:
            found = [
                read.next_message_due(State.ACCEPTED, self._gateway.name),
                read.next_hint_due(self._gateway.name),
            ]
        return min((at for at in found if at is not None), default=None)

    def _ask(self, server_ids: Sequence[str]) -> Answered:
        wanted = list(dict.fromkeys(server_id for server_id in server_ids if server_id))
        reports: dict[str, StatusReport] = {}
        try:
            for start in range(0, len(wanted), MAX_IDS):
                for report in self._gateway.check(wanted[start : start + MAX_IDS]):
                    reports[report.server_id] = _weightier(reports.get(report.server_id), report)
        except (TryLater, Refused) as error:
            self._meter.count("status_checks_failed", gateway=self._gateway.name)
            return Answered(reports, error.reason)
        return Answered(reports)

    # -- one transaction -------------------------------------------------------------------------

    def _apply(
        self,
        tx: WriteVerbs,
        hints: Sequence[Hint],
        rows: Sequence[OutboxRow],
        answered: Answered,
        now_ms: int,
    ) -> list[MessageId]:
        moved = [found for hint in hints if (found := self._judge(tx, hint, answered, now_ms))]
        for row in rows:
            fresh = tx.outbox_row(row.id)
            if fresh is None or fresh.revision != row.revision:
                continue
            report = answered.reports.get(row.server_id)
            if report is None and answered.failure:
                tx.look_again(row.id, now_ms + ASK_AGAIN_MS)
            elif not self._learn(tx, fresh, report, now_ms):
                self._ask_later(tx, fresh, now_ms)
            else:
                moved.append(row.id)
        return list(dict.fromkeys(moved))

    def _judge(self, tx: WriteVerbs, hint: Hint, answered: Answered, now_ms: int) -> MessageId | None:
        """One callback's claim against what the gateway says of that server id; the message it moved."""
        report = answered.reports.get(hint.server_id)
        row = None if report is None or report.status == UNKNOWN_ID else self._row_of(tx, hint, report)
        if report is None or row is None:
            why = answered.failure or _unmatched(report)
            tx.settle_hint(hint, why, again_at_ms=_hint_again_ms(hint, answered, now_ms))
            return None
        tx.settle_hint(hint, "confirmed by check", message_id=row.id)
        proven = self._accept_proven(tx, row, report, now_ms)
        fresh = tx.outbox_row(row.id) or row
        return row.id if self._learn(tx, fresh, report, now_ms) or proven else None

    def _row_of(self, tx: WriteVerbs, hint: Hint, report: StatusReport) -> OutboxRow | None:
        """The message a claim is about: by its row token, proved by the echo of our own integer id."""
        if hint.message_id is not None and report.client_id == self._client_id(hint.message_id):
            return tx.outbox_row(hint.message_id)
        known = tx.messages_with_server_id(self._gateway.name, hint.server_id)
        return tx.outbox_row(known[0]) if known else None

    def _accept_proven(self, tx: WriteVerbs, row: OutboxRow, report: StatusReport, now_ms: int) -> bool:
        """A message in doubt whose server id the gateway has just confirmed was accepted."""
        if row.state in (State.SENDING, State.IN_DOUBT, State.PARKED):
            reason = "a callback named its id and the gateway confirmed it"
            move = Move(
                row.id, row.revision, row.state, Event.ACCEPT, reason, next_check_ms(0, now_ms, self._unit_ms)
            )
            return tx.move(changed(move, doubt=row.doubt, sets={"server_id": report.server_id}), now_ms)
        if row.state in (State.ACCEPTED, State.UNCONFIRMED) and not row.server_id:
            tx.set_server_id(row.id, report.server_id)
        return False

    def _learn(self, tx: WriteVerbs, row: OutboxRow, report: StatusReport | None, now_ms: int) -> bool:
        """Move a message by what the gateway said of it; delivered and undelivered are never taken back."""
        if row.state not in (State.ACCEPTED, State.UNCONFIRMED):
            return False
        event, reason = _verdict(report)
        if event is None and row.state is State.ACCEPTED and now_ms >= gives_up_at_ms(row):
            event, reason = Event.ELAPSE, UNTOLD
        if event is None or not tx.move(Move(row.id, row.revision, row.state, event, reason), now_ms):
            return False
        self._meter.count("deliveries", outcome=event.value, gateway=self._gateway.name)
        return True

    def _ask_later(self, tx: WriteVerbs, row: OutboxRow, now_ms: int) -> None:
        tx.recheck_messages(
            [(min(next_check_ms(row.checks, now_ms, self._unit_ms), gives_up_at_ms(row)), row.id)]
        )


def _weightier(known: StatusReport | None, report: StatusReport) -> StatusReport:
    """Of two entries about one id the one that says more: the order of an answer decides nothing."""
    return report if known is None or _weight(report) > _weight(known) else known


def _weight(report: StatusReport) -> int:
    return {DELIVERED: 3, UNDELIVERED: 2, UNKNOWN_ID: 0}.get(report.status, 1)


def _hint_again_ms(hint: Hint, answered: Answered, now_ms: int) -> int | None:
    """When to ask about a claim again: a question without an answer does not use up a try."""
    if answered.failure:
        return now_ms + ASK_AGAIN_MS
    return now_ms + ASK_AGAIN_MS * 2**hint.tries if hint.tries < HINT_TRIES else None


def _unmatched(report: StatusReport | None) -> str:
    if report is None or report.status == UNKNOWN_ID:
        return "the gateway knows no such id"
    return "none of our messages"


def _verdict(report: StatusReport | None) -> tuple[Event | None, str]:
    if report is not None and report.status == DELIVERED:
        return Event.CONFIRM, "delivered"
    if report is not None and report.status == UNDELIVERED:
        untold = f"({report.error})" if report.error else "and the gateway does not say why"
        return Event.FAIL, report.reason or f"not delivered {untold}"
    return None, ""
