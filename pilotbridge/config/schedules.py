"""Schedules: who is on call, from rotations and calendars, and every way in which that can come to nothing.

What can be told from the file alone is a fault; what depends on today's date (a hole in the next weeks) is
a warning, for a schedule with a hole still calls somebody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pilotbridge.config.diagnostics import Path, suggest
from pilotbridge.config.fields import write_duration
from pilotbridge.config.reading import Reading, plain
from pilotbridge.config.schema_oncall import RotationBlock, ScheduleBlock
from pilotbridge.config.settings import (
    BridgeSettings,
    CalendarSettings,
    HandoverSettings,
    ReceiverSettings,
    ScheduleSettings,
    Secret,
)
from pilotbridge.intervals import TimeInterval
from pilotbridge.model import Contact
from pilotbridge.rota import AHEAD, Override, Rota, Rotation, Shift, gaps, shifts
from pilotbridge.rota.calendar import Place, events_of, read_calendar

LOOKS_FOR_GAPS = timedelta(weeks=4)
LOOKS_BACK = timedelta(days=35)
"""What a calendar said of the time before still tells who was last."""
CALENDAR_MAX_BYTES = 4 * 1024 * 1024
PREFIX = "schedule/"
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_YEARS = range(1970, 3000)

Intervals = Mapping[str, tuple[TimeInterval, ...]]


def read_schedules(
    reading: Reading, bridge: BridgeSettings, contacts: Collection[str], intervals: Intervals
) -> dict[str, ScheduleSettings]:
    found = (
        _schedule(reading, name, bridge, contacts, intervals) for name in reading.entries(("schedules",))
    )
    return {schedule.name: schedule for schedule in found if schedule}


def _schedule(
    reading: Reading, name: str, bridge: BridgeSettings, contacts: Collection[str], intervals: Intervals
) -> ScheduleSettings | None:
    path: Path = ("schedules", name)
    block = reading.block(ScheduleBlock, path)
    if block is None:
        return None
    zone = block.zone or bridge.zone
    if not block.rotation and not block.ical:
        reading.fault("missing-key", path, "nobody is ever on call", "add rotation: or ical:", key=True)
    at = _clock_time(reading, (*path, "handover", "at"), block.handover.at)
    layers = [
        _rotation(reading, _place(reading, path, index), each, Place(zone, at), intervals)
        for index, each in enumerate(block.rotation)
    ]
    for index, each in enumerate(block.rotation):
        _judge_members(reading, _place(reading, path, index), each, contacts)
    _judge_test(reading, path, block)
    return ScheduleSettings(
        name=name,
        zone=zone,
        rota=Rota(name, tuple(layer for layer in layers if layer is not None)),
        calendar=_calendar(reading, block.ical, Place(zone, at)),
        handover=HandoverSettings(block.handover.sms, block.handover.test),
    )


def _place(reading: Reading, path: Path, index: int) -> Path:
    """Where that rotation stands: one alone may be written without a list."""
    is_list = isinstance(reading.document.get((*path, "rotation")), list)
    return (*path, "rotation", index) if is_list else (*path, "rotation")


def _clock_time(reading: Reading, path: Path, written: str) -> time:
    if not _CLOCK.fullmatch(written):
        reading.fault("bad-value", path, f"{written!r} is no time of the day", "write it like '10:00'")
        return time()
    return time.fromisoformat(written)


def _rotation(
    reading: Reading, path: Path, block: RotationBlock, place: Place, intervals: Intervals
) -> Rotation | None:
    start = _start(reading, (*path, "start"), block.start, place)
    only = [
        interval
        for index, each in enumerate(block.only)
        for interval in _only(reading, (*path, "only", index), each, place.zone, intervals)
    ]
    if start is None:
        return None
    return Rotation(block.members, start, block.every, place.zone, tuple(only))


def _start(reading: Reading, path: Path, written: str, place: Place) -> datetime | None:
    """A naive clock time of the schedule's zone; a date alone begins at the hand-over's time of day."""
    try:
        found = _written_moment(written, place)
    except ValueError:
        reading.fault("bad-value", path, f"{written!r} is no time", "write it like 2026-01-05T10:00")
        return None
    if found.year not in _YEARS:
        cause = f"the year {found.year} is out of reach"
        reading.fault("bad-value", path, cause, f"write one from {_YEARS[0]} to {_YEARS[-1]}")
        return None
    return found.astimezone(ZoneInfo(place.zone)).replace(tzinfo=None) if found.tzinfo else found


def _written_moment(written: str, place: Place) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(written), place.day_starts)
    except ValueError:
        return datetime.fromisoformat(written)


def _only(
    reading: Reading, path: Path, written: Any, zone: str, intervals: Intervals
) -> tuple[TimeInterval, ...]:
    if isinstance(written, str):
        if written not in intervals:
            fix = suggest(written, intervals, what="time intervals")
            reading.fault("unknown-interval", path, f"there is no time interval {written!r}", fix)
        return intervals.get(written, ())
    if not isinstance(written, Mapping):
        cause = "a time interval is a block of keys, or the name of one"
        reading.fault("bad-interval", path, cause, "write { weekdays: [saturday, sunday] }")
        return ()
    try:
        return (TimeInterval.parse(plain(written), zone=zone),)
    except ValueError as error:
        reading.fault("bad-interval", (*path, error.args[1]), str(error.args[0]), "")
        return ()


def _judge_members(reading: Reading, path: Path, block: RotationBlock, contacts: Collection[str]) -> None:
    known = reading.names(("contacts",))
    for index, name in enumerate(block.members):
        if name not in known and name not in contacts:
            cause, fix = f"there is no contact {name!r}", suggest(name, known, what="contacts")
            reading.fault("unknown-contact", (*path, "members", index), cause, fix)


def _judge_test(reading: Reading, path: Path, block: ScheduleBlock) -> None:
    shortest = min((each.every for each in block.rotation), default=None)
    if shortest is not None and block.handover.test >= shortest:
        cause = f"the test is to come before a shift, and a shift is {write_duration(shortest)}"
        reading.fault("bad-value", (*path, "handover", "test"), cause, "write less, like 30m")


# --- calendars --------------------------------------------------------------------------------------


def _calendar(reading: Reading, written: str, place: Place) -> CalendarSettings | None:
    if not written:
        return None
    scheme = urlsplit(written).scheme.lower()
    if scheme in ("http", "https", "webcal"):
        secret = Secret(written if scheme != "webcal" else "https" + written[len("webcal") :])
        reading.secrets.add(secret)
        return CalendarSettings(place, url=secret)
    return CalendarSettings(place, path=reading.folder / written)


def read_calendar_file(file: FilePath) -> bytes:
    """What an .ics file holds.

    :raises OSError: when it cannot be read.
    :raises ValueError: when it is larger than what an address may give.
    """
    with file.open("rb") as opened:
        text = opened.read(CALENDAR_MAX_BYTES + 1)
    if len(text) > CALENDAR_MAX_BYTES:
        raise ValueError(f"{file} is larger than 4 MiB")
    return text


# --- what only the clock tells ----------------------------------------------------------------------


def judge_schedules(
    reading: Reading,
    schedules: Mapping[str, ScheduleSettings],
    contacts: Mapping[str, Contact],
    receivers: Mapping[str, ReceiverSettings],
    now: datetime,
) -> dict[str, ScheduleSettings]:
    """Holes in the next four weeks, hand-overs that never come, schedules that nobody uses.

    Returns them with what calendars in files say.
    """
    judged = dict(schedules)
    used = {*_used(receivers), *reading.nameable.named("schedule")}
    for schedule in schedules.values():
        path: Path = ("schedules", schedule.name)
        if schedule.name not in used:
            fix = f"write sms:schedule/{schedule.name} in a receiver"
            reading.warn("unused-schedule", path, f"no receiver names {schedule.name}", fix, key=True)
        if schedule.handover.test:
            _refuse_phoneless(reading, path, schedule, contacts)
        rota = _with_calendar(reading, schedule, contacts, now)
        if rota is not None and _is_read(reading, path, rota):
            _warn_of_gaps(reading, path, rota, schedule, now)
            _warn_of_nobodys_turn(reading, path, rota, now)
        if rota is not None:
            judged[schedule.name] = replace(schedule, rota=rota)
    return judged


def _is_read(reading: Reading, path: Path, rota: Rota) -> bool:
    """Whether every rotation that is written could be read; else a hole follows from that."""
    written = reading.document.get((*path, "rotation"))
    several = len(written) if isinstance(written, list) else int(written is not None)
    return len(rota.layers) == several and bool(rota.layers or rota.events)


def _refuse_phoneless(
    reading: Reading, path: Path, schedule: ScheduleSettings, contacts: Mapping[str, Contact]
) -> None:
    """A phone that is not there can never be proved."""
    for index, layer in enumerate(schedule.rota.layers):
        for at, name in enumerate(layer.members):
            if name in contacts and contacts[name].phone is None:
                place = (*_place(reading, path, index), "members", at)
                fix = f"handover.test proves phones by SMS; add one to contacts.{name}"
                reading.fault("no-phone", place, f"{name} has no phone", fix)


def _used(receivers: Mapping[str, ReceiverSettings]) -> Iterator[str]:
    for receiver in receivers.values():
        for step in receiver.steps:
            yield from (
                each.name.removeprefix(PREFIX) for each in step.notify if each.name.startswith(PREFIX)
            )


def _with_calendar(
    reading: Reading, schedule: ScheduleSettings, contacts: Mapping[str, Contact], now: datetime
) -> Rota | None:
    """The rota with what a calendar in a file says; None when that is known to nobody here."""
    calendar = schedule.calendar
    if calendar is None:
        return schedule.rota
    if calendar.path is None:
        return None
    path: Path = ("schedules", schedule.name, "ical")
    try:
        text = read_calendar_file(calendar.path)
        said = read_calendar(text, calendar.place, now - LOOKS_BACK, now + AHEAD)
    except OSError as error:
        cause = f"{calendar.path} cannot be read: {error.strerror}"
        reading.fault("missing-file", path, cause, "write the path of an .ics file, or its address")
        return None
    except ValueError as error:
        reading.fault("bad-calendar", path, str(error), "export it once more as .ics")
        return None
    events, strangers = events_of(said, [name for name, contact in contacts.items() if contact.phone])
    if strangers:
        cause = f"events name no contact with a phone: {', '.join(map(repr, strangers[:3]))}"
        reading.warn("bad-calendar", path, cause, "write a contact's name as the summary")
    return Rota(schedule.name, schedule.rota.layers, events)


def _warn_of_gaps(
    reading: Reading, path: Path, rota: Rota, schedule: ScheduleSettings, now: datetime
) -> None:
    if cause := gaps_ahead(rota, (), schedule.zone, now):
        fix = "add a rotation for that time; until then whoever was last is told"
        reading.warn("oncall-gap", path, cause, fix, key=True)


def gaps_ahead(rota: Rota, decided: Sequence[Override], zone: str, now: datetime) -> str:
    """The holes of the next four weeks in words, by the clock of ``zone``; empty when there is none."""
    found = gaps(rota, decided, now, now + LOOKS_FOR_GAPS)
    if not found:
        return ""
    more = f", and {len(found) - 1} times more" if len(found) > 1 else ""
    return f"nobody is on call {_spell(found[0], zone)}{more} in the next 4 weeks"


def _spell(shift: Shift, zone: str) -> str:
    starts, ends = (
        f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if at else "" for at in (shift.starts, shift.ends)
    )
    return f"{starts} to {ends}"


def _warn_of_nobodys_turn(reading: Reading, path: Path, rota: Rota, now: datetime) -> None:
    """Members whose turn never comes: behind a layer that always counts, or at times that never are."""
    if not rota.layers:
        return
    first = max(now, *(layer.begins(0) for layer in rota.layers))
    rounds = max(layer.every * len(layer.members) for layer in rota.layers)
    last = first + min(rounds + LOOKS_FOR_GAPS, AHEAD)
    seen = {shift.contact for shift in shifts(rota, (), first, last)} | {each.contact for each in rota.events}
    hidden: set[str] = set()
    for index, layer in enumerate(rota.layers):
        due = layer.names(first, last)
        for at, name in enumerate(layer.members):
            if name in due - seen - hidden:
                place = (*_place(reading, path, index), "members", at)
                cause = f"{name} never comes to be on call"
                reading.warn("no-handover", place, cause, "look at every, only and the rotations after it")
                hidden.add(name)
    everybody = {name for layer in rota.layers for name in layer.members} | seen - {""}
    if len(everybody) == 1 and _is_told(reading, path):
        cause = f"{everybody.pop()} is on call alone, so that there is no hand-over"
        reading.warn("no-handover", (*path, "handover"), cause, "add a member, or remove handover", key=True)


def _is_told(reading: Reading, path: Path) -> bool:
    return bool(
        reading.document.get((*path, "handover", "sms")) or reading.document.get((*path, "handover", "test"))
    )
