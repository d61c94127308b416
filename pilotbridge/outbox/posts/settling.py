"""What one answer of a chat means for one post: a pure table from outcome to steps and what must be mended.

The one question is always *could it have happened?* After a lost answer a chat can be asked nothing, so the
post's own policy decides: a marked copy, or a person. What changes nothing done twice is simply repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pilotbridge.chat import (
    ChatReceipt,
    Moved,
    NoThreads,
    PostGone,
    RoomGone,
    RoomId,
    ThreadClosed,
    ThreadGone,
)
from pilotbridge.errors import Closed, Refused, TryLater
from pilotbridge.lifecycle import Event
from pilotbridge.outbox.backoff import backoff_ms
from pilotbridge.outbox.posts.content import read
from pilotbridge.outbox.posts.moving import LEFT_BEHIND
from pilotbridge.protocols import Rng
from pilotbridge.store.chat_records import PostKind, PostRow

AGAIN_AFTER_S = (5, 20, 60, 300, 900, 1800, 3600, 3600, 7200, 14400)
"""Waits before the marked copies of a post whose answers are lost; after the last one a person decides."""
PROBE_AFTER_MS = 5 * 60_000
HEALS_MAX = 4
OF_THE_CHAT, OF_THE_ROOM, PROBE = "chat", "room_gone", "probe"
"""Causes: the chat did not answer; we are out of the room; this one tries whether we still are."""

Outcome = ChatReceipt | BaseException


class Cure(StrEnum):
    """What has to be mended before a post can go again."""

    NOTHING = ""
    ROOM_MOVED = "room_moved"
    ROOM_GONE = "room_gone"
    THREAD_GONE = "thread_gone"
    THREAD_CLOSED = "thread_closed"
    NO_THREADS = "no_threads"
    NO_REPLY = "no_reply"
    NO_MARKS = "no_marks"


@dataclass(frozen=True, slots=True)
class Step:
    """One move of the post."""

    event: Event
    reason: str
    due_ms: int | None = None
    cause: str = ""
    sets: Mapping[str, int | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The moves of one post after one attempt, and what to mend.

    ``answered`` is whether the chat is there at all; ``rests_ms`` how long its room is left alone.
    """

    steps: tuple[Step, ...]
    outcome: str
    cure: Cure = Cure.NOTHING
    new_room: RoomId | None = None
    receipt: ChatReceipt | None = None
    answered: bool = True
    rests_ms: int = 0


def settle(row: PostRow, outcome: Outcome, now_ms: int, rng: Rng) -> Settlement:
    """What ``outcome`` of its attempt means for ``row`` (claimed, SENDING)."""
    match outcome:
        case ChatReceipt():
            return _done(outcome)
        case Moved() if outcome.new_room != row.room:
            return Settlement(_moved(row, outcome, now_ms), "moved", Cure.ROOM_MOVED, outcome.new_room)
        case RoomGone():
            held = Step(Event.HOLD, outcome.reason, now_ms + PROBE_AFTER_MS, OF_THE_ROOM)
            return Settlement((held,), "room_gone", Cure.ROOM_GONE)
        case ThreadGone() | ThreadClosed() | NoThreads():
            return _without_thread(row, outcome, now_ms)
        case PostGone() if row.kind is PostKind.TEXT and read(row.content).reply_to:
            again = _defer(row, f"{outcome.reason}; sent in reply to nothing", now_ms)
            return Settlement((again,), "post_gone", Cure.NO_REPLY)
        case Refused():
            return Settlement(_ended(row, outcome.reason, now_ms), "refused", _instead(row, outcome))
        case TryLater():
            return _later(row, outcome, now_ms, rng)
        case Closed():
            return Settlement((_defer(row, outcome.reason, now_ms + 1000),), "deferred")
    return _lost(row, getattr(outcome, "reason", "") or f"{type(outcome).__name__}: {outcome}", now_ms, rng)


def _moved(row: PostRow, outcome: Moved, now_ms: int) -> tuple[Step, ...]:
    """What means a message of the old room means nothing in the new one."""
    if row.kind in (PostKind.MARK, PostKind.EDIT):
        return (_defer(row, outcome.reason, now_ms), Step(Event.CANCEL, LEFT_BEHIND))
    return (_defer(row, f"{outcome.reason}; sent there", now_ms),)


def _instead(row: PostRow, error: Refused) -> Cure:
    """A room that refuses a thread or a mark, whatever the words, is talked to without them."""
    if row.kind is PostKind.THREAD:
        return Cure.NO_THREADS
    is_mark = row.kind is PostKind.MARK and not isinstance(error, PostGone)
    return Cure.NO_MARKS if is_mark else Cure.NOTHING


def _done(receipt: ChatReceipt) -> Settlement:
    """It happened, and there is nothing to wait for: accepted and confirmed in one."""
    sets = {"chat_message": receipt.message or receipt.thread or "", "failures": 0}
    steps = (Step(Event.ACCEPT, "the chat has it", sets=sets), Step(Event.CONFIRM, "the chat shows it"))
    return Settlement(steps, "accept", receipt=receipt)


def _without_thread(row: PostRow, error: Refused, now_ms: int) -> Settlement:
    if isinstance(error, NoThreads):
        if row.kind is PostKind.THREAD:
            return Settlement(_ended(row, error.reason, now_ms), "no_threads", Cure.NO_THREADS)
        cure = Cure.NO_THREADS
    else:
        cure = Cure.THREAD_GONE if isinstance(error, ThreadGone) else Cure.THREAD_CLOSED
    if row.conversation is None or row.heals >= HEALS_MAX or row.kind is PostKind.CHANGE:
        return Settlement(_ended(row, error.reason, now_ms), cure.value)
    if cure is Cure.THREAD_CLOSED and row.heals >= HEALS_MAX // 2:
        cure = Cure.THREAD_GONE  # it cannot be opened, so another one is made
    again = Step(Event.DEFER, error.reason, now_ms, sets={"heals": row.heals + 1})
    return Settlement((again,), cure.value, cure)


def _ended(row: PostRow, reason: str, now_ms: int) -> tuple[Step, ...]:
    """It will never be taken. When an earlier copy may be there, that is for a person to see."""
    if row.in_doubt_since_ms is None:
        return (Step(Event.REFUSE, reason),)
    why = f"in doubt, and a repeat was refused: {reason}"
    return (Step(Event.LOSE, reason, now_ms), Step(Event.PARK, why))


def _defer(row: PostRow, reason: str, due_ms: int) -> Step:
    return Step(Event.DEFER, reason or row.reason, due_ms)


def _later(row: PostRow, error: TryLater, now_ms: int, rng: Rng) -> Settlement:
    failures = row.failures + error.counts
    after_ms = int(error.after.total_seconds() * 1000) if error.after else 0
    wait_ms = after_ms if not error.counts and after_ms else max(_backoff(failures, rng), after_ms)
    step = Step(Event.DEFER, error.reason, now_ms + wait_ms, OF_THE_CHAT, {"failures": failures})
    rests_ms = 0 if error.counts else wait_ms
    return Settlement((step,), "deferred", answered=not error.counts, rests_ms=rests_ms)


def _lost(row: PostRow, reason: str, now_ms: int, rng: Rng) -> Settlement:
    """It may have happened."""
    failures = row.failures + 1
    if row.kind in (PostKind.EDIT, PostKind.MARK, PostKind.CHANGE):
        due_ms = now_ms + _backoff(failures, rng)
        step = Step(Event.DEFER, reason, due_ms, OF_THE_CHAT, {"failures": failures})
        return Settlement((step,), "lost", answered=False)
    lost = row.doubt_tries + 1
    if not row.repeats or lost > len(AGAIN_AFTER_S):
        why = f"in doubt after {lost} lost answers" if row.repeats else "in doubt, and not worth a repeat"
        steps = (Step(Event.LOSE, reason, now_ms), Step(Event.PARK, f"{why}: {reason}"))
        return Settlement(steps, "lost", answered=False)
    due_ms = now_ms + AGAIN_AFTER_S[lost - 1] * 1000
    step = Step(Event.LOSE, reason, due_ms, OF_THE_CHAT, {"doubt_tries": lost})
    return Settlement((step,), "lost", answered=False)


def _backoff(failures: int, rng: Rng) -> int:
    return backoff_ms(max(failures, 1), critical=True, rng=rng)
