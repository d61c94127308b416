"""What fires now, as people and programs look at it. Everything is frozen."""

from __future__ import annotations

from dataclasses import dataclass

from pilotbridge.model import GroupId, Labels


@dataclass(frozen=True, slots=True)
class FiringMember:
    """A firing alert, and the groups it is in."""

    alert_id: int
    labels: Labels
    groups: tuple[GroupId, ...]


@dataclass(frozen=True, slots=True)
class FiringView:
    """A firing alert as it is shown; labels and annotations are JSON, sorted by name."""

    alert_id: int
    labels: str
    annotations: str
    starts_at_ms: int
    expires_at_ms: int
    last_seen_at_ms: int
    url: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group, who is told of it, and by which route."""

    id: GroupId
    receiver: str
    route: str
    labels: Labels
