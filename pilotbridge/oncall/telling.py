"""Telling a contact about their shifts: by SMS, and in the private chat with the bot where there is one.

Each goes into its outbox within the caller's transaction.
"""

from __future__ import annotations

from pilotbridge.chat import Lane
from pilotbridge.config.settings import Settings
from pilotbridge.model import Contact, MessageId
from pilotbridge.oncall.words import in_letters_of
from pilotbridge.outbox.enqueue import Order, Postage, enqueue, marked
from pilotbridge.outbox.posts.enqueue import Saying, in_room, say
from pilotbridge.outbox.posts.rooms import PRIVATE, find_room
from pilotbridge.store.protocol import WriteVerbs

ORIGIN = "oncall"


def tell(
    tx: WriteVerbs, contact: Contact, body: str, reason: str, postage: Postage, now_ms: int
) -> MessageId | None:
    """Text ``body`` to the contact's phone; None when they have none."""
    if contact.phone is None:
        return None
    order = Order(
        contact.phone,
        marked(tx, contact.phone, in_letters_of(contact, body), postage, now_ms),
        reason=reason,
        origin=ORIGIN,
        contact=contact.name,
    )
    return enqueue(tx, order, postage, now_ms)


def tell_in_chat(
    tx: WriteVerbs, contact: Contact, body: str, reason: str, settings: Settings, now_ms: int
) -> None:
    """Say ``body`` in the contact's private chat, if they have one with the bot."""
    room = find_room(PRIVATE + contact.name, settings)
    if room is not None:
        saying = Saying(body, reason, lane=Lane.ANSWER, repeats=True)
        say(tx, in_room(room.chat, room.id), saying, now_ms)
