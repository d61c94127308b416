"""What an iCalendar file says about who is on call: each event names somebody by its summary.

Recurrences, exceptions and zones are the library's (``recurring-ical-events``, loaded for this only).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from pilotbridge.rota.local import moment
from pilotbridge.rota.schedule import Event

EVENTS_MAX = 20_000
_TOO_OFTEN = ("SECONDLY", "MINUTELY")
"""A rule that nobody means and that would be spread out for minutes."""
_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Said:
    """One event of a calendar, as it is written there."""

    summary: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where the clock hangs, and when a day of an event that has no time begins."""

    zone: str
    day_starts: time = time()


def read_calendar(text: bytes, place: Place, start: datetime, end: datetime) -> list[Said]:
    """Every event between ``start`` and ``end``, in order; one that is cancelled is left out.

    :raises ValueError: when this is no calendar, with what is wrong.
    """
    import recurring_ical_events
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(text)
        _refuse_too_often(calendar)
        found = recurring_ical_events.of(calendar).between(start, end)
        said = [_said(event, place) for event in found if str(event.get("STATUS", "")).upper() != "CANCELLED"]
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise ValueError(f"this is no calendar that can be read: {str(error)[:200]}") from error
    if len(said) > EVENTS_MAX:
        raise ValueError(f"this is no calendar that can be read: it has more than {EVENTS_MAX} events")
    return sorted((each for each in said if each.starts < each.ends), key=lambda each: each.starts)


def _refuse_too_often(calendar: Any) -> None:
    for event in calendar.walk("VEVENT"):
        rule = event.get("RRULE")
        rules = rule if isinstance(rule, list) else [rule] if rule else []
        if any(str(freq).upper() in _TOO_OFTEN for each in rules for freq in each.get("FREQ", ())):
            raise ValueError(f"{event.get('SUMMARY', 'an event')} recurs every minute or second")


def _said(event: Any, place: Place) -> Said:
    return Said(str(event.get("SUMMARY", "")).strip(), _utc(event.start, place), _utc(event.end, place))


def _utc(written: date, place: Place) -> datetime:
    """A time without a zone is the schedule's; a day begins at the time of its hand-over."""
    if not isinstance(written, datetime):
        return moment(datetime.combine(written, place.day_starts), place.zone)
    return written.astimezone(UTC) if written.tzinfo else moment(written, place.zone)


def events_of(said: Iterable[Said], contacts: Collection[str]) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """The events that name a contact, and the summaries of those that name none."""
    named = {name.casefold(): name for name in contacts}
    found: list[Event] = []
    strangers: dict[str, None] = {}
    for each in said:
        name = _named(each.summary, named)
        if name:
            found.append(Event(name, each.starts, each.ends))
        else:
            strangers[each.summary or "(no summary)"] = None
    return tuple(found), tuple(strangers)


def _named(summary: str, named: dict[str, str]) -> str:
    """The contact whose name the summary is, else the only one whose name stands in it."""
    whole = named.get(summary.casefold())
    if whole:
        return whole
    words = {named[word] for word in _words(summary) if word in named}
    return words.pop() if len(words) == 1 else ""


def _words(summary: str) -> Iterator[str]:
    return (found[0].casefold() for found in _WORD.finditer(summary))
