"""What a person may do to a chat post, each verb a legal move with who and why on the record."""

from __future__ import annotations

from pilotbridge.errors import NotAllowed, NotFound
from pilotbridge.lifecycle import Event, State
from pilotbridge.store.chat_records import PostId, PostMove, PostRow
from pilotbridge.store.protocol import WriteVerbs

_GOES = {State.QUEUED: None, State.HELD: Event.RELEASE, State.PARKED: Event.REQUEUE}
_STOPS = (State.QUEUED, State.HELD, State.PARKED)


def retry_post(tx: WriteVerbs, post_id: PostId, *, by: str, now_ms: int) -> PostId:
    """Let a post go that is held, or whose fate stayed unknown: its reader may then see it twice.

    :raises NotFound: when there is no such post.
    :raises NotAllowed: when it is on its way, or has ended.
    """
    row = _row(tx, post_id)
    if row.state not in _GOES:
        raise NotAllowed(f"post {row.id} cannot be retried: it is {row.state}")
    event = _GOES[row.state]
    if event is None:
        raise NotAllowed(f"post {row.id} is queued already and goes by itself")
    _move(tx, row, event, f"{by} lets it go", now_ms, due_at_ms=now_ms)
    return row.id


def cancel_post(tx: WriteVerbs, post_id: PostId, *, by: str, now_ms: int) -> PostId:
    """It will not be posted.

    :raises NotFound: when there is no such post.
    :raises NotAllowed: when it has gone, or may go this moment.
    """
    row = _row(tx, post_id)
    if row.state not in _STOPS:
        raise NotAllowed(f"post {row.id} cannot be cancelled: it is {row.state}")
    _move(tx, row, Event.CANCEL, f"cancelled by {by}", now_ms)
    return row.id


def _row(tx: WriteVerbs, post_id: PostId) -> PostRow:
    row = tx.post(post_id)
    if row is None:
        raise NotFound(f"there is no post {post_id}; see pilotbridge messages list --way chat")
    return row


def _move(
    tx: WriteVerbs, row: PostRow, event: Event, reason: str, now_ms: int, *, due_at_ms: int | None = None
) -> None:
    move = PostMove(
        row.id, row.revision, row.state, event, reason, due_at_ms, in_doubt_since_ms=row.in_doubt_since_ms
    )
    tx.move_post(move, now_ms)
