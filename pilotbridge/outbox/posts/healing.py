"""Mending what a post met: a room that moved or is closed to us, a thread that is gone or closed, no threads.

Each cure is in the transaction of the settlement that asked for it; what it tells people is told afterwards.
"""

from __future__ import annotations

from pilotbridge.chat import NO_THREAD, Place, RoomId, ThreadId, Tick
from pilotbridge.lifecycle import Event
from pilotbridge.outbox.posts.content import read, without_reply
from pilotbridge.outbox.posts.enqueue import Spot, change_thread, make_thread, mark, set_markless
from pilotbridge.outbox.posts.moving import follow_room, reply_to_nothing
from pilotbridge.outbox.posts.settling import OF_THE_ROOM, PROBE, PROBE_AFTER_MS, Cure, Settlement
from pilotbridge.store.chat_records import Conversation, Link, PostKind, PostMove, PostRow
from pilotbridge.store.protocol import WriteVerbs

SWEEP = 500
"""How many posts of a room one transaction moves."""
THREADS_AGAIN_MS = 24 * 3_600_000
"""How long a room that had no threads is believed to have none."""


def mend(tx: WriteVerbs, row: PostRow, settlement: Settlement, now_ms: int) -> None:
    """Do what the settlement of ``row`` asks for beside its own moves."""
    reason = settlement.steps[0].reason
    match settlement.cure:
        case Cure.ROOM_MOVED if settlement.new_room is not None:
            reply_to_nothing(tx, row)
            follow_room(tx, row.chat, row.room, settlement.new_room, now_ms)
        case Cure.ROOM_GONE:
            tx.set_room_gone(row.chat, row.room, reason, now_ms + PROBE_AFTER_MS)
        case Cure.NO_THREADS:
            tx.set_room_threadless(row.chat, row.room, reason, now_ms)
            _forget_thread(tx, row)
        case Cure.THREAD_GONE:
            _forget_thread(tx, row)
        case Cure.THREAD_CLOSED:
            _open_again(tx, row, reason, now_ms)
        case Cure.NO_MARKS:
            set_markless(tx, row.chat, row.room, reason)
            tick, spot = Tick(read(row.content).tick), Spot(row.chat, Place(row.room, row.thread))
            mark(tx, spot, row.target, tick, about=row.about, now_ms=now_ms)
        case Cure.NO_REPLY:
            tx.rewrite_post(row.id, without_reply(row.content))


def done(tx: WriteVerbs, row: PostRow, settlement: Settlement, now_ms: int) -> None:
    """The chat did it: what it made gets its place, and its room is surely ours."""
    receipt = settlement.receipt
    if receipt is None:
        return
    if row.kind is PostKind.THREAD and row.conversation and receipt.thread:
        tx.set_thread(row.conversation, receipt.thread)
    if row.kind is PostKind.TEXT and row.conversation and receipt.message:
        about = row.about
        inbound = about.id if about.kind == "inbound" else None
        sms = about.id if about.kind == "message" else None
        tx.put_link(
            Link(row.chat, row.room, receipt.message, row.conversation, inbound, sms),  # type: ignore[arg-type]
            now_ms,
        )
    if tx.room_fact(row.chat, row.room).gone:
        room_is_back(tx, row.chat, row.room, now_ms)


def room_is_back(tx: WriteVerbs, chat: str, room: RoomId, now_ms: int) -> None:
    """Whatever was held because we were out of the room may go."""
    tx.set_room_gone(chat, room, "", None)
    while held := tx.posts_held(chat, room, SWEEP):
        for each in held:
            _move(tx, each, Event.RELEASE, "the room is open to us again", now_ms, now_ms)


def hold_room(tx: WriteVerbs, row: PostRow, gone: str, now_ms: int) -> None:
    """We are out of the room: what waits for it says so."""
    for each in tx.posts_queued(row.chat, row.room, SWEEP):
        _move(tx, each, Event.HOLD, gone, now_ms, None, OF_THE_ROOM)


def release_probes(tx: WriteVerbs, chat: str, now_ms: int) -> None:
    """Rooms we were out of are tried again, each with the post that is to go first."""
    for room in tx.gone_rooms(chat, now_ms):
        fact = tx.room_fact(chat, room)
        tx.set_room_gone(chat, room, fact.gone, now_ms + PROBE_AFTER_MS)
        row = tx.post_to_probe(chat, room)
        if row is not None:
            why = "it tries whether the room is open to us again"
            _move(tx, row, Event.RELEASE, why, now_ms, now_ms, PROBE)


def place_of(row: PostRow, conversation: Conversation | None) -> Place:
    """Where a post goes now."""
    if conversation is None:
        return Place(row.room, row.thread)
    here = conversation.room == row.room
    return Place(row.room, conversation.thread if here else NO_THREAD)


def needs_thread(tx: WriteVerbs, row: PostRow, conversation: Conversation | None, now_ms: int) -> bool:
    """Whether a thread has to be made before this text can go."""
    if conversation is None or conversation.thread or row.kind is not PostKind.TEXT:
        return False
    fact = tx.room_fact(row.chat, row.room)
    long_ago = now_ms - (fact.threadless_at_ms or 0) >= THREADS_AGAIN_MS
    return not fact.threadless or long_ago


def thread_first(tx: WriteVerbs, row: PostRow, conversation: Conversation, now_ms: int) -> None:
    """The post that makes the thread goes before ``row``."""
    thread = make_thread(tx, conversation, f"a thread for post {row.id}", now_ms)
    tx.put_behind(row.id, thread)


def _forget_thread(tx: WriteVerbs, row: PostRow) -> None:
    if row.conversation is not None:
        tx.set_thread(row.conversation, ThreadId(""))


def _open_again(tx: WriteVerbs, row: PostRow, reason: str, now_ms: int) -> None:
    conversation = tx.conversation(row.conversation) if row.conversation else None
    if conversation is not None:
        tx.put_behind(row.id, change_thread(tx, conversation, reason, now_ms, is_open=True))


def _move(
    tx: WriteVerbs, row: PostRow, event: Event, reason: str, now_ms: int, due_ms: int | None, cause: str = ""
) -> None:
    move = PostMove(
        row.id, row.revision, row.state, event, reason, due_ms, cause, in_doubt_since_ms=row.in_doubt_since_ms
    )
    tx.move_post(move, now_ms)
