"""Which alerts belong together, and when a group with news is looked at.

Pure: a group is its route, its receiver and the values of ``group_by``, or the group its sender made.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from pilotbridge.alerting.routing import REMEMBERED_MAX, Destination
from pilotbridge.config.settings import RouteNode
from pilotbridge.model import Alert, Labels
from pilotbridge.store.records import GroupKey, KnownGroup

ACKNOWLEDGED = "acknowledged"
"""How the reason of a group begins that is quiet because somebody took its incident."""

DOUBTED_MS = 6 * 60_000
"""What was said to be over a moment ago is told if it fires then: after an Alertmanager's usual interval."""


class Grouping:
    """Makes keys of groups. Keys made before are remembered: most alerts come into few groups."""

    def __init__(self) -> None:
        self._remembered: dict[tuple[str, ...], GroupKey] = {}

    def key(self, alert: Alert, to: Destination, *, regroup: bool) -> GroupKey:
        """The key of the group that ``alert`` joins on its way to ``to``."""
        node, sender_group = to.node, "" if regroup else alert.sender_group
        if sender_group:
            seen: tuple[str, ...] = (to.route, to.receiver, "sender", alert.source, sender_group)
        elif node.group_by_all:
            return _key(to, alert.labels, ("labels",), "")
        else:
            get = alert.labels.get
            seen = (to.route, to.receiver, "labels", *[get(name) for name in node.group_by])
        found = self._remembered.get(seen)
        if found is None:
            if len(self._remembered) >= REMEMBERED_MAX:
                self._remembered.clear()
            labels = Labels({name: alert.labels.get(name) for name in node.group_by if name in alert.labels})
            salt = seen[2:5] if sender_group else ("labels",)
            found = self._remembered[seen] = _key(to, labels, salt, sender_group)
        return found


def _key(to: Destination, labels: Labels, salt: tuple[str, ...], sender_group: str) -> GroupKey:
    identity = Labels() if sender_group else labels
    return GroupKey(
        identity.digest(to.route, to.receiver, *salt), to.receiver, to.route, labels, sender_group
    )


def first_look_ms(node: RouteNode, *, sender_group: str, now_ms: int) -> int:
    """When a group that nobody was told of is looked at; what its sender grouped has waited already."""
    return now_ms if sender_group else now_ms + ms(node.group_wait)


def next_look_ms(group: KnownGroup, node: RouteNode, *, now_ms: int) -> int:
    """When a known group with news is looked at.

    News of a group that somebody took only matter when they are bad news: those may not wait long.
    """
    if group.sender_group:
        return now_ms
    if group.incident_id is None or group.flushed_at_ms is None or group.muted.startswith(ACKNOWLEDGED):
        return now_ms + ms(node.group_wait)
    return max(now_ms, group.flushed_at_ms + ms(node.group_interval))


@lru_cache(maxsize=1_024)
def ms(duration: timedelta) -> int:
    """Milliseconds in ``duration``; asked for each group with news, and there are few durations."""
    return duration // timedelta(milliseconds=1)
