"""Sends whose fate is unknown: what may be done with one, decided from facts alone.

After a lost answer there is nothing to ask the gateway with. Three handles remain: its duplicate guard,
a callback that carries our row's token, and a written policy. Nothing here sends anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pilotbridge.clock import Instant

RETRY_AFTER_S = (1, 5, 20, 60)
"""Waits between tries in doubt; short, because a safe retry is a fast one."""
SENT_AGAIN_MAX = 10
"""Copies that the policy may add. A gateway whose answers nobody can read would get one a minute for days."""
AGAIN_AFTER, AGAIN_AFTER_MAX = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known of a message in doubt.

    ``landing`` (L) is the longest time after its last byte in which a request can still be taken.
    ``since`` is the start of the first attempt whose answer was lost; ``tries`` counts the attempts made
    since then, that one included. ``window`` is the account's duplicate window; zero means unknown, and
    unknown counts as off. ``sent_again`` counts the copies that were added to the first one already.
    """

    since: Instant
    tries: int
    window: timedelta
    landing: timedelta
    text_is_unique: bool
    prefer_duplicate: bool
    sent_again: int = 0


@dataclass(frozen=True, slots=True)
class Resend:
    """The same bytes may go again at ``at_ms``: the guard still knows the first copy."""

    at_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Too early to give up: a callback may still settle it. Look again at ``at_ms``."""

    at_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Park:
    """Nothing but a callback or a person can settle it now."""

    reason: str


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The policy prefers a possible duplicate to a possible loss, and says so."""

    reason: str


Step = Resend | Wait | Park | SendAgain


def guard_still_knows(doubt: Doubt, now: Instant) -> bool:
    """Whether a second copy sent now is surely refused if the first one was taken.

    ``now + L < start of doubt + W``, reckoned with the boot clock; another boot means nobody can tell.
    """
    if not doubt.window or not doubt.text_is_unique:
        return False
    passed = now.since(doubt.since)
    return passed is not None and timedelta() <= passed and passed + doubt.landing < doubt.window


def next_step(doubt: Doubt, now: Instant) -> Step:
    """What to do with the message once its answer is lost (reliability: decision table, steps 5 to 7)."""
    if guard_still_knows(doubt, now):
        wait_s = RETRY_AFTER_S[min(doubt.tries, len(RETRY_AFTER_S)) - 1]
        return Resend(
            now.utc_ms + wait_s * 1000,
            f"in doubt; the guard still knows the first copy, try {doubt.tries + 1}",
        )
    passed = now.since(doubt.since)
    landing_left = doubt.landing - passed if passed is not None and passed >= timedelta() else timedelta()
    if landing_left > timedelta():
        at_ms = now.utc_ms + int(landing_left.total_seconds() * 1000)
        return Wait(at_ms, f"in doubt; {_why(doubt)}; a callback may still settle it")
    if doubt.prefer_duplicate:
        return _again(doubt, passed, now)
    return Park(f"in doubt and {_why(doubt)}: a callback or a person must settle it")


def _again(doubt: Doubt, passed: timedelta | None, now: Instant) -> Step:
    """One more copy, each later than the one before, up to a limit."""
    if doubt.sent_again >= SENT_AGAIN_MAX:
        return Park(
            f"in doubt, and sent again {doubt.sent_again} times: a callback or a person must settle it"
        )
    left = _apart(doubt.sent_again) - passed if passed is not None and passed >= timedelta() else timedelta()
    if left > timedelta():
        at_ms = now.utc_ms + int(left.total_seconds() * 1000)
        return Wait(at_ms, f"in doubt, and sent again {doubt.sent_again} times; the next copy waits")
    return SendAgain(
        f"in doubt and {_why(doubt)}: sent again, because the policy prefers a duplicate to a loss"
    )


def _apart(sent_again: int) -> timedelta:
    return min(AGAIN_AFTER * 2**sent_again, AGAIN_AFTER_MAX) if sent_again else timedelta()


def _why(doubt: Doubt) -> str:
    if not doubt.window:
        return "the duplicate window of this gateway is not known"
    if not doubt.text_is_unique:
        return "another message may carry the same text"
    return "the duplicate window has passed"
