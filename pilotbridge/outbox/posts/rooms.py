"""Rooms by the names that addresses and lines use, as the configuration has them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotbridge.chat import RoomId
from pilotbridge.config.settings import Settings

PRIVATE = "@"
"""What a room's name begins with when it is a contact's private chat."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room by its chat and the id that the configuration gives it."""

    chat: str
    id: RoomId


def find_room(name: str, settings: Settings) -> Room | None:
    """The room called ``name``, or the private chat of a contact (``@anna``)."""
    if name.startswith(PRIVATE):
        contact = settings.contacts.get(name.removeprefix(PRIVATE))
        chat = next(iter(settings.chats), None)
        if contact is None or chat is None or contact.telegram is None:
            return None
        return Room(chat, RoomId(str(contact.telegram)))
    for chat, configured in settings.chats.items():
        if name in configured.rooms:
            return Room(chat, RoomId(configured.rooms[name]))
    return None


def rooms_of(settings: Settings, chat: str) -> Mapping[str, RoomId]:
    """The configured rooms of one chat, by name."""
    configured = settings.chats.get(chat)
    return {name: RoomId(id_) for name, id_ in configured.rooms.items()} if configured else {}


def named_rooms(settings: Settings, chat: str) -> Mapping[str, RoomId]:
    """The same with the private chats of contacts, as ``@anna``."""
    contacts = settings.contacts if chat == next(iter(settings.chats), None) else {}
    private = {
        f"{PRIVATE}{contact.name}": RoomId(str(contact.telegram))
        for contact in contacts.values()
        if contact.telegram is not None
    }
    return {**rooms_of(settings, chat), **private}
