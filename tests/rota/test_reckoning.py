"""Who is on call, beside a reckoning that knows no turns and no edges: it goes minute by minute.

The clock of a rotation is as far as it ever was: put back, it waits until it is past that again. So the hour
that comes twice is one turn, and the hour that is skipped belongs to whoever comes after it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pilotbridge.intervals import TimeInterval
from pilotbridge.rota import Event, Override, Rota, Rotation, shifts

MINUTE = timedelta(minutes=1)
CHANGES = {
    "Europe/Berlin": ["2026-03-29", "2026-10-25"],
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],
    "America/Santiago": ["2026-04-05", "2026-09-06"],
    "America/Havana": ["2026-03-08", "2026-11-01"],
    "America/Nuuk": ["2026-03-28", "2026-10-24"],
    "Africa/Casablanca": ["2026-02-15", "2026-03-22"],
    "Antarctica/Troll": ["2026-03-29", "2026-10-25"],
    "Europe/Moscow": ["2028-02-29", "2026-12-31"],
}
"""Days on which clocks are moved; Moscow's are the leap day and the end of a year."""
NAMES = ("anna", "boris", "vera", "gleb")
names = st.sampled_from(NAMES)
hours = st.sampled_from([0, 1, 2, 3, 22, 23])
lengths = st.sampled_from([60, 90, 8 * 60, 12 * 60, 24 * 60, 7 * 24 * 60, 433]).map(
    lambda minutes: minutes * MINUTE
)


@st.composite
def intervals(draw, zone):
    start = draw(st.integers(0, 1438))
    times = ((start, draw(st.integers(start + 1, 1440))),)
    first = draw(st.integers(0, 6))
    weekdays = ((first, draw(st.integers(first, 6))),) if draw(st.booleans()) else ()
    return TimeInterval(times=times, weekdays=weekdays, zone=zone)


@st.composite
def rotations(draw, zone, day):
    begins = day - timedelta(days=draw(st.integers(-1, 800)))
    start = begins.replace(hour=draw(hours), minute=draw(st.sampled_from([0, 15, 30])))
    members = tuple(draw(st.lists(names, min_size=1, max_size=4)))
    only = tuple(draw(st.lists(intervals(draw(st.sampled_from([zone, "Europe/Berlin"]))), max_size=2)))
    return Rotation(members, start, draw(lengths), zone, only)


@st.composite
def spans(draw, make, start):
    begins = start + draw(st.integers(-1440, 4320)) * MINUTE
    return make(draw(names), begins, begins + draw(st.integers(1, 3000)) * MINUTE)


@st.composite
def schedules(draw):
    """A schedule and the moment from which it is looked at, the evening before the clocks are moved."""
    zone = draw(st.sampled_from(list(CHANGES)))
    day = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone])))
    start = (day - timedelta(hours=6)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    layers = draw(st.lists(rotations(zone, day), max_size=3))
    events = draw(st.lists(spans(Event, start), max_size=2))
    overrides = draw(st.lists(spans(Override, start), max_size=3))
    return Rota("x", tuple(layers), tuple(events)), overrides, start


class Clocks:
    """For each layer, how far its clock ever was."""

    def __init__(self, layers: tuple[Rotation, ...]) -> None:
        self.layers = layers
        self.furthest = [datetime(1, 1, 1)] * len(layers)  # noqa: DTZ001 - what a clock shows

    def names_at(self, moment: datetime) -> list[str]:
        found = []
        for number, layer in enumerate(self.layers):
            shown = moment.astimezone(ZoneInfo(layer.zone)).replace(tzinfo=None)
            here = self.furthest[number] = max(self.furthest[number], shown)
            counts = not layer.only or any(within(each, moment) for each in layer.only)
            turn = (here - layer.start) // layer.every
            found.append(layer.members[turn % len(layer.members)] if here >= layer.start and counts else "")
        return found


def within(interval: TimeInterval, moment: datetime) -> bool:
    shown = moment.astimezone(ZoneInfo(interval.zone))
    ((begins, ends),) = interval.times
    is_day = any(first <= shown.isoweekday() % 7 <= last for first, last in interval.weekdays)
    return begins <= shown.hour * 60 + shown.minute < ends and (is_day or not interval.weekdays)


def reckoned(rota: Rota, overrides: list[Override], start: datetime, end: datetime) -> list[tuple]:
    """Who is on call from when on."""
    clocks, found, moment = Clocks(rota.layers), [], start - timedelta(hours=3)
    while moment < end:
        by_rotation = next(filter(None, reversed(clocks.names_at(moment))), "")
        decided = [each.contact for each in overrides if each.starts <= moment < each.ends]
        events = [(each.starts, each.contact) for each in rota.events if each.starts <= moment < each.ends]
        name = decided[0] if decided else max(events)[1] if events else by_rotation
        if moment >= start and (not found or found[-1][1] != name):
            found.append((moment, name))
        moment += MINUTE
    return found


@settings(max_examples=60, deadline=None)
@given(schedules(), st.sampled_from([12, 30, 60]))
def test_shifts_are_what_goes_by_minute_by_minute(schedule, hours):
    rota, overrides, start = schedule
    end = start + timedelta(hours=hours)

    found = shifts(rota, overrides, start, end)

    assert [(shift.starts, shift.contact) for shift in found] == reckoned(rota, overrides, start, end)
