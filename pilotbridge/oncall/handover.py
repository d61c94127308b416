"""What is to be done about one schedule now, so that every shift changes hands once, to somebody reachable.

One pure decision; rows, texts and the gateway are others' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pilotbridge.clock import from_ms
from pilotbridge.config.settings import HandoverSettings
from pilotbridge.rota import Kind, Shift
from pilotbridge.store.oncall_records import HandOverRow, HandOverState, Holder

ASKS_AHEAD = timedelta(seconds=5)
"""So long before a shift the gateway is asked once more whether the test has arrived."""
HURRIES_EVERY = timedelta(minutes=1)
HURRIES_FOR = timedelta(minutes=30)
THEN_EVERY = timedelta(minutes=5)
"""While somebody waits for a test the gateway is asked every minute, and after half an hour less often."""
TESTS_AGAIN_AFTER, TESTS_AGAIN_WITHIN = timedelta(minutes=10), timedelta(hours=12)
"""At least: a phone that was off for a moment need not stay unproved for the whole shift."""


class Deed(StrEnum):
    """Note who is on call; test a phone (again); begin a shift; keep the leaver; drop a hand-over that is
    no more to be."""

    NOTE = "note"
    TEST = "test"
    TEST_AGAIN = "test_again"
    BEGIN = "begin"
    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Here:
    """Everything the decision is made of.

    ``shift`` is the present one, ``bare`` as it would be if nobody were kept, ``following`` the next one of
    somebody else. ``is_proved``: the comer's phone got an SMS since it was tested. ``is_failed``: the last
    test can arrive no more. ``is_holder_gone``: whoever was announced left, and cannot be kept.
    """

    handover: HandoverSettings
    holder: Holder | None
    row: HandOverRow | None
    shift: Shift
    bare: Shift
    following: Shift | None
    is_proved: bool
    is_failed: bool
    now: datetime
    is_holder_gone: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """``deed`` now, for ``shift``; or (None) look again then. ``hurries``: ask the gateway first."""

    deed: Deed | None
    shift: Shift | None = None
    again: datetime | None = None
    hurries: bool = False


def decide(here: Here) -> Verdict:
    """The one thing to do; when it is done, whoever asked decides again."""
    if here.row is not None:
        return _of_row(here, here.row)
    if here.holder is None or here.is_holder_gone:
        return _without_holder(here)
    if here.shift.is_gap or here.shift.contact == here.holder.contact:
        return _before(here)
    return Verdict(Deed.TEST if _is_to_be_proved(here, here.shift) else Deed.BEGIN, here.shift)


def _without_holder(here: Here) -> Verdict:
    """Nobody was announced yet, or whoever was is no contact any more: there is nobody to be kept."""
    if here.shift.is_gap:
        return Verdict(None, again=here.shift.ends)
    return Verdict(Deed.NOTE if here.holder is None else Deed.BEGIN, here.shift)


def _before(here: Here) -> Verdict:
    """Nothing has changed hands; the next phone is tested in time."""
    following, ends = here.following, here.shift.ends
    if following is None or following.starts is None:
        return Verdict(None, again=ends)
    if not _is_to_be_proved(here, following):
        return Verdict(None, again=min(each for each in (ends, following.starts) if each))
    tests_at = following.starts - here.handover.test
    if here.now >= tests_at:
        return Verdict(Deed.TEST, following)
    return Verdict(None, again=min(each for each in (ends, tests_at) if each and each > here.now))


def _is_to_be_proved(here: Here, shift: Shift) -> bool:
    """Whoever took over by their own phone is reachable by it."""
    own = shift.override is not None and shift.override.kind in (Kind.TAKE, Kind.SWAP)
    return bool(here.handover.test) and not own


# --- a hand-over on its way -------------------------------------------------------------------------


def _of_row(here: Here, row: HandOverRow) -> Verdict:
    at = from_ms(row.at_ms)
    is_there = here.holder is not None and here.holder.contact == row.comer
    if not here.handover.test or is_there or here.is_holder_gone:
        return Verdict(Deed.DROP)
    if row.state is HandOverState.KEPT:
        return _kept(here, row)
    if here.now < at:
        return _awaited(here, row, at)
    if here.bare.contact != row.comer:
        return Verdict(Deed.DROP)
    return Verdict(Deed.BEGIN if here.is_proved else Deed.KEEP, here.bare)


def _awaited(here: Here, row: HandOverRow, at: datetime) -> Verdict:
    """The test is on its way, and the shift is not there yet."""
    following = here.following
    if following is None or (following.contact, following.starts) != (row.comer, at):
        return Verdict(Deed.DROP)
    if here.now >= at - ASKS_AHEAD:
        return Verdict(None, again=at, hurries=not here.is_proved)
    return Verdict(None, again=at - ASKS_AHEAD)


def _kept(here: Here, row: HandOverRow) -> Verdict:
    """The leaver stays until the phone is proved, or the shift is over or somebody else's."""
    is_kept = here.shift.override is not None and here.shift.override.id == row.override
    if not is_kept or here.bare.contact != row.comer:
        return Verdict(Deed.DROP)
    if here.is_proved:
        return Verdict(Deed.BEGIN, here.bare)
    again_at = _tests_again_at(here, row)
    if here.is_failed and here.now >= again_at:
        return Verdict(Deed.TEST_AGAIN, here.bare)
    is_young = here.now - from_ms(row.asked_again_ms) < HURRIES_FOR
    looks_at = again_at if here.is_failed else here.now + (HURRIES_EVERY if is_young else THEN_EVERY)
    return Verdict(None, again=min(looks_at, here.shift.ends or looks_at), hurries=not here.is_failed)


def _tests_again_at(here: Here, row: HandOverRow) -> datetime:
    """Later and later: a phone that is off for a week costs a few SMS."""
    waited = min(from_ms(row.asked_again_ms) - from_ms(row.asked_ms), TESTS_AGAIN_WITHIN)
    return from_ms(row.asked_again_ms) + max(here.handover.test, TESTS_AGAIN_AFTER, waited)
