"""The way into the outbox: a message is priced, checked against the caps, and put in order.

A message that may not go yet is put in all the same, HELD with its reason, so that nothing is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from pilotbridge.lifecycle import UNSENT, State
from pilotbridge.model import IncidentId, MessageId, NotificationId
from pilotbridge.outbox.budget import Budget, over_budget
from pilotbridge.outbox.settling import UNKNOWN_GUARD
from pilotbridge.phone import PhoneNumber
from pilotbridge.sms_text import measure
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs
from pilotbridge.store.records import Draft

LAPSES_AFTER = timedelta(hours=24)
CRITICAL_LAPSES_AFTER = timedelta(hours=72)
LOOK_AGAIN_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants sent. ``text_is_unique`` is the composer's promise; people's texts have none."""

    recipient: PhoneNumber
    text: str
    reason: str
    origin: str
    critical: bool = False
    prefer_duplicate: bool = False
    text_is_unique: bool = False
    contact: str = ""
    sender: str = ""
    ttl_min: int | None = None
    send_at_ms: int | None = None
    incident_id: IncidentId | None = None
    notification_id: NotificationId | None = None
    retry_of: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Postage:
    """What the configuration says about every message: the first gateway, its sender and guard, the caps."""

    gateway: str
    sender: str
    window: timedelta = timedelta()
    landing: timedelta = timedelta(seconds=60)
    ttl_min: int | None = None
    budget: Budget = field(default_factory=Budget)


def enqueue(tx: WriteVerbs, order: Order, postage: Postage, now_ms: int) -> MessageId:
    """Put ``order`` into the outbox within the caller's transaction."""
    hold, reason, due_ms = _hold(tx, order, postage, now_ms)
    draft = Draft(
        recipient=order.recipient,
        text=order.text,
        sender=order.sender or postage.sender,
        gateway=postage.gateway,
        parts=measure(order.text).parts,
        critical=order.critical,
        text_is_unique=order.text_is_unique or (hold != "same_text" and not order.incident_id),
        prefer_duplicate=order.prefer_duplicate,
        lapses_at_ms=max(due_ms, now_ms) + _lapses_after_ms(order),
        due_at_ms=due_ms,
        origin=order.origin,
        reason=reason,
        contact=order.contact,
        hold=hold,
        ttl_min=order.ttl_min or postage.ttl_min,
        incident_id=order.incident_id,
        notification_id=order.notification_id,
        retry_of=order.retry_of,
    )
    return tx.add_message(draft, now_ms)


def _lapses_after_ms(order: Order) -> int:
    after = CRITICAL_LAPSES_AFTER if order.critical else LAPSES_AFTER
    return int(after.total_seconds() * 1000)


def _hold(tx: WriteVerbs, order: Order, postage: Postage, now_ms: int) -> tuple[str, str, int]:
    """(cause, reason, when to look again) of a message that may not go yet; the cause is empty otherwise."""
    start_ms = max(order.send_at_ms or 0, now_ms)
    if not order.critical:
        over = over_budget(tx, order.recipient, postage.budget, now_ms)
        if over:
            return "cap", over, now_ms + LOOK_AGAIN_MS
    if not order.text_is_unique:
        free_ms = same_text_until_ms(tx, order.recipient, order.text, postage, now_ms)
        if free_ms > start_ms:
            return (
                "same_text",
                "the same text went to this number a moment ago; it waits out the guard",
                free_ms,
            )
    return "", order.reason, start_ms


def same_text_until_ms(
    read: ReadVerbs, recipient: PhoneNumber, text: str, postage: Postage, now_ms: int
) -> int:
    """Until when an equal text to this number could not be told from the earlier one; 0 when it can."""
    guard = (postage.window or UNKNOWN_GUARD) + postage.landing
    guard_ms = int(guard.total_seconds() * 1000)
    horizon_ms = int(CRITICAL_LAPSES_AFTER.total_seconds() * 1000)
    earlier = read.same_text(recipient, text, now_ms - horizon_ms)
    if earlier is None:
        return 0
    pending = earlier.state in UNSENT or earlier.state is State.PARKED
    free_ms = (now_ms if pending else earlier.last_at_ms) + guard_ms
    return free_ms if free_ms > now_ms else 0


def marked(read: ReadVerbs, recipient: PhoneNumber, text: str, postage: Postage, now_ms: int) -> str:
    """``text``, with a mark like `` (2)`` when an equal one went to this number too lately."""
    candidate, number = text, 1
    while same_text_until_ms(read, recipient, candidate, postage, now_ms):
        number += 1
        candidate = f"{text} ({number})"
    return candidate
