"""One call of a method, and what nearly every method needs of it: its chat, its thread, its message.

Each is found or refused in the Bot API's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilotbridge.sandbox.telegram import wording
from pilotbridge.sandbox.telegram.chats import Chat, Kind, Standing, Topic
from pilotbridge.sandbox.telegram.params import Params
from pilotbridge.sandbox.telegram.posts import Post
from pilotbridge.sandbox.telegram.state import Telegram
from pilotbridge.sandbox.telegram.wording import bad_request, forbidden

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One call. ``number`` is its place in the journal; ``may_wait`` is false where nobody can wait."""

    telegram: Telegram
    params: Params
    at_ms: int
    number: int = 0
    may_wait: bool = False


def known_chat(ask: Ask, name: str = "chat_id") -> Chat:
    """The chat of a call.

    :raises ApiError: when there is none, or it became another.
    """
    written = ask.params.text(name)
    if not written:
        raise bad_request(wording.CHAT_ID_EMPTY)
    chat = ask.telegram.chats.get(_chat_id(written))
    if chat is None:
        if _chat_id(written) in ask.telegram.people:
            raise forbidden(wording.CANNOT_INITIATE)
        raise bad_request(wording.CHAT_NOT_FOUND)
    if chat.migrated_to:
        raise wording.migrated(chat.migrated_to)
    return chat


def open_chat(ask: Ask, name: str = "chat_id") -> Chat:
    """The chat of a call, where the bot is.

    :raises ApiError: when it was kicked or blocked, or never came.
    """
    chat = known_chat(ask, name)
    standing = chat.standing_of(ask.telegram.bot.id)
    if standing.is_inside:
        return chat
    if chat.kind is Kind.PRIVATE:
        raise forbidden(wording.BLOCKED)
    where = "supergroup" if chat.kind is Kind.SUPERGROUP else "group"
    is_kicked = standing is Standing.KICKED
    raise forbidden(
        f"bot was kicked from the {where} chat" if is_kicked else f"bot is not a member of the {where} chat"
    )


def _chat_id(written: str) -> int:
    """0, which no chat has, for what is no number."""
    is_number = written.removeprefix("-").isdigit() and written.isascii() and len(written) < 20
    return int(written) if is_number else 0


def find_post(ask: Ask, chat: Chat, missing: str, name: str = "message_id") -> Post:
    """The message of a call.

    :raises ApiError: ``missing`` when there is none.
    """
    message_id = ask.params.integer(name)
    if message_id is None:
        raise bad_request(wording.NO_MESSAGE_ID)
    post = ask.telegram.post(chat.id, message_id)
    if post is None:
        raise bad_request(missing)
    return post


def find_topic(ask: Ask, chat: Chat) -> Topic:
    """The topic that a call is about.

    :raises ApiError: when the chat has no such topic, or none at all.
    """
    if not ask.telegram.has_topics(chat):
        raise bad_request(wording.NOT_A_FORUM)
    topic = ask.telegram.topic(chat.id, ask.params.integer("message_thread_id") or 0)
    if topic is None:
        raise bad_request(wording.TOPIC_ID_INVALID)
    return topic


def place_of(ask: Ask, chat: Chat) -> tuple[int, int]:
    """The thread and the answered message of something to be sent, 0 for none.

    :raises ApiError: when either is missing, or the topic is closed.
    """
    reply_to = _reply_of(ask, chat)
    thread_id = ask.params.integer("message_thread_id") or 0
    if not thread_id and reply_to:
        answered = ask.telegram.post(chat.id, reply_to)
        thread_id = answered.thread_id if answered else 0
    if not thread_id:
        return 0, reply_to
    topic = ask.telegram.topic(chat.id, thread_id) if ask.telegram.has_topics(chat) else None
    if topic is None:
        raise bad_request(wording.THREAD_NOT_FOUND)
    if topic.is_closed:
        raise bad_request(wording.TOPIC_CLOSED)
    return thread_id, reply_to


def _reply_of(ask: Ask, chat: Chat) -> int:
    named = ask.params.value("reply_parameters")
    params = Params(named) if isinstance(named, dict) else ask.params
    message_id = params.integer("message_id" if params is not ask.params else "reply_to_message_id")
    if not message_id or ask.telegram.post(chat.id, message_id):
        return message_id or 0
    if params.flag("allow_sending_without_reply") or ask.params.flag("allow_sending_without_reply"):
        return 0
    raise bad_request(wording.REPLY_NOT_FOUND)


def needs_right(ask: Ask, chat: Chat, right: str, reason: str) -> None:
    """:raises ApiError: ``reason``, unless the bot has ``right`` there or the chat is its own private one."""
    if chat.kind is not Kind.PRIVATE and not chat.lets_bot(right, ask.telegram.bot.id):
        raise bad_request(reason)
