"""The way into the outbox: a message is measured, checked against the limits, and put in order.

A message that may not go yet is put in all the same, HELD with its reason, so that nothing is dropped;
only a number that may not be texted at all is refused.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from pilotbridge.errors import NotAllowed
from pilotbridge.model import IncidentId, MessageId, NotificationId
from pilotbridge.outbox.holding import Candidate, Hold, is_alone, same_text_until_ms, why_not_yet
from pilotbridge.outbox.postage import Postage, postage_of
from pilotbridge.outbox.wishes import opted_out, why_unwanted
from pilotbridge.phone import PhoneNumber
from pilotbridge.sms_text import measure
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs
from pilotbridge.store.records import Draft

LAPSES_AFTER = timedelta(hours=24)
CRITICAL_LAPSES_AFTER = timedelta(hours=72)


class Order(msgspec.Struct, frozen=True):
    """What somebody wants sent. ``text_is_unique`` is the composer's promise; people's texts have none.

    ``is_unasked`` says that the phone did not ask for it, so that its opt-out from ``line`` (from any line
    when none is named) forbids it.
    """

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
    line: str = ""
    is_unasked: bool = False


def enqueue(tx: WriteVerbs, order: Order, postage: Postage, now_ms: int) -> MessageId:
    """Put ``order`` into the outbox within the caller's transaction.

    :raises NotAllowed: when the number's country is not allowed and nobody here knows the number, or when
        the phone wants no such texts.
    """
    check_country(tx, order.recipient, postage)
    check_wish(tx, order)
    start_ms = max(order.send_at_ms or 0, now_ms)
    candidate = Candidate(
        order.recipient,
        order.text,
        order.critical,
        order.text_is_unique,
        origin=order.origin,
        incident_id=order.incident_id,
    )
    hold = _still_standing(why_not_yet(tx, candidate, postage, now_ms), start_ms)
    draft = Draft(
        recipient=order.recipient,
        text=order.text,
        sender=order.sender or postage.sender,
        gateway=postage.gateway,
        parts=measure(order.text).parts,
        critical=order.critical,
        text_is_unique=order.text_is_unique or is_alone(tx, order.recipient, order.text, now_ms),
        prefer_duplicate=order.prefer_duplicate,
        lapses_at_ms=start_ms + lapses_after_ms(critical=order.critical),
        due_at_ms=max(hold.again_ms, start_ms) if hold else start_ms,
        origin=order.origin,
        reason=hold.reason if hold else order.reason,
        contact=order.contact,
        hold=hold.cause if hold else "",
        ttl_min=order.ttl_min or postage.ttl_min,
        incident_id=order.incident_id,
        notification_id=order.notification_id,
        is_timed=start_ms > now_ms,
    )
    return tx.add_message(draft, now_ms)


def check_country(read: ReadVerbs, recipient: PhoneNumber, postage: Postage) -> None:
    """:raises NotAllowed: unless its country is listed, or it is a contact's, or it has written to us."""
    if not postage.countries or recipient.country in postage.countries or recipient in postage.known:
        return
    if read.has_written(recipient.digits):
        return
    raise NotAllowed(
        f"{recipient} is a number of {recipient.country or 'no country'}, and limits.countries lists "
        f"{', '.join(sorted(postage.countries))}; add the country there, or the number as a contact's"
    )


def check_wish(read: ReadVerbs, order: Order) -> None:
    """:raises NotAllowed: when nobody asked for it and the phone has opted out."""
    optout = opted_out(read, order.recipient, order.line) if order.is_unasked else None
    if optout is not None:
        raise NotAllowed(why_unwanted(optout))


def marked(read: ReadVerbs, recipient: PhoneNumber, text: str, postage: Postage, now_ms: int) -> str:
    """``text``, with a mark like `` (2)`` when an equal one went to this number too lately."""
    candidate, number = text, 1
    while same_text_until_ms(read, recipient, candidate, postage, now_ms):
        number += 1
        candidate = f"{text} ({number})"
    return candidate


def _still_standing(hold: Hold | None, start_ms: int) -> Hold | None:
    """A message for later is only held for what will still stand then."""
    return None if hold and hold.cause == "same_text" and hold.again_ms <= start_ms else hold


def lapses_after_ms(*, critical: bool) -> int:
    """How long a message is of any use from when it was to go."""
    after = CRITICAL_LAPSES_AFTER if critical else LAPSES_AFTER
    return int(after.total_seconds() * 1000)


__all__ = ["Order", "Postage", "check_country", "enqueue", "marked", "postage_of"]
