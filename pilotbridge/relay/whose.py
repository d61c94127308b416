"""Whose phone a message in a chat is for: by what it replies to, by its thread, by what it quotes.

The first copy of a text, and a first thread, may be there although the chat's answer was lost: then only what
they say can tell. When that fits two phones, or none, it is nobody's, and whoever wrote hears so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pilotbridge.chat import Written
from pilotbridge.config.settings import Settings
from pilotbridge.outbox.posts.content import read as read_content
from pilotbridge.outbox.posts.content import read_head
from pilotbridge.relay.rooms import head_of
from pilotbridge.store.chat_records import Conversation, PostKind, PostRow
from pilotbridge.store.protocol import ReadVerbs

LOOKED_BACK_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Meant:
    """``conversation`` is None when it is clear for no phone; ``is_for_a_phone``: it was meant for one."""

    conversation: Conversation | None
    is_for_a_phone: bool = False


def whose(read: ReadVerbs, chat: str, written: Written, settings: Settings, now_ms: int) -> Meant:
    """What it replies to, else its thread, else what it quotes, else a private chat's only conversation."""
    place = written.place
    link = read.link(chat, place.room, written.reply_to) if written.reply_to else None
    if link is not None:
        return Meant(read.conversation(link.conversation))
    if place.thread:
        known = read.conversation_in(chat, place)
        return Meant(known) if known else _of_a_thread(read, chat, written, now_ms)
    if written.quoted:
        return _of_a_quote(read, chat, written, settings, now_ms)
    found = read.open_conversations_in(chat, place.room) if written.is_private else []
    return Meant(found[0] if len(found) == 1 else None, written.quoted == "")


def _of_a_thread(read: ReadVerbs, chat: str, written: Written, now_ms: int) -> Meant:
    """We made it, and were not told."""
    if not written.thread_title:
        return Meant(None)
    lost = read.posts_lost_in(chat, written.place.room, PostKind.THREAD, now_ms - LOOKED_BACK_MS)
    named = [each for each in _conversations(read, lost) if each.title == written.thread_title]
    return Meant(named[0] if len(named) == 1 else None, is_for_a_phone=True)


def _of_a_quote(read: ReadVerbs, chat: str, written: Written, settings: Settings, now_ms: int) -> Meant:
    """We posted it, and were not told."""
    head, text = read_head(written.quoted or "")
    room = read.room_now(chat, written.place.room)
    lost = read.posts_lost_in(chat, room, PostKind.TEXT, now_ms - LOOKED_BACK_MS)
    equal = [row for row in lost if read_content(row.content).text.strip() == text.strip()]
    found = _conversations(read, equal)
    fitting = [each for each in found if head in ("", head_of(each.party, settings))]
    return Meant(fitting[0] if len(fitting) == 1 else None, bool(head or fitting))


def _conversations(read: ReadVerbs, rows: Iterable[PostRow]) -> list[Conversation]:
    """Each once."""
    ids = dict.fromkeys(row.conversation for row in rows if row.conversation is not None)
    return [found for id_ in ids if (found := read.conversation(id_)) is not None]
