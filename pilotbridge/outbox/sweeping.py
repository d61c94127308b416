"""What a sender tidies up before it claims: dead leases, held messages, doubt that nothing settles any more.

Each step looks at a bounded number of rows and moves them through the table of states with a reason.
"""

from __future__ import annotations

from pilotbridge.lifecycle import Event, State
from pilotbridge.outbox import doubt as doubts
from pilotbridge.outbox.holding import LOOK_AGAIN_MS, Candidate, Hold, why_not_yet
from pilotbridge.outbox.settling import OF_THE_ACCOUNT, doubt_of, settle
from pilotbridge.outbox.turn import SWEEP, Turn
from pilotbridge.protocols import Lost
from pilotbridge.store.records import Move, OutboxRow, changed

# --- leases -----------------------------------------------------------------------------------------


def lose_expired(turn: Turn) -> None:
    """A lease that ran out: the request may have left."""
    rows = turn.all_due(State.SENDING)
    for row in rows:
        _lose(turn, row, "its lease ran out")


def lose_all(turn: Turn) -> int:
    """At start: what an earlier owner was sending may have been sent."""
    rows = turn.tx.sending_of(turn.gateway)
    for row in rows:
        _lose(turn, row, "the bridge stopped while it was being sent")
    return len(rows)


def _lose(turn: Turn, row: OutboxRow, why: str) -> None:
    started = turn.tx.attempt_start(row.id, row.attempts) or turn.now
    turn.settle([settle(row, Lost(why), started, turn.now, turn.terms, turn.sender.rng)])


# --- held messages ----------------------------------------------------------------------------------


def look_at_held(turn: Turn) -> bool:
    """Let go what has no reason to wait any more; while the account is closed only one goes, as a probe.

    Returns whether there is more to look at.
    """
    closure = None if turn.terms.successor else turn.sender.standing.closure
    probes = 1
    rows = turn.all_due(State.HELD)
    for row in rows:
        if row.lapses_at_ms <= turn.now_ms:
            turn.lapse(row)
        elif hold := why_stopped(turn, row) or _why_still_held(turn, row):
            turn.tx.keep_holding(row.id, min(hold.again_ms, row.lapses_at_ms), hold.cause, hold.reason)
        elif closure is None or probes:
            probes -= 1
            why = "held long enough" if closure is None else "it probes whether the account is open again"
            turn.move(Move(row.id, row.revision, row.state, Event.RELEASE, why, turn.now_ms))
        else:
            turn.tx.keep_holding(row.id, _again_ms(turn, row), closure.cause, closure.reason)
    return len(rows) >= SWEEP


def _why_still_held(turn: Turn, row: OutboxRow) -> Hold | None:
    candidate = Candidate(
        row.recipient, row.text, row.critical, row.text_is_unique, row.id, row.origin, row.incident_id
    )
    return why_not_yet(turn.tx, candidate, turn.sender.postage(), turn.now_ms)


def why_stopped(turn: Turn, row: OutboxRow) -> Hold | None:
    """What keeps every message of this gateway back just now, or all but the critical ones."""
    if turn.paused:
        return Hold("paused", turn.paused, turn.now_ms + LOOK_AGAIN_MS)
    standing, reserve = turn.sender.standing, turn.sender.rules.reserve_rub
    closure = standing.closure
    if closure is not None and turn.now_ms < closure.probe_at_ms and not turn.terms.successor:
        return Hold(closure.cause, closure.reason, _again_ms(turn, row))
    if not row.critical and standing.is_below(reserve):
        why = f"{standing.balance_rub} roubles are left and {reserve} are kept for critical messages"
        return Hold("balance", why, turn.now_ms + LOOK_AGAIN_MS)
    return None


def _again_ms(turn: Turn, row: OutboxRow) -> int:
    """Critical messages are ready for every probe; of the others one is enough now and then."""
    closure = turn.sender.standing.closure
    if closure is None or not row.critical:
        return turn.now_ms + LOOK_AGAIN_MS
    return max(closure.probe_at_ms, turn.now_ms + 1)


def release_account(turn: Turn) -> None:
    """The account takes messages again: whatever was held for it is looked at, critical ones first."""
    for cause in sorted(OF_THE_ACCOUNT):
        turn.tx.release_due(turn.gateway, cause, turn.now_ms)


# --- doubt ------------------------------------------------------------------------------------------


def settle_doubt(turn: Turn) -> None:
    """Give up on what the guard no longer covers, or by policy send it again."""
    for row in turn.all_due(State.IN_DOUBT):
        if row.doubt is None:
            raise AssertionError(f"message {row.id} is in doubt since never")
        sent_again = _sent_again(turn, row) if row.prefer_duplicate else 0
        known = doubt_of(row, row.doubt, turn.terms, sent_again=sent_again)
        match doubts.next_step(known, turn.now):
            case doubts.Wait(at_ms):
                turn.tx.look_again(row.id, at_ms)
            case doubts.Park(reason):
                _park(turn, row, reason)
                turn.sender.meter.count("messages_parked")
            case doubts.SendAgain(reason):
                _send_again(turn, _park(turn, row, reason), reason)
            case doubts.Resend():
                pass  # the guard still knows the first copy: it is claimed like any other


def _sent_again(turn: Turn, row: OutboxRow) -> int:
    """How many copies the policy or a person has added; its history knows."""
    return sum(each.event == Event.REQUEUE for each in turn.tx.events_of("message", row.id))


def _park(turn: Turn, row: OutboxRow, reason: str) -> OutboxRow:
    turn.move(Move(row.id, row.revision, row.state, Event.PARK, reason, doubt=row.doubt))
    return changed(row, state=State.PARKED, revision=row.revision + 1)


def _send_again(turn: Turn, parked: OutboxRow, reason: str) -> None:
    again = Move(parked.id, parked.revision, parked.state, Event.REQUEUE, reason, turn.now_ms)
    turn.move(changed(again, doubt=parked.doubt, sets={"failures": max(parked.failures, 1)}))
    turn.sender.meter.count("messages_sent_again")


# --- another gateway --------------------------------------------------------------------------------


def hand_over(turn: Turn) -> int:
    """While this gateway takes nothing, the next one gets what surely was not accepted here."""
    standing = turn.sender.standing
    out = standing.breaker.down(turn.now_ms) or standing.closure is not None
    if not turn.terms.successor or not out or turn.paused:
        return 0
    turn.tx.hasten_messages(turn.gateway, turn.now_ms)
    rows = turn.tx.all_due(State.QUEUED, turn.gateway, now_ms=turn.now_ms, limit=SWEEP)
    reason = f"{turn.gateway} takes nothing just now; {turn.terms.successor} takes it over"
    for row in rows:
        turn.tx.hand_over(row, turn.terms.successor, turn.terms.successor_sender, reason, turn.now_ms)
        turn.handed_to.add(turn.terms.successor)
    return len(rows)
