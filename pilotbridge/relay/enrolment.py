"""Who a person in a chat is: by the configuration, or by a code that was given to them and that they sent.

A code ties once and for ten minutes; what is kept of it is its digest. A code says who somebody is, and what
they may do stands on the contact.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from pilotbridge.chat import Person
from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotAllowed
from pilotbridge.logs import get_logger
from pilotbridge.model import Contact
from pilotbridge.relay.rooms import contact_of
from pilotbridge.store.chat_records import Enrolment
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

CODE_LASTS = timedelta(minutes=10)
NO_SUCH_CODE = "this code is not known, was used, or is too old; ask for a new one"

log = get_logger(__name__)


def who_is(read: ReadVerbs, chat: str, person: Person, settings: Settings) -> Contact | None:
    """Whoever of ours that is; nobody for bots, channels and admins who hide.

    The configuration comes first; a code ties beside it, for as long as it has the contact.
    """
    named = contact_of(person, settings)
    if named is not None or not person.is_person:
        return named
    tied = read.enrolment(chat, person.id)
    contact = settings.contacts.get(tied.contact) if tied else None
    if contact is None or contact.telegram is not None or not person.id.isdigit():
        return contact
    return replace(contact, telegram=int(person.id))


def offer_code(tx: WriteVerbs, contact: Contact, code: str, *, by: str, now_ms: int) -> int:
    """Let ``code`` tie whoever sends it to ``contact``; returns until when (ms UTC)."""
    expires_at_ms = now_ms + int(CODE_LASTS.total_seconds() * 1000)
    tx.put_link_code(_digest(code), contact.name, by=by, now_ms=now_ms, expires_at_ms=expires_at_ms)
    return expires_at_ms


def redeem_code(
    tx: WriteVerbs, code: str, chat: str, person: Person, settings: Settings, now_ms: int
) -> Contact:
    """Tie ``person`` to the contact that ``code`` was made for.

    :raises NotAllowed: with a sentence, when it ties nobody. A stranger should not be told even that.
    """
    if not person.is_person:
        raise NotAllowed("a bot, a channel or an anonymous admin is nobody's contact")
    known = contact_of(person, settings)
    if known is not None:
        raise NotAllowed(f"the configuration knows you as {known.name} already")
    name = tx.use_link_code(_digest(code), now_ms)
    contact = settings.contacts.get(name) if name else None
    if contact is None:
        raise NotAllowed(NO_SUCH_CODE)
    tx.put_enrolment(Enrolment(chat, person.id, contact.name, now_ms))
    log.info("a person was tied to a contact", chat=chat, person=person.id, contact=contact.name)
    return contact


def _digest(code: str) -> bytes:
    """Case, spaces and dashes do not count: people type it."""
    bare = "".join(char for char in code.casefold() if char.isalnum())
    return hashlib.sha256(bare.encode()).digest()
