"""Everything about one due group that a decision needs, gathered in one consistent read.

It reads and decides; hooks, texts and writing come after the read has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pilotbridge.alerting.audience import Person, audience_of
from pilotbridge.alerting.decide import Decision, decide
from pilotbridge.alerting.members import Standing, first, standing_of
from pilotbridge.alerting.muting import Quiet
from pilotbridge.config.settings import ReceiverSettings, RouteNode, Settings
from pilotbridge.model import Alert, Reason
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.store.records import DueGroup, IncidentRow


@dataclass(frozen=True, slots=True)
class Work:
    """A due group, what was decided, who is told, and the alerts that a text can name."""

    group: DueGroup
    node: RouteNode
    receiver: ReceiverSettings
    incident: IncidentRow | None
    standing: Standing
    decision: Decision
    people: tuple[Person, ...] = ()
    firing: tuple[Alert, ...] = ()
    new: tuple[Alert, ...] = ()
    resolved: tuple[Alert, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether anybody is told: that only some are over shows on the incident and costs no SMS."""
        reason = self.decision.reason
        return reason not in (None, Reason.SOME_RESOLVED) and not self.decision.silently


def gather(
    read: ReadVerbs, group: DueGroup, node: RouteNode, quiet: Quiet, settings: Settings, now_ms: int
) -> Work:
    """Look at ``group``. A receiver that left the configuration is stood in for by the root's."""
    receiver = settings.receivers.get(group.receiver) or settings.receivers[settings.route.receiver]
    incident = (
        None if group.incident_id is None else read.incidents([group.incident_id]).get(group.incident_id)
    )
    standing = standing_of(read.members(group.id), quiet, settings.limits)
    decision = decide(standing, group, incident, node, receiver, now_ms)
    work = Work(group, node, receiver, incident, standing, decision)
    return _with_people(read, work, settings) if work.is_told else work


def _with_people(read: ReadVerbs, work: Work, settings: Settings) -> Work:
    standing, incident = work.standing, work.incident.incident if work.incident else None
    firing, new, over = first(standing.some_firing), first(standing.fresh), first(standing.over)
    alerts = read.alerts_in([*dict.fromkeys([*firing, *new, *over])])

    def loaded(ids: Sequence[int]) -> tuple[Alert, ...]:
        return tuple(alerts[alert_id] for alert_id in ids if alert_id in alerts)

    return Work(
        work.group,
        work.node,
        work.receiver,
        work.incident,
        standing,
        work.decision,
        people=audience_of(read, work.decision, work.receiver, incident, settings),
        firing=loaded(firing),
        new=loaded(new),
        resolved=loaded(over),
    )
