"""The rows that flows read and write: the model's nouns plus what only the store and a flow share.

Everything is frozen; a name that ends in ``_ms`` is milliseconds since 1970 (UTC). Thousands are made in a
second: a struct of msgspec costs a fifth of a frozen dataclass with as many fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

import msgspec

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


class Record(msgspec.Struct, frozen=True, gc=False):
    """A row, or what becomes one."""


changed = msgspec.structs.replace
"""A copy of a record with other values in the fields named."""


# --- intake -----------------------------------------------------------------------------------------


class Body(Record, frozen=True):
    """A body on its way into the journal, or out of it. ``once`` makes a repeat answer the earlier row."""

    incoming: Incoming
    alerts: int
    once: str | None = None
    id: JournalId = JournalId(0)


class Refusal(Record, frozen=True):
    """A body that got no 2xx and will not get one as it is."""

    at_ms: int
    source: str
    status: int
    code: str
    message: str
    place: str
    head: bytes


# --- alerts, groups, incidents ----------------------------------------------------------------------


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


class IncidentRow(Record, frozen=True):
    """An incident with how large and how bad it was when somebody took it."""

    incident: Incident
    acknowledged_alerts: int
    acknowledged_severity: str


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


# --- storms -----------------------------------------------------------------------------------------


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


# --- outbox -----------------------------------------------------------------------------------------


class Draft(Record, frozen=True):
    """A message to be put into the outbox.

    ``text_is_unique`` promises that no other message to this number carries this text within the longest
    retry horizon; only then does a 243 on a retry prove anything. ``hold`` keeps it back with a reason
    from the start, ``due_at_ms`` says when it may go (or be looked at again); ``is_timed``: somebody named
    that time, so it stays when the clock is set.
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
    is_timed: bool = False


class OutboxRow(Record, frozen=True):
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


class LateSms(Record, frozen=True):
    """A text about an incident or a storm as that stands now; about neither: its own number is the ref.

    ``ended_ms``: when that was over; None while it goes on.
    """

    row: OutboxRow
    ref: str
    name: str
    severity: str
    ended_ms: int | None

    @property
    def is_open(self) -> bool:
        return self.ended_ms is None

    @property
    def is_overtaken(self) -> bool:
        """Whether it was over after this was written: the text tells of it as going on."""
        return self.ended_ms is not None and self.row.created_at_ms < self.ended_ms


class Move(Record, frozen=True):
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
    sets: Mapping[str, int | str | None] = msgspec.field(default_factory=dict)


class AttemptStart(Record, frozen=True):
    """The intent that stands on disk before the wire."""

    message_id: MessageId
    number: int
    gateway: str
    packet: int
    packet_size: int
    started: Instant


class AttemptEnd(Record, frozen=True):
    """What one attempt came to."""

    message_id: MessageId
    number: int
    ended_at_ms: int
    outcome: str
    reason: str
    code: int = 0
    head: str = ""


class Attempt(Record, frozen=True):
    """One try to hand a message over, as people see it."""

    number: int
    gateway: str
    packet_size: int
    started_at_ms: int
    ended_at_ms: int | None
    outcome: str
    code: int
    reason: str


class Hint(Record, frozen=True):
    """What a callback claimed; ``message_id`` is None while no row of ours matches."""

    id: int
    gateway: str
    message_id: MessageId | None
    server_id: str
    status: str
    tries: int


class Happening(Record, frozen=True):
    """One line of a history."""

    at_ms: int
    event: str
    state: str
    reason: str


class SameText(Record, frozen=True):
    """A message with the same text to the same number. ``last_at_ms``: its last word so far."""

    id: MessageId
    state: State
    created_at_ms: int
    last_at_ms: int


class Spent(Record, frozen=True):
    """What was sent to somebody or in all: how many SMS, roubles, and parts."""

    messages: int
    cost_rub: Decimal
    parts: int = 0


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
