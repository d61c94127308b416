"""Taking an incident and giving it back, in the caller's transaction and with a sentence for every no.

It knows the rows of incidents only; who may take one, and how they asked, is the caller's business.
"""

from __future__ import annotations

from datetime import timedelta

from pilotbridge.clock import from_ms, to_ms
from pilotbridge.errors import NotFound, Refused
from pilotbridge.model import Incident
from pilotbridge.oncall.storms import as_incident, storm_named
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs
from pilotbridge.store.records import Storm

UNDO_WITHIN = timedelta(minutes=30)
NAMED_MAX, NAME_MAX = 6, 40
"""So many open incidents are named to whoever asks for one that is not there."""
NONE_CLOSED_MS = 2**62
"""Later than any close."""


def acknowledge(tx: WriteVerbs, ref: str, *, by: str, note: str = "", now_ms: int) -> Incident:
    """Take the incident ``ref`` for ``by``; it stays quiet until it clears or gets worse.

    The ref of a storm takes every incident of it that nobody has.

    :raises NotFound: when no incident carries the ref.
    :raises Refused: when it is over, or somebody has it already.
    """
    storm = storm_named(tx, ref)
    if storm is not None:
        return _take_all(tx, storm, by, note, now_ms)
    incident = free_incident(tx, ref)
    _take(tx, incident, by, note, now_ms)
    return _newest(tx, ref)


def _take(tx: WriteVerbs, incident: Incident, by: str, note: str, now_ms: int) -> None:
    tx.acknowledge_incident(incident.id, by=by, note=note, now_ms=now_ms)
    tx.wake_escalation(incident.id, now_ms)
    tx.wake_group(incident.group.id, now_ms)


def _take_all(tx: WriteVerbs, storm: Storm, by: str, note: str, now_ms: int) -> Incident:
    known = as_incident(storm, tx.storm_members(storm.id))
    if known.closed_at is not None:
        raise Refused(f"the storm #{storm.ref} is over: all of it is resolved")
    if known.acknowledged_at is not None:
        raise Refused(f"#{storm.ref} is already taken by {known.acknowledged_by}")
    for incident in _members(tx, storm):
        if incident.closed_at is None and incident.acknowledged_at is None:
            _take(tx, incident, by, note, now_ms)
    return as_incident(storm, tx.storm_members(storm.id))


def _members(read: ReadVerbs, storm: Storm) -> list[Incident]:
    rows = read.incidents([member.incident for member in read.storm_members(storm.id)])
    return [row.incident for row in rows.values()]


def free_incident(read: ReadVerbs, ref: str) -> Incident:
    """The open incident ``ref`` that nobody has taken.

    :raises NotFound: when no incident carries the ref.
    :raises Refused: when it is over, or somebody has it already.
    """
    incident = _newest(read, ref)
    if incident.closed_at is not None:
        raise Refused(f"#{incident.ref} is {_ended(incident)} since {incident.closed_at:%H:%M} UTC")
    if incident.acknowledged_at is not None:
        raise Refused(f"#{incident.ref} is already taken by {incident.acknowledged_by}")
    return incident


def unacknowledge(tx: WriteVerbs, ref: str, *, by: str, now_ms: int) -> Incident:
    """Give the incident ``ref`` back within half an hour; it pages again from here on.

    The ref of a storm gives back every incident of it that was taken lately.

    :raises NotFound: when no incident carries the ref.
    :raises Refused: when it is over, nobody has it, or it was taken too long ago.
    """
    storm = storm_named(tx, ref)
    if storm is not None:
        return _give_all_back(tx, storm, by, now_ms)
    incident = _newest(tx, ref)
    if incident.closed_at is not None:
        raise Refused(f"#{incident.ref} is {_ended(incident)}; there is nothing to give back")
    if incident.acknowledged_at is None:
        raise Refused(f"nobody has taken #{incident.ref}")
    minutes = int(UNDO_WITHIN.total_seconds()) // 60
    if from_ms(now_ms) - incident.acknowledged_at > UNDO_WITHIN:
        raise Refused(f"#{incident.ref} was taken more than {minutes} min ago; tell the others yourself")
    _give_back(tx, incident, by, now_ms)
    return _newest(tx, ref)


def _give_back(tx: WriteVerbs, incident: Incident, by: str, now_ms: int) -> None:
    tx.unacknowledge_incident(incident.id, by=by, now_ms=now_ms)
    tx.wake_escalation(incident.id, now_ms)
    tx.wake_group(incident.group.id, now_ms)


def _give_all_back(tx: WriteVerbs, storm: Storm, by: str, now_ms: int) -> Incident:
    since = from_ms(now_ms) - UNDO_WITHIN
    taken = [
        incident
        for incident in _members(tx, storm)
        if incident.closed_at is None
        and incident.acknowledged_at is not None
        and incident.acknowledged_at >= since
    ]
    if not taken:
        raise Refused(f"nothing of the storm #{storm.ref} was taken in the last half hour")
    for incident in taken:
        _give_back(tx, incident, by, now_ms)
    return as_incident(storm, tx.storm_members(storm.id))


def holds_until_ms(incident: Incident, acknowledged_for: timedelta) -> int | None:
    """When the acknowledgement of a still open ``incident`` ends by itself; None: when it clears."""
    if incident.acknowledged_at is None or not acknowledged_for:
        return None
    return to_ms(incident.acknowledged_at + acknowledged_for)


def _newest(read: ReadVerbs, ref: str) -> Incident:
    row = read.incident_by_ref(ref.removeprefix("#"))
    if row is None:
        raise NotFound(f"there is no incident #{ref.removeprefix('#')}; {_open_ones(read)}")
    return row.incident


def _open_ones(read: ReadVerbs) -> str:
    """What whoever mistyped a ref may have meant."""
    rows = read.incidents_open(NONE_CLOSED_MS, NAMED_MAX + 1)
    named = [f"#{row.incident.ref} {row.incident.name[:NAME_MAX]}" for row in rows[:NAMED_MAX]]
    more = ", ..; see pilotbridge incidents list --open" if len(rows) > NAMED_MAX else ""
    return f"open: {', '.join(named)}{more}" if named else "none is open"


def _ended(incident: Incident) -> str:
    return "stale" if incident.ended == "stale" else "resolved"
