"""What one configuration says about alerts that come in, prepared once so that each alert costs little.

It joins settings and sources; it refuses to outlive the settings it was made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pilotbridge.alerting.addressees import LABEL, Addressees
from pilotbridge.alerting.grouping import Grouping, ms
from pilotbridge.alerting.routing import Destination, Routing, Tree, route_with_opinions
from pilotbridge.alerting.severity import Grades
from pilotbridge.alerting.troubles import OWN_SOURCE, TROUBLES_ROUTE, troubles_node
from pilotbridge.config.settings import RouteNode, Settings, SourceSettings
from pilotbridge.model import Alert, Parsed, Route
from pilotbridge.protocols import Source

_DEFAULTS = SourceSettings(name="", type="")


@dataclass(frozen=True, slots=True)
class Door:
    """What holds for all alerts that came in by one source."""

    grades: Grades
    stale_after_ms: int
    regroup: bool


class Rules:
    """One configuration, prepared. Its memory of routes and groups is bounded."""

    def __init__(self, settings: Settings, sources: Mapping[str, Source]) -> None:
        self.settings = settings
        self.grouping = Grouping()
        self._sources = sources
        self._tree = Tree(settings.route)
        self._troubles = troubles_node(settings)
        self._doors: dict[str, Door] = {}
        self._addressees = Addressees(settings)
        self._nodes = {node.path: node for node in settings.route.walk()}

    def source_of(self, door: str) -> tuple[Source | None, SourceSettings]:
        """The source that reads the bodies of ``door``, and its settings; None when there is none now."""
        settings = self.settings.sources.get(door)
        source = self._sources.get(settings.type if settings else door)
        return source, settings or _DEFAULTS

    def door(self, name: str) -> Door:
        found = self._doors.get(name)
        if found is None:
            source, settings = self.source_of(name)
            own = source.severities if source else {}
            grades = Grades.of(
                settings.severity, own, self.settings.limits.no_severity, keeps=settings.keep_severity
            )
            found = self._doors[name] = Door(grades, ms(settings.stale_after), settings.regroup)
        return found

    def node(self, route: str) -> RouteNode:
        """The node whose waits hold on ``route``; the root's where the configuration knows it no more."""
        return self._nodes.get(route, self.settings.route)

    def addressed(self, parsed: Parsed) -> Parsed:
        """``parsed`` with its alerts as those whom their sender asked for are concerned."""
        return self._addressees.addressed(parsed)

    def route(self, alert: Alert, opinions: Sequence[tuple[str, Route]]) -> Routing:
        """Where ``alert`` goes. What the bridge says of itself goes where Troubles go.

        Plugins go before whom its sender asked for, and that goes before the tree.
        """
        if opinions:
            return route_with_opinions(self._tree, alert.labels, opinions, self.settings.receivers)
        if alert.source == OWN_SOURCE:
            to = Destination(self._troubles.receiver, TROUBLES_ROUTE, self._troubles)
            return Routing((to,), f"a Trouble -> {to.receiver}")
        from_tree = self._tree.route(alert.labels)
        return self._asked_for(alert, from_tree) if alert.to else from_tree

    def _asked_for(self, alert: Alert, from_tree: Routing) -> Routing:
        """The receiver that a sender asked for, with the waits of the route that it would have gone by."""
        receiver = self._addressees.receiver(alert.to)
        if not receiver:
            told = f"{from_tree.trace}; its sender asked for somebody the configuration does not know"
            unknown = (f"the sender of {alert.source}", alert.labels.get(LABEL))
            return replace(from_tree, trace=told, unknown=(unknown,))
        by = from_tree.destinations[0]
        return Routing((replace(by, receiver=receiver),), f"its sender asked for {receiver}")
