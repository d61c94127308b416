"""Who is on call when: hand-overs to the second, layers, decisions, gaps; for any schedule and any moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.intervals import TimeInterval
from pilotbridge.rota import (
    Event,
    Kind,
    Override,
    Rota,
    Rotation,
    gaps,
    on_call,
    shifts,
    stand_in,
    upcoming,
    who,
)

MOSCOW, BERLIN = "Europe/Moscow", "Europe/Berlin"
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", MOSCOW, "Africa/Casablanca", "America/Santiago")


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def rotation(*members, every=timedelta(days=7), start="2026-01-05T10:00", zone=BERLIN, only=()):
    intervals = tuple(TimeInterval.parse(each, zone=zone) for each in only)
    return Rotation(members, datetime.fromisoformat(start), every, zone, intervals)


WEEKLY = Rota("primary", (rotation("anna", "boris"),))
NIGHTS = {
    "times": [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "06:00"}]
}


# --- turns ------------------------------------------------------------------------------------------


def test_members_take_turns_from_the_start_on():
    names = [who(WEEKLY, (), at(day, BERLIN)).contact for day in ("2026-01-05T10:00", "2026-01-12T09:59:59",
             "2026-01-12T10:00", "2026-01-19T10:00")]  # fmt: skip

    assert names == ["anna", "anna", "boris", "anna"]


@pytest.mark.parametrize("day", ["2026-03-23", "2026-03-30", "2026-10-19", "2026-10-26", "2027-06-07"])
def test_what_changes_hands_at_ten_does_so_in_summer_and_in_winter(day):
    change = at(f"{day}T10:00", BERLIN)

    before, after = (who(WEEKLY, (), moment) for moment in (change - timedelta(microseconds=1), change))

    assert before.contact != after.contact
    assert (before.ends, after.starts) == (change, change)


def test_a_time_that_the_clock_skips_is_the_moment_it_is_put_forward():
    daily = Rota("x", (rotation("anna", "boris", every=timedelta(days=1), start="2026-03-28T02:30"),))

    shift = who(daily, (), at("2026-03-28T12:00", BERLIN))

    assert shift.ends == at("2026-03-29T01:00")
    assert next(upcoming(daily, (), shift.ends)).starts == at("2026-03-30T02:30", BERLIN)


def test_of_an_hour_that_comes_twice_the_first_counts():
    daily = Rota("x", (rotation("anna", "boris", every=timedelta(days=1), start="2026-10-24T02:30"),))

    assert who(daily, (), at("2026-10-24T12:00", BERLIN)).ends == at("2026-10-25T00:30")


def test_who_follows_himself_has_one_shift():
    twice = Rota("x", (rotation("anna", "anna", "boris"),))

    shift = who(twice, (), at("2026-01-14T00:00"))

    assert (shift.starts, shift.ends) == (at("2026-01-05T10:00", BERLIN), at("2026-01-19T10:00", BERLIN))


def test_one_alone_is_on_call_for_ever():
    alone = Rota("x", (rotation("anna"),))

    shift = who(alone, (), at("2028-01-01T00:00"))

    assert (shift.contact, shift.starts, shift.ends) == ("anna", None, None)
    assert list(upcoming(alone, (), at("2028-01-01T00:00"))) == []


# --- layers and decisions ---------------------------------------------------------------------------


def test_a_later_rotation_comes_first_while_it_counts():
    both = Rota("x", (rotation("anna"), rotation("vera", only=[NIGHTS])))

    shift = who(both, (), at("2026-01-14T23:00", BERLIN))

    assert (shift.contact, shift.why) == ("vera", "by rotation 2")
    assert (shift.starts, shift.ends) == (at("2026-01-14T22:00", BERLIN), at("2026-01-15T06:00", BERLIN))
    assert who(both, (), shift.ends).contact == "anna"


def test_a_calendar_comes_before_rotations_and_a_decision_before_both():
    event = Event("vera", at("2026-01-06T00:00"), at("2026-01-08T00:00"))
    newer = Override("gleb", at("2026-01-07T00:00"), at("2026-01-07T12:00"), Kind.TAKE, "gleb")
    older = Override("olga", at("2026-01-07T00:00"), at("2026-01-07T18:00"))
    rota = Rota("x", (rotation("anna"),), (event,))

    found = shifts(rota, (newer, older), at("2026-01-06T12:00"), at("2026-01-09T00:00"))

    assert [shift.contact for shift in found] == ["vera", "gleb", "olga", "vera", "anna"]
    assert found[1].why == "taken over by gleb"


def test_of_two_events_at_once_the_later_one_counts():
    long = Event("anna", at("2026-01-06T00:00"), at("2026-01-09T00:00"))
    short = Event("boris", at("2026-01-07T00:00"), at("2026-01-08T00:00"))

    assert on_call(Rota("x", (), (long, short)), (), at("2026-01-07T12:00")).contact == "boris"


# --- gaps -------------------------------------------------------------------------------------------


def test_a_gap_has_a_beginning_and_an_end():
    nights = Rota("x", (rotation("anna", only=[NIGHTS]),))

    found = gaps(nights, (), at("2026-01-14T00:00", BERLIN), at("2026-01-15T00:00", BERLIN))

    assert [(gap.starts, gap.ends) for gap in found] == [
        (at("2026-01-14T06:00", BERLIN), at("2026-01-14T22:00", BERLIN))
    ]


def test_whoever_was_last_stands_in_for_nobody():
    nights = Rota("x", (rotation("anna", "boris", every=timedelta(days=1), only=[NIGHTS]),))

    assert stand_in(nights, (), at("2026-01-14T12:00", BERLIN)) == "anna"
    assert on_call(nights, (), at("2026-01-14T05:59", BERLIN)).contact == "anna"


def test_before_the_first_turn_the_first_member_stands_in():
    late = Rota("x", (rotation("anna", "boris", start="2026-06-01T10:00"),))

    assert stand_in(late, (), at("2026-01-14T12:00")) == "anna"
    assert gaps(late, (), at("2026-01-14T12:00"), at("2026-01-15T12:00"))


# --- any schedule, any moment -----------------------------------------------------------------------

moments = st.integers(0, 500 * 24 * 60).map(
    lambda minutes: at("2025-12-01T00:00") + timedelta(minutes=minutes)
)
lengths = st.sampled_from([1, 4, 8, 12, 24, 7 * 24]).map(lambda hours: timedelta(hours=hours))
clock_times = st.tuples(st.integers(0, 23), st.sampled_from([0, 15, 30, 45])).map(
    lambda t: f"{t[0]:02}:{t[1]:02}"
)
names = st.sampled_from(["anna", "boris", "vera"])


@st.composite
def intervals(draw, zone):
    start, end = sorted((draw(clock_times), draw(clock_times)))
    written = {"times": [{"start_time": start, "end_time": end if end > start else "24:00"}]}
    if draw(st.booleans()):
        written["weekdays"] = draw(
            st.sampled_from([["saturday", "sunday"], ["monday:friday"], ["wednesday"]])
        )
    return TimeInterval.parse(written, zone=zone)


@st.composite
def rotations(draw, zone):
    only = draw(st.lists(intervals(zone), max_size=2))
    start = datetime.fromisoformat(f"2026-{draw(st.integers(1, 12)):02}-05T{draw(clock_times)}")
    members = tuple(draw(st.lists(names, min_size=1, max_size=3)))
    return Rotation(members, start, draw(lengths), zone, tuple(only))


@st.composite
def spans(draw, make):
    starts = draw(moments)
    return make(draw(names), starts, starts + draw(lengths))


@st.composite
def schedules(draw):
    zone = draw(st.sampled_from(ZONES))
    layers = draw(st.lists(rotations(zone), max_size=2))
    events = draw(st.lists(spans(Event), max_size=2))
    overrides = draw(st.lists(spans(Override), max_size=2))
    return Rota("x", tuple(layers), tuple(events)), tuple(overrides)


@given(schedules(), moments, st.integers(1, 10 * 24))
def test_every_moment_has_one_answer_or_lies_in_a_gap(schedule, start, hours):
    rota, overrides = schedule
    end = start + timedelta(hours=hours)

    found = shifts(rota, overrides, start, end)

    assert (found[0].starts, found[-1].ends) == (start, end)
    assert all(one.ends == other.starts and one.contact != other.contact for one, other in pairwise(found))
    for minutes in range(0, hours * 60, 47):
        moment = start + timedelta(minutes=minutes)
        (here,) = [shift for shift in found if shift.starts <= moment < shift.ends]
        assert here.contact == on_call(rota, overrides, moment).contact


@given(schedules(), moments)
def test_a_shift_is_the_same_from_any_moment_in_it(schedule, moment):
    rota, overrides = schedule

    shift = who(rota, overrides, moment)

    instant = timedelta(microseconds=1)
    for inside in (shift.starts, shift.ends and shift.ends - instant):
        if inside is not None:
            again = who(rota, overrides, inside)
            assert again.contact == shift.contact
            assert None in (again.starts, shift.starts) or again.starts == shift.starts
            assert None in (again.ends, shift.ends) or again.ends == shift.ends
    for outside in (shift.starts and shift.starts - instant, shift.ends):
        assert outside is None or on_call(rota, overrides, outside).contact != shift.contact


@given(st.sampled_from(ZONES), clock_times, st.integers(0, 500))
def test_a_weekly_hand_over_stands_on_the_clock(zone, clock, week):
    start = datetime.fromisoformat(f"2026-01-05T{clock}")
    turns = Rotation(("anna", "boris"), start, timedelta(days=7), zone)

    there = turns.begins(week).astimezone(ZoneInfo(zone))

    wanted = start + week * timedelta(days=7)
    is_skipped = wanted.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(
        ZoneInfo(zone)
    ) != wanted.replace(tzinfo=ZoneInfo(zone))
    assert is_skipped or there.replace(tzinfo=None) == wanted


@given(st.sampled_from(ZONES), lengths, st.integers(0, 300))
def test_turns_never_go_back(zone, every, turn):
    turns = Rotation(("anna", "boris"), datetime.fromisoformat("2026-03-01T02:45"), every, zone)

    assert turns.begins(turn) <= turns.begins(turn + 1)
    assert turns.turn_at(turns.begins(turn)) >= turn
