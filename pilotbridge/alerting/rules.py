"""What one configuration says about alerts that come in, prepared once so that each alert costs little.

It joins settings and sources; it refuses to outlive the settings it was made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pilotbridge.alerting.grouping import Grouping, ms
from pilotbridge.alerting.routing import Destination, Routing, Tree, route_with_opinions
from pilotbridge.alerting.severity import Grades
from pilotbridge.alerting.troubles import OWN_SOURCE, TROUBLES_ROUTE, troubles_node
from pilotbridge.config.settings import RouteNode, Settings, SourceSettings
from pilotbridge.model import Alert, Route
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
            grades = Grades.of(settings.severity, own, self.settings.limits.no_severity)
            found = self._doors[name] = Door(grades, ms(settings.stale_after), settings.regroup)
        return found

    def node(self, route: str) -> RouteNode:
        """The node whose waits hold on ``route``; the root's where the configuration knows it no more."""
        return self._nodes.get(route, self.settings.route)

    def route(self, alert: Alert, opinions: Sequence[tuple[str, Route]]) -> Routing:
        """Where ``alert`` goes. What the bridge says of itself goes where Troubles go."""
        if opinions:
            return route_with_opinions(self._tree, alert.labels, opinions, self.settings.receivers)
        if alert.source == OWN_SOURCE:
            to = Destination(self._troubles.receiver, TROUBLES_ROUTE, self._troubles)
            return Routing((to,), f"a Trouble -> {to.receiver}")
        return self._tree.route(alert.labels)
