"""The rows of the relay as flows read and write them: posts, rooms, conversations, updates, questions.

Everything is frozen; a name that ends in ``_ms`` is milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NewType

import msgspec

from pilotbridge.chat import NO_THREAD, ChatMessageId, Lane, PersonId, Place, RoomId, ThreadId
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import InboundId, IncidentId, MessageId
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.records import Record

PostId = NewType("PostId", int)
ConversationId = NewType("ConversationId", int)


class PostKind(StrEnum):
    """What a post does in its chat."""

    TEXT = "text"
    EDIT = "edit"
    MARK = "mark"
    THREAD = "thread"
    CHANGE = "change"


class About(Record, frozen=True):
    """What a post is about: ``inbound``, ``message``, ``incident`` or ``update`` and its number."""

    kind: str = ""
    id: int = 0


class PostDraft(Record, frozen=True):
    """A post to be put into the chat outbox.

    ``content`` is JSON that only the outbox reads. ``target`` is the message that is edited or marked, or
    ``of_post`` our own post that is, while its id is not known. ``after`` is a post that goes before it
    whatever happens. ``repeats`` says that a copy too many is better than none.
    """

    chat: str
    room: RoomId
    kind: PostKind
    content: str
    lane: Lane
    reason: str
    due_at_ms: int
    repeats: bool
    thread: ThreadId = NO_THREAD
    conversation: ConversationId | None = None
    about: About = About()
    target: ChatMessageId = ChatMessageId("")
    of_post: PostId | None = None
    after: PostId | None = None


class PostRow(Record, frozen=True):
    """A post as the chat outbox sees it."""

    id: PostId
    state: State
    chat: str
    room: RoomId
    thread: ThreadId
    lane: Lane
    kind: PostKind
    content: str
    conversation: ConversationId | None
    about: About
    target: ChatMessageId
    of_post: PostId | None
    repeats: bool
    message: ChatMessageId
    attempts: int
    failures: int
    doubt_tries: int
    heals: int
    created_at_ms: int
    due_at_ms: int | None
    in_doubt_since_ms: int | None
    settled_at_ms: int | None
    cause: str
    reason: str
    revision: int


class PostMove(Record, frozen=True):
    """One step of one post, compared with ``revision`` when applied.

    ``in_doubt_since_ms`` is when the first attempt whose answer was lost began; it is set once and cleared
    by the events that end doubt. ``sets`` are further columns.
    """

    id: PostId
    revision: int
    state: State
    event: Event
    reason: str
    due_at_ms: int | None = None
    cause: str = ""
    in_doubt_since_ms: int | None = None
    sets: Mapping[str, int | str | None] = msgspec.field(default_factory=dict)


class RoomFact(Record, frozen=True):
    """What is known of a room. Each text is a reason, empty when there is nothing wrong."""

    gone: str = ""
    probe_at_ms: int | None = None
    threadless: str = ""
    threadless_at_ms: int | None = None


class Conversation(Record, frozen=True):
    """A line and whoever texts to it, and where they talk. ``party`` is E.164 or the sender as given.

    One that waits for an answer does so since ``waits_since_ms``; it was called to mind ``reminded`` times,
    and is next at ``remind_at_ms``. ``away_on`` is the line's last day on which an away text was sent.
    """

    id: ConversationId
    line: str
    party: str
    chat: str
    room: RoomId
    thread: ThreadId
    title: str
    state: str
    made_at_ms: int
    last_in_ms: int | None
    last_out_ms: int | None
    waits_since_ms: int | None = None
    remind_at_ms: int | None = None
    reminded: int = 0
    away_on: str = ""

    @property
    def place(self) -> Place:
        return Place(self.room, self.thread)

    @property
    def phone(self) -> PhoneNumber | None:
        """The party as a phone, None for a short code or a name."""
        return PhoneNumber(self.party) if self.party.startswith("+") else None


class NewConversation(Record, frozen=True):
    """A conversation about to be made."""

    line: str
    party: str
    chat: str
    room: RoomId
    title: str


class Link(Record, frozen=True):
    """A chat message that stands for an SMS that came in, or for one that went out."""

    chat: str
    room: RoomId
    message: ChatMessageId
    conversation: ConversationId
    inbound: InboundId | None = None
    sms: MessageId | None = None


class ChatSms(Record, frozen=True):
    """An SMS that ``person`` wrote as a chat message; ``told`` is the tick that message shows.

    ``asked`` says that somebody was asked what to do about it, ``is_open`` that more is to be told.
    """

    sms: MessageId
    chat: str
    place: Place
    message: ChatMessageId
    conversation: ConversationId
    person: str
    told: str
    asked: bool = False
    is_open: bool = True


class ChatUpdate(Record, frozen=True):
    """An update as it came."""

    id: int
    chat: str
    update_id: int
    received_at_ms: int
    body: bytes
    state: str
    reason: str


class Question(Record, frozen=True):
    """Something people are asked with buttons; the first who may answers it."""

    token: str
    kind: str
    content: str
    post: PostId | None
    asked_at_ms: int
    answered_at_ms: int | None = None
    answered_by: str = ""
    answer: str = ""


class Enrolment(Record, frozen=True):
    """A person in a chat is a contact, by a code that was given to them."""

    chat: str
    person: PersonId
    contact: str
    at_ms: int


class OptOut(Record, frozen=True):
    """A phone that wants no more texts from a line, and why we think so. A forgotten number is None."""

    id: int
    line: str
    phone: PhoneNumber | None
    since_ms: int
    reason: str


class Card(Record, frozen=True):
    """An incident's post in a room. ``shown`` is the digest of what its newest edit says.

    ``silence`` is the silence that holds until the incident is over, '' while there is none.
    """

    incident: IncidentId
    chat: str
    room: RoomId
    post: PostId
    token: str
    shown: str
    silence: str = ""
