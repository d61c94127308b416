"""Putting somebody on call, taking over, and ending that before its time, in the caller's transaction.

It knows schedules, contacts and rows; who may do it was decided at the door.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotbridge.clock import to_ms
from pilotbridge.config.settings import ScheduleSettings, Settings
from pilotbridge.errors import NotFound, Refused
from pilotbridge.model import Contact
from pilotbridge.oncall.roster import Roster
from pilotbridge.rota import AHEAD, Kind
from pilotbridge.store.oncall_records import NewOverride, OverrideRow
from pilotbridge.store.protocol import WriteVerbs


@dataclass(frozen=True, slots=True)
class Placed:
    """``contact`` is to be on call by ``schedule`` from ``starts`` to ``ends``."""

    schedule: str
    contact: str
    starts: datetime
    ends: datetime


def put_on_call(tx: WriteVerbs, wanted: Placed, roster: Roster, *, by: str) -> OverrideRow:
    """Whatever else says so, ``wanted.contact`` is on call then.

    :raises NotFound: when there is no such schedule or contact.
    :raises Refused: when they have no phone, or the time makes no sense.
    """
    settings = roster.settings
    schedule, contact = schedule_named(wanted.schedule, settings), somebody(wanted.contact, settings)
    starts = max(wanted.starts, roster.at)
    if wanted.ends <= starts:
        raise Refused("that time is over before it begins; write FROM before TO, and TO in the future")
    if wanted.ends - starts > AHEAD:
        raise Refused(f"that is longer than {AHEAD.days} days; change the rotation instead")
    return _add(tx, Placed(schedule.name, contact.name, starts, wanted.ends), Kind.OVERRIDE, roster, by=by)


def take_over(
    tx: WriteVerbs, schedule: str, contact: str, lasts: timedelta | None, roster: Roster
) -> OverrideRow:
    """``contact`` is on call from now on, for so long or (None) until the present shift ends.

    :raises NotFound: when there is no such schedule or contact.
    :raises Refused: when they have no phone, are on call already, or the shift has no end.
    """
    name, taker = schedule_named(schedule, roster.settings).name, somebody(contact, roster.settings).name
    shift = roster.shift(name)
    ends = roster.at + lasts if lasts else shift.ends
    if ends is None:
        raise Refused(f"{shift.contact}'s shift has no end; say for how long, like 8h")
    if ends - roster.at > AHEAD:
        raise Refused(f"that is longer than {AHEAD.days} days; change the rotation instead")
    if shift.contact == taker and (shift.ends is None or shift.ends >= ends):
        raise Refused(f"{taker} is on call by {name} already")
    return _add(tx, Placed(name, taker, roster.at, ends), Kind.TAKE, roster, by=taker)


def end_override(tx: WriteVerbs, number: int, roster: Roster, *, by: str) -> OverrideRow:
    """From now on the decision counts no more.

    :raises NotFound: when there is no such decision.
    :raises Refused: when it is over.
    """
    row = tx.override(number)
    if row is None:
        raise NotFound(f"there is no override {number}; see pilotbridge oncall overrides")
    now_ms = to_ms(roster.at)
    if not tx.end_override(number, now_ms):
        raise Refused(f"override {number} is over already")
    tx.add_event("override", number, now_ms, "end", reason=f"by {by}")
    return tx.override(number) or row


def _add(tx: WriteVerbs, wanted: Placed, kind: Kind, roster: Roster, *, by: str) -> OverrideRow:
    now_ms = to_ms(roster.at)
    new = NewOverride(
        wanted.schedule, wanted.contact, to_ms(wanted.starts), to_ms(wanted.ends), kind, made_by=by
    )
    number = tx.add_override(new, now_ms)
    reason = f"{wanted.contact} for {wanted.schedule} until {wanted.ends:%Y-%m-%d %H:%M} UTC, by {by}"
    tx.add_event("override", number, now_ms, kind.value, reason=reason)
    row = tx.override(number)
    assert row is not None
    return row


def schedule_named(name: str, settings: Settings) -> ScheduleSettings:
    """:raises NotFound: when the configuration has no such schedule."""
    found = settings.schedules.get(name.removeprefix("schedule/"))
    if found is None:
        names = ", ".join(settings.schedules) or "none"
        raise NotFound(f"there is no schedule {name!r}; the configuration has: {names}")
    return found


def somebody(name: str, settings: Settings) -> Contact:
    """Whoever can be on call.

    :raises NotFound: when there is no such contact.
    :raises Refused: when an SMS could not reach them.
    """
    contact = settings.contacts.get(name)
    if contact is None:
        names = ", ".join(settings.contacts) or "none"
        raise NotFound(f"there is no contact {name!r}; the configuration has: {names}")
    if contact.phone is None:
        raise Refused(f"{name} has no phone, so nobody could reach them on call; add one to contacts.{name}")
    return contact
