"""Alerts, and the groups that they are told of with."""

from __future__ import annotations

from enum import IntEnum

from pilotbridge.model import Alert, AlertState, GroupId, IncidentId, JournalId, Labels
from pilotbridge.store.records.base import Record


class KnownAlert(Record, frozen=True):
    """What the store knows of a fingerprint.

    ``leased`` of one that ended says that it only ended because nobody renewed the lease. ``severity`` is
    ours, as far as it was asked for.
    """

    id: int
    state: AlertState
    starts_at_ms: int
    last_seen_at_ms: int
    leased: bool
    severity: str = ""


class AlertChange(Record, frozen=True):
    """An alert's new facts: a new row (``id`` 0), a new episode, or its end.

    ``alert`` is the word that changed something; the state and times beside it are what holds now.
    """

    id: int
    alert: Alert
    state: AlertState
    starts_at_ms: int
    ends_at_ms: int | None
    last_seen_at_ms: int
    expires_at_ms: int | None
    leased: bool
    journal_id: JournalId
    decided: str


class AlertEnd(Record, frozen=True):
    """The end of an alert; ``by_lease``: only because nobody renewed it."""

    id: int
    state: AlertState
    at_ms: int
    by_lease: bool = False
    last_seen_at_ms: int = 0


class GroupKey(Record, frozen=True):
    """What makes a group: its route, receiver and the values of ``group_by`` (or the sender's own group)."""

    digest: bytes
    receiver: str
    route: str
    labels: Labels
    sender_group: str


class KnownGroup(Record, frozen=True):
    """A group's row as a flow needs it to find the next due time. ``muted`` says why it is kept quiet."""

    id: GroupId
    incident_id: IncidentId | None
    flushed_at_ms: int | None
    route: str
    sender_group: str
    muted: str


class NewGroup(Record, frozen=True):
    """A group about to be recorded, and when it is to be looked at."""

    key: GroupKey
    due_at_ms: int
    left_out: int = 0


class TouchedGroup(Record, frozen=True):
    """A group with news, and when it is to be looked at at the latest."""

    id: GroupId
    due_at_ms: int
    left_out: int = 0


class Told(IntEnum):
    """What a receiver was last told of one alert."""

    NOTHING = 0
    FIRING = 1
    ENDED = 2


class Member(Record, frozen=True):
    """One alert of a group, as far as a decision needs it, and what was last told of it."""

    alert_id: int
    told: Told
    state: AlertState
    labels: Labels


FIRST_REVISION = 1
"""That of a new group."""


class DueGroup(Record, frozen=True):
    """A group whose time has come. ``revision`` guards what is planned for it."""

    id: GroupId
    receiver: str
    route: str
    labels: Labels
    sender_group: str
    revision: int
    due_at_ms: int
    flushed_at_ms: int | None
    notified_at_ms: int | None
    left_out: int
    incident_id: IncidentId | None
    muted: str = ""


class FlushedGroup(Record, frozen=True):
    """What became of a group that was looked at; ``notified_at_ms`` is None when nobody was told."""

    group: DueGroup
    due_at_ms: int | None
    flushed_at_ms: int
    notified_at_ms: int | None
    incident_id: IncidentId | None
    muted: str


class AlertRow(Record, frozen=True):
    """An alert as people list it."""

    id: int
    alert: Alert
    last_seen_at_ms: int
    journal_id: JournalId
    decided: str


class SeenAlert(Record, frozen=True):
    """An alert that was spoken of again, without news."""

    id: int
    last_seen_at_ms: int
    expires_at_ms: int | None
