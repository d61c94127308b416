"""Rows as people look at them: what belongs to one talk, joined. Everything is frozen."""

from __future__ import annotations

from dataclasses import dataclass

from pilotbridge.model import InboundSms, Message, MessageId
from pilotbridge.store.chat_records import Conversation, ConversationId


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation and how many SMS in it wait for an answer."""

    conversation: Conversation
    unanswered: int


@dataclass(frozen=True, slots=True)
class InboundView:
    """An SMS that came in, the conversation it went to, and the message that answers it by itself."""

    sms: InboundSms
    conversation: ConversationId | None
    reply: MessageId | None


@dataclass(frozen=True, slots=True)
class SmsView:
    """A message, the conversation it was written in (None: in none), and who wrote it there."""

    message: Message
    conversation: ConversationId | None
    person: str
