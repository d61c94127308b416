"""Which messages go next, and their intent on disk before the first byte leaves.

In order of urgency: doubt that the guard still covers, then critical messages one by one, then the rest
in packets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import State
from pilotbridge.outbox import doubt as doubts
from pilotbridge.outbox.late import is_behind, is_late, leave_to_end, speak_for_late
from pilotbridge.outbox.settling import ALONE, Terms, doubt_of
from pilotbridge.outbox.sweeping import why_stopped
from pilotbridge.outbox.turn import SWEEP, Turn
from pilotbridge.store.records import AttemptStart, OutboxRow, changed


@dataclass(frozen=True, slots=True)
class Claimed:
    """One packet whose intent is on disk."""

    rows: tuple[OutboxRow, ...]
    started: Instant


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes next; ``more`` says that others were looked at and moved aside, so look again at once."""

    rows: Sequence[OutboxRow] = ()
    more: bool = False


def claim(turn: Turn) -> tuple[Claimed | None, bool]:
    """Claim the next packet; the second value says that it is worth looking again at once."""
    limit = limit_of(turn)
    choice = choose(turn, limit) if limit else Choice()
    return (_claimed(turn, choice.rows) if choice.rows else None), choice.more


def why_overslept(claimed: Claimed, now: Instant, terms: Terms, lease: timedelta) -> str:
    """Why a packet may not go any more: the process was stopped between its claim and now. Empty: it may."""
    passed = now.since(claimed.started)
    if passed is not None and passed >= lease:
        return "not sent: the bridge was stopped until the lease had run out"
    row = claimed.rows[0]
    if row.doubt and not doubts.guard_still_knows(doubt_of(row, row.doubt, terms), now):
        return "not sent: the bridge was stopped until the guard had forgotten the first copy"
    return ""


def limit_of(turn: Turn) -> int:
    """How many messages may go now: one, as a probe, while the gateway fails or the account is closed."""
    standing = turn.sender.standing
    limit = standing.breaker.packet_limit(turn.now_ms, turn.sender.max_packet)
    if standing.closure is None:
        return limit
    waits = turn.now_ms < standing.closure.probe_at_ms and turn.terms.successor
    return 0 if waits else min(limit, 1)


def choose(turn: Turn, limit: int) -> Choice:
    """The most urgent messages that may go together, at most ``limit``."""
    resend = None if turn.paused else _in_doubt(turn)
    if resend is not None:
        return Choice([resend])
    for critical, size in ((True, 1), (False, limit)):
        due = _due(turn, critical=critical, limit=size)
        if _said_of_late(turn, due) or _told_by_end(turn, due):
            return Choice(more=True)
        going = [row for row in due if _may_go(turn, row)]
        if due:
            return Choice(packet_of(going), more=not going)
    return Choice()


def _due(turn: Turn, *, critical: bool, limit: int) -> list[OutboxRow]:
    """Due messages of one class; many when they are only looked at to be held."""
    rows = _queued(turn, critical, limit)
    return _queued(turn, critical, SWEEP) if rows and why_stopped(turn, rows[0]) else rows


def _queued(turn: Turn, critical: bool, limit: int) -> list[OutboxRow]:
    return turn.tx.due_messages(
        State.QUEUED, turn.gateway, critical=critical, now_ms=turn.now_ms, limit=limit
    )


def packet_of(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """The rows that may share a packet with the first: one sender and class, each number once (214)."""
    if not rows or rows[0].cause == ALONE:
        return list(rows[:1])
    first = rows[0]
    chosen: dict[str, OutboxRow] = {}
    for row in rows:
        if row.sender == first.sender and row.critical == first.critical and row.cause != ALONE:
            chosen.setdefault(row.recipient.e164, row)
    return list(chosen.values())


def _in_doubt(turn: Turn) -> OutboxRow | None:
    """A message in doubt goes alone: the guard refuses one message, not a packet."""
    for row in turn.all_due(State.IN_DOUBT):
        if row.doubt and doubts.guard_still_knows(doubt_of(row, row.doubt, turn.terms), turn.now):
            return row
    return None


def _said_of_late(turn: Turn, due: Sequence[OutboxRow]) -> bool:
    """Whether one of them has waited so long that another SMS speaks for it now."""
    row = next((row for row in due if is_late(turn, row) or is_behind(turn, row)), None)
    if row is None or turn.paused or row.lapses_at_ms <= turn.now_ms or why_stopped(turn, row):
        return False
    speak_for_late(turn, row)
    return True


def _told_by_end(turn: Turn, due: Sequence[OutboxRow]) -> bool:
    """Whether one of them tells of what is over, and the text that says so tells both."""
    return not turn.paused and any(leave_to_end(turn, row) for row in due if row.attempts)


def _may_go(turn: Turn, row: OutboxRow) -> bool:
    """Whether a due row is really sent; one that is not gets its move and its reason here."""
    if row.lapses_at_ms <= turn.now_ms:
        turn.lapse(row)
        return False
    hold = why_stopped(turn, row)
    if hold is not None:
        turn.hold(row, hold.cause, hold.reason, hold.again_ms)
    return hold is None


def _claimed(turn: Turn, rows: Sequence[OutboxRow]) -> Claimed:
    packet, now = turn.tx.next_packet(), turn.now
    lease_ms = now.utc_ms + int(turn.sender.rules.lease.total_seconds() * 1000)
    starts = [AttemptStart(row.id, row.attempts + 1, turn.gateway, packet, len(rows), now) for row in rows]
    reason = "resent in doubt" if rows[0].doubt else "its turn"
    turn.tx.claim(rows, starts, reason=reason, lease_ms=lease_ms, epoch=turn.epoch)
    return Claimed(tuple(_sending(row) for row in rows), now)


def _sending(row: OutboxRow) -> OutboxRow:
    return changed(row, state=State.SENDING, attempts=row.attempts + 1, revision=row.revision + 1)
