"""Why a message may not go yet: the caps, and an equal text that went to the same number too lately.

The same questions are asked when it is put in and whenever it is looked at again; nothing is moved here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from pilotbridge.clock import from_ms, to_ms
from pilotbridge.intervals import contains, next_change
from pilotbridge.lifecycle import UNSENT, State
from pilotbridge.model import IncidentId, MessageId
from pilotbridge.outbox.budget import over_budget
from pilotbridge.outbox.postage import Postage
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import ReadVerbs

LOOK_AGAIN_MS = 10 * 60_000
OF_ALERTS = frozenset({"alert", "late"})
QUIET_HOURS = "quiet_hours"
HORIZON = timedelta(hours=72)
"""The longest time a message can be on its way: texts within it must be told apart."""


@dataclass(frozen=True, slots=True)
class Hold:
    """``cause`` is the short word of it; it is looked at again at ``again_ms``."""

    cause: str
    reason: str
    again_ms: int


class Candidate(msgspec.Struct, frozen=True):
    """A message that wants to go. ``id`` is None while it has no row; ``origin`` says whose it is."""

    recipient: PhoneNumber
    text: str
    critical: bool
    text_is_unique: bool
    id: MessageId | None = None
    origin: str = ""
    incident_id: IncidentId | None = None


def why_not_yet(read: ReadVerbs, candidate: Candidate, postage: Postage, now_ms: int) -> Hold | None:
    """The first reason to keep it back; None when it may go."""
    if not postage.gateway:
        return Hold("no_gateway", "no gateway is configured", now_ms + LOOK_AGAIN_MS)
    if not candidate.critical and candidate.origin in OF_ALERTS:
        until = quiet_until(candidate.recipient, postage, now_ms)
        if until is not None:
            why = f"quiet hours of {postage.contacts[candidate.recipient].name}"
            return Hold(QUIET_HOURS, why, to_ms(until))
    if not candidate.critical:
        over = over_budget(read, candidate.recipient, postage.budget, now_ms, incident=candidate.incident_id)
        if over:
            return Hold("cap", over, now_ms + LOOK_AGAIN_MS)
    if candidate.text_is_unique:
        return None
    free_ms = same_text_until_ms(
        read, candidate.recipient, candidate.text, postage, now_ms, before=candidate.id
    )
    if free_ms <= now_ms:
        return None
    why = "the same text went to this number a moment ago; it waits out the guard"
    return Hold("same_text", why, free_ms)


def quiet_until(recipient: PhoneNumber, postage: Postage, now_ms: int) -> datetime | None:
    """When the quiet hours of whoever has this number end; None while there are none."""
    contact, now = postage.contacts.get(recipient), from_ms(now_ms)
    if contact is None or not contact.quiet_hours or not contains(contact.quiet_hours, now):
        return None
    return next_change(contact.quiet_hours, now)


def same_text_until_ms(
    read: ReadVerbs,
    recipient: PhoneNumber,
    text: str,
    postage: Postage,
    now_ms: int,
    *,
    before: MessageId | None = None,
) -> int:
    """Until when an equal text to this number could not be told from the earlier one; 0 when it can."""
    horizon_ms = int(HORIZON.total_seconds() * 1000)
    earlier = read.same_text(recipient, text, now_ms - horizon_ms, before=before)
    if earlier is None:
        return 0
    pending = earlier.state in UNSENT or earlier.state is State.PARKED
    free_ms = (now_ms if pending else earlier.last_at_ms) + postage.guard_ms
    return free_ms if free_ms > now_ms else 0


def is_alone(read: ReadVerbs, recipient: PhoneNumber, text: str, now_ms: int) -> bool:
    """Whether a 243 on a retry of this text could only be about itself.

    Never by the configured window: an account that remembers for longer than it says would let a 243
    about the earlier message pass as proof for this one, which would then be lost in silence.
    """
    return read.same_text(recipient, text, now_ms - int(HORIZON.total_seconds() * 1000)) is None
