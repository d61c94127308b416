"""What a Telegram update says, in the bridge's words. Pure: bytes in, an event out.

It reads the fields the bridge acts on and names whatever else a message holds; who may do what is not decided
here. Facts: Bot API 10.0, "Getting updates" and "Available types".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from pilotbridge import (
    NO_THREAD,
    ChatEvent,
    ChatMessageId,
    Edited,
    Person,
    PersonId,
    Place,
    Pressed,
    RoomChanged,
    RoomId,
    RoomMoved,
    ThreadChanged,
    ThreadId,
    Written,
)
from pilotbridge_plugins.telegram.contents import TEXT, kind_of

T = TypeVar("T")

KINDS = ("message", "edited_message", "channel_post", "callback_query", "my_chat_member")
"""The updates that are asked for; of all others Telegram sends none."""
GENERAL_TOPIC = 1
_INSIDE = ("creator", "administrator", "member")
_COMMAND = re.compile(r"/(?P<word>\w{1,32})(?:@(?P<bot>\w+))?", re.ASCII)

Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
UnixTime = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]


class _User(msgspec.Struct):
    id: Id
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""


class _Chat(msgspec.Struct):
    id: Id
    type: str = ""
    title: str = ""


class _Entity(msgspec.Struct):
    type: str
    offset: int


class _Topic(msgspec.Struct):
    name: str = ""


class _Replied(msgspec.Struct):
    message_id: Id
    forum_topic_created: _Topic | None = None
    author: _User | None = msgspec.field(name="from", default=None)
    text: str = ""


class _Origin(msgspec.Struct):
    sender_user: _User | None = None


class _Elsewhere(msgspec.Struct):
    """A message of another chat, such as the group before it became a supergroup."""

    origin: _Origin


class _Message(msgspec.Struct):
    message_id: Id
    chat: _Chat
    date: UnixTime = 0
    author: _User | None = msgspec.field(name="from", default=None)
    sender_chat: _Chat | None = None
    message_thread_id: Id = 0
    is_topic_message: bool = False
    text: str = ""
    caption: str = ""
    entities: list[_Entity] = []
    reply_to_message: _Replied | None = None
    external_reply: _Elsewhere | None = None
    migrate_to_chat_id: Id = 0
    migrate_from_chat_id: Id = 0
    forum_topic_created: _Topic | None = None
    forum_topic_edited: _Topic | None = None
    forum_topic_closed: Any = None
    forum_topic_reopened: Any = None


class _Query(msgspec.Struct):
    id: str
    author: _User = msgspec.field(name="from")
    message: _Message | None = None
    data: str = ""


class _Standing(msgspec.Struct):
    status: str
    is_member: bool = False


class _Membership(msgspec.Struct):
    chat: _Chat
    author: _User = msgspec.field(name="from")
    new_chat_member: _Standing


class _Numbered(msgspec.Struct):
    update_id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


_decode_number = msgspec.json.Decoder(_Numbered).decode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read_number(body: bytes) -> int:
    """The update's id.

    :raises ValueError: when it is no update.
    """
    return _reading(_decode_number, body).update_id


def read(body: bytes, username: str = "") -> ChatEvent | None:
    """What the update says; None when it is nothing to the bridge. ``username`` is our bot's, if it is known.

    :raises ValueError: when it is no update.
    """
    read_number(body)
    update = _reading(_decode, body)
    for kind, read_one in _READERS.items():
        if update.get(kind) is not None:
            return _reading(read_one, update[kind], username)
    return None


def _reading(read_one: Callable[..., T], *values: Any) -> T:
    """What ``read_one`` makes of them; that it can make nothing of them is one kind of error."""
    try:
        return read_one(*values)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"no update of Telegram: {error}") from error
    except RecursionError as error:
        raise ValueError("no update of Telegram: it is nested too deeply") from error


# --- messages ---------------------------------------------------------------------------------------


def _read_message(content: Any, username: str) -> ChatEvent | None:
    message = msgspec.convert(content, _Message)
    if message.migrate_to_chat_id:
        return RoomMoved(_room(message.chat), RoomId(str(message.migrate_to_chat_id)))
    if message.migrate_from_chat_id:
        return RoomMoved(RoomId(str(message.migrate_from_chat_id)), _room(message.chat))
    changed = _thread_changed(message)
    if changed is not None:
        return changed
    kind = kind_of(content)
    return _written(message, kind, username) if kind else None


def _written(message: _Message, kind: str, username: str) -> Written | None:
    command, text = _command(message, username)
    if command is None:
        return None
    return Written(
        place=_place(message),
        message=_message_id(message),
        author=_author(message),
        at=datetime.fromtimestamp(message.date, UTC),
        text=text,
        kind=kind,
        reply_to=_reply_to(message),
        command=command,
        is_private=message.chat.type == "private",
        quoted=_quoted(message, username),
        thread_title=_thread_title(message, username),
    )


def _command(message: _Message, username: str) -> tuple[str | None, str]:
    """The command's word and what follows it; an empty word: no command; None: it is for another bot."""
    text = message.text or message.caption
    found = _COMMAND.match(text)
    if not found or not any(one.type == "bot_command" and one.offset == 0 for one in message.entities):
        return "", text
    bot = found["bot"] or ""
    if bot and username and bot.lower() != username.lower():
        return None, text
    return found["word"].lower(), text[found.end() :].lstrip()


def _reply_to(message: _Message) -> ChatMessageId | None:
    """What it replies to; in a topic, what replies to nothing names the topic's own first message."""
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created is not None:
        return None
    if message.is_topic_message and replied.message_id == message.message_thread_id:
        return None
    return ChatMessageId(str(replied.message_id))


def _quoted(message: _Message, username: str) -> str | None:
    """What it replies to, when that is ours."""
    replied, elsewhere = message.reply_to_message, message.external_reply
    if replied is not None:
        is_text = replied.forum_topic_created is None and _is_ours(replied.author, username)
        return replied.text if is_text else None
    if elsewhere is not None:
        return "" if _is_ours(elsewhere.origin.sender_user, username) else None
    return None


def _thread_title(message: _Message, username: str) -> str:
    """What we called its topic: what replies to nothing there names the topic's own first message."""
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created is None or not _is_ours(replied.author, username):
        return ""
    return replied.forum_topic_created.name


def _is_ours(author: _User | None, username: str) -> bool:
    """Whether our bot wrote it; while its name is not known, any bot."""
    if author is None or not author.is_bot:
        return False
    return not username or author.username.lower() == username.lower()


def _thread_changed(message: _Message) -> ThreadChanged | None:
    """A topic was made, closed, opened or renamed; another icon is none of that."""
    place, by = _place(message, is_topic=True), _author(message)
    if message.forum_topic_created is not None:
        return ThreadChanged(place, by, is_open=True, title=message.forum_topic_created.name or None)
    if message.forum_topic_closed is not None:
        return ThreadChanged(place, by, is_open=False)
    if message.forum_topic_reopened is not None:
        return ThreadChanged(place, by, is_open=True)
    if message.forum_topic_edited is not None and message.forum_topic_edited.name:
        return ThreadChanged(place, by, title=message.forum_topic_edited.name)
    return None


def _read_edit(content: Any, _username: str) -> Edited | None:
    """A changed text; what is none was never sent, and a live location changes by the second."""
    message = msgspec.convert(content, _Message)
    if kind_of(content) != TEXT:
        return None
    return Edited(_place(message), _message_id(message), _author(message), message.text)


# --- buttons and memberships ------------------------------------------------------------------------


def _read_press(content: Any, _username: str) -> Pressed | None:
    """A press; None when it is none of ours: without a message in a chat, or of a game."""
    query = msgspec.convert(content, _Query)
    if query.message is None or not query.data:
        return None
    return Pressed(
        place=_place(query.message),
        message=_message_id(query.message),
        author=_person(query.author),
        token=query.data,
        press=query.id,
    )


def _read_membership(content: Any, _username: str) -> RoomChanged:
    changed = msgspec.convert(content, _Membership)
    standing = changed.new_chat_member
    is_ours = standing.status in _INSIDE or (standing.status == "restricted" and standing.is_member)
    return RoomChanged(_room(changed.chat), is_ours, _person(changed.author))


# --- parts ------------------------------------------------------------------------------------------


def _place(message: _Message, *, is_topic: bool = False) -> Place:
    """Where it stands. In a group without topics a thread is a chain of replies, and General is no thread.

    A private chat has no General: there 1 is a topic like the others.
    """
    thread = message.message_thread_id
    is_general = thread == GENERAL_TOPIC and message.chat.type != "private"
    is_thread = (message.is_topic_message or is_topic) and thread != 0 and not is_general
    return Place(_room(message.chat), ThreadId(str(thread)) if is_thread else NO_THREAD)


def _room(chat: _Chat) -> RoomId:
    return RoomId(str(chat.id))


def _message_id(message: _Message) -> ChatMessageId:
    return ChatMessageId(str(message.message_id))


def _author(message: _Message) -> Person:
    """Who wrote it; a channel, and an admin who hides behind the group, is nobody in person."""
    if message.sender_chat is not None:
        return Person(PersonId(str(message.sender_chat.id)), message.sender_chat.title, is_person=False)
    if message.author is None:
        return Person(PersonId(str(message.chat.id)), message.chat.title, is_person=False)
    return _person(message.author)


def _person(user: _User) -> Person:
    name = f"{user.first_name} {user.last_name}".strip() or user.username
    return Person(PersonId(str(user.id)), name, is_person=not user.is_bot)


_READERS: dict[str, Callable[[Any, str], ChatEvent | None]] = {
    "message": _read_message,
    "edited_message": _read_edit,
    "channel_post": _read_message,
    "callback_query": _read_press,
    "my_chat_member": _read_membership,
}
