"""Questions with two buttons: how one is put, and what its row remembers for the day it is answered.

What a button carries is a random word that leads to the row; nothing else in it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from pilotbridge.chat import Button, Buttons, ChatMessageId, Place, RoomId, ThreadId
from pilotbridge.relay.deciding import Asked
from pilotbridge.store.chat_records import ConversationId

YES, NO = "y", "n"
OLD_AFTER_MS = 24 * 3_600_000
LEAVE = "Leave"


@dataclass(frozen=True, slots=True)
class About:
    """What a question is about: a message in a chat, its text, and the SMS it became (0: none yet).

    ``sentence`` is the question itself, for the day its answer is written below it.
    """

    chat: str
    room: RoomId
    thread: ThreadId
    message: ChatMessageId
    conversation: ConversationId
    sentence: str
    text: str = ""
    is_private: bool = False
    waived: tuple[Asked, ...] = ()
    sms: int = 0

    @property
    def place(self) -> Place:
        return Place(self.room, self.thread)


def written(about: About) -> str:
    return msgspec.json.encode(about).decode()


def read(content: str) -> About:
    return msgspec.json.decode(content, type=About)


def two_buttons(token: str, yes: str) -> Buttons:
    return ((Button(yes, f"{token}.{YES}"), Button(LEAVE, f"{token}.{NO}")),)


def one_button(token: str, yes: str) -> Buttons:
    return ((Button(yes, f"{token}.{YES}"),),)


def pressed(carried: str) -> tuple[str, str]:
    """The question's token, and which of its buttons."""
    token, _, choice = carried.partition(".")
    return token, choice if choice in (YES, NO) else ""
