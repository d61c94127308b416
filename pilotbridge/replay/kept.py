"""What counted besides the bodies when they came: silences, who stood in for whom, what calendars said,
and until when alerts held that only repeats kept up.

All of it is read from the store; nothing is asked of a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pilotbridge.alerting.troubles import OWN_SOURCE
from pilotbridge.clock import from_ms, to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.model import Alert, AlertState, Fingerprint, Silence
from pilotbridge.oncall.roster import LOOKS_BACK
from pilotbridge.rota import Event
from pilotbridge.store.oncall_records import NewOverride, OverrideRow
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

NEVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """``overrides``: the oldest first. ``calendars``: by schedule, of those that were ever read.

    ``ran_out``: when alerts of which nobody spoke any more ended by themselves, by fingerprint and start.
    """

    silences: Sequence[Silence] = ()
    overrides: Sequence[NewOverride] = ()
    calendars: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    ran_out: Mapping[tuple[Fingerprint, int], int] = field(default_factory=dict)

    def put(self, tx: WriteVerbs, now_ms: int) -> None:
        """Into the database of a play."""
        for silence in self.silences:
            tx.put_silence(silence, to_ms(silence.starts_at))
        for override in self.overrides:
            tx.add_override(override, now_ms)
        for schedule, events in self.calendars.items():
            tx.put_calendar(schedule, "", events, now_ms)

    def held(self, alert: Alert) -> Alert:
        """``alert`` until it ended, as its sender's repeats had it: those are forgotten after an hour.

        An earlier episode that ended by itself goes on until its sender speaks of another one.
        """
        if alert.state is not AlertState.FIRING:
            return alert
        ended_ms = self.ran_out.get((alert.fingerprint, to_ms(alert.starts_at)))
        if ended_ms is not None:
            return replace(alert, expires_at=from_ms(ended_ms))
        repeats = alert.expires_at is not None or bool(alert.sender_group) or alert.source == OWN_SOURCE
        return replace(alert, expires_at=NEVER) if repeats else alert

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
        read.ran_out(since_ms),
    )


def _written(row: OverrideRow) -> NewOverride:
    """The decision as it held in the end."""
    known = row.override
    starts_ms, ends_ms = to_ms(known.starts), to_ms(known.ends)
    return NewOverride(
        row.schedule, known.contact, starts_ms, ends_ms, known.kind, known.made_by, known.stands_for
    )
