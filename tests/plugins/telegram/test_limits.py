"""The limiter: Telegram's own count never sees a limit exceeded, and nobody waits behind ticks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge import Lane, RoomId
from pilotbridge.sandbox.telegram.limits import Limits as TelegramsCount
from pilotbridge_plugins.telegram.limits import ALL, CHAT, GROUP, Limits, is_group

ROOM = RoomId("-1001")
ANNA = RoomId("1001")

rooms = st.sampled_from([ROOM, RoomId("-1002"), ANNA, RoomId("1002"), *map(RoomId, "3456789")])
asks = st.lists(
    st.tuples(rooms, st.sampled_from(Lane), st.floats(0, 3), st.floats(0, 0.2)), min_size=30, max_size=300
)


@given(asks)
def test_telegrams_own_count_never_sees_a_limit_exceeded(asked):
    limits, count, now_s = Limits(), TelegramsCount(), 1000.0

    for room, lane, pause_s, on_its_way_s in asked:
        now_s += pause_s + limits.wait_s(room, lane, now_s + pause_s)
        limits.took(room, now_s)
        count.count(int(room), int((now_s + on_its_way_s) * 1000), is_group=is_group(room))
        now_s += on_its_way_s
        limits.landed(room, now_s)

    assert count.exceeded == {"all": 0, "chat": 0, "group": 0}


@given(asks, rooms)
def test_a_better_lane_never_waits_longer_and_no_wait_is_endless(asked, room):
    limits, now_s = Limits(), 1000.0
    for one, _, pause_s, _ in asked:
        now_s += pause_s
        limits.took(one, now_s)

    waits_s = [limits.wait_s(room, lane, now_s) for lane in Lane]

    assert waits_s == sorted(waits_s)
    assert waits_s[-1] <= GROUP.within_s + 0.001


def calls(limits: Limits, room: RoomId, lane: Lane, within_s: float) -> int:
    """How many calls of ``lane`` are made by somebody who always has one more."""
    now_s, made = 0.0, 0
    while (now_s := now_s + limits.wait_s(room, lane, now_s)) < within_s:
        limits.took(room, now_s)
        made += 1
    return made


def test_a_group_takes_twenty_a_minute_and_a_private_chat_one_a_second():
    assert calls(Limits(), ROOM, Lane.URGENT, 60) == 20
    assert calls(Limits(), ANNA, Lane.URGENT, 60) == 58


def test_an_sms_does_not_wait_behind_ticks():
    limits = Limits()
    ticks = calls(limits, ROOM, Lane.TICK, 60)

    assert ticks == GROUP.calls - GROUP.kept[Lane.TICK]
    assert [limits.wait_s(ROOM, lane, 60.0) for lane in (Lane.URGENT, Lane.ANSWER)] == [0, 0]
    assert limits.wait_s(ROOM, Lane.TICK, 20.0) > 30


def test_many_chats_a_second_and_no_more():
    limits = Limits()

    for number in range(ALL.calls):
        limits.took(RoomId(str(number)), 10.0)

    assert limits.wait_s(ANNA, Lane.URGENT, 10.0) == pytest.approx(ALL.within_s)
    assert limits.wait_s(ANNA, Lane.URGENT, 10.0 + ALL.within_s) == 0


def test_what_telegram_says_itself_counts_above_all_and_in_that_chat_only():
    limits = Limits()

    limits.must_wait(ROOM, 35, 100.0)
    limits.must_wait(ROOM, 5, 101.0)

    assert limits.wait_s(ROOM, Lane.URGENT, 110.0) == 25
    assert limits.wait_s(ANNA, Lane.URGENT, 110.0) == 0


def test_a_call_that_was_long_on_its_way_counts_from_when_it_arrived():
    limits = Limits()

    limits.took(ANNA, 10.0)
    limits.landed(ANNA, 25.0)

    assert limits.wait_s(ANNA, Lane.URGENT, 25.0) == pytest.approx(CHAT.within_s)


def test_rooms_that_fell_silent_are_forgotten():
    limits = Limits()

    for number in range(30_000):
        limits.took(RoomId(str(number)), number / 10)

    assert len(limits._rooms) <= 10_000
