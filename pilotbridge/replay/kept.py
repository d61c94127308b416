"""What counted besides the bodies when they came: silences, who stood in for whom, what calendars said.

All of it is read from the store; nothing is asked of a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pilotbridge.clock import to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.model import Silence
from pilotbridge.oncall.roster import LOOKS_BACK
from pilotbridge.rota import Event
from pilotbridge.store.oncall_records import NewOverride, OverrideRow
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs


@dataclass(frozen=True, slots=True)
class Kept:
    """``overrides``: the oldest first. ``calendars``: by schedule, of those that were ever read."""

    silences: Sequence[Silence] = ()
    overrides: Sequence[NewOverride] = ()
    calendars: Mapping[str, Sequence[Event]] = field(default_factory=dict)

    def put(self, tx: WriteVerbs, now_ms: int) -> None:
        """Into the database of a play."""
        for silence in self.silences:
            tx.put_silence(silence, to_ms(silence.starts_at))
        for override in self.overrides:
            tx.add_override(override, now_ms)
        for schedule, events in self.calendars.items():
            tx.put_calendar(schedule, "", events, now_ms)

    def unknown_in(self, settings: Settings) -> tuple[str, ...]:
        """Schedules of ``settings`` whose calendar stands at an address and was never read."""
        asked = [each for each in settings.schedules.values() if each.calendar and each.calendar.url]
        return tuple(each.name for each in asked if each.name not in self.calendars)


def kept_since(read: ReadVerbs, since_ms: int) -> Kept:
    """What a play that begins then needs to know."""
    events = read.events_of_calendars()
    back_ms = since_ms - LOOKS_BACK // timedelta(milliseconds=1)
    overrides = [_written(row) for row in reversed(read.overrides_since(back_ms))]
    return Kept(
        read.silences(since_ms),
        [each for each in overrides if each.starts_ms < each.ends_ms],
        {name: events.get(name, ()) for name in read.calendars()},
    )


def _written(row: OverrideRow) -> NewOverride:
    """The decision as it held in the end."""
    known = row.override
    starts_ms, ends_ms = to_ms(known.starts), to_ms(known.ends)
    return NewOverride(
        row.schedule, known.contact, starts_ms, ends_ms, known.kind, known.made_by, known.stands_for
    )
