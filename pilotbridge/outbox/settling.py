"""What one answer of a gateway means for one message: a pure table from outcome to move.

The one question is always *could the gateway have it?*; :mod:`pilotbridge.outbox.doubt` decides what
follows when it could.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import Event, State
from pilotbridge.outbox import doubt as doubts
from pilotbridge.outbox.backoff import backoff_ms
from pilotbridge.outbox.postage import UNKNOWN_GUARD
from pilotbridge.protocols import Accepted, Deferred, Guarded, Lost, Outcome, Rejected, Rng, Withheld
from pilotbridge.sms_text import measure, transliterate
from pilotbridge.store.records import AttemptEnd, Move, OutboxRow, changed

FIRST_CHECK_MS = 60_000
ALONE = "alone"
"""The cause of a queued message that must not share a packet."""
WITHHELD_AGAIN_MS: Mapping[str, int] = {"balance": 60_000, "configuration": 300_000, "blocked": 300_000}
"""When what was withheld is looked at again; for any other cause only a person can, until it lapses."""
CONTENT_FILTERS = frozenset({247, 248})
OF_THE_ACCOUNT = frozenset({"balance", "blocked"})
"""Causes that concern every message of an account alike."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says about sending by one gateway, and who could take over from it."""

    gateway: str
    window: timedelta = timedelta()
    landing: timedelta = timedelta(seconds=60)
    successor: str = ""
    successor_sender: str = ""
    down: bool = False
    first_check_ms: int = FIRST_CHECK_MS


class Settlement(msgspec.Struct, frozen=True):
    """The move of one message after one attempt, and the attempt's end.

    ``gateway_failed`` is True when the failure concerns the gateway as a whole, False when it answered.
    """

    move: Move
    end: AttemptEnd
    gateway_failed: bool = False


def settle(
    row: OutboxRow, outcome: Outcome, started: Instant, now: Instant, terms: Terms, rng: Rng
) -> Settlement:
    """What ``outcome`` of the attempt that began at ``started`` means for ``row`` (claimed, SENDING)."""
    match outcome:
        case Accepted(receipt):
            sets: dict[str, int | str | None] = {
                "server_id": receipt.server_id,
                "parts": receipt.parts or row.parts,
                "failures": 0,
            }
            if receipt.cost_rub is not None:
                sets["cost_e4"] = int(receipt.cost_rub * 10_000)
            return _settled(
                row,
                Event.ACCEPT,
                "the gateway has it",
                now,
                due_ms=now.utc_ms + terms.first_check_ms,
                sets=sets,
            )
        case Guarded(reason):
            return _guarded(row, reason, started, now, terms)
        case Lost(reason, head):
            return _lost(row, reason, started, now, terms, head=head)
        case Rejected() | Withheld() | Deferred() if row.doubt is not None:
            # A clean failure of a retry says nothing about the first copy: doubt stays.
            word, code = type(outcome).__name__.lower(), getattr(outcome, "code", 0)
            lost = _lost(row, outcome.reason, started, now, terms, outcome=word, code=code)
            return replace(lost, gateway_failed=isinstance(outcome, Deferred))
        case Rejected(code, reason):
            return _rejected(row, code, reason, now)
        case Withheld(code, reason, cause):
            return _withheld(row, code, reason, cause, now, terms)
        case Deferred(reason, alone=True):
            return _settled(row, Event.DEFER, reason, now, due_ms=now.utc_ms, cause=ALONE)
        case Deferred(reason, after, counts):
            return _deferred(row, reason, after, now, terms, rng, counts=counts)


def _guarded(row: OutboxRow, reason: str, started: Instant, now: Instant, terms: Terms) -> Settlement:
    """243. On a retry of a text nobody else sends it proves that an earlier attempt was accepted.

    Attempts at another gateway do not count: each account has a guard of its own.
    """
    if row.text_is_unique and (row.doubt is not None or row.failures):
        return _settled(
            row, Event.ACCEPT, f"{reason}: an earlier attempt was accepted; its id is not known yet",
            now, outcome="guarded", code=243, due_ms=now.utc_ms + terms.first_check_ms,
        )  # fmt: skip
    if row.doubt is not None:
        return _lost(row, reason, started, now, terms, outcome="guarded", code=243)
    wait = (terms.window or UNKNOWN_GUARD) + terms.landing
    due = now.utc_ms + int(wait.total_seconds() * 1000)
    why = f"{reason}: the same text went to this number before; tried again when the guard has forgotten it"
    return _settled(row, Event.DEFER, why, now, outcome="guarded", code=243, due_ms=due, cause="same_text")


def _lost(
    row: OutboxRow, reason: str, started: Instant, now: Instant, terms: Terms,
    *, head: str = "", outcome: str = "lost", code: int = 0,
) -> Settlement:  # fmt: skip
    """The gateway may have it."""
    since = row.doubt or started
    step = doubts.next_step(doubt_of(row, since, terms), now)
    due = step.at_ms if isinstance(step, doubts.Resend | doubts.Wait) else now.utc_ms
    settled = _settled(row, Event.LOSE, reason, now, outcome=outcome, code=code, due_ms=due)
    return replace(
        settled,
        move=changed(settled.move, doubt=since, sets={"doubt_tries": row.doubt_tries + 1}),
        end=changed(settled.end, head=head),
        gateway_failed=outcome == "lost",
    )


def doubt_of(row: OutboxRow, since: Instant, terms: Terms, *, sent_again: int = 0) -> doubts.Doubt:
    """The facts of a row in doubt."""
    return doubts.Doubt(
        since, max(row.doubt_tries, 1), terms.window, terms.landing, text_is_unique=row.text_is_unique,
        prefer_duplicate=row.prefer_duplicate, sent_again=sent_again,
    )  # fmt: skip


def _rejected(row: OutboxRow, code: int, reason: str, now: Instant) -> Settlement:
    if code in CONTENT_FILTERS and row.critical and (latin := transliterate(row.text)) != row.text:
        sets: dict[str, int | str | None] = {"text": latin, "parts": measure(latin).parts}
        why = f"{reason}; sent again as plain Latin, because it is critical"
        return _settled(
            row, Event.DEFER, why, now, outcome="rejected", code=code, due_ms=now.utc_ms, sets=sets
        )
    return _settled(row, Event.REFUSE, reason, now, outcome="rejected", code=code)


def _withheld(row: OutboxRow, code: int, reason: str, cause: str, now: Instant, terms: Terms) -> Settlement:
    """Nothing is wrong with the message: another gateway takes it over, else it is held for now."""
    if terms.successor:
        return _handed_over(row, reason, now, terms, outcome="withheld", code=code)
    again = WITHHELD_AGAIN_MS.get(cause)
    due = row.lapses_at_ms if again is None else min(now.utc_ms + again, row.lapses_at_ms)
    return _settled(row, Event.HOLD, reason, now, outcome="withheld", code=code, due_ms=due, cause=cause)


def _deferred(
    row: OutboxRow, reason: str, after: timedelta | None, now: Instant, terms: Terms, rng: Rng,
    *, counts: bool,
) -> Settlement:  # fmt: skip
    if terms.successor and terms.down:
        return replace(_handed_over(row, reason, now, terms, outcome="deferred"), gateway_failed=True)
    failures = row.failures + counts
    wait = backoff_ms(max(failures, 1), critical=row.critical, rng=rng)
    if after is not None:
        wait = max(wait, int(after.total_seconds() * 1000))
    settled = _settled(
        row, Event.DEFER, reason, now, outcome="deferred", due_ms=now.utc_ms + wait, cause="gateway",
        sets={"failures": failures},
    )  # fmt: skip
    return replace(settled, gateway_failed=True)


def _handed_over(
    row: OutboxRow, reason: str, now: Instant, terms: Terms, *, outcome: str, code: int = 0
) -> Settlement:
    """This gateway surely did not accept it, so the next one may."""
    why = f"{reason}; {terms.successor} takes it over"
    sets: dict[str, int | str | None] = {
        "gateway": terms.successor,
        "sender": terms.successor_sender,
        "failures": 0,
    }
    return _settled(row, Event.DEFER, why, now, outcome=outcome, code=code, due_ms=now.utc_ms, sets=sets)


def _settled(
    row: OutboxRow, event: Event, reason: str, now: Instant,
    *, outcome: str = "", code: int = 0, due_ms: int | None = None, cause: str = "",
    sets: Mapping[str, int | str | None] | None = None,
) -> Settlement:  # fmt: skip
    move = Move(
        row.id, row.revision, State.SENDING, event, reason, due_at_ms=due_ms, cause=cause, doubt=row.doubt,
        sets=sets or {},
    )  # fmt: skip
    end = AttemptEnd(row.id, row.attempts, now.utc_ms, outcome or event.value, reason, code)
    return Settlement(move, end)
