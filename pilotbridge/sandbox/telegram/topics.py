"""The methods of forum topics: make, rename, close, reopen, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pilotbridge.sandbox.telegram import wording
from pilotbridge.sandbox.telegram.asks import Ask, find_topic, needs_right, open_chat
from pilotbridge.sandbox.telegram.chats import DELETE_MESSAGES, MANAGE_TOPICS, TOPIC_COLORS, Topic
from pilotbridge.sandbox.telegram.posts import Post
from pilotbridge.sandbox.telegram.state import Telegram
from pilotbridge.sandbox.telegram.wording import bad_request

Json = dict[str, Any]

NAME_MAX = 128


def create_topic(ask: Ask) -> Json:
    chat = open_chat(ask)
    if not ask.telegram.has_topics(chat):
        raise bad_request(wording.NOT_A_FORUM)
    needs_right(ask, chat, MANAGE_TOPICS, wording.NO_CREATE_TOPIC_RIGHTS)
    name = check_name(ask.params.text("name"))
    color = ask.params.integer("icon_color") or TOPIC_COLORS[0]
    if color not in TOPIC_COLORS:
        raise bad_request(wording.ICON_COLOR_INVALID)
    post = new_post(ask.telegram, chat.id, ask.telegram.bot.id, ask.at_ms)
    icon_id = ask.params.text("icon_custom_emoji_id")
    topic = ask.telegram.open_topic(name, post, icon_color=color, icon_custom_emoji_id=icon_id)
    return {"message_thread_id": topic.thread_id} | topic.shown()


def edit_topic(ask: Ask) -> bool:
    topic = _topic(ask)
    name = ask.params.text("name")
    icon_id = topic.icon_custom_emoji_id
    if "icon_custom_emoji_id" in ask.params.fields:
        icon_id = ask.params.text("icon_custom_emoji_id")
    changed = replace(topic, name=check_name(name) if name else topic.name, icon_custom_emoji_id=icon_id)
    rename(ask.telegram, topic, changed, ask.telegram.bot.id, ask.at_ms)
    return True


def close_topic(ask: Ask) -> bool:
    return _shut(ask, is_closed=True)


def reopen_topic(ask: Ask) -> bool:
    return _shut(ask, is_closed=False)


def delete_topic(ask: Ask) -> bool:
    chat = open_chat(ask)
    topic = find_topic(ask, chat)
    needs_right(ask, chat, DELETE_MESSAGES, wording.NO_TOPIC_RIGHTS)
    ask.telegram.delete_topic(topic)
    return True


def check_name(name: str) -> str:
    """:raises ApiError: when it is empty or too long."""
    if not name.strip():
        raise bad_request(wording.TOPIC_NAME_INVALID)
    if len(name) > NAME_MAX:
        raise bad_request(wording.TOPIC_NAME_TOO_LONG)
    return name


def new_post(telegram: Telegram, chat_id: int, person_id: int, at_ms: int, thread_id: int = 0) -> Post:
    """A message that is not kept yet and says nothing."""
    return Post(chat_id, telegram.next_message_id(chat_id), person_id, at_ms, {}, thread_id)


def rename(telegram: Telegram, topic: Topic, changed: Topic, person_id: int, at_ms: int) -> Post:
    """Change name or icon, told by a message in the topic.

    :raises ApiError: when nothing would change.
    """
    if changed == topic:
        raise bad_request(wording.TOPIC_NOT_MODIFIED)
    told: Json = {"name": changed.name} if changed.name != topic.name else {}
    if changed.icon_custom_emoji_id != topic.icon_custom_emoji_id:
        told["icon_custom_emoji_id"] = changed.icon_custom_emoji_id
    return _tell(telegram, changed, {"forum_topic_edited": told}, person_id, at_ms)


def shut(telegram: Telegram, topic: Topic, person_id: int, at_ms: int, *, is_closed: bool) -> Post:
    """Close or reopen, told by a message in the topic.

    :raises ApiError: when it is so already.
    """
    if topic.is_closed is is_closed:
        raise bad_request(wording.TOPIC_NOT_MODIFIED)
    told: Json = {"forum_topic_closed" if is_closed else "forum_topic_reopened": {}}
    return _tell(telegram, replace(topic, is_closed=is_closed), told, person_id, at_ms)


def _tell(telegram: Telegram, topic: Topic, told: Json, person_id: int, at_ms: int) -> Post:
    telegram.set_topic(topic)
    post = new_post(telegram, topic.chat_id, person_id, at_ms, topic.thread_id)
    return telegram.set_post(replace(post, content=told))


def _topic(ask: Ask) -> Topic:
    chat = open_chat(ask)
    topic = find_topic(ask, chat)
    needs_right(ask, chat, MANAGE_TOPICS, wording.NO_TOPIC_RIGHTS)
    return topic


def _shut(ask: Ask, *, is_closed: bool) -> bool:
    topic = _topic(ask)
    if not ask.telegram.chats[topic.chat_id].is_forum:
        raise bad_request(wording.NOT_A_FORUM)
    shut(ask.telegram, topic, ask.telegram.bot.id, ask.at_ms, is_closed=is_closed)
    return True
