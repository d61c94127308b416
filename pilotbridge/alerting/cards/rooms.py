"""In which rooms a receiver's incidents have cards: its addresses that lead to chats. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pilotbridge.config.settings import ReceiverSettings, Settings
from pilotbridge.model import Address, Way
from pilotbridge.oncall.roster import Roster
from pilotbridge.outbox.posts.rooms import PRIVATE, Room, find_room


def rooms_of_receiver(receiver: ReceiverSettings, steps: Collection[int], roster: Roster) -> tuple[Room, ...]:
    """The rooms of some steps, each once, in the order of the addresses."""
    found = (find_room(name, roster.settings) for name in _named(receiver, steps, roster))
    return tuple(dict.fromkeys(room for room in found if room is not None))


def names_of_rooms(receiver: ReceiverSettings, steps: Collection[int], roster: Roster) -> tuple[str, ...]:
    """The same rooms as the configuration calls them: ``ops-room``, and ``@anna`` in private."""
    named = dict.fromkeys(_named(receiver, steps, roster))
    return tuple(name for name in named if find_room(name, roster.settings) is not None)


def addresses_of(receiver: ReceiverSettings, steps: Collection[int]) -> Iterator[Address]:
    """Those of some steps; a step that the configuration has no more has none."""
    for index in steps:
        yield from receiver.steps[index].notify if index < len(receiver.steps) else ()


def _named(receiver: ReceiverSettings, steps: Collection[int], roster: Roster) -> Iterator[str]:
    for address in map(roster.resolved, addresses_of(receiver, steps)):
        if address.way is Way.CHAT:
            yield address.name
        elif is_told_in_chat(address, roster.settings):
            yield PRIVATE + address.name


def is_told_in_chat(address: Address, settings: Settings) -> bool:
    """Whether a bare name means somebody who has no phone, and is told in the chat with the bot."""
    contact = settings.contacts.get(address.name)
    return address.way is None and contact is not None and contact.phone is None
