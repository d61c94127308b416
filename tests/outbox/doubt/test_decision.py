"""What may be done with a send whose answer is lost: the same bytes again only while the guard knows them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.clock import Instant
from pilotbridge.outbox.doubt import Doubt, Park, Resend, SendAgain, Wait, guard_still_knows, next_step

SINCE = Instant(1_000_000_000, 500_000, "boot")
W, L = timedelta(minutes=5), timedelta(seconds=60)


def doubt(**changes) -> Doubt:
    facts = {"since": SINCE, "tries": 1, "window": W, "landing": L}
    return Doubt(**facts | {"text_is_unique": True, "prefer_duplicate": False} | changes)


def after(seconds: float, *, boot: str = "boot", wall_s: float = 0) -> Instant:
    ms = int(seconds * 1000)
    return Instant(SINCE.utc_ms + ms + int(wall_s * 1000), SINCE.boot_ms + ms, boot)


@pytest.mark.parametrize(
    ("facts", "now", "step"),
    [
        ({}, after(2), Resend),
        ({}, after(239.9), Resend),
        ({}, after(240), Park),
        ({"prefer_duplicate": True}, after(240), SendAgain),
        ({"prefer_duplicate": True}, after(2), Resend),
        ({"window": timedelta()}, after(2), Wait),
        ({"window": timedelta()}, after(60), Park),
        ({"window": timedelta(), "prefer_duplicate": True}, after(2), Wait),
        ({"window": timedelta(), "prefer_duplicate": True}, after(60), SendAgain),
        ({"text_is_unique": False}, after(2), Wait),
        ({"text_is_unique": False}, after(61), Park),
        ({}, after(2, boot="another boot"), Park),
        ({}, after(2, boot=""), Park),
        ({"prefer_duplicate": True}, after(2, boot="another boot"), SendAgain),
        ({}, after(-5), Park),
        ({"window": timedelta(seconds=30)}, after(1), Wait),
    ],
)
def test_what_may_be_done_with_a_send_whose_answer_is_lost(facts, now, step):
    assert isinstance(next_step(doubt(**facts), now), step)


@pytest.mark.parametrize(("tries", "wait_s"), [(1, 1), (2, 5), (3, 20), (4, 60), (9, 60)])
def test_a_safe_retry_is_a_fast_one(tries, wait_s):
    step = next_step(doubt(tries=tries), after(2))

    assert step == Resend(
        after(2).utc_ms + wait_s * 1000, f"in doubt; the guard still knows the first copy, try {tries + 1}"
    )


@given(passed_s=st.integers(0, 1000), wall_s=st.integers(-(10**9), 10**9), window_s=st.integers(1, 900))
def test_the_wall_clock_has_no_say_in_what_the_guard_knows(passed_s, wall_s, window_s):
    known = doubt(window=timedelta(seconds=window_s))

    assert guard_still_knows(known, after(passed_s, wall_s=wall_s)) is (passed_s + 60 < window_s)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"window": timedelta()}, "the duplicate window of this gateway is not known"),
        ({"text_is_unique": False}, "another message may carry the same text"),
        ({}, "the duplicate window has passed"),
    ],
)
def test_giving_up_says_why_nothing_more_can_be_known(facts, words):
    assert words in next_step(doubt(**facts), after(400)).reason
