"""The outbox: messages, their moves, attempts, and what callbacks claimed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import Event, State, advance, doubt_after
from pilotbridge.model import IncidentId, Message, MessageId
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.connection import Statements
from pilotbridge.store.records import (
    Attempt,
    AttemptEnd,
    AttemptStart,
    Draft,
    Hint,
    LastMessage,
    Move,
    OutboxRow,
    SameText,
    Spent,
)
from pilotbridge.store.sql.rows import cost_rub, message_from, outbox_row_from

_NEWEST = 1 << 62


class OutboxReads(Statements):
    __slots__ = ()

    def due_messages(
        self, state: State, gateway: str, *, critical: bool, now_ms: int, limit: int
    ) -> list[OutboxRow]:
        """Messages of one state whose time has come and whose predecessor is out of the way."""
        params = (state.value, gateway, critical, now_ms, limit)
        return [outbox_row_from(row) for row in self.rows("due_messages", params)]

    def next_message_due(self, state: State, gateway: str) -> int | None:
        """When the next message of one state is due, whether critical or not."""
        found = [self.row("next_message_due", (state.value, gateway, critical)) for critical in (True, False)]
        return min((row[0] for row in found if row and row[0] is not None), default=None)

    def outbox_row(self, message_id: MessageId) -> OutboxRow | None:
        row = self.row("message_row", (message_id,))
        return None if row is None else outbox_row_from(row)

    def message(self, message_id: int) -> Message | None:
        row = self.row("message_shown", (message_id,))
        return None if row is None else message_from(row)

    def messages_listed(
        self, *, state: str = "", recipient: str = "", limit: int = 100, before: int = _NEWEST
    ) -> list[Message]:
        params = {"state": state, "recipient": recipient, "limit": limit, "before": before}
        return [message_from(row) for row in self.rows("messages_listed", params)]

    def messages_stuck(self, limit: int = 1000) -> list[Message]:
        """Messages a person may have to look at."""
        return [message_from(row) for row in self.rows("messages_stuck", (limit,))]

    def messages_of_incident(self, incident_id: IncidentId) -> list[Message]:
        return [message_from(row) for row in self.rows("messages_of_incident", (incident_id,))]

    def message_counts(self) -> dict[State, int]:
        return {State(state): amount for state, amount in self.rows("message_counts")}

    def oldest_due(self) -> int | None:
        row = self.row("oldest_due")
        return None if row is None else row[0]

    def last_to(self, incident_id: IncidentId, recipient: PhoneNumber) -> LastMessage | None:
        """The newest message to this number about this incident."""
        row = self.row("last_to_recipient", (incident_id, recipient.e164))
        return None if row is None else LastMessage(MessageId(row[0]), State(row[1]), row[2])

    def was_sent_anything(self, incident_id: IncidentId, recipient: PhoneNumber) -> bool:
        """Whether an attempt was ever made to tell this number of this incident."""
        return self.row("any_sent_to_recipient", (incident_id, recipient.e164)) is not None

    def unsent_to(self, incident_id: IncidentId, recipient: PhoneNumber) -> list[OutboxRow]:
        """Messages about this incident for this number for which no attempt was made yet."""
        rows = self.rows("unsent_to_recipient", (incident_id, recipient.e164))
        found = (self.outbox_row(MessageId(row[0])) for row in list(rows))
        return [row for row in found if row is not None]

    def told_recipients(self, incident_id: IncidentId) -> dict[PhoneNumber, str]:
        """Number -> contact of everybody told of an incident."""
        return {
            PhoneNumber.parse(phone): name for phone, name in self.rows("told_recipients", (incident_id,))
        }

    def same_text(self, recipient: PhoneNumber, text: str, since_ms: int) -> SameText | None:
        """The newest message with this very text to this number since then."""
        row = self.row("same_text", (recipient.e164, since_ms, text))
        return None if row is None else SameText(MessageId(row[0]), State(row[1]), row[2], row[3])

    def spent_on(self, recipient: PhoneNumber, since_ms: int) -> Spent:
        row = self.row("spent_on_recipient", (recipient.e164, since_ms))
        assert row
        return Spent(row[0], cost_rub(row[1]) or 0)  # type: ignore[arg-type]

    def spent_since(self, since_ms: int) -> Spent:
        row = self.row("spent_since", (since_ms,))
        assert row
        return Spent(row[0], cost_rub(row[1]) or 0)  # type: ignore[arg-type]

    def attempts_of(self, message_id: MessageId) -> list[Attempt]:
        return [Attempt(*row) for row in self.rows("attempts_of", (message_id,))]

    def attempt_start(self, message_id: MessageId, number: int) -> Instant | None:
        row = self.row("attempt_start", (message_id, number))
        return None if row is None else Instant(*row)

    def due_hints(self, gateway: str, now_ms: int, limit: int) -> list[Hint]:
        return [Hint(*row) for row in self.rows("due_hints", (now_ms, gateway, limit))]

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
        before = None if draft.incident_id is None else self.last_to(draft.incident_id, draft.recipient)
        state = State.HELD if draft.hold else State.QUEUED
        params = (
            state.value,
            draft.reason,
            draft.hold,
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
            before.id if before else None,
            draft.retry_of,
            draft.gateway,
            draft.parts,
            now_ms,
            draft.due_at_ms,
            draft.lapses_at_ms,
        )
        row = self.row("add_message", params)
        assert row
        self.run("add_event", ("message", row[0], now_ms, "enqueue", state.value, draft.reason))
        return MessageId(row[0])

    def claim(self, row: OutboxRow, start: AttemptStart, *, reason: str, lease_ms: int, epoch: int) -> None:
        """The intent to send, on disk before the wire."""
        advance(row.state, Event.CLAIM, reason=reason)
        self.run("claim_message", (reason, lease_ms, row.id, row.revision))
        at = start.started
        self.run(
            "start_attempt",
            (row.id, start.number, start.gateway, start.packet, start.packet_size, epoch, at.utc_ms, at.boot_ms,
             at.boot_id),
        )  # fmt: skip
        self.run("add_event", ("message", row.id, at.utc_ms, "claim", State.SENDING.value, reason))

    def move(self, move: Move, now_ms: int) -> bool:
        """Apply one move; False, and nothing done, when the row has changed since it was read.

        :raises IllegalMove: when the table of states has no such move.
        """
        doubt = move.doubt
        state = advance(move.state, move.event, reason=move.reason, doubt=doubt is not None)
        kept = doubt if doubt is not None and doubt_after(move.event, doubt=True) else None
        params = {
            "id": move.id,
            "revision": move.revision,
            "state": state.value,
            "reason": move.reason,
            "cause": move.cause,
            "due": move.due_at_ms,
            "doubt_since": kept.utc_ms if kept else None,
            "doubt_boot_ms": kept.boot_ms if kept else None,
            "doubt_boot_id": kept.boot_id if kept else "",
        }
        if self.run("move_message", params) != 1:
            return False
        for column, value in move.sets.items():
            self.run(f"set_{column}", (value, move.id))
        self.run("add_event", ("message", move.id, now_ms, move.event.value, state.value, move.reason))
        return True

    def end_attempts(self, ends: Iterable[AttemptEnd]) -> None:
        self.run_many(
            "end_attempt",
            ((e.ended_at_ms, e.outcome, e.code, e.reason, e.head, e.message_id, e.number) for e in ends),
        )

    def set_text(self, message_id: MessageId, text: str, parts: int) -> None:
        """Only for a message the gateway's filter has refused: the same bytes otherwise."""
        self.run("set_text", (text, parts, message_id))

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
