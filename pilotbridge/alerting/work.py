"""Everything about due groups that a decision needs, gathered in one consistent read.

It reads and decides; hooks, texts and writing come after the read has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

import msgspec

from pilotbridge.alerting.audience import Person, audience_of, people_of
from pilotbridge.alerting.cards.rooms import addresses_of, rooms_of_receiver
from pilotbridge.alerting.decide import Decision, decide
from pilotbridge.alerting.grouping import ms
from pilotbridge.alerting.members import Standing, first, standing_of
from pilotbridge.alerting.muting import Quiet
from pilotbridge.config.settings import ReceiverSettings, RouteNode, Settings
from pilotbridge.model import Alert, Contact, GroupId, IncidentId, Reason, StepTold
from pilotbridge.oncall.escalation import receiver_of
from pilotbridge.oncall.roster import Roster, roster_of
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.store.records import DueGroup, Escalation, IncidentRow


class Work(msgspec.Struct, frozen=True):
    """A due group, what was decided, who is told, and the alerts that a text can name.

    ``has_card``: a card in a chat tells of it as well. ``step`` is what an escalation says of itself.
    ``opened_lately`` counts earlier incidents of the group where its route damps flapping.
    ``gaps`` are the schedules told by which nobody is on call.
    """

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
    has_card: bool = False
    escalation: Escalation | None = None
    step: StepTold | None = None
    opened_lately: int = 0
    gaps: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[int, ...]:
        """Which steps of the receiver are told: an escalation's own, else all that know of it."""
        if self.escalation is None:
            return (0,)
        if self.decision.reason is Reason.ESCALATION and self.escalation.wanted is not None:
            return (self.escalation.wanted,)
        return (0,) if self.decision.frees else self.escalation.told

    @property
    def is_told(self) -> bool:
        """Whether anybody is told: that only some are over shows on the incident and costs no SMS."""
        reason = self.decision.reason
        return reason not in (None, Reason.SOME_RESOLVED) and not self.decision.silently


@dataclass(frozen=True, slots=True)
class Ground:
    """What one look takes for granted; ``nodes`` are the route's by path."""

    settings: Settings
    nodes: Mapping[str, RouteNode]
    quiet: Quiet
    now_ms: int


AlertsIn = Callable[[Sequence[int]], Mapping[int, Alert]]
"""Alerts by their numbers."""


def gather(read: ReadVerbs, groups: Sequence[DueGroup], ground: Ground) -> list[Work]:
    """Look at ``groups``, with one question of each kind for all of them together."""
    quiet, limits = ground.quiet, ground.settings.limits
    standings = {
        group_id: standing_of(members, quiet, limits)
        for group_id, members in read.members_of([group.id for group in groups])
    }
    return works_of(read, groups, standings, read.alerts_in, ground)


def works_of(
    read: ReadVerbs,
    groups: Sequence[DueGroup],
    standings: Mapping[GroupId, Standing],
    alerts_in: AlertsIn,
    ground: Ground,
) -> list[Work]:
    """What is to be done for ``groups`` as they stand; ``alerts_in`` knows their alerts."""
    open_ones = [group.incident_id for group in groups if group.incident_id is not None]
    incidents = read.incidents(open_ones)
    escalations = read.escalations(open_ones)
    works = [
        _decided(group, standings.get(group.id) or Standing(), incidents, escalations, ground)
        for group in groups
    ]
    return _with_people(read, works, alerts_in, ground)


def _decided(
    group: DueGroup,
    standing: Standing,
    incidents: Mapping[IncidentId, IncidentRow],
    escalations: Mapping[IncidentId, Escalation],
    ground: Ground,
) -> Work:
    """A route that left the configuration is stood in for by the root."""
    node = ground.nodes.get(group.route, ground.settings.route)
    receiver = receiver_of(group.receiver, ground.settings)
    incident = escalation = None
    if group.incident_id is not None:
        incident, escalation = incidents.get(group.incident_id), escalations.get(group.incident_id)
    is_step_due = escalation is not None and escalation.wanted is not None
    decision = decide(standing, group, incident, node, receiver, ground.now_ms, is_step_due=is_step_due)
    return Work(group, node, receiver, incident, standing, decision, escalation=escalation)


def _with_people(read: ReadVerbs, works: list[Work], alerts_in: AlertsIn, ground: Ground) -> list[Work]:
    """Those who are told, and the alerts that a text to them can name."""
    roster = roster_of(read, ground.settings, ground.now_ms)
    told = [work for work in works if work.is_told]
    alerts = alerts_in(list(dict.fromkeys(number for work in told for number in _named(work.standing))))
    people = people_of(read, [_audience(read, work, roster) for work in told])
    pairs = zip(told, people, strict=True)
    steps = _steps_told(read, told, ground.now_ms)
    completed = {
        work.group.id: _complete(
            work,
            persons,
            alerts,
            steps.get(work.group.id),
            roster,
            _opened_lately(read, work, ground.now_ms),
        )
        for work, persons in pairs
    }
    return [completed.get(work.group.id, work) for work in works]


def _named(standing: Standing) -> Iterator[int]:
    """Of those that fire, that are news and that are over: as many as a text can name."""
    return chain(first(standing.some_firing), first(standing.fresh), first(standing.over))


def _audience(read: ReadVerbs, work: Work, roster: Roster) -> Mapping[PhoneNumber, Contact]:
    incident = work.incident.incident if work.incident else None
    return audience_of(read, work.decision, work.receiver, incident, work.steps, roster)


def _steps_told(read: ReadVerbs, told: Sequence[Work], now_ms: int) -> dict[GroupId, StepTold]:
    """What the escalations among them say of themselves, by group."""
    found = {}
    for work in told:
        known = work.escalation
        if work.decision.reason is Reason.ESCALATION and known is not None and known.wanted is not None:
            sms = read.step_sms([known.incident]).get(known.notification, ())
            found[work.group.id] = StepTold(
                known.wanted + 1,
                max(len(work.receiver.steps), known.wanted + 1),
                known.cause,
                tuple(dict.fromkeys(each.contact for each in sms)),
                timedelta(milliseconds=max(now_ms - known.told_at_ms, 0)),
            )
    return found


def _complete(
    work: Work,
    people: tuple[Person, ...],
    alerts: Mapping[int, Alert],
    step: StepTold | None,
    roster: Roster,
    opened_lately: int,
) -> Work:
    standing = work.standing

    def loaded(numbers: Sequence[int]) -> tuple[Alert, ...]:
        return tuple([alerts[number] for number in first(numbers) if number in alerts])

    return Work(
        work.group,
        work.node,
        work.receiver,
        work.incident,
        standing,
        work.decision,
        people=people,
        firing=loaded(standing.some_firing),
        new=loaded(standing.fresh),
        resolved=loaded(standing.over),
        has_card=bool(roster.settings.chats) and bool(rooms_of_receiver(work.receiver, work.steps, roster)),
        escalation=work.escalation,
        step=step,
        gaps=roster.in_gaps(addresses_of(work.receiver, work.steps)),
        opened_lately=opened_lately,
    )


def _opened_lately(read: ReadVerbs, work: Work, now_ms: int) -> int:
    rule = work.node.flapping
    if rule is None or work.decision.reason is not Reason.FIRST:
        return 0
    return read.incidents_of_group(work.group.id, now_ms - ms(rule.within))
