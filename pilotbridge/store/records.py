"""The rows that flows read and write: the model's nouns plus what only the store and a flow share.

Everything is frozen; a name that ends in ``_ms`` is milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import (
    Alert,
    AlertState,
    Fingerprint,
    GroupId,
    Incident,
    IncidentId,
    JournalId,
    Labels,
    MessageId,
    NotificationId,
    Reason,
    Ref,
    Severity,
    Silence,
)
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Incoming

# --- intake -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Body:
    """A body on its way into the journal, or out of it. ``once`` makes a repeat answer the earlier row."""

    incoming: Incoming
    alerts: int
    once: str | None = None
    id: JournalId = JournalId(0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A body that got no 2xx and will not get one as it is."""

    at_ms: int
    source: str
    status: int
    code: str
    message: str
    place: str
    head: bytes


# --- alerts, groups, incidents ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownAlert:
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


@dataclass(frozen=True, slots=True)
class AlertChange:
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


@dataclass(frozen=True, slots=True)
class AlertEnd:
    """The end of an alert; ``by_lease``: only because nobody renewed it."""

    id: int
    state: AlertState
    at_ms: int
    by_lease: bool = False
    last_seen_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What makes a group: its route, receiver and the values of ``group_by`` (or the sender's own group)."""

    digest: bytes
    receiver: str
    route: str
    labels: Labels
    sender_group: str


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group's row as a flow needs it to find the next due time. ``muted`` says why it is kept quiet."""

    id: GroupId
    incident_id: IncidentId | None
    flushed_at_ms: int | None
    route: str
    sender_group: str
    muted: str


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group about to be recorded, and when it is to be looked at."""

    key: GroupKey
    due_at_ms: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class TouchedGroup:
    """A group with news, and when it is to be looked at at the latest."""

    id: GroupId
    due_at_ms: int
    left_out: int = 0


class Told(IntEnum):
    """What a receiver was last told of one alert."""

    NOTHING = 0
    FIRING = 1
    ENDED = 2


@dataclass(frozen=True, slots=True)
class Member:
    """One alert of a group, as far as a decision needs it, and what was last told of it."""

    alert_id: int
    told: Told
    state: AlertState
    labels: Labels


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident with how large and how bad it was when somebody took it."""

    incident: Incident
    acknowledged_alerts: int
    acknowledged_severity: str


@dataclass(frozen=True, slots=True)
class DueGroup:
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


@dataclass(frozen=True, slots=True)
class NewNotification:
    """A notification about to be recorded."""

    incident_id: IncidentId
    number: int
    reason: Reason
    receiver: str
    firing: int
    fresh: int
    resolved: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class NotificationRow:
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


@dataclass(frozen=True, slots=True)
class Taking:
    """Somebody took an incident; one of the alerts that it was about stands for it."""

    at_ms: int
    by: str
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Escalation:
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


@dataclass(frozen=True, slots=True)
class StepSms:
    """How one SMS of a step fares."""

    message: MessageId
    state: State
    contact: str
    accepted_at_ms: int | None


@dataclass(frozen=True, slots=True)
class SilenceNotice:
    """A silence that a receiver hears of; ``told`` is 0, 1 (that it began) or 2 (that it ended)."""

    silence: Silence
    receiver: str
    told: int


# --- storms -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Storm:
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


@dataclass(frozen=True, slots=True)
class StormMember:
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


# --- outbox -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be put into the outbox.

    ``text_is_unique`` promises that no other message to this number carries this text within the longest
    retry horizon; only then does a 243 on a retry prove anything. ``hold`` keeps it back with a reason
    from the start, ``due_at_ms`` says when it may go (or be looked at again).
    """

    recipient: PhoneNumber
    text: str
    sender: str
    gateway: str
    parts: int
    critical: bool
    text_is_unique: bool
    prefer_duplicate: bool
    lapses_at_ms: int
    due_at_ms: int
    origin: str
    reason: str
    contact: str = ""
    hold: str = ""
    ttl_min: int | None = None
    incident_id: IncidentId | None = None
    notification_id: NotificationId | None = None
    retry_of: MessageId | None = None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message as the outbox's flows see it."""

    id: MessageId
    state: State
    recipient: PhoneNumber
    contact: str
    sender: str
    text: str
    text_is_unique: bool
    critical: bool
    prefer_duplicate: bool
    ttl_min: int | None
    origin: str
    incident_id: IncidentId | None
    gateway: str
    server_id: str
    parts: int
    attempts: int
    failures: int
    doubt_tries: int
    created_at_ms: int
    due_at_ms: int | None
    lapses_at_ms: int
    doubt: Instant | None
    accepted_at_ms: int | None
    checks: int
    cause: str
    revision: int


@dataclass(frozen=True, slots=True)
class LateSms:
    """A text about an incident or a storm as that stands now; about neither: its own number is the ref."""

    row: OutboxRow
    ref: str
    name: str
    severity: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One step of one message, with what else changes by it. Compared with ``revision`` when applied.

    ``cause`` is the short word of a hold; ``due_at_ms`` is when somebody must look again (None: nobody).
    ``doubt`` is the start of the first attempt in doubt; it is only ever set once and cleared by the
    events that end doubt. ``sets`` are further columns.
    """

    id: MessageId
    revision: int
    state: State
    event: Event
    reason: str
    due_at_ms: int | None = None
    cause: str = ""
    doubt: Instant | None = None
    sets: Mapping[str, int | str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptStart:
    """The intent that stands on disk before the wire."""

    message_id: MessageId
    number: int
    gateway: str
    packet: int
    packet_size: int
    started: Instant


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """What one attempt came to."""

    message_id: MessageId
    number: int
    ended_at_ms: int
    outcome: str
    reason: str
    code: int = 0
    head: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to hand a message over, as people see it."""

    number: int
    gateway: str
    packet_size: int
    started_at_ms: int
    ended_at_ms: int | None
    outcome: str
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Hint:
    """What a callback claimed; ``message_id`` is None while no row of ours matches."""

    id: int
    gateway: str
    message_id: MessageId | None
    server_id: str
    status: str
    tries: int


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a history."""

    at_ms: int
    event: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class SameText:
    """A message with the same text to the same number. ``last_at_ms``: its last word so far."""

    id: MessageId
    state: State
    created_at_ms: int
    last_at_ms: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What was sent to somebody or in all: how many SMS, roubles, and parts."""

    messages: int
    cost_rub: Decimal
    parts: int = 0


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert as people list it."""

    id: int
    alert: Alert
    last_seen_at_ms: int
    journal_id: JournalId
    decided: str


@dataclass(frozen=True, slots=True)
class SeenAlert:
    """An alert that was spoken of again, without news."""

    id: int
    last_seen_at_ms: int
    expires_at_ms: int | None
