"""The relay's nouns as facts with stable keys, apart from the others: most commands never ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pilotbridge.clock import from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.outbox.posts.content import Content
from pilotbridge.outbox.posts.content import read as read_content
from pilotbridge.outbox.posts.rooms import rooms_of
from pilotbridge.phone import mask
from pilotbridge.relay.rooms import contact_with
from pilotbridge.store.chat_records import PostRow
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.store.views import ConversationView


@dataclass(frozen=True, slots=True)
class RoomNames:
    """What rooms are called in the configuration, wherever they have moved; else whose private chat it is."""

    names: Mapping[tuple[str, str], str]
    people: Mapping[str, str]

    def of(self, chat: str, room: str) -> str:
        named = self.names.get((chat, room))
        owner = self.people.get(room)
        return named or (f"@{owner}" if owner else f"{chat} {room}")


def room_names(read: ReadVerbs, settings: Settings) -> RoomNames:
    names = {
        (chat, str(now_at)): name
        for chat in settings.chats
        for name, room in rooms_of(settings, chat).items()
        for now_at in (room, read.room_now(chat, room))
    }
    people = {str(c.telegram): c.name for c in settings.contacts.values() if c.telegram}
    return RoomNames(names, people)


def post(row: PostRow, rooms: RoomNames) -> dict[str, Any]:
    """A chat post with the keys of a message; what it has none of is None."""
    content = read_content(row.content)
    return {
        "id": row.id,
        "way": "chat",
        "state": row.state,
        "reason": row.reason,
        "to": rooms.of(row.chat, row.room),
        "contact": None,
        "text": _words(content),
        "sender": row.chat,
        "incident": None,
        "critical": None,
        "parts": None,
        "cost_rub": None,
        "attempts": row.attempts,
        "gateway": None,
        "server_id": row.message,
        "origin": f"{row.about.kind} {row.about.id}" if row.about.kind else "chat",
        "created_at": _moment(row.created_at_ms),
        "accepted_at": None,
        "settled_at": _moment(row.settled_at_ms),
        "due_at": _moment(row.due_at_ms),
        "in_doubt_since": _moment(row.in_doubt_since_ms),
        "retry_of": None,
        "kind": row.kind,
        "conversation": row.conversation,
    }


def _words(content: Content) -> str:
    """What it says; what it does when it says nothing."""
    if content.tick:
        return f"(tick: {content.tick})"
    if content.title:
        return f"(topic: {content.title})"
    return content.text or ("(open the topic)" if content.is_open else "(close the topic)")


def conversation(view: ConversationView, rooms: RoomNames, settings: Settings) -> dict[str, Any]:
    found = view.conversation
    contact = contact_with(found.party, settings)
    return {
        "id": found.id,
        "line": found.line,
        "phone": mask(found.party) if found.phone else found.party,
        "contact": contact.name if contact else None,
        "room": rooms.of(found.chat, found.room),
        "state": found.state,
        "unanswered": view.unanswered,
        "last_in_at": _moment(found.last_in_ms),
        "last_out_at": _moment(found.last_out_ms),
        "waits_since": _moment(found.waits_since_ms),
        "made_at": _moment(found.made_at_ms),
    }


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
