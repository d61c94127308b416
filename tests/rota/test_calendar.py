"""Calendars: what events say, in which zone, and what cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.rota.calendar import Place, events_of, read_calendar

BERLIN = Place("Europe/Berlin", time(10))
FROM, TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)


def calendar(*events: str) -> bytes:
    blocks = (f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT" for number, event in enumerate(events))
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *blocks, "END:VCALENDAR", ""]).encode()


def said(*events: str):
    return [
        (each.summary, each.starts, each.ends) for each in read_calendar(calendar(*events), BERLIN, FROM, TO)
    ]


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def test_a_time_with_its_zone_one_without_and_one_in_utc():
    found = said(
        "DTSTART;TZID=America/New_York:20260105T100000\nDTEND;TZID=America/New_York:20260105T110000\nSUMMARY:a",
        "DTSTART:20260106T100000\nDURATION:PT2H\nSUMMARY:b",
        "DTSTART:20260107T100000Z\nDTEND:20260107T110000Z\nSUMMARY:c",
    )

    assert [start for _, start, _ in found] == [
        datetime(2026, 1, 5, 15, tzinfo=UTC),
        berlin("2026-01-06T10:00"),
        datetime(2026, 1, 7, 10, tzinfo=UTC),
    ]


def test_a_whole_day_begins_at_the_hand_over():
    (found,) = said("DTSTART;VALUE=DATE:20260112\nDTEND;VALUE=DATE:20260119\nSUMMARY:anna")

    assert found[1:] == (berlin("2026-01-12T10:00"), berlin("2026-01-19T10:00"))


def test_what_recurs_stays_at_its_hour_and_leaves_out_its_exceptions():
    found = said(
        "DTSTART;TZID=Europe/Berlin:20260316T100000\nDTEND;TZID=Europe/Berlin:20260323T100000\n"
        "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=Europe/Berlin:20260323T100000\nSUMMARY:anna"
    )

    assert [start for _, start, _ in found] == [
        berlin("2026-03-16T10:00"), berlin("2026-03-30T10:00"), berlin("2026-04-06T10:00")
    ]  # fmt: skip


def test_what_is_cancelled_is_left_out():
    assert said("DTSTART:20260106T100000\nDURATION:PT2H\nSUMMARY:a\nSTATUS:CANCELLED") == []


@pytest.mark.parametrize(
    ("summary", "contact"),
    [
        ("anna", "anna"),
        ("Anna", "anna"),
        ("On call: Anna (backup)", "anna"),
        ("anna or boris", None),
        ("annabel", None),
        ("", None),
        ("Анна", None),
        ("борис", "Борис"),
    ],
)
def test_a_summary_names_one_contact(summary, contact):
    found = read_calendar(
        calendar(f"DTSTART:20260106T100000Z\nDURATION:PT2H\nSUMMARY:{summary}"), BERLIN, FROM, TO
    )

    events, strangers = events_of(found, ["anna", "boris", "Борис"])

    assert [event.contact for event in events] == ([contact] if contact else [])
    assert strangers == (() if contact else (summary or "(no summary)",))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>not found</html>",
        b"BEGIN:VCALENDAR\n",
        b"\xff\xfe",
        calendar("DTSTART:xx\nSUMMARY:a"),
        calendar("SUMMARY:a"),
        calendar("DTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY\nSUMMARY:a"),
        calendar("DTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=MINUTELY;COUNT=3\nSUMMARY:a"),
    ],
)  # fmt: skip
def test_what_is_no_calendar_says_so(text):
    with pytest.raises(ValueError, match="no calendar that can be read"):
        read_calendar(text, BERLIN, FROM, TO)


WHOLE = calendar("DTSTART:20260106T100000Z\nDURATION:PT2H\nRRULE:FREQ=DAILY\nSUMMARY:a")
texts = st.binary(max_size=200) | st.integers(0, len(WHOLE)).map(lambda cut: WHOLE[:cut])


@given(texts)
def test_anything_is_read_or_refused_with_a_reason(text):
    try:
        found = read_calendar(text, BERLIN, FROM, datetime(2026, 2, 1, tzinfo=UTC))
    except ValueError:
        found = []

    assert all(each.starts < each.ends for each in found)
