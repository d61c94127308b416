"""What a post says, as its row keeps it and as its chat is asked for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from pilotbridge.chat import (
    Button,
    Buttons,
    ChangeThread,
    ChatMessageId,
    ChatPost,
    EditPost,
    MarkPost,
    NewPost,
    NewThread,
    Place,
    Tick,
)
from pilotbridge.store.chat_records import PostKind, PostRow

AGAIN = "(again) "
"""Stands before a text whose first copy may have been seen already."""
HEAD_UNITS = 200
"""What may be put before a text: the mark, and in a room without threads the name of who it is from."""


@dataclass(frozen=True, slots=True)
class Content:
    """Whatever the kind of post needs of these.

    ``head`` stands above the text where no thread says who it is from.
    """

    text: str = ""
    head: str = ""
    reply_to: str = ""
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    tick: str = ""
    title: str | None = None
    is_open: bool | None = None


def written(content: Content) -> str:
    """As the row keeps it."""
    return msgspec.json.encode(content).decode()


def read(text: str) -> Content:
    return msgspec.json.decode(text, type=Content)


def as_pairs(buttons: Buttons) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(tuple((button.label, button.token) for button in row) for row in buttons)


def chat_post(row: PostRow, place: Place) -> ChatPost:
    """What the chat is asked to do for ``row`` at ``place``; a repeat in doubt carries its mark."""
    content = read(row.content)
    match row.kind:
        case PostKind.TEXT:
            reply = ChatMessageId(content.reply_to) if content.reply_to else None
            return NewPost(place, _text(row, content, place), reply, _buttons(content))
        case PostKind.EDIT:
            return EditPost(place, row.target, content.text, _buttons(content))
        case PostKind.MARK:
            return MarkPost(place, row.target, Tick(content.tick))
        case PostKind.THREAD:
            return NewThread(place.room, content.title or "?")
        case PostKind.CHANGE:
            return ChangeThread(place, content.title, content.is_open)


def without_reply(text: str) -> str:
    """The same post in reply to nothing."""
    return written(replace(read(text), reply_to=""))


def read_head(shown: str) -> tuple[str, str]:
    """The head that stands above a text in a room without threads ('' none), and the text itself."""
    posted = shown.removeprefix(AGAIN)
    head, _, text = posted.partition("\n")
    return (head, text) if head.endswith(":") and text else ("", posted)


def _text(row: PostRow, content: Content, place: Place) -> str:
    head = f"{content.head}\n" if content.head and not place.thread and not content.reply_to else ""
    return (AGAIN if row.in_doubt_since_ms is not None else "") + head + content.text


def _buttons(content: Content) -> Buttons:
    return tuple(tuple(Button(label, token) for label, token in row) for row in content.buttons)
