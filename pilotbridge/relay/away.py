"""Outside of a line's hours whoever texts is told so: once a day, and never a sender that is no phone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from pilotbridge import intervals
from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.errors import NotAllowed
from pilotbridge.logs import get_logger
from pilotbridge.outbox.enqueue import Order, Postage, enqueue, marked
from pilotbridge.outbox.posts.enqueue import Saying
from pilotbridge.relay.conversations import tell
from pilotbridge.relay.rooms import contact_with
from pilotbridge.store.chat_records import About, Conversation
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

log = get_logger(__name__)


def is_away(line: RelayLine, now: datetime) -> bool:
    """Whether nobody of the line answers now."""
    return bool(line.hours) and not intervals.contains(line.hours, now)


def day_of(line: RelayLine, now: datetime) -> str:
    """The day it is where the line is."""
    return now.astimezone(ZoneInfo(line.zone)).date().isoformat()


def was_told(read: ReadVerbs, conversation: Conversation, day: str) -> bool:
    """Whether this phone was told on that day, in whichever of the line's rooms."""
    others = read.conversations_of_party(conversation.party)
    return any(other.away_on == day for other in others if other.line == conversation.line)


def say_away(
    tx: WriteVerbs,
    conversation: Conversation,
    line: RelayLine,
    settings: Settings,
    postage: Postage,
    now: datetime,
) -> None:
    """Send the line's away text when it is due, and show it in the conversation."""
    day, phone = day_of(line, now), conversation.phone
    if not line.away or phone is None or not is_away(line, now) or was_told(tx, conversation, day):
        return
    now_ms = int(now.timestamp() * 1000)
    contact = contact_with(conversation.party, settings)
    order = Order(
        recipient=phone,
        text=marked(tx, phone, line.away, postage, now_ms),
        reason=f"nobody of the line {line.name} is there",
        origin=f"away:{line.name}",
        contact=contact.name if contact else "",
        sender=line.sender,
        line=line.name,
        is_unasked=True,
    )
    try:
        sms = enqueue(tx, order, postage, now_ms)
    except NotAllowed as error:
        log.info("an away text may not be sent", conversation=conversation.id, reason=error.reason)
        return
    tx.away_in(conversation.id, day)
    shown = Saying(f"Away text: {order.text}", f"message {sms} is an away text", about=About("message", sms))
    tell(tx, conversation, shown, settings, now_ms)
