"""What the bridge and a chat say to each other: posts that go out, and what people do in the chat.

Only shapes stand here, in words that fit any chat; what Telegram calls them is its plugin's business. Ids of
rooms, threads and messages are the chat's own, as text, and nothing here reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, NewType, Protocol

from pilotbridge.errors import Refused

if TYPE_CHECKING:
    from pilotbridge.protocols import Bridge

RoomId = NewType("RoomId", str)
ThreadId = NewType("ThreadId", str)
ChatMessageId = NewType("ChatMessageId", str)
PersonId = NewType("PersonId", str)

NO_THREAD = ThreadId("")


@dataclass(frozen=True, slots=True)
class Place:
    """A room, or one thread of it."""

    room: RoomId
    thread: ThreadId = NO_THREAD


# --- what goes out ----------------------------------------------------------------------------------


class Lane(IntEnum):
    """Who goes first when a room may not take all at once; within a lane the oldest."""

    URGENT = 0
    """What came from a phone, alerts, and failures."""
    ANSWER = 1
    """What a person in the chat waits for."""
    TICK = 2
    """How a message of theirs fares; only the newest word per message is sent."""


class Tick(StrEnum):
    """How far a person's message has come; it only moves forward."""

    TAKEN = "taken"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Button:
    """``token`` comes back when it is pressed: at most 64 bytes, and nothing in it is believed."""

    label: str
    token: str


Buttons = tuple[tuple[Button, ...], ...]
"""Rows of buttons."""


@dataclass(frozen=True, slots=True)
class NewPost:
    """Plain text, at most ``ChatConnector.max_text`` UTF-16 units, in reply to a message or to none."""

    place: Place
    text: str
    reply_to: ChatMessageId | None = None
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class EditPost:
    """The whole new text and all buttons of a post of ours."""

    place: Place
    message: ChatMessageId
    text: str
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class MarkPost:
    """Show on a person's message how it fares."""

    place: Place
    message: ChatMessageId
    tick: Tick


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread of its own for a conversation. ``title`` is cut to what the chat allows."""

    room: RoomId
    title: str


@dataclass(frozen=True, slots=True)
class ChangeThread:
    """Give a thread another title, or close or open it; None leaves it as it is."""

    place: Place
    title: str | None = None
    is_open: bool | None = None


ChatPost = NewPost | EditPost | MarkPost | NewThread | ChangeThread


@dataclass(frozen=True, slots=True)
class ChatReceipt:
    """The chat did it. ``message`` of a new post, ``thread`` of a new thread, else None."""

    message: ChatMessageId | None = None
    thread: ThreadId | None = None


class Moved(Refused):
    """The room has another id from now on: ``new_room``. The post did not happen."""

    def __init__(self, reason: str = "", *, new_room: RoomId) -> None:
        super().__init__(reason)
        self.new_room = new_room


class RoomGone(Refused):
    """The room is closed to us: kicked, blocked, left or deleted. Nothing happened."""


class ThreadGone(Refused):
    """The thread does not exist any more. Nothing happened."""


class ThreadClosed(Refused):
    """The thread is closed; opened again it would take the post. Nothing happened."""


class PostGone(Refused):
    """The message to edit, to mark or to reply to does not exist any more. Nothing happened."""


class NoThreads(Refused):
    """The room has no threads, or we may not make them. Nothing happened."""


# --- what people do ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it. ``is_person`` is False for bots, channels and admins who hide behind the group."""

    id: PersonId
    name: str = ""
    is_person: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """A new message in a chat.

    ``kind`` is ``text``, or what it is instead (``sticker``, ``photo`` ...): for the sentence that refuses.
    ``command`` is the word after ``/`` when it is one addressed to us, ``text`` then what follows.
    ``is_private`` says that the room is the private chat with that person. ``quoted`` is the text of ours
    that it replies to, '' when the chat does not tell it; None: nothing of ours. ``thread_title`` is what we
    called its thread when we made it, '' when we did not.
    """

    place: Place
    message: ChatMessageId
    author: Person
    at: datetime
    text: str = ""
    kind: str = "text"
    reply_to: ChatMessageId | None = None
    command: str = ""
    is_private: bool = False
    quoted: str | None = None
    thread_title: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """A message was changed. ``text`` is what it says now; None: the chat does not tell.

    A chat may tell of a change that a person does not see, such as a preview of a link.
    """

    place: Place
    message: ChatMessageId
    author: Person
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A person pressed a button. ``press`` is what :meth:`ChatConnector.answer_press` wants, for a minute."""

    place: Place
    message: ChatMessageId
    author: Person
    token: str
    press: str


@dataclass(frozen=True, slots=True)
class RoomMoved:
    """A room got another id."""

    room: RoomId
    new_room: RoomId


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """What we may do in a room has changed; ``is_ours`` is False when we are out of it."""

    room: RoomId
    is_ours: bool
    by: Person


@dataclass(frozen=True, slots=True)
class ThreadChanged:
    """A person closed, opened or renamed a thread."""

    place: Place
    by: Person
    is_open: bool | None = None
    title: str | None = None


ChatEvent = Written | Edited | Pressed | RoomMoved | RoomChanged | ThreadChanged


# --- the connector ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What a chat says of a room, for ``check --online``.

    ``faults`` and ``hints`` are sentences with a fix: nobody can talk there, or they could talk better.
    """

    room: RoomId
    title: str = ""
    has_threads: bool = False
    faults: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the chat's own server hears, after the commit."""

    status: int
    body: bytes = b""


class ChatConnector(Protocol):
    """One account in one chat, such as one Telegram bot.

    It owns the wire, its limits and the translation of errors; it keeps nothing: what it fetches goes to
    ``Bridge.store_update`` and the chat hears that it was taken after the commit. The bridge decides what
    is posted and in which order, one post at a time per room.
    """

    name: str
    max_text: int

    def start(self, bridge: Bridge) -> None:
        """Begin to fetch (``Bridge.run_forever``). No network call on this thread."""
        ...

    def wait_s(self, room: RoomId, lane: Lane) -> float:
        """Seconds until ``room`` may get a post of ``lane`` within the chat's limits; 0: now."""
        ...

    def submit(self, post: ChatPost) -> Future[ChatReceipt]:
        """Do it once. From any thread.

        The future fails with TryLater (with ``after`` when the chat said how long), ReplyLost (it may have
        happened), Refused, or one of its kinds above.
        """
        ...

    def answer_press(self, press: str, text: str) -> None:
        """Tell whoever pressed, if it is not too late; nothing depends on it."""
        ...

    def read(self, body: bytes) -> ChatEvent | None:
        """What a stored update says; None: nothing that concerns the bridge. Pure.

        :raises ValueError: when it is no update of this chat.
        """
        ...

    def webhook(self, headers: Mapping[str, str], body: bytes) -> Future[WebhookAnswer]:
        """One update brought to us, once ``POST /hooks/<chat>/<secret>`` let it in."""
        ...

    def look_at(self, rooms: Mapping[str, RoomId]) -> Mapping[str, RoomFacts]:
        """Ask the chat about each room, by our name, and about our account in it, by the empty name. Blocks.

        :raises TryLater, Refused: when it cannot be asked at all.
        """
        ...

    def close(self) -> None:
        """End; nothing is fetched any more."""
        ...


class ChatType(Protocol):
    """A kind of chat, as ``chats.<name>.type`` names it. ``options`` is its pydantic model, or None."""

    options: type[Any] | None
    type: str

    def open(self, name: str, options: Any, *, network: Any = None) -> ChatConnector:
        """One account of it. No network call yet.

        ``network`` stands in for the sockets in tests; what it has to be is the type's own affair.
        """
        ...
