"""Times of the week, the month and the year, as Alertmanager means them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotbridge.intervals import TimeInterval, Times, contains, next_change


def interval(zone="UTC", **written):
    return TimeInterval.parse(written, zone=zone)


def at(text):
    """A moment in UTC; in 2026 when no year is written."""
    written = text if text[4] == "-" else f"2026-{text}"
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


NIGHT = {
    "times": [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "06:00"}]
}


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        (NIGHT, ["01-05T22:00", "01-05T23:59", "01-05T05:59"], ["01-05T21:59", "01-05T06:00"]),
        ({"weekdays": ["monday:friday"]}, ["01-05T12:00", "01-09T23:59"], ["01-10T00:00", "01-11T12:00"]),
        ({"weekdays": ["Saturday", "sunday"]}, ["01-10T00:00", "01-11T12:00"], ["01-05T12:00"]),
        ({"days_of_month": ["1:3", "-1"]}, ["02-01T00:00", "02-28T12:00"], ["02-04T00:00", "02-27T23:59"]),
        ({"days_of_month": ["-3:-1"]}, ["2024-02-27T00:00", "2024-02-29T12:00"], ["2024-02-26T12:00"]),
        ({"days_of_month": ["31"]}, ["01-31T12:00"], ["02-28T12:00"]),
        ({"days_of_month": ["29:31"]}, ["2024-02-29T12:00"], ["02-28T12:00"]),
        ({"months": ["january:march", "12"]}, ["01-01T00:00", "12-31T00:00"], ["04-01T00:00"]),
        ({"years": ["2026:2027"]}, ["2027-12-31T23:59"], ["2028-01-01T00:00", "2025-12-31T23:59"]),
        ({}, ["01-01T00:00"], []),
    ],
)  # fmt: skip
def test_what_lies_inside(written, inside, outside):
    found = interval(**written)

    assert [found.contains(at(text)) for text in inside] == [True] * len(inside)
    assert [found.contains(at(text)) for text in outside] == [False] * len(outside)


def test_a_location_says_where_the_clock_hangs():
    office = interval(times=[{"start_time": "09:00", "end_time": "17:00"}], location="Europe/Moscow")

    assert office.contains(at("2026-01-05T06:00"))
    assert not office.contains(at("2026-01-05T14:00"))


def test_without_a_location_the_bridges_own_zone_counts():
    assert interval("Europe/Moscow", **NIGHT).contains(at("2026-01-05T19:00"))


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ({"times": [{"start_time": "22:00", "end_time": "06:00"}]}, "times"),
        ({"times": [{"start_time": "9:00", "end_time": "17:00"}]}, "times"),
        ({"times": [{"start_time": "09:00"}]}, "times"),
        ({"times": "09:00-17:00"}, "times"),
        ({"weekdays": ["funday"]}, "weekdays"),
        ({"weekdays": ["friday:monday"]}, "weekdays"),
        ({"days_of_month": ["0"]}, "days_of_month"),
        ({"days_of_month": ["32"]}, "days_of_month"),
        ({"days_of_month": ["-1:-3"]}, "days_of_month"),
        ({"days_of_month": ["first"]}, "days_of_month"),
        ({"months": ["13"]}, "months"),
        ({"months": ["march:january"]}, "months"),
        ({"years": ["1800"]}, "years"),
        ({"location": "Mars/Base"}, "location"),
        ({"minutes": []}, "minutes"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_key(written, key):
    with pytest.raises(ValueError) as refused:
        interval(**written)

    assert refused.value.args[1] == key


def test_the_next_change_is_the_end_of_the_night():
    night = [interval("Europe/Moscow", **NIGHT)]

    assert next_change(night, at("2026-01-05T22:00")) == at("2026-01-06T03:00")
    assert next_change(night, at("2026-01-06T03:00")) == at("2026-01-06T19:00")


def test_what_never_changes_is_looked_at_again_some_day():
    assert next_change([interval()], at("2026-01-05T22:00")) > at("2027-01-05T22:00")


def test_the_hour_that_is_there_twice_is_quiet_once_without_a_gap():
    quiet = [interval("Europe/Berlin", times=[{"start_time": "02:00", "end_time": "03:00"}])]

    moments = [at("2026-10-25T00:00") + timedelta(minutes=10 * step) for step in range(18)]

    inside = [moment for moment in moments if contains(quiet, moment)]
    assert (inside[0], inside[-1]) == (at("2026-10-25T00:00"), at("2026-10-25T01:50"))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"])
@pytest.mark.parametrize(
    "times", [("01:00", "02:30"), ("02:00", "02:30"), ("01:30", "02:00"), ("00:00", "00:15")]
)
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_each_change_is_foreseen_to_the_minute_on_days_on_which_clocks_are_moved(zone, times, month):
    quiet = [interval(zone, times=[{"start_time": times[0], "end_time": times[1]}])]
    moments = [at(f"{month:02}-01T00:00") + timedelta(minutes=minute) for minute in range(31 * 24 * 60)]
    states = [contains(quiet, moment) for moment in moments]

    changes = [
        moment for moment, was, is_now in zip(moments[1:], states, states[1:], strict=False) if was != is_now
    ]

    assert [next_change(quiet, moment) for moment in [moments[0], *changes[:-1]]] == changes


WRITTEN = st.fixed_dictionaries(
    {},
    optional={
        "times": st.just(NIGHT["times"]),
        "weekdays": st.lists(st.sampled_from(["monday", "tuesday:friday", "sunday"]), min_size=1, max_size=2),
        "days_of_month": st.lists(st.sampled_from(["1:7", "-3:-1", "31", "15"]), min_size=1, max_size=2),
        "months": st.lists(st.sampled_from(["january:june", "12"]), min_size=1, max_size=2),
    },
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(WRITTEN, min_size=1, max_size=2),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    st.integers(0, 730 * 24 * 60).map(lambda minutes: at("01-01T00:00") + timedelta(minutes=minutes)),
)
def test_until_the_next_change_nothing_changes(written, zone, moment):
    intervals = [interval(zone, **each) for each in written]

    change = next_change(intervals, moment)

    steps = min(int((change - moment) / timedelta(minutes=30)), 200)
    between = [moment + (change - moment) * step / max(steps, 1) for step in range(steps)]
    assert {contains(intervals, each) for each in [moment, *between]} == {contains(intervals, moment)}


@pytest.mark.parametrize(
    ("written", "hour", "is_in"),
    [
        (("22:00-07:00",), 23, True),
        (("22:00-07:00",), 6, True),
        (("22:00-07:00",), 12, False),
        (("09:00 - 18:00",), 12, True),
        (({"weekdays": ["monday"]}, "22:00-23:00"), 12, True),
        (({"weekdays": ["sunday"]}, "22:00-23:00"), 12, False),
    ],
)
def test_times_of_a_plugin_go_by_the_clock_of_who_asks(written, hour, is_in):
    local = datetime(2026, 1, 12, hour, 30, tzinfo=ZoneInfo("Europe/Moscow"))

    assert Times(written).contain(local) is is_in


def test_of_clocks_in_two_zones_the_first_change_counts():
    """Already tomorrow in one place and still today in the other: a day of one is not a day of the other."""
    here = interval("Europe/Moscow", times=[{"start_time": "13:00", "end_time": "20:00"}], months=["july"])
    there = interval("Australia/Lord_Howe", times=[{"start_time": "02:00", "end_time": "20:00"}])

    change = next_change([there, here], at("2026-11-09T10:00"))

    assert change == at("2026-11-09T15:00")
