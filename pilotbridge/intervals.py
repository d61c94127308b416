"""Times of the week, the month and the year, as Alertmanager writes them: when a route is quiet, or speaks.

Pure. A field that is not written holds always; of those written each must hold. Facts: Alertmanager's
``timeinterval`` package.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY_MINUTES = 24 * 60
LOOKS_AHEAD_DAYS = 400
"""A state that does not change within this is looked at again after it."""

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = tuple(name.lower() for name in calendar.month_name[1:])
_DAYS = frozenset(range(-31, 32)) - {0}
_CLOCK = re.compile(r"(?:([01]\d|2[0-3]):([0-5]\d))|(24):(00)")

Range = tuple[int, int]
"""Both ends belong to it."""


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """Minutes of the day from (inclusive) to (exclusive), and inclusive ranges of the calendar.

    Weekdays begin with Sunday as 0; a day of the month below 0 counts from its end. ``zone`` is where the
    clock hangs.
    """

    times: tuple[Range, ...] = ()
    weekdays: tuple[Range, ...] = ()
    days_of_month: tuple[Range, ...] = ()
    months: tuple[Range, ...] = ()
    years: tuple[Range, ...] = ()
    zone: str = "UTC"

    @classmethod
    def parse(cls, written: Mapping[str, Any], *, zone: str) -> TimeInterval:
        """``written`` as in ``time_intervals``; ``zone`` where no ``location`` stands.

        :raises ValueError: with the cause; its second argument is the key at fault.
        """
        fields: dict[str, Any] = {"zone": zone}
        for key, value in written.items():
            if key not in _READERS:
                raise ValueError(f"there is no {key!r} in a time interval; it has {', '.join(_READERS)}", key)
            try:
                fields["zone" if key == "location" else key] = _READERS[key](value)
            except ValueError as error:
                raise ValueError(str(error), key) from error
        return cls(**fields)

    def contains(self, moment: datetime) -> bool:
        """Whether ``moment`` (aware) lies in it."""
        local = moment.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        in_time = not self.times or any(start <= minute < end for start, end in self.times)
        return in_time and self._on(local.date())

    def _on(self, day: date) -> bool:
        weekday = (day.weekday() + 1) % 7
        return (
            _within(self.weekdays, weekday)
            and _within(self.months, day.month)
            and _within(self.years, day.year)
            and (not self.days_of_month or any(_is_day(each, day) for each in self.days_of_month))
        )

    def edges(self, day: date) -> Iterator[datetime]:
        """The moments of a local ``day`` at which something may change, in UTC and in no order.

        A time that the clock shows twice is two of them; one that it passes over is none, and the moment at
        which the clock is moved is one.
        """
        zone = ZoneInfo(self.zone)
        for minute in {0, *(minute for each in self.times for minute in each if minute < DAY_MINUTES)}:
            for fold in (0, 1):
                shown = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), zone)
                yield shown.astimezone(UTC)
        yield from _clock_change(day, zone)


@dataclass(frozen=True, slots=True)
class Times:
    """Times as a plugin's configuration has them: ``22:00-07:00``, blocks as in ``time_intervals``, or both.

    Blocks without a ``location``, and all others, go by the clock of whoever asks.
    """

    written: tuple[str | Mapping[str, Any], ...] = ()

    def intervals(self, zone: str) -> tuple[TimeInterval, ...]:
        """:raises ValueError: with the cause; its second argument is the key at fault."""
        return tuple(
            TimeInterval.parse(each, zone=zone) if isinstance(each, Mapping) else span(each, zone=zone)
            for each in self.written
        )

    def contain(self, local: datetime) -> bool:
        """Whether ``local``, an aware time of a named zone, lies in any of them."""
        return contains(self.intervals(str(local.tzinfo)), local)


def span(written: str, *, zone: str) -> TimeInterval:
    """The time of every day that ``22:00-07:00`` means, over midnight when it ends before it begins.

    :raises ValueError: with the cause; its second argument is the key at fault.
    """
    start, dash, end = written.replace(" ", "").partition("-")
    if not dash:
        raise ValueError(f"there is no span of time in {written!r}", "times")
    spans = [(start, end)] if start < end else [(start, "24:00"), ("00:00", end)]
    times = [{"start_time": a, "end_time": b} for a, b in spans if a != b]
    if not times or start == end:
        raise ValueError(f"{written!r} begins when it ends; the whole day is 00:00-24:00", "times")
    return TimeInterval.parse({"times": times}, zone=zone)


def contains(intervals: Iterable[TimeInterval], moment: datetime) -> bool:
    """Whether ``moment`` lies in any of them."""
    return any(interval.contains(moment) for interval in intervals)


def comes(interval: TimeInterval, today: date) -> bool:
    """Whether any day from ``today`` on belongs to it; weekdays and leap years come round in 28 years."""
    first = min(min((start for start, _ in interval.years), default=today.year), 9970)
    day = max(today, date(first, 1, 1))
    return any(interval._on(day + timedelta(ahead)) for ahead in range(28 * 366))


def next_change(intervals: Sequence[TimeInterval], moment: datetime) -> datetime:
    """When :func:`contains` next says something else than at ``moment``."""
    now = contains(intervals, moment)
    for ahead in range(LOOKS_AHEAD_DAYS):
        begins = moment + timedelta(ahead)
        for edge in sorted(edges(intervals, begins, begins + timedelta(1))):
            if contains(intervals, edge) != now:
                return edge
    return moment + timedelta(LOOKS_AHEAD_DAYS)


def edges(intervals: Iterable[TimeInterval], start: datetime, end: datetime) -> Iterator[datetime]:
    """Every moment in (``start``, ``end``] at which one of them may begin or end, in no order.

    Each goes by its own clock, so that a day of one is not a day of another.
    """
    for interval in intervals:
        zone = ZoneInfo(interval.zone)
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        while day <= last:
            yield from (edge for edge in interval.edges(day) if start < edge <= end)
            day += timedelta(1)


def _clock_change(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """The minute of ``day`` at which the clocks of ``zone`` are moved, on the days that they are."""
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)

    def is_before(minute: int) -> bool:
        return (midnight + timedelta(minutes=minute)).astimezone(zone).utcoffset() == offset

    offset = midnight.astimezone(zone).utcoffset()
    low, high = 0, DAY_MINUTES
    if is_before(high):
        return
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_before(middle) else (low, middle)
    yield midnight + timedelta(minutes=high)


def _within(ranges: tuple[Range, ...], value: int) -> bool:
    return not ranges or any(start <= value <= end for start, end in ranges)


def _is_day(written: Range, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    start, end = (last + each + 1 if each < 0 else each for each in written)
    return start <= last and start <= day.day <= min(end, last)


# --- reading ----------------------------------------------------------------------------------------


def _read_times(written: Any) -> tuple[Range, ...]:
    found = []
    for each in _listed(written):
        if not isinstance(each, Mapping) or set(each) != {"start_time", "end_time"}:
            raise ValueError("a time is written { start_time: '09:00', end_time: '17:00' }")
        start, end = _minute(each["start_time"]), _minute(each["end_time"])
        if start >= end:
            raise ValueError(f"{each['start_time']} is not before {each['end_time']}; {_cut(start, end)}")
        found.append((start, end))
    return tuple(found)


def _cut(start: int, end: int) -> str:
    """How a span over midnight is written."""
    spans = [(start, DAY_MINUTES), (0, end)] if start != end else [(0, DAY_MINUTES)]
    clock = [f"{at // 60:02d}:{at % 60:02d}" for span in spans if span[0] != span[1] for at in span]
    return "write " + " and ".join(f"{a} to {b}" for a, b in zip(clock[::2], clock[1::2], strict=True))


def _minute(written: Any) -> int:
    # A clock time without quotes may have been read as minutes by older YAML.
    found = _CLOCK.fullmatch(str(written))
    if found is None:
        raise ValueError(f"{written!r} is no time of the day; write '09:00'")
    return int(found[1] or found[3]) * 60 + int(found[2] or found[4])


def _ranges(
    numbered: Callable[[str], int], allowed: Container[int], what: str
) -> Callable[[Any], tuple[Range, ...]]:
    def read(written: Any) -> tuple[Range, ...]:
        found = []
        for each in _listed(written):
            start, _, end = str(each).strip().lower().partition(":")
            ends = numbered(start), numbered(end or start)
            if not all(number in allowed for number in ends):
                raise ValueError(f"{each!r} is out of reach: {what}")
            if _is_backwards(*ends):
                raise ValueError(f"{each!r} ends before it begins")
            found.append(ends)
        return tuple(found)

    return read


def _is_backwards(start: int, end: int) -> bool:
    """As Alertmanager sees it: from the end of a month there is no way to its beginning."""
    if start < 0 < end:
        return True
    first, last = (each + 30 if each < 0 else each for each in (start, end))
    return first > last


def _name_in(names: tuple[str, ...], first: int, what: str) -> Callable[[str], int]:
    def number(text: str) -> int:
        if text in names:
            return names.index(text) + first
        if text.isdigit() and first:
            return int(text)
        raise ValueError(f"{text!r} is no {what}")

    return number


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None


def _read_zone(written: Any) -> str:
    try:
        return ZoneInfo(str(written)).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"there is no time zone {written!r}; write one like Europe/Moscow") from None


def _listed(written: Any) -> list[Any]:
    if not isinstance(written, list | tuple):
        raise ValueError("write a list")
    return list(written)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "times": _read_times,
    "weekdays": _ranges(_name_in(WEEKDAYS, 0, "day of the week"), range(7), "sunday to saturday"),
    "days_of_month": _ranges(_integer, _DAYS, "1 to 31, or -31 to -1 from the end"),
    "months": _ranges(_name_in(MONTHS, 1, "month"), range(1, 13), "january to december"),
    "years": _ranges(_integer, range(1970, 9999), "1970 to 9998"),
    "location": _read_zone,
}
