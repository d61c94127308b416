"""One post to one call of the Bot API: the words of the contract in Telegram's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.error import BadRequest

from pilotbridge import (
    Buttons,
    ChangeThread,
    ChatMessageId,
    ChatPost,
    ChatReceipt,
    EditPost,
    MarkPost,
    NewPost,
    NewThread,
    Place,
    RoomId,
    ThreadId,
    Tick,
)

EMOJI = {Tick.TAKEN: "👀", Tick.SENT: "✍", Tick.DELIVERED: "👌", Tick.FAILED: "💔"}
"""Of the reactions that Telegram allows; a check mark is none of them."""
TITLE_UNITS = 128
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_UNCHANGED = ("message is not modified", "topic_not_modified")


def room_of(post: ChatPost) -> RoomId:
    return post.room if isinstance(post, NewThread) else post.place.room


async def deliver(bot: Bot, post: ChatPost) -> ChatReceipt:
    """Do what ``post`` says.

    :raises TelegramError: as every call does.
    :raises ValueError: when an id is none of Telegram's.
    """
    match post:
        case NewPost():
            return await _send(bot, post)
        case EditPost():
            return await _edit(bot, post)
        case MarkPost():
            return await _mark(bot, post)
        case NewThread():
            return await _open_thread(bot, post)
        case ChangeThread():
            return await _change_thread(bot, post)


async def _send(bot: Bot, post: NewPost) -> ChatReceipt:
    sent = await bot.send_message(
        _number(post.place.room),
        post.text,
        message_thread_id=_thread(post.place),
        reply_parameters=ReplyParameters(_number(post.reply_to)) if post.reply_to else None,
        reply_markup=_keyboard(post.buttons),
        link_preview_options=_NO_PREVIEW,
    )
    return ChatReceipt(message=ChatMessageId(str(sent.message_id)))


async def _edit(bot: Bot, post: EditPost) -> ChatReceipt:
    await _unless_so_already(
        lambda: bot.edit_message_text(
            post.text,
            chat_id=_number(post.place.room),
            message_id=_number(post.message),
            reply_markup=_keyboard(post.buttons),
            link_preview_options=_NO_PREVIEW,
        )
    )
    return ChatReceipt()


async def _mark(bot: Bot, post: MarkPost) -> ChatReceipt:
    room, message = _number(post.place.room), _number(post.message)
    await _unless_so_already(lambda: bot.set_message_reaction(room, message, EMOJI[post.tick]))
    return ChatReceipt()


async def _open_thread(bot: Bot, post: NewThread) -> ChatReceipt:
    topic = await bot.create_forum_topic(_number(post.room), cut(post.title))
    return ChatReceipt(thread=ThreadId(str(topic.message_thread_id)))


async def _change_thread(bot: Bot, post: ChangeThread) -> ChatReceipt:
    room, thread = _number(post.place.room), _number(post.place.thread)
    if post.title is not None:
        title = cut(post.title)
        await _unless_so_already(lambda: bot.edit_forum_topic(room, thread, name=title))
    if post.is_open is not None:
        change = bot.reopen_forum_topic if post.is_open else bot.close_forum_topic
        await _unless_so_already(lambda: change(room, thread))
    return ChatReceipt()


async def _unless_so_already(call: Callable[[], Awaitable[object]]) -> None:
    """What is so already was done before, or by somebody else; either is as good."""
    try:
        await call()
    except BadRequest as error:
        if not error.message.lower().startswith(_UNCHANGED):
            raise


def cut(title: str) -> str:
    """``title`` as Telegram takes it: at most 128 UTF-16 units, and not empty."""
    encoded = title.strip().encode("utf-16-le", "replace")
    if len(encoded) <= 2 * TITLE_UNITS:
        return title.strip() or "…"
    return encoded[: 2 * (TITLE_UNITS - 1)].decode("utf-16-le", "ignore") + "…"


def _keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(button.label, callback_data=button.token) for button in row] for row in buttons
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def _thread(place: Place) -> int | None:
    return _number(place.thread) if place.thread else None


def _number(written: str) -> int:
    """:raises ValueError: when it is no id of Telegram's."""
    return int(written)
