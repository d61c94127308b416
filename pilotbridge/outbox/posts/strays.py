"""At start: posts for a chat that the configuration no longer has wait visibly, and go when it is back."""

from __future__ import annotations

from collections.abc import Collection

from pilotbridge.lifecycle import Event, State
from pilotbridge.store.chat_records import PostMove, PostRow
from pilotbridge.store.protocol import WriteVerbs

NO_CHAT = "no_chat"
_EVENTS = {State.QUEUED: Event.HOLD, State.SENDING: Event.LOSE, State.IN_DOUBT: Event.PARK}


def hold_strays(tx: WriteVerbs, chats: Collection[str], now_ms: int) -> int:
    """Hold what nobody can post, release what somebody can again; returns how many are held now."""
    held = 0
    for chat in tx.unfinished_chats():
        if chat in chats:
            for row in tx.posts_held_for(chat, NO_CHAT):
                _move(tx, row, Event.RELEASE, f"the chat {chat} is configured again", now_ms, now_ms)
            continue
        for row in tx.posts_unfinished(chat):
            held += _put_aside(tx, row, now_ms)
    return held


def _put_aside(tx: WriteVerbs, row: PostRow, now_ms: int) -> int:
    reason = f"the chat {row.chat} is not configured any more"
    while row.state in _EVENTS:
        _move(tx, row, _EVENTS[row.state], reason, now_ms, None, NO_CHAT)
        row = tx.post(row.id) or row
    return 1


def _move(
    tx: WriteVerbs, row: PostRow, event: Event, reason: str, now_ms: int, due_ms: int | None, cause: str = ""
) -> None:
    doubt_ms = row.in_doubt_since_ms or (now_ms if event is Event.LOSE else None)
    tx.move_post(PostMove(row.id, row.revision, row.state, event, reason, due_ms, cause, doubt_ms), now_ms)
