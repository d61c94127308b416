"""The kill switch: while it is on, nothing is handed to any gateway, and everything waits with the reason.

It is a fact of the database, so that a restart does not turn it off.
"""

from __future__ import annotations

from pilotbridge.errors import NotAllowed
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

KEY = "paused"
SUBJECT = "outbox"


def paused(read: ReadVerbs) -> str:
    """Why nothing is sent just now; empty when it is."""
    return read.meta(KEY) or ""


def pause(tx: WriteVerbs, why: str, *, by: str, now_ms: int) -> None:
    """Stop all sending.

    :raises NotAllowed: without a reason.
    """
    if not why.strip():
        raise NotAllowed("sending is only paused with a reason; say why, whoever comes next will ask")
    reason = f"sending was paused by {by}: {why.strip()}"
    tx.set_meta(KEY, reason)
    tx.add_event(SUBJECT, 0, now_ms, "pause", reason=reason)


def resume(tx: WriteVerbs, *, by: str, now_ms: int) -> int:
    """Send again; returns how many messages were waiting for it.

    :raises NotAllowed: when sending is not paused.
    """
    if not paused(tx):
        raise NotAllowed("sending is not paused")
    tx.set_meta(KEY, "")
    tx.add_event(SUBJECT, 0, now_ms, "resume", reason=f"sending was resumed by {by}")
    return tx.release_held("paused", now_ms)
