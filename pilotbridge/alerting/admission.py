"""From a batch of bodies to what is written of it: plugins are asked, then every alert is routed.

It owns the order of these; it refuses to read or write anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotbridge.alerting.batch import Batch, change_of
from pilotbridge.alerting.episodes import Episode
from pilotbridge.alerting.recording import Plan, Unread
from pilotbridge.alerting.routing import Routing
from pilotbridge.alerting.rules import Rules
from pilotbridge.logs import get_logger
from pilotbridge.model import Alert, JournalId
from pilotbridge.protocols import Hooks, Meter
from pilotbridge.store.records import GroupKey

_log = get_logger(__name__)


class Admission:
    """Lets alerts in, by what plugins and the configuration say of them."""

    def __init__(self, hooks: Hooks, meter: Meter) -> None:
        self._hooks = hooks
        self._meter = meter
        self._said: tuple[Rules | None, set[tuple[str, str]]] = (None, set())

    def plan(
        self, rules: Rules, batch: Batch, done: Sequence[JournalId], unread: Sequence[Unread] = ()
    ) -> tuple[Plan, list[Alert]]:
        """What is written of ``batch``; also the alerts that are news, for whoever is told."""
        opened, enriched = self._news(rules, batch)
        opinions = self._hooks.route_alerts(enriched) if enriched else {}
        changes = batch.over_at_once()
        joins: list[tuple[GroupKey, ...]] = [()] * len(changes)
        for episode, alert in zip(opened, enriched, strict=True):
            routing = rules.route(alert, opinions.get(alert, ()) if opinions else ())
            if routing.unknown or not routing.destinations:
                self._say(routing, rules)
            regroup = rules.door(alert.source).regroup
            joins.append(
                tuple([rules.grouping.key(alert, to, regroup=regroup) for to in routing.destinations])
            )
            changes.append(change_of(episode, alert, routing.trace))
        again = frozenset(episode.id for episode in opened if episode.worsened_by is not None)
        new_joins = joins[len(joins) - len(opened) :]
        doubted, left_out = _doubted(opened, new_joins), _left_out(batch, enriched, new_joins)
        keys = {key.digest: key for joined in joins for key in joined}
        plan = Plan(batch, changes, joins, keys, batch.ended(), done, unread, again, doubted, left_out)
        return plan, enriched

    def _news(self, rules: Rules, batch: Batch) -> tuple[list[Episode], list[Alert]]:
        """What begins and what is worse now, each with its alert as it counts here.

        What a plugin keeps at its old severity is no worse, whatever its sender says of it.
        """
        said = [*batch.opened(), *batch.worsened()]
        graded = [rules.door(alert.source).grades.grade(alert) for _, alert in said]
        pairs = [
            (episode, alert)
            for (episode, _), alert in zip(said, self._enriched(graded), strict=True)
            if episode.worsened_by is None or episode.is_worse_as(alert)
        ]
        batch.news |= {episode.worsened_in for episode, _ in pairs if episode.worsened_in}
        return [episode for episode, _ in pairs], [alert for _, alert in pairs]

    def _enriched(self, alerts: list[Alert]) -> list[Alert]:
        """What plugins made of ``alerts``, one for one whatever they did."""
        given = self._hooks.enrich_alerts(alerts) if alerts else alerts
        if given is alerts:
            return alerts
        answered = {alert.fingerprint: alert for alert in given}
        return [answered.get(alert.fingerprint, alert) for alert in alerts]

    def _say(self, routing: Routing, rules: Rules) -> None:
        """A plugin kept an alert silent, or a plugin or sender named a receiver that does not exist.

        The latter is said once under each configuration.
        """
        if not routing.destinations:
            self._meter.count("muted", kind="route")
        if self._said[0] is not rules:
            self._said = (rules, set())
        for plugin, receiver in routing.unknown:
            if (plugin, receiver) not in self._said[1]:
                self._said[1].add((plugin, receiver))
                _log.warning("the configuration knows no such receiver or contact", by=plugin, asked=receiver)


def _doubted(episodes: Sequence[Episode], joins: Sequence[tuple[GroupKey, ...]]) -> set[bytes]:
    """The groups that only doubted episodes join."""
    if not any(episode.doubted for episode in episodes):
        return set()
    found: dict[bool, set[bytes]] = {True: set(), False: set()}
    for episode, keys in zip(episodes, joins, strict=True):
        found[episode.doubted] |= {key.digest for key in keys}
    return found[True] - found[False]


def _left_out(
    batch: Batch, alerts: Sequence[Alert], joins: Sequence[tuple[GroupKey, ...]]
) -> dict[bytes, int]:
    """What senders have cut off, by the groups that the rest of it joins: ours or the sender's."""
    found: dict[bytes, int] = {}
    for alert, keys in zip(alerts, joins, strict=True) if batch.left_out else ():
        count = batch.left_out.get((alert.source, alert.sender_group), 0)
        found |= {key.digest: max(count, found.get(key.digest, 0)) for key in keys}
    return found
