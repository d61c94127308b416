"""A room has another id: what waits goes there, but for what meant a message of the old one.

In the new room numbers of messages begin anew, so that an old one would mean somebody else's message there.
"""

from __future__ import annotations

from pilotbridge.chat import ChatMessageId, RoomId
from pilotbridge.lifecycle import Event
from pilotbridge.outbox.posts.content import read, without_reply
from pilotbridge.store.chat_records import PostKind, PostMove, PostRow
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

LEFT_BEHIND = "its message stayed in the room that has moved"


def still_there(read: ReadVerbs, chat: str, room: RoomId, message: ChatMessageId) -> ChatMessageId | None:
    """The message, as posts to its room may name it; None when the room has moved."""
    return message if read.room_now(chat, room) == room else None


def follow_room(tx: WriteVerbs, chat: str, old: RoomId, new: RoomId, now_ms: int) -> None:
    """From now on ``old`` is ``new``."""
    if old == new:
        return
    for row in tx.posts_waiting_in(chat, old):
        if means_old_message(tx, row):
            move = PostMove(row.id, row.revision, row.state, Event.CANCEL, LEFT_BEHIND)
            tx.move_post(move, now_ms)
        else:
            reply_to_nothing(tx, row)
    tx.move_room(chat, old, new)


def means_old_message(read: ReadVerbs, row: PostRow) -> bool:
    """Whether it changes a message that is there already."""
    if row.kind is PostKind.MARK or row.target:
        return True
    edited = read.post(row.of_post) if row.of_post else None
    return edited is not None and bool(edited.message)


def reply_to_nothing(tx: WriteVerbs, row: PostRow) -> None:
    if row.kind is PostKind.TEXT and read(row.content).reply_to:
        tx.rewrite_post(row.id, without_reply(row.content))
