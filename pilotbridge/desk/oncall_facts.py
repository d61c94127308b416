"""Who is on call as facts: now or at any time, who is next, what people decided, and what they asked.

It reads and reckons; nothing here is changed.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from pilotbridge.clock import from_ms
from pilotbridge.oncall.overrides import schedule_named
from pilotbridge.oncall.roster import Roster
from pilotbridge.rota import Shift
from pilotbridge.store.oncall_records import OverrideRow, Swap
from pilotbridge.store.protocol import ReadVerbs

Fact = dict[str, Any]
NEXT_SHOWN = 5


def schedules(roster: Roster, name: str = "") -> list[Fact]:
    """Each schedule (or the one that is named) as it stands at the roster's moment.

    :raises NotFound: when there is no such schedule.
    """
    names = [schedule_named(name, roster.settings).name] if name else list(roster.settings.schedules)
    return [_schedule(roster, each) for each in names]


def _schedule(roster: Roster, name: str) -> Fact:
    called, shift = roster.called(name), roster.shift(name)
    contact = roster.settings.contacts.get(called.contact)
    following = next(iter(_after(roster, name)), None)
    return {
        "schedule": name,
        "contact": called.contact,
        "phone": str(contact.phone) if contact and contact.phone else None,
        "is_gap": called.is_gap,
        "since": shift.starts,
        "until": shift.ends,
        "why": called.why,
        "next": None if following is None else _shift(following, name),
        "zone": roster.settings.schedules[name].zone,
    }


def coming(roster: Roster, name: str = "", count: int = NEXT_SHOWN) -> list[Fact]:
    """The next shifts of each schedule, gaps too.

    :raises NotFound: when there is no such schedule.
    """
    names = [schedule_named(name, roster.settings).name] if name else list(roster.settings.schedules)
    return [_shift(shift, each) for each in names for shift in islice(roster.upcoming(each), count)]


def _after(roster: Roster, name: str) -> list[Shift]:
    return [shift for shift in islice(roster.upcoming(name), 2) if not shift.is_gap]


def _shift(shift: Shift, schedule: str) -> Fact:
    return {
        "schedule": schedule,
        "contact": shift.contact,
        "is_gap": shift.is_gap,
        "from": shift.starts,
        "until": shift.ends,
        "why": shift.why,
    }


def override(row: OverrideRow) -> Fact:
    made = row.override
    return {
        "id": made.id,
        "schedule": row.schedule,
        "contact": made.contact,
        "from": made.starts,
        "until": made.ends,
        "kind": made.kind,
        "stands_for": made.stands_for or None,
        "made_by": made.made_by,
        "made_at": from_ms(row.made_ms),
        "ended_at": None if row.ended_ms is None else from_ms(row.ended_ms),
    }


def overrides(read: ReadVerbs, now_ms: int) -> list[Fact]:
    """Those that hold or will, the newest first."""
    return [override(row) for row in read.overrides_since(now_ms) if row.ended_ms is None]


def swap(found: Swap) -> Fact:
    return {
        "code": found.code,
        "schedule": found.schedule,
        "asker": found.asker,
        "other": found.other,
        "from": from_ms(found.starts_ms),
        "until": from_ms(found.ends_ms),
        "state": found.state,
        "made_by": found.made_by,
        "asked_at": from_ms(found.asked_ms),
        "due_at": from_ms(found.due_ms),
        "answered_at": None if found.answered_ms is None else from_ms(found.answered_ms),
        "message": found.message,
    }
