"""Alerts that keep others quiet: while a cluster is down nobody is told of each of its machines.

It remembers which firing alerts the rules name as sources; the rows are the truth and load it anew. Semantics
are Alertmanager's: an alert that is both source and target is kept quiet by no alert that is both as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pilotbridge.alerting.muting import Mute
from pilotbridge.config.settings import InhibitRule
from pilotbridge.model import Labels

Equal = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """A firing alert that a rule names; ``is_target``: the rule would keep it quiet as well."""

    alert_id: int
    name: str
    is_target: bool


@dataclass(slots=True)
class _Watched:
    """One rule and the alerts that are its sources now, by the values that a target must share."""

    rule: InhibitRule
    number: int
    sources: dict[Equal, dict[int, _Source]] = field(default_factory=dict)

    def equal(self, labels: Mapping[str, str]) -> Equal:
        return tuple([labels.get(name, "") for name in self.rule.equal])

    def take(self, alert_id: int, labels: Labels) -> Equal | None:
        """Remember it when it is a source; returns where."""
        if not self.rule.source.matches(labels):
            return None
        place = self.equal(labels)
        source = _Source(alert_id, labels.get("alertname"), self.rule.target.matches(labels))
        self.sources.setdefault(place, {})[alert_id] = source
        return place

    def drop(self, alert_id: int, place: Equal) -> None:
        found = self.sources.get(place, {})
        found.pop(alert_id, None)
        if not found:
            self.sources.pop(place, None)

    def by(self, labels: Mapping[str, str]) -> _Source | None:
        """The source that keeps an alert with these labels quiet, if any does."""
        if not self.sources or not self.rule.target.matches(labels):
            return None
        found = self.sources.get(self.equal(labels))
        if not found:
            return None
        is_both = self.rule.source.matches(labels)
        return next((source for source in found.values() if not (is_both and source.is_target)), None)


class Inhibition:
    """The rules of one configuration, and who is a source under them."""

    def __init__(self, rules: Sequence[InhibitRule]) -> None:
        self._watched = [_Watched(rule, number) for number, rule in enumerate(rules, 1)]
        self._places: dict[int, list[tuple[_Watched, Equal]]] = {}

    def __bool__(self) -> bool:
        return bool(self._watched)

    def load(self, firing: Iterable[tuple[int, Labels]]) -> None:
        """Begin with what fires now, by number."""
        for alert_id, labels in firing:
            self.take(alert_id, labels)

    def take(self, alert_id: int, labels: Labels) -> bool:
        """It fires; whether it could keep some quiet before that it keeps quiet no more."""
        before = self._places.get(alert_id, [])
        self.drop(alert_id)
        places = [(watched, watched.take(alert_id, labels)) for watched in self._watched]
        kept = [(watched, place) for watched, place in places if place is not None]
        if kept:
            self._places[alert_id] = kept
        still = {(watched.number, place) for watched, place in kept}
        return any((watched.number, place) not in still for watched, place in before)

    def drop(self, alert_id: int) -> bool:
        """It is over; whether it kept, or could keep, others quiet."""
        places = self._places.pop(alert_id, [])
        for watched, place in places:
            watched.drop(alert_id, place)
        return bool(places)

    def inhibitor_of(self, labels: Mapping[str, str]) -> int | None:
        """The number of an alert that keeps one with these labels quiet."""
        found = (watched.by(labels) for watched in self._watched)
        return next((source.alert_id for source in found if source is not None), None)

    def mute_of(self, labels: Mapping[str, str]) -> Mute | None:
        """Why an alert with these labels is not told of while another fires."""
        for watched in self._watched:
            source = watched.by(labels)
            if source is not None:
                return Mute("inhibition", f"{source.name or 'another alert'} fires (rule {watched.number})")
        return None
