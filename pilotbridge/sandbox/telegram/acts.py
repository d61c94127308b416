"""What people do: write, edit, react, press, come and go, close topics; and what the bot is told of it.

A person does what a person can do; whether the bot hears it follows Telegram's rules of privacy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pilotbridge.sandbox.telegram import topics
from pilotbridge.sandbox.telegram.chats import Chat, Kind, Standing, Topic
from pilotbridge.sandbox.telegram.posts import Post, Press
from pilotbridge.sandbox.telegram.shown import chat_shown, post_shown, sender_shown
from pilotbridge.sandbox.telegram.state import Telegram

Json = dict[str, Any]


def write(telegram: Telegram, post: Post) -> Post:
    """A person sends ``post``."""
    telegram.set_post(post)
    if _bot_hears(telegram, post):
        telegram.mailbox.put("message", post_shown(telegram, post), post.at_ms)
    return post


def edit(telegram: Telegram, post: Post, content: Mapping[str, Any], at_ms: int) -> Post:
    """A person changes what ``post`` says."""
    edited = telegram.set_post(replace(post, content=content, edited_ms=at_ms))
    if _bot_hears(telegram, edited):
        telegram.mailbox.put("edited_message", post_shown(telegram, edited), at_ms)
    return edited


def react(telegram: Telegram, post: Post, person_id: int, emoji: str, at_ms: int) -> Post:
    """A person puts ``emoji`` on a message, or takes theirs away; an administrator bot hears of it."""
    before = post.reactions.get(person_id, "")
    others = {one: given for one, given in post.reactions.items() if one != person_id}
    changed = telegram.set_post(replace(post, reactions=others | ({person_id: emoji} if emoji else {})))
    chat = telegram.chats[post.chat_id]
    is_told = chat.kind is Kind.PRIVATE or chat.standing_of(telegram.bot.id) is Standing.ADMINISTRATOR
    if is_told and before != emoji:
        told = {
            "chat": chat_shown(telegram, chat),
            "message_id": post.message_id,
            "user": sender_shown(telegram, person_id),
            "date": at_ms // 1000,
            "old_reaction": _emojis(before),
            "new_reaction": _emojis(emoji),
        }
        telegram.mailbox.put("message_reaction", told, at_ms)
    return changed


def _emojis(emoji: str) -> list[Json]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def press(telegram: Telegram, post: Post, person_id: int, button: str, at_ms: int) -> Press:
    """A person presses a button whose callback data is ``button``."""
    pressed = Press(
        str(10_000_000 + len(telegram.presses)), post.chat_id, post.message_id, person_id, at_ms, button
    )
    telegram.set_press(pressed)
    told = {
        "id": pressed.id,
        "from": sender_shown(telegram, person_id),
        "message": post_shown(telegram, post),
        "chat_instance": str(post.chat_id),
        "data": button,
    }
    telegram.mailbox.put("callback_query", told, at_ms)
    return pressed


# --- coming and going -------------------------------------------------------------------------------


def set_standing(telegram: Telegram, chat: Chat, who: int, changed: Chat, *, by: int, at_ms: int) -> Chat:
    """``by`` makes ``who``, the bot or a person, what it is in ``changed``."""
    person = telegram.person(who)
    assert person is not None
    telegram.set_chat(changed)
    told = {
        "chat": chat_shown(telegram, changed),
        "from": sender_shown(telegram, by),
        "date": at_ms // 1000,
        "old_chat_member": chat.member_shown(person),
        "new_chat_member": changed.member_shown(person),
    }
    is_bot = who == telegram.bot.id
    telegram.mailbox.put("my_chat_member" if is_bot else "chat_member", told, at_ms)
    _tell_of_move(telegram, chat, changed, who, by, at_ms)
    return changed


def _tell_of_move(telegram: Telegram, before: Chat, after: Chat, who: int, by: int, at_ms: int) -> None:
    """In groups a message tells who came or went; the bot reads it while it is there."""
    was_inside, is_inside = before.standing_of(who).is_inside, after.standing_of(who).is_inside
    if before.kind is Kind.PRIVATE or was_inside is is_inside:
        return
    shown = sender_shown(telegram, who)
    told = {"new_chat_members": [shown]} if is_inside else {"left_chat_member": shown}
    write(telegram, replace(topics.new_post(telegram, after.id, by, at_ms), content=told))


def migrate(telegram: Telegram, group: Chat, at_ms: int, by: int) -> Chat:
    """A plain group becomes a supergroup with another id; both say so."""
    new_id = telegram.next_chat_id(Kind.SUPERGROUP)
    supergroup = replace(group, id=new_id, kind=Kind.SUPERGROUP)
    telegram.set_chat(supergroup)
    told = {"migrate_to_chat_id": new_id}
    write(telegram, replace(topics.new_post(telegram, group.id, by, at_ms), content=told))
    telegram.set_chat(replace(group, migrated_to=new_id))
    told = {"migrate_from_chat_id": group.id}
    write(telegram, replace(topics.new_post(telegram, new_id, by, at_ms), content=told))
    return supergroup


# --- topics -----------------------------------------------------------------------------------------


def open_topic(telegram: Telegram, chat: Chat, name: str, person_id: int, at_ms: int) -> Topic:
    """A person makes a topic."""
    topic = telegram.open_topic(name, topics.new_post(telegram, chat.id, person_id, at_ms))
    write(telegram, telegram.posts[chat.id][topic.thread_id])
    return topic


def shut_topic(telegram: Telegram, topic: Topic, person_id: int, at_ms: int, *, is_closed: bool) -> Topic:
    """A person closes or reopens a topic.

    :raises ApiError: when it is so already.
    """
    write(telegram, topics.shut(telegram, topic, person_id, at_ms, is_closed=is_closed))
    return telegram.topics[topic.chat_id, topic.thread_id]


def rename_topic(telegram: Telegram, topic: Topic, name: str, person_id: int, at_ms: int) -> Topic:
    """:raises ApiError: when it has that name."""
    write(telegram, topics.rename(telegram, topic, replace(topic, name=name), person_id, at_ms))
    return telegram.topics[topic.chat_id, topic.thread_id]


# --- who hears it -----------------------------------------------------------------------------------


def _bot_hears(telegram: Telegram, post: Post) -> bool:
    """In a group with privacy on: commands, mentions, answers to the bot, and what happened."""
    chat, bot = telegram.chats[post.chat_id], telegram.bot
    standing = chat.standing_of(bot.id)
    if not standing.is_inside:
        return False
    if chat.kind is Kind.PRIVATE or standing is Standing.ADMINISTRATOR or not bot.privacy:
        return True
    answered = telegram.post(chat.id, post.reply_to)
    is_to_bot = answered is not None and answered.sender_id == bot.id
    is_named = post.text.startswith("/") or f"@{bot.username}" in post.text
    return post.is_service or is_to_bot or is_named
