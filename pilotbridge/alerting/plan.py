"""From what was gathered of a group to what is written: plugins are asked here, and texts are made.

It holds no transaction and writes nothing; :mod:`deliver` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import msgspec

from pilotbridge.alerting.audience import Person
from pilotbridge.alerting.compose import Ask, Wording, compose
from pilotbridge.alerting.facts import name_of
from pilotbridge.alerting.grouping import ms
from pilotbridge.alerting.muting import Mute, mute_by_time, mute_of_flapping
from pilotbridge.alerting.severity import RANK
from pilotbridge.alerting.work import Work
from pilotbridge.clock import from_ms
from pilotbridge.config.settings import RouteNode, Settings
from pilotbridge.model import (
    Contact,
    Group,
    Incident,
    IncidentId,
    Labels,
    Notification,
    Reason,
    Ref,
    Severity,
)
from pilotbridge.protocols import Hooks
from pilotbridge.store.records import IncidentRow

_NOBODY = Contact("", None, "UTC")


class Letter(msgspec.Struct, frozen=True):
    """A finished text for one person; ``fault`` is what was wrong with the template meant for it.

    ``in_storm``: one SMS may speak for it together with others; see ``storms``.
    """

    person: Person
    text: str
    fault: str = ""
    in_storm: Literal["", "joins", "if_member"] = ""


class Plan(msgspec.Struct, frozen=True):
    """What becomes of one due group. ``incident`` is as it will be told of; its id is 0 while it is not open.

    ``mute`` is why nobody (or, with letters, not everything) is told.
    """

    work: Work
    incident: Incident | None
    number: int
    due_at_ms: int | None
    mute: Mute | None
    letters: tuple[Letter, ...] = ()
    is_kept_back: bool = False

    @property
    def is_recorded(self) -> bool:
        """Whether the decision is carried out; what a plugin keeps back is asked again later."""
        return self.work.decision.reason is not None and not self.is_kept_back


class Planner:
    """Makes plans under one configuration.

    ``new_ref`` gives the ref of an incident about to be opened, ``give_back`` gets one that was not.
    """

    def __init__(
        self,
        settings: Settings,
        hooks: Hooks,
        ask: Ask,
        new_ref: Callable[[], Ref],
        give_back: Callable[[Ref], None] = lambda _ref: None,
    ) -> None:
        self._windows: dict[str, Mute | None] = {}
        self._settings = settings
        self._hooks = hooks
        self._ask = ask
        self._new_ref = new_ref
        self._give_back = give_back

    def plan(self, work: Work, now_ms: int) -> Plan:
        """Ask whoever may keep it quiet, then word it for each person."""
        decision = work.decision
        window = self._window(work.node, now_ms) or _flapping(work, now_ms) if work.is_told else None
        if not work.is_told or (window is not None and not decision.closes):
            known = work.incident.incident if work.incident else None
            number = known.notifications if known else 0
            due_ms, mute = (window.until_ms, window) if window else (decision.due_at_ms, decision.mute)
            return Plan(work, known, number, due_ms, mute, is_kept_back=window is not None)
        incident = self._incident(work, now_ms)
        number = incident.notifications + 1
        notifications = [
            (person, _notification(work, incident, person.contact, now_ms)) for person in work.people
        ]
        # Any one of them will do to ask whether all are kept quiet.
        any_one = notifications[0][1] if notifications else _notification(work, incident, _NOBODY, now_ms)
        if window is not None:  # an end in a window is told to nobody, as in Alertmanager
            return Plan(work, incident, number, None, window)
        objection = self._objection(work, any_one, now_ms)
        if objection is not None:
            if work.incident is None:
                self._give_back(incident.ref)
            return Plan(work, incident, number, objection.until_ms, objection, is_kept_back=True)
        letters = tuple(self._letter(work, person, about) for person, about in notifications)
        return Plan(work, incident, number, decision.due_at_ms, decision.mute, letters)

    def _window(self, node: RouteNode, now_ms: int) -> Mute | None:
        """Whether the route is quiet at this time; worked out once for all groups of one look."""
        if not node.mute_time_intervals and not node.active_time_intervals:
            return None
        if node.path not in self._windows:
            self._windows[node.path] = mute_by_time(node, self._settings.time_intervals, from_ms(now_ms))
        return self._windows[node.path]

    def _objection(self, work: Work, about: Notification, now_ms: int) -> Mute | None:
        """Whether a plugin wants nobody told now."""
        reason = self._hooks.mute_group(about)
        return Mute("plugin", reason, now_ms + ms(work.node.group_interval)) if reason else None

    def _incident(self, work: Work, now_ms: int) -> Incident:
        if work.incident is not None:
            return _as_it_is_now(work.incident, work)
        return Incident(
            id=IncidentId(0),
            ref=self._new_ref(),
            group=Group(work.group.id, work.receiver.name, work.group.route, _labels_of(work)),
            opened_at=from_ms(now_ms),
            name=name_of(work.firing, work.standing.audible),
            severity=work.standing.severity,
            alerts=work.standing.audible,
        )

    def _letter(self, work: Work, person: Person, about: Notification) -> Letter:
        may_hint = not person.has_written and about.incident.acknowledged_at is None
        composed = compose(
            about,
            Wording.of(self._settings, work.receiver.name),
            own_text=self._hooks.compose_text(about),
            may_hint=may_hint,
            ask=self._ask,
        )
        return Letter(person, composed.text, composed.fault)


def _labels_of(work: Work) -> Labels:
    """The group's labels. Where its sender grouped, by what it will, only those that all of it has."""
    group, common = work.group, work.standing.common
    if not group.sender_group or common is None:
        return group.labels
    return Labels({name: value for name, value in group.labels.items() if common.get(name) == value})


def _as_it_is_now(row: IncidentRow, work: Work) -> Incident:
    known = row.incident
    return Incident(
        id=known.id,
        ref=known.ref,
        group=replace(known.group, labels=_labels_of(work)),
        opened_at=known.opened_at,
        acknowledged_at=known.acknowledged_at,
        acknowledged_by=known.acknowledged_by,
        note=known.note,
        notifications=known.notifications,
        name=known.name,
        severity=worst(known.severity, work.standing.severity),
        alerts=work.standing.audible,
    )


def worst(one: Severity, other: Severity) -> Severity:
    """The graver of two."""
    return max(one, other, key=RANK.__getitem__)


def _flapping(work: Work, now_ms: int) -> Mute | None:
    """Whether it comes and goes too often to be told before it stays."""
    rule, began = work.node.flapping, min((alert.starts_at for alert in work.firing), default=None)
    if rule is None or work.decision.reason is not Reason.FIRST or began is None:
        return None
    return mute_of_flapping(rule, work.opened_lately, began, from_ms(now_ms))


def _notification(work: Work, incident: Incident, contact: Contact, now_ms: int) -> Notification:
    reason, standing = work.decision.reason, work.standing
    assert reason is not None
    return Notification(
        incident=incident,
        receiver=work.receiver.name,
        reason=reason,
        number=incident.notifications + 1,
        firing=work.firing,
        new=work.new,
        resolved=work.resolved,
        contact=contact,
        at=from_ms(now_ms),
        stale=standing.stale,
        left_out=work.group.left_out,
        firing_count=standing.audible,
        new_count=len(standing.fresh),
        resolved_count=len(standing.over),
        step=work.step,
    )
