"""What a person may do to a message, each verb a legal move with who and why on the record.

It never guesses: what may have been sent is settled by a verdict, not by sending again.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilotbridge.errors import NotAllowed, NotFound
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import MessageId
from pilotbridge.outbox.enqueue import CRITICAL_LAPSES_AFTER, LAPSES_AFTER
from pilotbridge.outbox.pausing import pause, resume
from pilotbridge.outbox.settling import FIRST_CHECK_MS
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import Draft, Move, OutboxRow

_ENDED = (State.REFUSED, State.UNDELIVERED, State.LAPSED)
_WHY_NO_RETRY = {
    State.SENDING: "it is being sent just now",
    State.IN_DOUBT: "it may have been sent; resolve it: accepted, or not_accepted",
    State.PARKED: "it may have been sent; resolve it: accepted, or not_accepted",
    State.ACCEPTED: "the gateway has it; wait for what the network says",
    State.UNCONFIRMED: "the gateway had it; write a new message if it must go again",
    State.DELIVERED: "it was delivered",
    State.CANCELLED: "it was cancelled; write a new message",
}
_WHY_NO_CANCEL = {
    State.SENDING: "it is being sent just now",
    State.IN_DOUBT: "it may have been sent already; resolve it: accepted, or not_accepted",
}


def retry(tx: WriteVerbs, message_id: MessageId, *, by: str, now_ms: int) -> MessageId:
    """Send it after all: a waiting message goes now, an ended one gets a new row that names the old.

    Returns the id of the message that goes.

    :raises NotFound: when there is no such message.
    :raises NotAllowed: when it has gone, or may have.
    """
    row = _row(tx, message_id)
    if row.state is State.HELD:
        return _move(tx, row, Event.RELEASE, f"{by} lets it go", now_ms, due_at_ms=now_ms)
    if row.state is State.QUEUED:
        tx.look_again(row.id, now_ms)
        tx.add_event("message", row.id, now_ms, "hasten", state=row.state, reason=f"{by} lets it go now")
        return row.id
    if row.state not in _ENDED:
        raise NotAllowed(f"message {row.id} cannot be retried: {_WHY_NO_RETRY[row.state]}")
    again = tx.add_message(_again(row, f"{by} sends message {row.id} once more", now_ms), now_ms)
    tx.add_event("message", row.id, now_ms, "retry", state=row.state, reason=f"{by}: as message {again}")
    return again


def cancel(tx: WriteVerbs, message_id: MessageId, *, by: str, now_ms: int, why: str = "") -> MessageId:
    """It will not be sent.

    :raises NotFound: when there is no such message.
    :raises NotAllowed: when it has gone, or may go this moment.
    """
    row = _row(tx, message_id)
    if row.state not in (State.QUEUED, State.HELD, State.PARKED):
        because = _WHY_NO_CANCEL.get(row.state, f"it is {row.state} already")
        raise NotAllowed(f"message {row.id} cannot be cancelled: {because}")
    return _move(tx, row, Event.CANCEL, _said(f"cancelled by {by}", why), now_ms)


def resolve(
    tx: WriteVerbs, message_id: MessageId, *, accepted: bool, by: str, now_ms: int, why: str = ""
) -> MessageId:
    """A person knows what became of a message in doubt: the gateway has it, or it surely has not.

    :raises NotFound: when there is no such message.
    :raises NotAllowed: when there is no doubt about it.
    """
    row = _row(tx, message_id)
    if row.state not in (State.IN_DOUBT, State.PARKED):
        raise NotAllowed(f"message {row.id} is {row.state}; only a message in doubt is resolved")
    if accepted:
        reason = _said(f"{by} knows that the gateway has it", why)
        return _move(tx, row, Event.ACCEPT, reason, now_ms, due_at_ms=now_ms + FIRST_CHECK_MS)
    reason = _said(f"{by} knows that the gateway does not have it", why)
    if row.state is State.IN_DOUBT:
        _move(tx, row, Event.PARK, reason, now_ms)
        row = _row(tx, message_id)
    # People err: should the guard refuse the next try, that proves that the first one was taken after all.
    sets = {"failures": max(row.failures, 1)}
    return _move(tx, row, Event.REQUEUE, reason, now_ms, due_at_ms=now_ms, sets=sets)


def _row(tx: WriteVerbs, message_id: MessageId) -> OutboxRow:
    row = tx.outbox_row(message_id)
    if row is None:
        raise NotFound(f"there is no message {message_id}; see pilotbridge messages list")
    return row


def _move(
    tx: WriteVerbs,
    row: OutboxRow,
    event: Event,
    reason: str,
    now_ms: int,
    *,
    due_at_ms: int | None = None,
    sets: Mapping[str, int | str | None] | None = None,
) -> MessageId:
    move = Move(row.id, row.revision, row.state, event, reason, due_at_ms, doubt=row.doubt, sets=sets or {})
    tx.move(move, now_ms)
    return row.id


def _said(what: str, why: str) -> str:
    return f"{what}: {why.strip()}" if why.strip() else what


def _again(row: OutboxRow, reason: str, now_ms: int) -> Draft:
    """The same message once more. Two rows with one text: a 243 proves nothing about this one."""
    after = CRITICAL_LAPSES_AFTER if row.critical else LAPSES_AFTER
    return Draft(
        recipient=row.recipient,
        text=row.text,
        sender=row.sender,
        gateway=row.gateway,
        parts=row.parts,
        critical=row.critical,
        text_is_unique=False,
        prefer_duplicate=row.prefer_duplicate,
        lapses_at_ms=now_ms + int(after.total_seconds() * 1000),
        due_at_ms=now_ms,
        origin=row.origin,
        reason=reason,
        contact=row.contact,
        ttl_min=row.ttl_min,
        incident_id=row.incident_id,
        retry_of=row.id,
    )


__all__ = ["cancel", "pause", "resolve", "resume", "retry"]
