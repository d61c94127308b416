"""What a person can be told to do in a chat; what it means to the bot is decided in the acts.

Each order names its ``person``; without one it is the first there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from pilotbridge.sandbox.orders import Order, Refusal, check_names, converted
from pilotbridge.sandbox.telegram import acts, views
from pilotbridge.sandbox.telegram.chats import Chat, Kind, Standing, Topic
from pilotbridge.sandbox.telegram.orders import change_rights, person_of
from pilotbridge.sandbox.telegram.posts import Post
from pilotbridge.sandbox.telegram.topics import check_name, new_post
from pilotbridge.sandbox.telegram.wording import ApiError

Json = dict[str, Any]
T = TypeVar("T")


def write(order: Order, chat: Chat) -> Json:
    """A person writes ``text``, or anything in ``also`` (a sticker, a photo, as the Bot API names it)."""
    check_names(order.fields, ("person", "text", "thread", "reply_to", "also", "anonymous"))
    text = converted(order.fields.get("text", ""), str)
    content = converted(order.fields.get("also", {}), dict[str, Any]) | ({"text": text} if text else {})
    if not content:
        raise Refusal("text is missing, and so is anything in also")
    if text.startswith("/") and "entities" not in content:
        command = {"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}
        content["entities"] = [command]
    (thread_id, reply_to), person_id = _place(order, chat), _inside(order, chat)
    _check_open(order, chat, thread_id, person_id)
    post = replace(
        new_post(order.world.telegram, chat.id, person_id, order.at_ms, thread_id),
        content=content,
        reply_to=reply_to,
        is_anonymous=converted(order.fields.get("anonymous", False), bool),
    )
    return views.message(order.world.telegram, acts.write(order.world.telegram, post))


def edit(order: Order, chat: Chat) -> Json:
    check_names(order.fields, ("person", "message_id", "text"))
    post = _post(order, chat)
    person_id = _inside(order, chat)
    if post.sender_id != person_id:
        raise Refusal(f"message {post.message_id} is not of person {person_id}", 409)
    text = converted(order.fields.get("text"), str)
    name = "caption" if "caption" in post.content else "text"
    kept = {key: value for key, value in post.content.items() if not key.endswith("entities")}
    edited = acts.edit(order.world.telegram, post, {**kept, name: text}, order.at_ms)
    return views.message(order.world.telegram, edited)


def press(order: Order, chat: Chat) -> Json:
    """Press the ``button`` with that text, or send any ``data``, as a forged client can."""
    check_names(order.fields, ("person", "message_id", "button", "data"))
    post = _post(order, chat)
    if "data" in order.fields:
        written = converted(order.fields["data"], str)
    else:
        written = _button(post, converted(order.fields.get("button", ""), str))
    pressed = acts.press(order.world.telegram, post, _inside(order, chat), written, order.at_ms)
    return views.press_shown(pressed)


def _button(post: Post, text: str) -> str:
    """The callback data of the button ``text``; of the only one when none is named."""
    buttons = {
        button["text"]: button["callback_data"] for button in post.buttons() if "callback_data" in button
    }
    if not text and len(buttons) == 1:
        return str(next(iter(buttons.values())))
    if text not in buttons:
        offer = ", ".join(buttons) or "none"
        raise Refusal(f"message {post.message_id} has no button {text!r}; it has: {offer}", 404)
    return str(buttons[text])


def react(order: Order, chat: Chat) -> Json:
    """Put ``emoji`` on a message; an empty one takes it away."""
    check_names(order.fields, ("person", "message_id", "emoji"))
    emoji = converted(order.fields.get("emoji") or "", str)
    telegram = order.world.telegram
    changed = acts.react(telegram, _post(order, chat), _inside(order, chat), emoji, order.at_ms)
    return views.message(telegram, changed)


def delete(order: Order, chat: Chat) -> Json:
    """A person deletes a message; Telegram does not tell bots."""
    check_names(order.fields, ("message_id",))
    gone = order.world.telegram.set_post(replace(_post(order, chat), is_gone=True, content={}))
    return views.message(order.world.telegram, gone)


def set_bot(order: Order, chat: Chat) -> Json:
    """Make the bot ``administrator`` (with ``rights``), ``member``, ``left`` or ``kicked``.

    In a private chat ``kicked`` is blocked, and ``member`` unblocked.
    """
    check_names(order.fields, ("person", "status", "rights"))
    telegram = order.world.telegram
    standing = converted(order.fields.get("status"), Standing)
    if chat.kind is Kind.PRIVATE and standing not in (Standing.MEMBER, Standing.KICKED):
        raise Refusal("in a private chat the bot is member, or kicked, which means blocked")
    rights = order.fields.get("rights")
    given = None if rights is None else converted(rights, list[str])
    changed = change_rights(chat, standing, given, telegram.bot.id)
    by = person_of(telegram, order.fields.get("person", chat.id if chat.kind is Kind.PRIVATE else None)).id
    acts.set_standing(telegram, chat, telegram.bot.id, changed, by=by, at_ms=order.at_ms)
    return views.chat_state(telegram, changed)


def set_member(order: Order, chat: Chat) -> Json:
    """Make a person a ``status`` of a group."""
    check_names(order.fields, ("person", "status"))
    if chat.kind is Kind.PRIVATE:
        raise Refusal("a private chat has one person")
    telegram = order.world.telegram
    person_id = person_of(telegram, order.fields.get("person")).id
    changed = change_rights(chat, converted(order.fields.get("status"), Standing), None, person_id)
    acts.set_standing(telegram, chat, person_id, changed, by=person_id, at_ms=order.at_ms)
    return views.chat_state(telegram, changed)


def migrate(order: Order, chat: Chat) -> Json:
    """A plain group becomes a supergroup, which is answered."""
    check_names(order.fields, ("person",))
    if chat.kind is not Kind.GROUP or chat.migrated_to:
        raise Refusal("only a plain group can become a supergroup, and once", 409)
    supergroup = acts.migrate(order.world.telegram, chat, order.at_ms, _inside(order, chat))
    return views.chat_state(order.world.telegram, supergroup)


def open_topic(order: Order, chat: Chat) -> Json:
    check_names(order.fields, ("person", "name"))
    if not order.world.telegram.has_topics(chat):
        raise Refusal(f"chat {chat.id} has no topics", 409)
    name = _said(lambda: check_name(converted(order.fields.get("name", ""), str)))
    topic = acts.open_topic(order.world.telegram, chat, name, _inside(order, chat), order.at_ms)
    return views.topic_shown(topic)


def change_topic(order: Order, chat: Chat, thread: str, verb: str) -> Json:
    """``close``, ``reopen``, ``rename`` or ``delete`` a topic; of the last a bot hears nothing."""
    check_names(order.fields, ("person", "name"))
    telegram, topic, person_id = order.world.telegram, _topic(order, chat, thread), _inside(order, chat)
    match verb:
        case "close" | "reopen":
            is_closed = verb == "close"
            shut = _said(
                lambda: acts.shut_topic(telegram, topic, person_id, order.at_ms, is_closed=is_closed)
            )
            return views.topic_shown(shut)
        case "rename":
            name = _said(lambda: check_name(converted(order.fields.get("name", ""), str)))
            return views.topic_shown(
                _said(lambda: acts.rename_topic(telegram, topic, name, person_id, order.at_ms))
            )
        case "delete":
            telegram.delete_topic(topic)
            return views.topic_shown(telegram.topics[chat.id, topic.thread_id])
        case _:
            raise Refusal(f"a topic can be told close, reopen, rename, delete; not {verb}", 404)


def _said(act: Callable[[], T]) -> T:
    """Let ``act`` happen; what the Bot API would refuse is refused here as well."""
    try:
        return act()
    except ApiError as error:
        raise Refusal(error.description, 409) from error


def _post(order: Order, chat: Chat) -> Post:
    message_id = converted(order.fields.get("message_id"), int)
    post = order.world.telegram.post(chat.id, message_id)
    if post is None:
        raise Refusal(f"there is no message {message_id} in chat {chat.id}", 404)
    return post


def _topic(order: Order, chat: Chat, thread: str) -> Topic:
    is_number = thread.isascii() and thread.isdigit() and len(thread) < 16
    topic = order.world.telegram.topic(chat.id, int(thread) if is_number else 0)
    if topic is None:
        raise Refusal(f"there is no topic {thread} in chat {chat.id}", 404)
    return topic


def _place(order: Order, chat: Chat) -> tuple[int, int]:
    """Thread and answered message; an answer is in the thread of what it answers."""
    reply_to = converted(order.fields.get("reply_to") or 0, int)
    thread_id = converted(order.fields.get("thread") or 0, int)
    answered = order.world.telegram.post(chat.id, reply_to)
    if reply_to and answered is None:
        raise Refusal(f"there is no message {reply_to} in chat {chat.id}", 404)
    if thread_id and order.world.telegram.topic(chat.id, thread_id) is None:
        raise Refusal(f"there is no topic {thread_id} in chat {chat.id}", 404)
    return thread_id or (answered.thread_id if answered else 0), reply_to


def _check_open(order: Order, chat: Chat, thread_id: int, person_id: int) -> None:
    """In a closed topic only administrators can write."""
    topic = order.world.telegram.topic(chat.id, thread_id)
    if topic is not None and topic.is_closed and chat.standing_of(person_id) is Standing.MEMBER:
        raise Refusal(f"topic {thread_id} is closed, and person {person_id} is no administrator", 409)


def _inside(order: Order, chat: Chat) -> int:
    """The person who acts, who must be in the chat; without a name its first member."""
    telegram = order.world.telegram
    if chat.kind is Kind.PRIVATE:
        return chat.id
    inside = [one for one, standing in chat.members.items() if standing.is_inside and one in telegram.people]
    person_id = person_of(telegram, order.fields.get("person", inside[0] if inside else None)).id
    if person_id not in inside:
        raise Refusal(f"person {person_id} is not in chat {chat.id}; let them join by /member", 409)
    return person_id


CHAT_ORDERS: dict[str, Callable[[Order, Chat], Json]] = {
    "write": write,
    "edit": edit,
    "press": press,
    "react": react,
    "delete": delete,
    "bot": set_bot,
    "member": set_member,
    "migrate": migrate,
    "topics": open_topic,
}
