"""Contacts as facts, and whether each can be reached, as far as the configuration and the database know.

It asks nobody: what a gateway or a chat would say today is `check --online`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pilotbridge.chat import RoomId
from pilotbridge.clock import from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotFound
from pilotbridge.lifecycle import State
from pilotbridge.model import Contact, Message
from pilotbridge.phone import PhoneKind, PhoneNumber
from pilotbridge.relay.lines import lines_of
from pilotbridge.store.protocol import ReadVerbs

Fact = dict[str, Any]
OK, WARN, FAIL = "ok", "warn", "fail"
_ARRIVED = (State.DELIVERED, State.ACCEPTED, State.UNCONFIRMED)
_ENDED_BADLY = (State.REFUSED, State.UNDELIVERED, State.LAPSED)


def contacts(read: ReadVerbs, settings: Settings, *, full: bool = False) -> list[Fact]:
    """In the order of the configuration. ``full`` shows whole numbers."""
    return [_fact(read, contact, full=full) for contact in settings.contacts.values()]


def _fact(read: ReadVerbs, contact: Contact, *, full: bool) -> Fact:
    known = _known_in_chat(read, contact)
    phones = [phone for phone in (contact.phone, contact.second_phone) if phone]
    delivered = [at for phone in phones if (at := read.last_delivered_ms(phone)) is not None]
    return {
        "name": contact.name,
        "phone": _shown(contact.phone, full=full),
        "second_phone": _shown(contact.second_phone, full=full),
        "telegram": known[0] if known else None,
        "linked_at": known[1] if known else None,
        "role": contact.role,
        "language": contact.language,
        "zone": contact.zone,
        "has_texted": any(read.has_written(phone.digits) for phone in phones),
        "last_delivered_at": from_ms(max(delivered)) if delivered else None,
    }


def _shown(phone: PhoneNumber | None, *, full: bool) -> str | None:
    if phone is None:
        return None
    return phone.e164 if full else str(phone)


def _known_in_chat(read: ReadVerbs, contact: Contact) -> tuple[str, datetime | None] | None:
    """Their id in the chat, and since when a code says so (None: the configuration does)."""
    if contact.telegram is not None:
        return str(contact.telegram), None
    tied = read.enrolments_of(contact.name)
    return (tied[0].person, from_ms(tied[0].at_ms)) if tied else None


# --- can they be reached? ---------------------------------------------------------------------------


def contact_checks(read: ReadVerbs, name: str, settings: Settings) -> list[Fact]:
    """What is known of each way to the contact ``name``: ``level`` ``what`` ``says`` ``fix``.

    :raises NotFound: when there is no such contact.
    """
    contact = settings.contacts.get(name)
    if contact is None:
        names = ", ".join(settings.contacts) or "none"
        raise NotFound(f"there is no contact {name!r}; the configuration has: {names}")
    return list(_checks(read, contact, settings))


def _checks(read: ReadVerbs, contact: Contact, settings: Settings) -> Iterator[Fact]:
    if contact.phone is None:
        level = WARN if _known_in_chat(read, contact) else FAIL
        yield _found(level, "phone", "none is configured", f"add phone: to contacts.{contact.name}")
    for key, phone in (("phone", contact.phone), ("phone2", contact.second_phone)):
        if phone is not None:
            yield from _phone_checks(read, key, contact, phone, settings)
    if contact.phone is not None:
        yield _texted(read, contact, settings)
    if settings.chats:
        yield _chat(read, contact, settings)
    yield _told_by(contact, settings)


def _phone_checks(
    read: ReadVerbs, key: str, contact: Contact, phone: PhoneNumber, settings: Settings
) -> Iterator[Fact]:
    yield _kind(key, phone)
    allowed = settings.limits.countries
    if allowed and phone.country not in allowed:
        says = f"{phone.country or 'no country'} is not in limits.countries ({', '.join(sorted(allowed))})"
        yield _found(FAIL, key, says, "add the country there")
    for optout in read.optouts_of(phone):
        says = f"it wants no texts of the line {optout.line} ({optout.reason}); alerts still go"
        yield _found(WARN, key, says, f"pilotbridge contacts optouts remove {contact.name}")
    newest = next(read.messages_viewed(phone), None)
    address = f"sms:{contact.name}" + ("" if key == "phone" else f"#{key}")
    yield _last(key, newest.message if newest else None, address, settings)


def _kind(key: str, phone: PhoneNumber) -> Fact:
    if phone.kind in (PhoneKind.MOBILE, PhoneKind.UNKNOWN):
        sure = "a mobile number" if phone.is_mobile else "a number of a range too new to know"
        return _found(OK, key, f"{phone} is {sure} of {phone.country or 'no single country'}")
    return _found(FAIL, key, f"{phone} is a {phone.kind} number and takes no SMS", "write a mobile number")


def _last(key: str, message: Message | None, address: str, settings: Settings) -> Fact:
    """What became of the newest SMS."""
    try_it = f'pilotbridge send {address} "a test" --wait'
    if message is None:
        return _found(WARN, key, "no SMS was sent to it yet", try_it)
    when = message.settled_at or message.accepted_at or message.created_at
    says = f"the last SMS is {message.state} ({_local(when, settings)}): {message.reason}"
    if message.state is State.DELIVERED:
        return _found(OK, key, f"the last SMS was delivered ({_local(when, settings)})")
    if message.state in _ENDED_BADLY:
        return _found(FAIL, key, says, f"look at the phone, then {try_it}")
    known = OK if message.state in _ARRIVED else WARN
    return _found(known, key, says, "" if known == OK else f"pilotbridge trace --message {message.id}")


def _texted(read: ReadVerbs, contact: Contact, settings: Settings) -> Fact:
    phones = [phone for phone in (contact.phone, contact.second_phone) if phone]
    if any(read.has_written(phone.digits) for phone in phones):
        return _found(OK, "answers", "has texted us, so knows how to take an incident by SMS")
    lines = lines_of(settings)
    if not lines:
        fix = "add reply_to to the gateway, so that people can text back"
        return _found(WARN, "answers", "nobody can text back: there is no service number", fix)
    how = f"let them text {lines[0].prefix} ? to +{lines[0].number}".replace("text  ?", "text ?")
    return _found(WARN, "answers", "has never texted us", how)


def _chat(read: ReadVerbs, contact: Contact, settings: Settings) -> Fact:
    known = _known_in_chat(read, contact)
    if known is None:
        return _found(
            WARN, "chat", "nobody in a chat is known as them", f"pilotbridge contacts link {contact.name}"
        )
    person, linked_at = known
    chat = next(iter(settings.chats))
    by = f"a code ({_local(linked_at, settings)})" if linked_at else "the configuration"
    gone = read.room_fact(chat, RoomId(person)).gone
    if gone:
        says = f"their private chat is closed to us: {gone}"
        return _found(FAIL, "chat", says, "let them open the chat with the bot and press Start")
    at_ms = read.last_posted_ms(chat, RoomId(person))
    posted = f"last posted to {_local(from_ms(at_ms), settings)}" if at_ms else "not posted to alone yet"
    return _found(OK, "chat", f"known as {person} by {by}; {posted}")


def _told_by(contact: Contact, settings: Settings) -> Fact:
    shifts = [f"schedule/{each.name}" for each in settings.schedules.values() if contact.name in each.members]
    known = {contact.name, f"@{contact.name}", *shifts}
    names = [
        receiver.name
        for receiver in settings.receivers.values()
        if any(address.name in known for step in receiver.steps for address in step.notify)
    ]
    if names:
        return _found(OK, "alerts", f"told by {', '.join(names)}")
    return _found(WARN, "alerts", "no receiver names them", f"add sms:{contact.name} to a receiver")


def _found(level: str, what: str, says: str, fix: str = "") -> Fact:
    return {"level": level, "what": what, "says": says, "fix": fix}


def _local(moment: datetime, settings: Settings) -> str:
    return f"{moment.astimezone(ZoneInfo(settings.bridge.zone)):%Y-%m-%d %H:%M}"
