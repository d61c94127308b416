"""The way into the chat outbox: texts, edits and marks, each within the caller's transaction.

A newer edit or mark takes the place of one that still waits, so that only the newest word is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilotbridge.chat import NO_THREAD, Buttons, ChatMessageId, Lane, Place, RoomId, Tick
from pilotbridge.lifecycle import Event
from pilotbridge.outbox.posts.content import Content, as_pairs, written
from pilotbridge.store.chat_records import (
    About,
    Conversation,
    ConversationId,
    PostDraft,
    PostId,
    PostKind,
    PostMove,
    PostRow,
)
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs
from pilotbridge.store.records import changed

_WORDS = {
    Tick.TAKEN: "Taken",
    Tick.SENT: "With the gateway",
    Tick.DELIVERED: "Delivered",
    Tick.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a post goes: a place in a chat, or wherever a conversation is by then."""

    chat: str
    place: Place
    conversation: ConversationId | None = None


def in_room(chat: str, room: RoomId) -> Spot:
    return Spot(chat, Place(room))


def in_conversation(conversation: Conversation) -> Spot:
    return Spot(conversation.chat, Place(conversation.room), conversation.id)


@dataclass(frozen=True, slots=True)
class Saying:
    """A text for a chat. ``repeats``: when its fate is unknown a marked copy is better than none.

    ``head`` stands above it where no thread tells whom it is about.
    """

    text: str
    reason: str
    lane: Lane = Lane.ANSWER
    head: str = ""
    reply_to: ChatMessageId | None = None
    buttons: Buttons = ()
    about: About = About()
    repeats: bool = False


def say(tx: WriteVerbs, spot: Spot, saying: Saying, now_ms: int) -> PostId:
    """Put a text behind what its conversation was told before in the same lane."""
    content = Content(
        text=saying.text,
        head=saying.head,
        reply_to=saying.reply_to or "",
        buttons=as_pairs(saying.buttons),
    )
    draft = _draft(tx, spot, PostKind.TEXT, content, saying.reason, saying.lane, now_ms)
    after = tx.last_post_of(spot.conversation, saying.lane) if spot.conversation else None
    return tx.add_post(changed(draft, about=saying.about, repeats=saying.repeats, after=after), now_ms)


def mark(
    tx: WriteVerbs, spot: Spot, message: ChatMessageId, tick: Tick, *, about: About, now_ms: int
) -> PostId | None:
    """Show on a person's message how it fares; where it cannot be marked, in one line below it.

    None when its room has moved: the message stayed behind.
    """
    room = tx.room_now(spot.chat, spot.place.room)
    if room != spot.place.room:
        return None
    if is_markless(tx, spot.chat, room):
        return _status_line(tx, spot, message, tick, about, now_ms)
    content, reason = Content(tick=tick.value), f"its message is {tick}"
    draft = _draft(tx, spot, PostKind.MARK, content, reason, Lane.TICK, now_ms)
    draft = changed(draft, target=message, about=about)
    _supersede(tx, tx.posts_on_target(draft.chat, draft.room, message, PostKind.MARK), now_ms)
    return tx.add_post(draft, now_ms)


def is_markless(read: ReadVerbs, chat: str, room: RoomId) -> bool:
    """Whether a room has refused marks."""
    return bool(read.meta(f"markless:{chat}:{room}"))


def set_markless(tx: WriteVerbs, chat: str, room: RoomId, why: str) -> None:
    """A room refuses marks, and why; or ('') it may take them."""
    if why or is_markless(tx, chat, room):
        tx.set_meta(f"markless:{chat}:{room}", why)


def _status_line(
    tx: WriteVerbs, spot: Spot, message: ChatMessageId, tick: Tick, about: About, now_ms: int
) -> PostId:
    """One line per message, edited as it goes on."""
    line = About("tick", about.id)
    shown = [post.id for post in tx.posts_about(line) if post.kind is PostKind.TEXT]
    reason = f"its message is {tick}"
    if shown:
        edition = Edition(_WORDS[tick], reason, of_post=shown[-1], lane=Lane.TICK)
        return edit(tx, spot, edition, now_ms)
    saying = Saying(_WORDS[tick], reason, lane=Lane.TICK, reply_to=message, about=line)
    return say(tx, spot, saying, now_ms)


@dataclass(frozen=True, slots=True)
class Edition:
    """The whole new text and all buttons of a message of ours, or of a post that may not be there yet."""

    text: str
    reason: str
    message: ChatMessageId = ChatMessageId("")
    of_post: PostId | None = None
    buttons: Buttons = ()
    lane: Lane = Lane.ANSWER
    about: About = About()


def edit(tx: WriteVerbs, spot: Spot, edition: Edition, now_ms: int) -> PostId:
    """Change a message of ours; an edit that still waits gives way to this one."""
    content = Content(text=edition.text, buttons=as_pairs(edition.buttons))
    draft = _draft(tx, spot, PostKind.EDIT, content, edition.reason, edition.lane, now_ms)
    draft = changed(draft, target=edition.message, of_post=edition.of_post, about=edition.about)
    if edition.of_post is not None:
        _supersede(tx, tx.posts_of_post(edition.of_post, PostKind.EDIT), now_ms)
    else:
        _supersede(tx, tx.posts_on_target(draft.chat, draft.room, edition.message, PostKind.EDIT), now_ms)
    return tx.add_post(changed(draft, after=edition.of_post), now_ms)


def make_thread(tx: WriteVerbs, conversation: Conversation, reason: str, now_ms: int) -> PostId:
    """A thread for a conversation; the post that makes it when one is on its way already."""
    pending = tx.pending_thread_post(conversation.id)
    if pending is not None:
        return pending
    content = Content(title=conversation.title)
    spot = in_conversation(conversation)
    return tx.add_post(_draft(tx, spot, PostKind.THREAD, content, reason, Lane.URGENT, now_ms), now_ms)


def change_thread(
    tx: WriteVerbs,
    conversation: Conversation,
    reason: str,
    now_ms: int,
    *,
    title: str | None = None,
    is_open: bool | None = None,
) -> PostId:
    """Give a conversation's thread another title, or close or open it."""
    content = Content(title=title, is_open=is_open)
    draft = _draft(tx, in_conversation(conversation), PostKind.CHANGE, content, reason, Lane.URGENT, now_ms)
    return tx.add_post(draft, now_ms)


def _draft(
    tx: WriteVerbs, spot: Spot, kind: PostKind, content: Content, reason: str, lane: Lane, now_ms: int
) -> PostDraft:
    return PostDraft(
        chat=spot.chat,
        room=tx.room_now(spot.chat, spot.place.room),
        thread=NO_THREAD if spot.conversation else spot.place.thread,
        kind=kind,
        content=written(content),
        lane=lane,
        reason=reason,
        due_at_ms=now_ms,
        repeats=True,
        conversation=spot.conversation,
    )


def _supersede(tx: WriteVerbs, older: list[PostRow], now_ms: int) -> None:
    for row in older:
        move = PostMove(row.id, row.revision, row.state, Event.CANCEL, "a newer one takes its place")
        tx.move_post(move, now_ms)
