"""In which rooms a receiver's incidents have cards: its addresses that lead to chats. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pilotbridge.config.settings import ReceiverSettings, Settings
from pilotbridge.model import Address, Way
from pilotbridge.outbox.posts.rooms import PRIVATE, Room, find_room


def rooms_of_receiver(receiver: ReceiverSettings, settings: Settings) -> tuple[Room, ...]:
    """Each room once, in the order of the addresses."""
    found = (find_room(name, settings) for name in _named(receiver, settings))
    return tuple(dict.fromkeys(room for room in found if room is not None))


def _named(receiver: ReceiverSettings, settings: Settings) -> Iterator[str]:
    for address in receiver.steps[0].notify if receiver.steps else ():
        if address.way is Way.CHAT:
            yield address.name
        elif is_told_in_chat(address, settings):
            yield PRIVATE + address.name


def is_told_in_chat(address: Address, settings: Settings) -> bool:
    """Whether a bare name means somebody who has no phone, and is told in the chat with the bot."""
    contact = settings.contacts.get(address.name)
    return address.way is None and contact is not None and contact.phone is None
