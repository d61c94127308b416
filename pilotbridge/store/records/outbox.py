"""Messages: on their way, their attempts, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from pilotbridge.clock import Instant
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import IncidentId, MessageId, NotificationId
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.records.base import Record


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
