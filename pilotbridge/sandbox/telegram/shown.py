"""Messages as the Bot API shows them: whole, with the one they answer, in seconds.

It reads the state and changes nothing.
"""

from __future__ import annotations

from typing import Any

from pilotbridge.sandbox.telegram.chats import ANONYMOUS_ADMIN, Chat, Kind
from pilotbridge.sandbox.telegram.posts import Post
from pilotbridge.sandbox.telegram.state import Telegram

Json = dict[str, Any]


def chat_shown(telegram: Telegram, chat: Chat) -> Json:
    is_private = chat.kind is Kind.PRIVATE
    return chat.shown(telegram.people.get(chat.id) if is_private else None)


def sender_shown(telegram: Telegram, person_id: int) -> Json:
    person = telegram.person(person_id)
    return person.shown() if person else {"id": person_id, "is_bot": False, "first_name": "Deleted Account"}


def post_shown(telegram: Telegram, post: Post, *, nested: bool = False) -> Json:
    """A Message object; a ``nested`` one shows no further message inside."""
    chat = telegram.chats[post.chat_id]
    shown: Json = {
        "message_id": post.message_id,
        "date": post.at_ms // 1000,
        "chat": chat_shown(telegram, chat),
        **_author(telegram, post, chat),
        **_place(telegram, post, chat),
        **post.content,
    }
    if post.edited_ms:
        shown["edit_date"] = post.edited_ms // 1000
    if post.markup and "inline_keyboard" in post.markup:
        shown["reply_markup"] = post.markup
    answered = None if nested else _answered(telegram, post)
    return shown if answered is None else shown | {"reply_to_message": answered}


def _author(telegram: Telegram, post: Post, chat: Chat) -> Json:
    if post.is_anonymous:
        return {"from": ANONYMOUS_ADMIN.shown(), "sender_chat": chat_shown(telegram, chat)}
    return {"from": sender_shown(telegram, post.sender_id)}


def _place(telegram: Telegram, post: Post, chat: Chat) -> Json:
    """The thread: a topic's, or in a supergroup without topics the first message that was answered."""
    if post.thread_id:
        return {"message_thread_id": post.thread_id, "is_topic_message": True}
    if chat.kind is not Kind.SUPERGROUP or chat.is_forum or not post.reply_to:
        return {}
    return {"message_thread_id": _root(telegram, post)}


def _root(telegram: Telegram, post: Post) -> int:
    known = telegram.posts.get(post.chat_id, {})
    root = post
    while root.reply_to and (earlier := known.get(root.reply_to)) is not None:
        root = earlier
    return root.message_id


def _answered(telegram: Telegram, post: Post) -> Json | None:
    """The message it answers; in a topic a message that answers none names the topic's first one."""
    message_id = post.reply_to or (post.thread_id if post.thread_id != post.message_id else 0)
    answered = telegram.post(post.chat_id, message_id) if message_id else None
    return None if answered is None else post_shown(telegram, answered, nested=True)
