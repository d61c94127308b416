"""Which alerts a question finds, and what keeps each of them quiet, as alerting would decide it now.

It reads every firing alert once and keeps little of each; what is shown of them is read later, page by page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from pilotbridge.alerting.inhibition import Inhibition
from pilotbridge.alerting.muting import Quiet, quiet_times
from pilotbridge.clock import to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.model import GroupId
from pilotbridge.store.firing import GroupView
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.web.alertmanager.asked import Asked
from pilotbridge.web.alertmanager.fingerprint import fingerprint, written


@dataclass(frozen=True, slots=True)
class Status:
    """What keeps an alert quiet: ids of silences, and fingerprints of alerts."""

    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One alert, ``fingerprint`` being Alertmanager's."""

    fingerprint: int
    alert_id: int
    groups: tuple[GroupId, ...]
    status: Status


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A group with those of its alerts that were asked for; ``muted_by`` are times that keep it quiet."""

    view: GroupView
    alerts: tuple[Found, ...]
    muted_by: tuple[str, ...]


class Scan:
    """One look at all that fires: a consistent read, at one moment, under one configuration."""

    def __init__(self, read: ReadVerbs, settings: Settings, now: datetime) -> None:
        self._read = read
        self._settings = settings
        self._now = now
        self._nodes = {node.path: node for node in settings.route.walk()}
        self._inhibition = Inhibition(settings.inhibit_rules)
        if self._inhibition:
            self._inhibition.load((each.alert_id, each.labels) for each in read.firing_members())
        now_ms = to_ms(now)
        self._quiet = Quiet(read.silences(now_ms), now_ms)
        self.groups = {view.id: view for view in read.groups_with_members()}
        self._statuses: dict[tuple[tuple[str, ...], int | None], Status] = {}

    def alerts(self, asked: Asked) -> list[Found]:
        """By fingerprint."""
        return sorted(self._found(asked), key=attrgetter("fingerprint"))

    def alert_groups(self, asked: Asked) -> list[FoundGroup]:
        """By labels and receiver; a group without such an alert is left out."""
        wanted, members = self._wanted(asked), dict[GroupId, list[Found]]()
        for found in self._found(asked):
            for group in wanted.intersection(found.groups):
                members.setdefault(group, []).append(found)
        groups = (self._group(self.groups[group], found) for group, found in members.items())
        return sorted((group for group in groups if asked.muted or not group.muted_by), key=_place)

    def _group(self, view: GroupView, found: list[Found]) -> FoundGroup:
        node = self._nodes.get(view.route, self._settings.route)
        muted_by = quiet_times(node, self._settings.time_intervals, self._now)
        return FoundGroup(view, tuple(sorted(found, key=attrgetter("fingerprint"))), muted_by)

    def _found(self, asked: Asked) -> Iterator[Found]:
        wanted = self._wanted(asked)
        for member in self._read.firing_members():
            is_for = asked.receiver is None or not wanted.isdisjoint(member.groups)
            if is_for and asked.matchers.matches(member.labels):
                status = self._status(member.labels)
                if asked.wants(silenced=bool(status.silenced_by), inhibited=bool(status.inhibited_by)):
                    yield Found(fingerprint(member.labels), member.alert_id, member.groups, status)

    def _wanted(self, asked: Asked) -> set[GroupId]:
        """The groups whose receiver is asked for."""
        return {view.id for view in self.groups.values() if asked.wants_receiver(view.receiver)}

    def _status(self, labels: Mapping[str, str]) -> Status:
        silences = self._quiet.silences_of(labels)
        key = (
            tuple(sorted(silence.id for silence in silences)),
            self._inhibition.inhibitor_of(labels) if self._inhibition else None,
        )
        found = self._statuses.get(key)
        if found is None:
            found = self._statuses[key] = Status(key[0], self._named(key[1]))
        return found

    def _named(self, inhibitor: int | None) -> tuple[str, ...]:
        if inhibitor is None:
            return ()
        return tuple(written(fingerprint(each.labels)) for each in self._read.alerts_in([inhibitor]).values())


def _place(group: FoundGroup) -> tuple[int, tuple[tuple[str, str], ...], str]:
    labels = group.view.labels
    return len(labels), tuple(labels.items()), group.view.receiver
