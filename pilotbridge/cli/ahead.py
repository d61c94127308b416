"""Who is on call in the next weeks where a calendar at an address says so: as it was read last, or asked now.

The file alone cannot tell. What nobody can know is said as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pilotbridge.calendars import Fetch
from pilotbridge.clock import from_ms, to_ms
from pilotbridge.config.diagnostics import Fault
from pilotbridge.config.loader import Loaded
from pilotbridge.config.schedules import LOOKS_BACK, gaps_ahead
from pilotbridge.config.settings import ScheduleSettings, Settings
from pilotbridge.errors import TryLater
from pilotbridge.oncall.roster import roster_of
from pilotbridge.rota import AHEAD, Override, Rota
from pilotbridge.rota.calendar import events_of, read_calendar
from pilotbridge.store.protocol import ReadVerbs

OLD_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """What a calendar said when it was read, and what people decided beside it."""

    rota: Rota
    decided: tuple[Override, ...]
    read_at: datetime


Calendars = Mapping[str, Known]
"""By schedule."""


def at_addresses(settings: Settings) -> list[ScheduleSettings]:
    """The schedules whose calendar stands at an address."""
    return [each for each in settings.schedules.values() if each.calendar and each.calendar.url]


def kept(read: ReadVerbs, settings: Settings, now: datetime) -> dict[str, Known]:
    """What the bridge read last."""
    roster, times = roster_of(read, settings, to_ms(now)), read.calendars()
    names = [each.name for each in at_addresses(settings) if each.name in times]
    return {
        name: Known(roster.rota(name), tuple(roster.decided(name)), from_ms(times[name][1])) for name in names
    }


def ask_calendars(
    settings: Settings, known: Calendars, fetch: Fetch, now: datetime
) -> tuple[list[dict[str, Any]], dict[str, Known]]:
    """What each calendar says now, as findings; and what is known then."""
    found = [_ask(each, settings, known.get(each.name), fetch, now) for each in at_addresses(settings)]
    asked = {finding["schedule"]: said for finding, said in found if said is not None}
    return [finding for finding, _ in found], {**known, **asked}


def _ask(
    schedule: ScheduleSettings, settings: Settings, known: Known | None, fetch: Fetch, now: datetime
) -> tuple[dict[str, Any], Known | None]:
    calendar = schedule.calendar
    assert calendar is not None
    assert calendar.url is not None
    try:
        text = fetch(calendar.url.reveal(), settings.network.ca_file)
        said = read_calendar(text, calendar.place, now - LOOKS_BACK, now + AHEAD)
    except (TryLater, ValueError) as error:
        reason = error.reason if isinstance(error, TryLater) else str(error)
        return {"schedule": schedule.name, "fits": False, "says": reason}, None
    events, strangers = events_of(said, [name for name, who in settings.contacts.items() if who.phone])
    says = f"the calendar can be read: {len(events)} events ahead name a contact with a phone"
    if strangers:
        says += f"; {len(strangers)} do not: {', '.join(map(repr, strangers[:3]))}"
    rota = Rota(schedule.name, schedule.rota.layers, events)
    finding = {"schedule": schedule.name, "fits": bool(events or schedule.rota.layers), "says": says}
    return finding, Known(rota, known.decided if known else (), now)


def with_gaps(loaded: Loaded, known: Calendars, now: datetime) -> Loaded:
    """``loaded`` with a warning for each of these schedules that has a hole, or of which nobody can tell."""
    if loaded.settings is None:
        return loaded
    found = (_gap(loaded, each, known.get(each.name), now) for each in at_addresses(loaded.settings))
    warnings = [*loaded.warnings, *(each for each in found if each is not None)]
    return replace(
        loaded, warnings=tuple(sorted(warnings, key=lambda each: (each.line, each.col, each.code)))
    )


def _gap(loaded: Loaded, schedule: ScheduleSettings, known: Known | None, now: datetime) -> Fault | None:
    path = ("schedules", schedule.name)
    if known is None:
        cause = "nobody can tell whether somebody is always on call: the calendar was never read here"
        return loaded.fault("unknown-oncall", (*path, "ical"), cause, "pilotbridge check --online reads it")
    hole = gaps_ahead(known.rota, known.decided, schedule.zone, now)
    age = now - known.read_at
    when = f"{known.read_at.astimezone(ZoneInfo(schedule.zone)):%Y-%m-%d %H:%M}"
    if hole:
        fix = "add an event for that time; until then whoever was last is told"
        return loaded.fault("oncall-gap", path, f"{hole}, as the calendar said at {when}", fix, key=True)
    if age > OLD_AFTER:
        cause = f"what the calendar says is known as of {when} only"
        return loaded.fault("unknown-oncall", (*path, "ical"), cause, "pilotbridge check --online reads it")
    return None
