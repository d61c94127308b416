"""What was on its way in a copy may have gone since it was made: it comes back in doubt, row by row.

Nothing here decides what is sent.
"""

from __future__ import annotations

from pilotbridge.clock import Instant
from pilotbridge.errors import Refused
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import MessageId
from pilotbridge.protocols import Rng
from pilotbridge.store.chat_records import PostId, PostMove
from pilotbridge.store.records import Move, OutboxRow
from pilotbridge.store.sql import WriteVerbs

CLIENT_ID_BASE = "client_id_base"

_RESTORED = "restored from a copy: it may have been sent since the copy was made"
_TO_DOUBT = {State.HELD: Event.RELEASE, State.QUEUED: Event.CLAIM, State.SENDING: Event.LOSE}


def doubt_unsent(tx: WriteVerbs, now: Instant, rng: Rng) -> int:
    """After a restore: what was on its way may have gone since, and our names for messages start anew."""
    tx.count_anew()
    tx.set_meta(CLIENT_ID_BASE, str(int(rng.uniform(1, 2**30))))
    message_ids = tx.unsent_ids()
    for message_id in message_ids:
        _doubt(tx, message_id, Instant(now.utc_ms, 0, ""))
    post_ids = tx.unsent_posts()
    for post_id in post_ids:
        _doubt_post(tx, post_id, now.utc_ms)
    return len(message_ids) + len(post_ids)


def _doubt(tx: WriteVerbs, message_id: MessageId, since: Instant) -> None:
    """Through the table of states; no clock can tell how long ago it may have been sent."""
    while (event := _TO_DOUBT.get((row := _row(tx, message_id)).state)) is not None:
        doubt = row.doubt or (since if event is Event.LOSE else None)
        tx.move(
            Move(row.id, row.revision, row.state, event, _RESTORED, since.utc_ms, doubt=doubt), since.utc_ms
        )


def _doubt_post(tx: WriteVerbs, post_id: PostId, now_ms: int) -> None:
    """As :func:`_doubt`; the chat outbox then repeats it with a mark, or a person decides."""
    while (row := tx.post(post_id)) is not None and (event := _TO_DOUBT.get(row.state)) is not None:
        doubt_ms = row.in_doubt_since_ms or (now_ms if event is Event.LOSE else None)
        move = PostMove(row.id, row.revision, row.state, event, _RESTORED, now_ms, in_doubt_since_ms=doubt_ms)
        tx.move_post(move, now_ms)


def _row(tx: WriteVerbs, message_id: MessageId) -> OutboxRow:
    row = tx.outbox_row(message_id)
    if row is None:
        raise Refused(f"message {message_id} has gone while it was looked at")
    return row
