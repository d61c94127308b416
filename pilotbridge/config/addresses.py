"""Addresses in receivers: each has to lead to a phone that takes SMS, or to a room of a chat.

It judges and suggests; who is told when is no business of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pilotbridge.config.diagnostics import Path, spell, suggest
from pilotbridge.config.reading import Reading
from pilotbridge.model import Address, Contact, Way

_PHONES = ("", "phone2")


def read_addresses(
    reading: Reading, path: Path, written: tuple[str, ...], contacts: dict[str, Contact]
) -> tuple[Address, ...]:
    found = (_address(reading, (*path, index), text, contacts) for index, text in enumerate(written))
    return tuple(dict.fromkeys(address for address in found if address))


def _address(reading: Reading, path: Path, text: str, contacts: dict[str, Contact]) -> Address | None:
    try:
        address = Address.parse(text)
    except ValueError as error:
        reading.fault("bad-address", path, str(error), "")
        return None
    if address.name.startswith("schedule/"):
        _judge_schedule(reading, path, address, contacts)
    elif address.way is Way.CHAT:
        _judge_room(reading, path, address.name, contacts)
    elif address.name.startswith("+") or address.name.isdigit():
        cause = "a phone number stands where a contact is meant"
        reading.fault("number-in-config", path, cause, "add it to contacts and write sms:NAME")
    else:
        _judge_contact(reading, path, address, contacts)
    return address


def _judge_room(reading: Reading, path: Path, name: str, contacts: dict[str, Contact]) -> None:
    """A card is posted in a room of a chat, or in a contact's private chat with the bot."""
    chats = reading.names(("chats",))
    if not chats:
        cause = f"chat:{name} is in no chat: none is configured"
        reading.fault("no-chat", path, cause, "add chats.telegram with its rooms, or write sms:NAME")
    elif name.startswith("@"):
        _judge_private_chat(reading, path, name.removeprefix("@"), contacts)
    else:
        rooms = {room for chat in chats for room in reading.names(("chats", chat, "rooms"))}
        if name not in rooms:
            reading.fault(
                "unknown-room", path, f"there is no room {name!r}", suggest(name, rooms, what="rooms")
            )


def _judge_private_chat(reading: Reading, path: Path, name: str, contacts: dict[str, Contact]) -> None:
    if not reading.has(("contacts",), name):
        cause = f"there is no contact {name!r}"
        fix = suggest(name, reading.names(("contacts",)), what="contacts")
        reading.fault("unknown-contact", path, cause, fix)
    elif name in contacts and contacts[name].telegram is None:
        fix = f"add telegram: ID to contacts.{name}, or let them be linked: pilotbridge contacts link {name}"
        reading.fault("no-telegram", path, f"{name} has no telegram id", fix)


def _judge_schedule(reading: Reading, path: Path, address: Address, contacts: dict[str, Contact]) -> None:
    """Whoever may be on call has to be reachable by the way that is written."""
    name, names = address.name.removeprefix("schedule/"), reading.names(("schedules",))
    if name not in names:
        fix = suggest(name, names, what="schedules")
        reading.fault("unknown-schedule", path, f"there is no schedule {name!r}", fix)
    elif address.which not in ("", "next"):
        cause = f"a schedule has no {address.which!r}"
        reading.fault("bad-address", path, cause, f"write {address.name}, or {address.name}#next")
    else:
        for place, member in _members(reading, name):
            _judge_member(reading, place, address, contacts.get(member))


def _members(reading: Reading, schedule: str) -> Iterator[tuple[Path, str]]:
    """Who stands in the rotations of a schedule, and where."""
    path: Path = ("schedules", schedule, "rotation")
    places: list[Path] = [path, *((*path, index) for index in range(reading.count(path)))]
    for place in places:
        listed: Path = (*place, "members")
        for index in range(reading.count(listed)):
            yield (*listed, index), reading.text((*listed, index))


def _judge_member(reading: Reading, path: Path, address: Address, contact: Contact | None) -> None:
    if contact is None:
        return
    is_written = reading.document.get(("contacts", contact.name, "phone")) is not None
    if address.way is Way.SMS and contact.phone is None and not is_written:
        fix = f"{address} is told by SMS; add a phone to contacts.{contact.name}"
        _note_once(reading, "no-phone", path, f"{contact.name} has no phone", fix)
    elif address.way is Way.CHAT and contact.telegram is None:
        fix = f"{address} is told in the chat; add telegram: ID to contacts.{contact.name}"
        _note_once(reading, "no-telegram", path, f"{contact.name} has no telegram id", fix)


def _note_once(reading: Reading, code: str, path: Path, cause: str, fix: str) -> None:
    """Several addresses may lead to one member."""
    if not any(fault.code == code and fault.path == spell(path) for fault in reading.faults):
        reading.fault(code, path, cause, fix)


def _judge_contact(reading: Reading, path: Path, address: Address, contacts: dict[str, Contact]) -> None:
    if not reading.has(("contacts",), address.name):
        cause = f"there is no contact {address.name!r}"
        fix = suggest(address.name, reading.names(("contacts",)), what="contacts")
        reading.fault("unknown-contact", path, cause, fix)
    elif address.which not in _PHONES:
        cause = f"{address.name} has no {address.which!r}"
        reading.fault("bad-address", path, cause, f"write sms:{address.name} or sms:{address.name}#phone2")
    else:
        _judge_phone(reading, path, address, contacts.get(address.name))


def _judge_phone(reading: Reading, path: Path, address: Address, contact: Contact | None) -> None:
    """An SMS needs the phone it goes to; a phone that is written and wrong was noted already."""
    key = address.which or "phone"
    written = reading.document.get(("contacts", address.name, key))
    if (
        address.way is None
        and not address.which
        and contact
        and contact.telegram
        and reading.names(("chats",))
    ):
        return
    if contact and written is None:
        fix = f"add {key} to contacts.{address.name}"
        reading.fault("no-phone", path, f"{address.name} has no {key}", fix)
