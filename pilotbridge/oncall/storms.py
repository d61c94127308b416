"""A storm as people speak of it: one ref that stands for all its incidents, like an incident of its own."""

from __future__ import annotations

from collections.abc import Sequence

from pilotbridge.clock import from_ms
from pilotbridge.model import Group, GroupId, Incident, IncidentId, Labels, Severity
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.store.records import Storm, StormMember

NO_INCIDENT = IncidentId(0)


def storm_named(read: ReadVerbs, ref: str) -> Storm | None:
    """The storm ``ref`` stands for, unless an incident carries it."""
    ref = ref.removeprefix("#")
    return read.storm_by_ref(ref) if read.incident_by_ref(ref) is None else None


def storms_told_to(read: ReadVerbs, phone: PhoneNumber, since_ms: int) -> list[Incident]:
    """Those that this number was told of since then, as incidents, newest first."""
    return [
        as_incident(storm, read.storm_members(storm.id)) for storm in read.storms_told_to(phone, since_ms)
    ]


def as_incident(storm: Storm, members: Sequence[StormMember]) -> Incident:
    """What a storm is to whoever speaks of it; taken when every open incident of it is. Its id is 0."""
    open_ones = [member for member in members if member.is_open]
    takers = {member.taken_by for member in open_ones}
    is_taken = bool(open_ones) and "" not in takers
    taken_ms = [member.taken_at_ms for member in open_ones if member.taken_at_ms is not None]
    return Incident(
        id=NO_INCIDENT,
        ref=storm.ref,
        group=Group(GroupId(0), "", "", Labels({})),
        opened_at=from_ms(storm.opened_at_ms),
        closed_at=None if open_ones else from_ms(storm.told_at_ms or storm.opened_at_ms),
        acknowledged_at=from_ms(max(taken_ms)) if is_taken and taken_ms else None,
        acknowledged_by=", ".join(sorted(takers)) if is_taken else "",
        notifications=storm.notifications,
        name=f"storm x{len(members)}",
        severity=Severity.CRITICAL,
        alerts=len(open_ones),
    )
