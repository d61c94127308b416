"""A rehearsal: what would become of one alert, by the very decisions a real one meets.

It joins routing, muting and wording for whoever changes routes; it refuses to write, or to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from pilotbridge.alerting.audience import audience_of, people_of
from pilotbridge.alerting.cards.rooms import names_of_rooms
from pilotbridge.alerting.decide import decide
from pilotbridge.alerting.grouping import first_look_ms
from pilotbridge.alerting.inhibition import Inhibition
from pilotbridge.alerting.members import standing_of
from pilotbridge.alerting.muting import Quiet
from pilotbridge.alerting.plan import Letter, Plan, Planner
from pilotbridge.alerting.routing import Destination
from pilotbridge.alerting.rules import Rules
from pilotbridge.alerting.teller import ask_here
from pilotbridge.alerting.work import Work
from pilotbridge.clock import from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotFound
from pilotbridge.model import Alert, AlertState, GroupId, Labels, Ref
from pilotbridge.oncall.escalation import receiver_of
from pilotbridge.oncall.roster import roster_of
from pilotbridge.protocols import Hooks, Incoming, Source
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.store.records import DueGroup, GroupKey, Member, Told

REF = Ref("000")
"""Stands for the ref that a real incident gets; none of those begins with 0."""
SENDERS_OWN = "rehearsal"


@dataclass(frozen=True, slots=True)
class Heard:
    """What one receiver would hear at first: letters, and a card in each of ``rooms``.

    ``quiet`` is why nobody would be told.
    """

    receiver: str
    route: str
    grouped_by: Labels
    by_sender: bool
    after: timedelta
    quiet: str
    letters: tuple[Letter, ...]
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Where one alert would go and why; ``alert`` is as plugins left it."""

    alert: Alert
    routed: str
    unknown: tuple[tuple[str, str], ...]
    heard: tuple[Heard, ...]


class Rehearsal:
    """Under one configuration, with what the database says of silences and of who texted before."""

    def __init__(
        self, settings: Settings, sources: Mapping[str, Source], hooks: Hooks, read: ReadVerbs
    ) -> None:
        self._settings = settings
        self._hooks = hooks
        self._read = read
        self._rules = Rules(settings, sources)

    def of(self, labels: Mapping[str, str], source: str, now_ms: int) -> Rehearsed:
        """A firing alert with ``labels`` that comes in by ``source``.

        :raises NotFound: when the configuration has no such source.
        """
        return self._of_alert(self._came_in(labels, source, now_ms), now_ms)

    def of_body(self, body: bytes, source: str, now_ms: int) -> list[Rehearsed]:
        """Each alert of a saved body that comes in by ``source``; one that is over is told to nobody here.

        :raises NotFound: when the configuration has no such source.
        :raises Unreadable: with what is wrong with the body, and where.
        """
        reader = self._reader(source)
        incoming = Incoming(source, body, {}, {}, from_ms(now_ms))
        parsed = self._rules.addressed(reader.parse(incoming, self._settings.sources[source].options))
        grades = self._rules.door(source).grades
        return [self._of_alert(grades.grade(alert), now_ms) for alert in parsed.alerts]

    def _of_alert(self, came_in: Alert, now_ms: int) -> Rehearsed:
        alert = self._enriched(came_in)
        if not alert.firing:
            return Rehearsed(alert, f"it is {alert.state}", (), ())
        opinions = self._hooks.route_alerts([alert]).get(alert, ())
        routing = self._rules.route(alert, opinions)
        inhibition = Inhibition(self._settings.inhibit_rules)
        if inhibition:
            inhibition.load(self._read.firing_labels())
        quiet = Quiet(self._read.silences(now_ms), now_ms, inhibition)
        heard = tuple(self._heard(alert, to, quiet, now_ms) for to in routing.destinations)
        return Rehearsed(alert, routing.trace, routing.unknown, heard)

    def _came_in(self, labels: Mapping[str, str], source: str, now_ms: int) -> Alert:
        reader = self._reader(source)
        alert = Alert(
            source=source,
            labels=Labels(labels),
            annotations=Labels(),
            state=AlertState.FIRING,
            starts_at=from_ms(now_ms),
            sender_group=SENDERS_OWN if reader.groups else "",
        )
        return self._rules.door(source).grades.grade(alert)

    def _reader(self, source: str) -> Source:
        reader, known = self._rules.source_of(source)[0], self._settings.sources
        if source not in known or reader is None:
            names = ", ".join(known) or "none"
            raise NotFound(f"there is no source {source!r}; the configuration has: {names}")
        return reader

    def _enriched(self, alert: Alert) -> Alert:
        return next(iter(self._hooks.enrich_alerts([alert])))

    def _heard(self, alert: Alert, to: Destination, quiet: Quiet, now_ms: int) -> Heard:
        key = self._rules.grouping.key(alert, to, regroup=self._rules.door(alert.source).regroup)
        planner = Planner(self._settings, self._hooks, ask_here, lambda: REF)
        plan = planner.plan(self._work(alert, to, key, quiet, now_ms), now_ms)
        wait_ms = first_look_ms(to.node, sender_group=key.sender_group, now_ms=now_ms) - now_ms
        return Heard(
            receiver=to.receiver,
            route=to.route,
            grouped_by=key.labels,
            by_sender=bool(key.sender_group),
            after=timedelta(milliseconds=wait_ms),
            quiet=_why_quiet(plan),
            letters=plan.letters,
            rooms=self._rooms(plan.work, now_ms) if plan.work.has_card and plan.mute is None else (),
        )

    def _work(self, alert: Alert, to: Destination, key: GroupKey, quiet: Quiet, now_ms: int) -> Work:
        member = Member(0, Told.NOTHING, AlertState.FIRING, alert.labels)
        standing = standing_of([member], quiet, self._settings.limits)
        receiver = receiver_of(to.receiver, self._settings)
        group = DueGroup(
            id=GroupId(0),
            receiver=to.receiver,
            route=to.route,
            labels=key.labels,
            sender_group=key.sender_group,
            revision=0,
            due_at_ms=now_ms,
            flushed_at_ms=None,
            notified_at_ms=None,
            left_out=0,
            incident_id=None,
        )
        decision = decide(standing, group, None, to.node, receiver, now_ms)
        work = Work(group, to.node, receiver, None, standing, decision)
        if not work.is_told:
            return work
        roster = roster_of(self._read, self._settings, now_ms)
        audience = audience_of(self._read, decision, receiver, None, (0,), roster)
        (people,) = people_of(self._read, [audience])
        has_card = bool(self._rooms(work, now_ms))
        return replace(work, people=people, firing=(alert,), new=(alert,), has_card=has_card)

    def _rooms(self, work: Work, now_ms: int) -> tuple[str, ...]:
        if not self._settings.chats:
            return ()
        return names_of_rooms(work.receiver, (0,), roster_of(self._read, self._settings, now_ms))


def _why_quiet(plan: Plan) -> str:
    if plan.letters or (plan.work.has_card and plan.mute is None):
        return ""
    if plan.mute is not None:
        return str(plan.mute)
    if not plan.work.is_told:
        return plan.work.decision.why
    return "the receiver reaches nobody" if plan.work.receiver.steps else "the receiver is told nothing"
