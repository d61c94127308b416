"""Rows as people look at them: what belongs to one talk, joined. Everything is frozen."""

from __future__ import annotations

from typing import Any

from pilotbridge.model import InboundSms, Message, MessageId
from pilotbridge.store.chat_records import Conversation, ConversationId
from pilotbridge.store.records import Record


class ConversationView(Record, frozen=True):
    """A conversation and how many SMS in it wait for an answer."""

    conversation: Conversation
    unanswered: int


class InboundView(Record, frozen=True):
    """An SMS that came in, the conversation it went to, and the message that answers it by itself."""

    sms: InboundSms
    conversation: ConversationId | None
    reply: MessageId | None


class SmsView(Record, frozen=True):
    """A message, the conversation it was written in (None: in none), and who wrote it there."""

    message: Message
    conversation: ConversationId | None
    person: str


class Unfinished(Record, frozen=True):
    """Something that is still to happen: ``kind`` is ``message``, ``inbound`` or ``post``."""

    kind: str
    id: int
    state: str


class Kept(Record, frozen=True):
    """How many rows there are about a number, in the order in which they are forgotten."""

    posts: int = 0
    chat_updates: int = 0
    questions: int = 0
    messages: int = 0
    inbound: int = 0
    conversations: int = 0
    optouts: int = 0
    plugin_values: int = 0


class Mentions(Record, frozen=True):
    """How many bodies hold a number: they go by their age. ``plugin_values`` are about something else."""

    journal: int
    chat_updates: int
    plugin_values: int


class OptOutView(Record, frozen=True):
    """An opt-out, standing or ended."""

    line: str
    since_ms: int
    reason: str
    ended_at_ms: int | None
    ended: str


class PluginValue(Record, frozen=True):
    """What a plugin keeps under a key."""

    plugin: str
    store: str
    key: str
    value: Any
