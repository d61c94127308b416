"""Which receivers hear of an alert: plugins' opinions first, the tree of the configuration last.

Pure, and total: every alert has a destination, or a plugin's reason for having none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from pilotbridge.config.settings import RouteNode
from pilotbridge.matcher import Op
from pilotbridge.model import Route

REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Destination:
    """A receiver, the route that led there, and the node whose grouping and waits hold on the way."""

    receiver: str
    route: str
    node: RouteNode


@dataclass(frozen=True, slots=True)
class Routing:
    """Where an alert goes and why. Without destinations ``trace`` is the reason for the silence.

    ``unknown`` are (plugin, receiver) pairs that were ignored because the configuration has no such receiver.
    """

    destinations: tuple[Destination, ...]
    trace: str
    unknown: tuple[tuple[str, str], ...] = ()


class Crossing:
    """The children of one node, found by the labels they ask for: of a thousand teams mostly one is asked."""

    def __init__(self, children: Sequence[RouteNode]) -> None:
        self._open: list[tuple[int, RouteNode]] = []
        self._by_label: dict[str, dict[str, list[tuple[int, RouteNode]]]] = {}
        for place in enumerate(children):
            asked = next((m for m in place[1].matchers if m.op is Op.EQUAL), None)
            if asked is None:
                self._open.append(place)
            else:
                self._by_label.setdefault(asked.name, {}).setdefault(asked.value, []).append(place)

    def candidates(self, labels: Mapping[str, str]) -> list[tuple[int, RouteNode]]:
        """The children that may match, in their order."""
        found = [*self._open]
        for name, by_value in self._by_label.items():
            found += by_value.get(labels.get(name, ""), ())
        found.sort(key=itemgetter(0))
        return found


class Tree:
    """The tree of one configuration. What it said of labels that look the same to it is remembered."""

    def __init__(self, root: RouteNode) -> None:
        self.root = root
        nodes = list(root.walk())
        self._names = tuple(sorted({matcher.name for node in nodes for matcher in node.matchers}))
        self._to = {node.path: Destination(node.receiver, node.path, node) for node in nodes}
        self._crossings = {node.path: Crossing(node.children) for node in nodes}
        self._remembered: dict[tuple[str, ...], Routing] = {}

    def route(self, labels: Mapping[str, str]) -> Routing:
        """Where the tree sends an alert with these labels; the root takes what nothing else does."""
        seen = tuple([labels.get(name, "") for name in self._names])
        found = self._remembered.get(seen)
        if found is None:
            if len(self._remembered) >= REMEMBERED_MAX:
                self._remembered.clear()
            found = self._remembered[seen] = self._walked(labels)
        return found

    def _walked(self, labels: Mapping[str, str]) -> Routing:
        nodes = self._deepest(self.root, labels) or (self.root,)
        destinations = tuple(self._to[node.path] for node in nodes)
        return Routing(destinations, "; ".join(f"{to.route} -> {to.receiver}" for to in destinations))

    def _deepest(self, node: RouteNode, labels: Mapping[str, str]) -> tuple[RouteNode, ...]:
        """The deepest nodes from ``node`` on that match, the first one only unless it says to go on."""
        if not node.matchers.matches(labels):
            return ()
        found: list[RouteNode] = []
        for _, child in self._crossings[node.path].candidates(labels):
            below = self._deepest(child, labels)
            found += below
            if below and not child.goes_on:
                break
        return tuple(found) or (node,)


def route_with_opinions(
    tree: Tree,
    labels: Mapping[str, str],
    opinions: Sequence[tuple[str, Route]],
    receivers: Collection[str],
) -> Routing:
    """The first plugin that decides wins; one that only adds lets the others, and the tree, go on."""
    added: list[Destination] = []
    trace: list[str] = []
    unknown: list[tuple[str, str]] = []
    decided = False
    for plugin, route in opinions:
        if decided:
            trace.append(f"{plugin}: not asked for any more")
        elif route.is_remark:
            trace.append(f"{plugin}: {route.reason}")
        elif route.receiver is None:
            decided = True
            trace.append(f"{plugin}: silent, {route.reason or 'without a reason'}")
        elif route.receiver not in receivers:
            unknown.append((plugin, route.receiver))
            trace.append(f"{plugin}: unknown receiver {route.receiver}, ignored")
        else:
            decided = not route.and_continue
            added.append(Destination(route.receiver, f"plugin/{plugin}", tree.root))
            trace.append(f"{plugin} -> {route.receiver}" + (f" ({route.reason})" if route.reason else ""))
    if not decided:
        from_tree = tree.route(labels)
        added += from_tree.destinations
        trace.append(from_tree.trace)
    return Routing(tuple(added), "; ".join(trace), tuple(unknown))
