"""Who took an alert at the sender's own place: the incident that is about it alone counts as taken here, too.

An incident about several alerts is left as it is: whoever took one of them has not seen the others.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotbridge.errors import Refused
from pilotbridge.logs import get_logger
from pilotbridge.model import AlertState, IncidentId, Taken
from pilotbridge.oncall.acknowledgement import acknowledge
from pilotbridge.store.protocol import WriteVerbs

_log = get_logger(__name__)


def take(tx: WriteVerbs, taken: Iterable[Taken], now_ms: int) -> None:
    """Acknowledge in the caller's transaction; what is over, taken already or unheard of stays as it is."""
    for each in taken:
        for incident_id in _alone_in(tx, each):
            row = tx.incidents([incident_id]).get(incident_id)
            if row is not None:
                _acknowledge(tx, row.incident.ref, each, now_ms)


def _acknowledge(tx: WriteVerbs, ref: str, taken: Taken, now_ms: int) -> None:
    try:
        acknowledge(tx, ref, by=taken.by, note=taken.note, now_ms=now_ms)
    except Refused as refused:
        _log.info("an acknowledgement of the sender's changed nothing", ref=ref, reason=refused.reason)


def _alone_in(tx: WriteVerbs, taken: Taken) -> list[IncidentId]:
    """The open incidents in which the alert is the only one that fires."""
    known = tx.known_alerts([taken.fingerprint]).get(taken.fingerprint)
    if known is None:
        return []
    groups = tx.groups_of_alerts([known.id])
    firing = {
        group_id: [member.alert_id for member in members if member.state is AlertState.FIRING]
        for group_id, members in tx.members_of(list(groups))
    }
    return [
        group.incident_id
        for group in groups.values()
        if group.incident_id is not None and firing.get(group.id) == [known.id]
    ]
