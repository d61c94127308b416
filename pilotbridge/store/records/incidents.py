"""Incidents: what was told of them, to whom next, and by one SMS for many."""

from __future__ import annotations

from datetime import datetime

from pilotbridge.lifecycle import State
from pilotbridge.model import (
    Fingerprint,
    Incident,
    IncidentId,
    MessageId,
    NotificationId,
    Reason,
    Ref,
    Severity,
    Silence,
)
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.records.base import Record


class IncidentRow(Record, frozen=True):
    """An incident with how large and how bad it was when somebody took it."""

    incident: Incident
    acknowledged_alerts: int
    acknowledged_severity: str


class NewNotification(Record, frozen=True):
    """A notification about to be recorded."""

    incident_id: IncidentId
    number: int
    reason: Reason
    receiver: str
    firing: int
    fresh: int
    resolved: int
    step: int = 0


class NotificationRow(Record, frozen=True):
    """A notification as it was recorded."""

    id: int
    number: int
    at_ms: int
    reason: str
    receiver: str
    firing: int
    fresh: int
    resolved: int
    step: int = 0


class Taking(Record, frozen=True):
    """Somebody took an incident; one of the alerts that it was about stands for it."""

    at_ms: int
    by: str
    fingerprint: Fingerprint


class Escalation(Record, frozen=True):
    """How far an incident went through its receiver's steps.

    ``told`` are the indexes of the steps told, the newest last, by ``notification``. ``wanted`` is the step
    that its group's next look tells, for the sake of ``cause``.
    """

    incident: IncidentId
    told: tuple[int, ...]
    told_at_ms: int
    notification: NotificationId
    asked_at_ms: int | None = None
    wanted: int | None = None
    cause: str = ""
    due_at_ms: int | None = None


class StepSms(Record, frozen=True):
    """How one SMS of a step fares."""

    message: MessageId
    state: State
    contact: str
    accepted_at_ms: int | None


class SilenceNotice(Record, frozen=True):
    """A silence that a receiver hears of; ``told`` is 0, 1 (that it began) or 2 (that it ended)."""

    silence: Silence
    receiver: str
    told: int


class Storm(Record, frozen=True):
    """Many incidents told to one phone by one SMS; ``ref`` stands for all of them, empty until it is told.

    ``told_count`` incidents were in it when it was told last, and ``names`` of critical ones had been told.
    """

    id: int
    recipient: PhoneNumber
    contact: str
    ref: Ref
    opened_at_ms: int
    told_at_ms: int | None
    told_count: int
    names: tuple[str, ...]
    notifications: int
    is_open: bool


class StormMember(Record, frozen=True):
    """An incident that is part of a storm; ``has_news``: there is something to say of it again."""

    incident: IncidentId
    ref: Ref
    name: str
    severity: Severity
    opened_at: datetime
    is_open: bool
    taken_by: str
    joined_at_ms: int
    has_news: bool = False
    taken_at_ms: int | None = None
