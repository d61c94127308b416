"""Addresses in receivers: each has to lead to a phone that takes SMS, or to a room of a chat.

It judges and suggests; who is told when is no business of it.
"""

from __future__ import annotations

from pilotbridge.config.diagnostics import Path, suggest
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
    if address.way is Way.CHAT:
        _judge_room(reading, path, address.name, contacts)
    elif address.name.startswith("schedule/"):
        cause = "not built yet: there are no schedules; name a contact"
        reading.fault("not-built-yet", path, cause, "remove it for now")
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
    names = reading.names(("contacts",))
    if name not in names:
        cause = f"there is no contact {name!r}"
        reading.fault("unknown-contact", path, cause, suggest(name, names, what="contacts"))
    elif name in contacts and contacts[name].telegram is None:
        fix = f"add telegram: ID to contacts.{name}, or let them be linked: pilotbridge contacts link {name}"
        reading.fault("no-telegram", path, f"{name} has no telegram id", fix)


def _judge_contact(reading: Reading, path: Path, address: Address, contacts: dict[str, Contact]) -> None:
    names = reading.names(("contacts",))
    if address.name not in names:
        cause = f"there is no contact {address.name!r}"
        reading.fault("unknown-contact", path, cause, suggest(address.name, names, what="contacts"))
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
