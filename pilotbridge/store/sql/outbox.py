"""The outbox: messages, their moves, attempts, and what callbacks claimed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import FINISHED, STUCK, Event, State, advance, doubt_after
from pilotbridge.model import IncidentId, Message, MessageId
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import (
    Attempt,
    AttemptEnd,
    AttemptStart,
    Draft,
    Hint,
    LateSms,
    Move,
    OutboxRow,
    SameText,
    Spent,
)
from pilotbridge.store.sql.rows import Row, cost_rub, message_from, outbox_row_from

TIMED = "timed"
"""The cause of a queued message that waits for a time that somebody named; ``queries.sql`` knows it, too."""
_NEWEST = 1 << 62
_RECIPIENT = 4
"""Where the parameters of ``add_message`` name the number."""
_GOING = frozenset({State.QUEUED, State.SENDING, State.ACCEPTED})
"""Something is still to come of them, by a time that is known; the index of the others leaves them out."""


class OutboxReads(Statements):
    __slots__ = ()

    def due_messages(
        self, state: State, gateway: str, *, critical: bool, now_ms: int, limit: int
    ) -> list[OutboxRow]:
        """Messages of one state whose time has come and whose predecessor is out of the way."""
        params = {
            "state": state.value,
            "gateway": gateway,
            "critical": critical,
            "now": now_ms,
            "limit": limit,
        }
        return [outbox_row_from(row) for row in self.rows("due_messages", params)]

    def all_due(self, state: State, gateway: str, *, now_ms: int, limit: int) -> list[OutboxRow]:
        """As :meth:`due_messages`, critical ones first."""
        urgent = self.due_messages(state, gateway, critical=True, now_ms=now_ms, limit=limit)
        return urgent + self.due_messages(state, gateway, critical=False, now_ms=now_ms, limit=limit)

    def sending_of(self, gateway: str) -> list[OutboxRow]:
        """Messages of one gateway that somebody is sending, or was."""
        return [row for row in map(outbox_row_from, self.rows("sending")) if row.gateway == gateway]

    def next_message_due(self, state: State, gateway: str) -> int | None:
        """When the next message of one state is due, whether critical or not."""
        found = [self.row("next_message_due", (state.value, gateway, critical)) for critical in (True, False)]
        return min((row[0] for row in found if row and row[0] is not None), default=None)

    def due_states(self, gateway: str, now_ms: int) -> set[State]:
        """In which of the states SENDING, HELD and IN_DOUBT a message of this gateway is due."""
        return {State(row[0]) for row in self.rows("due_states", {"gateway": gateway, "now": now_ms})}

    def next_unfinished_due(self, gateway: str) -> int | None:
        """When the next message is due in one of these states."""
        row = self.row("next_unfinished_due", {"gateway": gateway})
        return None if row is None else row[0]

    def next_queued_due(self, gateway: str) -> int | None:
        """When the next message is due that no predecessor keeps back."""
        found = self.row("next_queued_due", {"gateway": gateway}) or ()
        return min((due_ms for due_ms in found if due_ms is not None), default=None)

    def unfinished_gateways(self) -> list[str]:
        """The gateways that unfinished messages name, whether configured or not."""
        return sorted(row[0] for row in self.rows("unfinished_gateways"))

    def outbox_row(self, message_id: MessageId) -> OutboxRow | None:
        row = self.row("message_row", (message_id,))
        return None if row is None else outbox_row_from(row)

    def message(self, message_id: int) -> Message | None:
        row = self.row("message_shown", (message_id,))
        return None if row is None else message_from(row)

    def messages_listed(self, *, state: str = "", limit: int = 100, before: int = _NEWEST) -> list[Message]:
        """Newest first."""
        asked = (
            "messages_listed" if not state else "messages_going" if state in _GOING else "messages_resting"
        )
        return [
            message_from(row) for row in self.rows(asked, {"state": state, "limit": limit, "before": before})
        ]

    def messages_stuck(self, limit: int = 1000) -> list[Message]:
        """Messages a person may have to look at, newest first."""
        found = [
            message_from(row)
            for state in sorted(STUCK)
            for row in self.rows("messages_stuck", (state.value, limit))
        ]
        return sorted(found, key=lambda message: message.id, reverse=True)[:limit]

    def messages_of_incident(self, incident_id: IncidentId) -> list[Message]:
        return [message_from(row) for row in self.rows("messages_of_incident", (incident_id,))]

    def message_counts(self) -> dict[State, int]:
        self.carry_out()
        return {State(state): amount for state, amount in self.rows("message_counts")}

    def oldest_due(self) -> int | None:
        row = self.row("oldest_due")
        return None if row is None else row[0]

    def was_sent_anything(self, incident_id: IncidentId, recipient: PhoneNumber) -> bool:
        """Whether an attempt was ever made to tell this number of this incident."""
        return self.row("any_sent_to_recipient", (incident_id, recipient.e164)) is not None

    def unsent_to(self, incident_id: IncidentId, recipient: PhoneNumber) -> list[OutboxRow]:
        """Messages about this incident for this number for which no attempt was made yet."""
        rows = self.rows("unsent_to_recipient", (incident_id, recipient.e164))
        found = (self.outbox_row(MessageId(row[0])) for row in list(rows))
        return [row for row in found if row is not None]

    def late_messages(self, recipient: PhoneNumber, gateway: str, *, since_ms: int) -> list[LateSms]:
        """Texts of alerts to this number made since then, oldest first.

        They are queued and were never in doubt, or a summary of which that is true speaks for them already.
        """
        params = {"recipient": recipient.e164, "gateway": gateway, "since": since_ms}
        found = [
            (self.outbox_row(MessageId(row[0])), row) for row in list(self.rows("late_messages", params))
        ]
        return [LateSms(message, str(row[1]), row[2], row[3], row[4]) for message, row in found if message]

    def late_summaries(self, recipient: PhoneNumber, gateway: str, since_ms: int) -> list[OutboxRow]:
        """Queued SMS that speak for late ones to this number and were never in doubt."""
        params = {"recipient": recipient.e164, "gateway": gateway, "since": since_ms}
        rows = [self.outbox_row(MessageId(row[0])) for row in list(self.rows("late_summaries", params))]
        return [row for row in rows if row is not None]

    def told_recipients(self, incident_id: IncidentId) -> dict[PhoneNumber, str]:
        """Number -> contact of everybody told of an incident."""
        return {
            PhoneNumber.parse(phone): name for phone, name in self.rows("told_recipients", (incident_id,))
        }

    def same_text(
        self, recipient: PhoneNumber, text: str, since_ms: int, *, before: MessageId | None = None
    ) -> SameText | None:
        """The newest message (older than ``before``) with this very text to this number since then."""
        row = self.row("same_text", (recipient.e164, since_ms, text, _NEWEST if before is None else before))
        return None if row is None else SameText(MessageId(row[0]), State(row[1]), row[2], row[3])

    def written_to(self, recipient: PhoneNumber, since_ms: int) -> int:
        """How many messages were put in for this number since then: never less than were sent."""
        row = self.row_stored("written_to_recipient", (recipient.e164, since_ms))
        put_in = [added[_RECIPIENT] for added in self.waits("add_message")]
        return (row[0] if row else 0) + put_in.count(recipient.e164)

    def spent_on(self, recipient: PhoneNumber, since_ms: int) -> Spent:
        row = self.row("spent_on_recipient", (recipient.e164, since_ms))
        assert row
        return _spent(row)

    def spent_since(self, since_ms: int, gateway: str = "") -> Spent:
        """What was spent since then, at one gateway or at all of them."""
        row = self.row("spent_since", {"since": since_ms, "gateway": gateway})
        assert row
        return _spent(row)

    def committed_since(self, since_ms: int) -> Spent:
        """What was spent since then and what is on its way, this at the dearest price that parts had last."""
        row = self.row("committed_since", {"since": since_ms})
        assert row
        return _spent(row)

    def committed_on_route(self, route: str, since_ms: int) -> Spent:
        """The same for the incidents of one route, by its path, and those below it."""
        row = self.row("committed_on_route", {"route": route, "since": since_ms})
        assert row
        return _spent(row)

    def attempts_of(self, message_id: MessageId) -> list[Attempt]:
        return [Attempt(*row) for row in self.rows("attempts_of", (message_id,))]

    def attempt_start(self, message_id: MessageId, number: int) -> Instant | None:
        row = self.row("attempt_start", (message_id, number))
        return None if row is None else Instant(*row)

    def due_hints(self, gateway: str, now_ms: int, limit: int) -> list[Hint]:
        return [Hint(*row) for row in self.rows("due_hints", (now_ms, gateway, limit))]

    def next_hint_due(self, gateway: str) -> int | None:
        row = self.row("next_hint_due", (gateway,))
        return None if row is None else row[0]

    def messages_with_server_id(self, gateway: str, server_id: str) -> list[MessageId]:
        return [MessageId(row[0]) for row in self.rows("messages_by_server_id", (server_id, gateway))]

    def count_orphans(self) -> int:
        """Callbacks that match none of our messages."""
        row = self.row("count_orphans")
        return row[0] if row else 0


class OutboxWrites(OutboxReads):
    __slots__ = ()

    def add_message(self, draft: Draft, now_ms: int) -> MessageId:
        """Put ``draft`` behind what this number was told of the same incident before."""
        state = State.HELD if draft.hold else State.QUEUED
        number = self.new_number("last_message_id")
        params = (
            number,
            state.value,
            draft.reason,
            draft.hold or (TIMED if draft.is_timed else ""),
            draft.recipient.e164,
            draft.contact,
            draft.sender,
            draft.text,
            draft.text_is_unique,
            draft.critical,
            draft.prefer_duplicate,
            draft.ttl_min,
            draft.origin,
            draft.incident_id,
            draft.notification_id,
            draft.retry_of,
            draft.gateway,
            draft.parts,
            now_ms,
            draft.due_at_ms,
            draft.lapses_at_ms,
        )
        self.later("add_message", params)
        self.add_up("count_message", state.value, 1)
        self.later("add_event", ("message", number, now_ms, "enqueue", state.value, draft.reason))
        return MessageId(number)

    def supersede(self, row: OutboxRow, by: MessageId, since_ms: int) -> None:
        """``by`` speaks for this message, and for those made since then that it spoke for."""
        params = {"id": row.id, "by": by, "recipient": row.recipient.e164, "since": since_ms}
        self.run("supersede", params)
        self.run("wait_instead", {"id": row.id, "by": by, "recipient": row.recipient.e164})

    def take_place(self, row: OutboxRow, by: MessageId) -> None:
        """``by`` goes when ``row`` was to go: behind what was before it, before what comes after."""
        self.run("take_place", (row.id, by))

    def claim(
        self,
        rows: Sequence[OutboxRow],
        starts: Sequence[AttemptStart],
        *,
        reason: str,
        lease_ms: int,
        epoch: int,
    ) -> None:
        """The intent to send one packet, on disk before the wire."""
        for state, amount in Counter(row.state for row in rows).items():
            self._recount(state, advance(state, Event.CLAIM, reason=reason), amount)
        self.run_many("claim_message", ((reason, lease_ms, row.id, row.revision) for row in rows))
        self.run_many("start_attempt", (_attempt(start, epoch) for start in starts))
        sending = State.SENDING.value
        self.later(
            "add_event",
            *(("message", s.message_id, s.started.utc_ms, "claim", sending, reason) for s in starts),
        )

    def move(self, move: Move, now_ms: int) -> bool:
        """Apply one move; False, and nothing done, when the row has changed since it was read.

        :raises IllegalMove: when the table of states has no such move.
        """
        return self.moves([move], now_ms)[0]

    def moves(self, moves: Sequence[Move], now_ms: int) -> list[bool]:
        """As :meth:`move`, for each of ``moves``."""
        revisions = dict(self.rows_in("message_revisions", [move.id for move in moves]))
        done, answered = [], []
        for move in moves:
            state = advance(move.state, move.event, reason=move.reason, doubt=move.doubt is not None)
            is_current = revisions.get(move.id) == move.revision
            done.append(is_current)
            if is_current:
                revisions[move.id] = move.revision + 1
                self._move(move, state, now_ms)
                if state is State.ACCEPTED and move.sets.get("server_id"):
                    answered.append((now_ms, move.sets["server_id"], move.id))
        # Callbacks that came before the answer and named an id nobody knew.
        self.later("wake_hints", *answered)
        return done

    def _move(self, move: Move, state: State, now_ms: int) -> None:
        if state is State.ACCEPTED:
            self._accept(move, now_ms)
        else:
            self._put(move, state, now_ms)
        self._recount(move.state, state)
        self.later("add_event", ("message", move.id, now_ms, move.event.value, state.value, move.reason))

    def _recount(self, before: State, after: State, amount: int = 1) -> None:
        self.add_up("count_message", before.value, -amount)
        self.add_up("count_message", after.value, amount)

    def _accept(self, move: Move, now_ms: int) -> None:
        sets = move.sets
        known = (sets.get("server_id"), sets.get("parts"), sets.get("cost_e4"))
        self.later("accept_message", (move.reason, move.due_at_ms, *known, now_ms, move.id))

    def _put(self, move: Move, state: State, now_ms: int) -> None:
        kept = move.doubt if doubt_after(move.event, doubt=move.doubt is not None) else None
        params = {
            "id": move.id,
            "state": state.value,
            "reason": move.reason,
            "cause": move.cause,
            "due": move.due_at_ms,
            "doubt_since": kept.utc_ms if kept else None,
            "doubt_boot_ms": kept.boot_ms if kept else None,
            "doubt_boot_id": kept.boot_id if kept else "",
            "settled": state in FINISHED,
            "now": now_ms,
        }
        self.later("move_message", params)
        for column, value in move.sets.items():
            self.later(f"set_{column}", (value, move.id))

    def end_attempts(self, ends: Iterable[AttemptEnd]) -> None:
        self.later(
            "end_attempt",
            *((e.ended_at_ms, e.outcome, e.code, e.reason, e.head, e.message_id, e.number) for e in ends),
        )

    def complete_receipt(self, move: Move) -> None:
        """What the answer knows of a message that a callback has settled before it."""
        known = {name: move.sets.get(name) for name in ("server_id", "parts", "cost_e4")}
        self.run("complete_receipt", {"id": move.id, **known})

    def hand_over(self, row: OutboxRow, gateway: str, sender: str, reason: str, now_ms: int) -> bool:
        """Another gateway takes over a waiting message; False when it has changed since it was read."""
        params = {"id": row.id, "revision": row.revision, "gateway": gateway, "sender": sender}
        if self.run("hand_over", {**params, "reason": reason, "now": now_ms}) != 1:
            return False
        self.later("add_event", ("message", row.id, now_ms, "hand_over", row.state.value, reason))
        return True

    def look_again(self, message_id: MessageId, at_ms: int) -> None:
        """Nothing new; look at it again then."""
        self.run("look_again", (at_ms, message_id))

    def keep_holding(self, message_id: MessageId, until_ms: int, cause: str, reason: str) -> None:
        """It stays held, perhaps for another cause."""
        self.run("keep_holding", (until_ms, cause, reason, message_id))

    def hasten_messages(self, gateway: str, now_ms: int) -> int:
        """The gateway answers again: whatever waited for it goes now."""
        return self.run("hasten_messages", {"gateway": gateway, "now": now_ms})

    def release_due(self, gateway: str, cause: str, now_ms: int) -> int:
        """What was held for ``cause`` may be looked at now."""
        return self.run("release_due", {"gateway": gateway, "cause": cause, "now": now_ms})

    def release_held(self, cause: str, now_ms: int) -> int:
        """As :meth:`release_due`, at every gateway."""
        return self.run("release_held", {"cause": cause, "now": now_ms})

    def set_server_id(self, message_id: MessageId, server_id: str) -> None:
        """The gateway's id of a message that was accepted without one."""
        self.run("set_server_id", (server_id, message_id))

    def recheck_messages(self, due: Sequence[tuple[int, MessageId]]) -> None:
        """No news: ask again at (ms, message)."""
        self.run_many("recheck_message", due)

    def next_packet(self) -> int:
        row = self.row("last_packet")
        number = int(row[0]) + 1 if row else 1
        self.run("set_meta", ("packet", str(number)))
        return number

    def add_hint(
        self,
        *,
        gateway: str,
        message_id: MessageId | None,
        server_id: str,
        status: str,
        error: str,
        now_ms: int,
    ) -> None:
        self.run("add_hint", (now_ms, gateway, message_id, server_id, status, error, now_ms))

    def settle_hint(
        self, hint: Hint, verdict: str, *, again_at_ms: int | None = None, message_id: MessageId | None = None
    ) -> None:
        self.run("settle_hint", (verdict, again_at_ms, message_id, hint.id))


def _attempt(start: AttemptStart, epoch: int) -> tuple[object, ...]:
    at = start.started
    return (
        start.message_id,
        start.number,
        start.gateway,
        start.packet,
        start.packet_size,
        epoch,
        at.utc_ms,
        at.boot_ms,
        at.boot_id,
    )


def _spent(row: Row) -> Spent:
    return Spent(row[0], cost_rub(row[1]) or Decimal(0), row[2])
