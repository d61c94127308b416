"""The nouns of PilotBridge as frozen values; every room passes these and none changes them.

No I/O, no clock, no SQL. Instants are aware UTC datetimes where plugins see them; names that end in
``_ms`` are milliseconds since 1970 (UTC).
"""

from __future__ import annotations

import hashlib
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from dataclasses import Field, dataclass, field, make_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from typing import Any, ClassVar, NewType, TypeVar

import msgspec
from msgspec.structs import force_setattr

from pilotbridge.intervals import TimeInterval
from pilotbridge.lifecycle import State
from pilotbridge.matcher import Matchers
from pilotbridge.phone import PhoneNumber

Fingerprint = NewType("Fingerprint", bytes)
Ref = NewType("Ref", str)
JournalId = NewType("JournalId", int)
GroupId = NewType("GroupId", int)
IncidentId = NewType("IncidentId", int)
NotificationId = NewType("NotificationId", int)
MessageId = NewType("MessageId", int)
InboundId = NewType("InboundId", int)
SilenceId = NewType("SilenceId", str)
UpdateId = NewType("UpdateId", int)
"""A chat's own number of something that happened there."""


_encode = msgspec.json.Encoder().encode
NAMELESS_MAX = 40
_NO_NAME = frozenset({"instance", "to", "severity", "severity_raw", "severity_grade"})


class Labels(Mapping[str, str]):
    """An immutable, hashable mapping of label names to values, sorted by name."""

    __slots__ = ("_hash", "_map")

    def __init__(self, pairs: Mapping[str, str] | None = None) -> None:
        self._map = _in_order(pairs) if pairs else {}
        self._hash = 0

    @classmethod
    def of_sorted(cls, pairs: dict[str, str]) -> Labels:
        """Labels of a dict that is sorted by name and nobody else's: as the store keeps them."""
        labels = cls.__new__(cls)
        labels._map = pairs
        labels._hash = 0
        return labels

    def __getitem__(self, name: str) -> str:
        return self._map[name]

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        """The value of label ``name``; an absent label is the empty string, as in Alertmanager."""
        return self._map.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._map

    def __iter__(self) -> Iterator[str]:
        return iter(self._map)

    def __len__(self) -> int:
        return len(self._map)

    def items(self) -> ItemsView[str, str]:
        return self._map.items()

    def values(self) -> ValuesView[str]:
        return self._map.values()

    def __hash__(self) -> int:
        if not self._hash:
            self._hash = hash(tuple(self._map.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self._map == other._map if isinstance(other, Labels) else NotImplemented

    def __repr__(self) -> str:
        return "{" + ", ".join(f'{name}="{value}"' for name, value in self._map.items()) + "}"

    def as_dict(self) -> dict[str, str]:
        """A plain copy, sorted by name."""
        return self._map.copy()

    def as_json(self) -> str:
        """A JSON object, sorted by name."""
        return _encode(self._map).decode() if self._map else "{}"

    def with_(self, **changes: str) -> Labels:
        """A copy with ``changes`` set; an empty value removes the label."""
        return Labels({name: value for name, value in (self._map | changes).items() if value})

    def digest(self, *salt: str) -> bytes:
        """16 bytes that identify these labels (and ``salt``): BLAKE2b over name NUL value NUL."""
        text = "\0".join([*salt, *chain.from_iterable(self._map.items())])
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _in_order(pairs: Mapping[str, str]) -> dict[str, str]:
    """Most senders write their labels in order; then a copy is enough."""
    names = [*pairs]
    ordered = sorted(names)
    return {**pairs} if names == ordered else {name: pairs[name] for name in ordered}


class AlertState(StrEnum):
    """What is known of a condition: it holds, it ended, or nobody has spoken of it for too long."""

    FIRING = "firing"
    RESOLVED = "resolved"
    STALE = "stale"


class Severity(StrEnum):
    """The three severities every source is mapped to; the sender's own word is in ``severity_raw``."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


def _nameless(labels: Labels) -> str:
    said = (value for name, value in labels.items() if name not in _NO_NAME and value)
    return " ".join(said)[:NAMELESS_MAX].strip() or "Alert"


S = TypeVar("S", bound=msgspec.Struct)


def replaceable(struct: type[S]) -> type[S]:
    """``dataclasses.replace`` takes it for one of its own.

    Many are made of some values, and a struct takes a third of the time that a dataclass does.
    """
    as_dataclass = make_dataclass(struct.__name__, struct.__struct_fields__)
    setattr(struct, "__dataclass_fields__", vars(as_dataclass)["__dataclass_fields__"])  # noqa: B010 - mypy
    return struct


@replaceable
class Alert(msgspec.Struct, frozen=True):
    """One condition, identified by its source and labels, as one sender's body told it.

    ``sender_group`` is the sender's own group when the source groups already (Alertmanager, Grafana),
    else empty. ``expires_at`` is a lease: without word by then the alert has resolved (Prometheus). ``to`` is
    whom the sender asked for, as it wrote it; it never names a phone of its own.
    """

    source: str
    labels: Labels
    annotations: Labels
    state: AlertState
    starts_at: datetime
    ends_at: datetime | None = None
    expires_at: datetime | None = None
    sender_group: str = ""
    url: str = ""
    is_test: bool = False
    fingerprint: Fingerprint = Fingerprint(b"")
    to: str = ""
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __post_init__(self) -> None:
        if not self.fingerprint:
            force_setattr(self, "fingerprint", Fingerprint(self.labels.digest(self.source)))

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def name(self) -> str:
        """Its ``alertname``; of one that has none what its labels say, but where it is and how bad."""
        return self.labels.get("alertname") or _nameless(self.labels)

    @property
    def firing(self) -> bool:
        return self.state is AlertState.FIRING


@dataclass(frozen=True, slots=True)
class Sighting:
    """An alert as the bridge knows it now, and when its sender last spoke of it."""

    alert: Alert
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody took an alert at its sender's own place: who, and what they wrote."""

    fingerprint: Fingerprint
    by: str
    note: str = ""
    to: str = ""


@replaceable
class Parsed(msgspec.Struct, frozen=True):
    """What a source made of one body: its alerts, and what a person should know about the reading.

    ``group_ended`` names a sender's group that this body closes as a whole; ``left_out`` counts alerts
    the sender itself cut off. ``taken`` are alerts that somebody took there.
    """

    alerts: tuple[Alert, ...]
    group_ended: str = ""
    left_out: int = 0
    warnings: tuple[str, ...] = ()
    taken: tuple[Taken, ...] = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


@dataclass(frozen=True, slots=True)
class Route:
    """Where an alert goes, as a plugin or the tree decided it.

    ``Route("page-dba")`` decides; ``and_continue`` adds and lets the next one be asked;
    ``Route(None, reason="...")`` keeps the alert silent, on the record. With both, no receiver and
    ``and_continue``, nothing is decided and the reason is only a remark in the trace.
    """

    receiver: str | None
    and_continue: bool = False
    reason: str = ""

    @property
    def is_remark(self) -> bool:
        return self.receiver is None and self.and_continue


class Way(StrEnum):
    """The first word of an address: how somebody is reached."""

    SMS = "sms"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Address:
    """Who is told and how, as people write it: ``sms:anna``, ``sms:schedule/primary#next``, ``chat:ops``.

    ``way`` is None for a bare name (the contact's ways in order); ``which`` is what follows ``#``.
    """

    way: Way | None
    name: str
    which: str = ""

    def __str__(self) -> str:
        return (f"{self.way}:" if self.way else "") + self.name + (f"#{self.which}" if self.which else "")

    @classmethod
    def parse(cls, text: str) -> Address:
        """:raises ValueError: if ``text`` is no address."""
        way, colon, rest = text.strip().rpartition(":")
        name, _, which = rest.partition("#")
        if not name or (any(c.isspace() for c in name.lstrip("+")) and not name.startswith("+")):
            raise ValueError(f"{text!r} is no address; write anna, sms:anna, sms:+79… or chat:room")
        if colon and way not in tuple(Way):
            raise ValueError(f"{text!r}: an address begins with sms: or chat:, not {way}:")
        return cls(Way(way) if colon else None, name, which)


@dataclass(frozen=True, slots=True)
class Contact:
    """A person who can be told. ``zone`` and ``language`` are the bridge's when not set otherwise.

    In ``quiet_hours`` alerts' SMS that are not critical wait for their end.
    """

    name: str
    phone: PhoneNumber | None
    zone: str
    language: str = "en"
    sms_text: str = "latin"
    second_phone: PhoneNumber | None = None
    telegram: int | None = None
    role: str = "responder"
    quiet_hours: tuple[TimeInterval, ...] = ()


class Reason(StrEnum):
    """Why a receiver is told about an incident now."""

    FIRST = "first"
    NEW_ALERTS = "new_alerts"
    SOME_RESOLVED = "some_resolved"
    ALL_RESOLVED = "all_resolved"
    REPEAT = "repeat"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class Group:
    """Alerts of one route that share its ``group_by`` labels."""

    id: GroupId
    receiver: str
    route: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Incident:
    """One episode of a group, opened by its first firing alert; ``ref`` is what people say and text."""

    id: IncidentId
    ref: Ref
    group: Group
    opened_at: datetime
    closed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    note: str = ""
    notifications: int = 0
    name: str = ""
    severity: Severity = Severity.CRITICAL
    alerts: int = 0
    ended: str = ""


@dataclass(frozen=True, slots=True)
class StepTold:
    """Step ``number`` of ``of`` is told because of ``cause`` (silent, unreached, way_down, time, passed_on).

    ``who`` were told before it, ``waited`` long ago.
    """

    number: int
    of: int
    cause: str
    who: tuple[str, ...] = ()
    waited: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Notification:
    """The decision to tell a receiver about an incident, before it is put into words.

    ``new`` are the firing alerts nobody was told of before; ``number`` counts the incident's
    notifications from 1 and shows as ``#417.2`` from the second on. Each tuple holds as many alerts as a
    text can name; the counts are of all.
    """

    incident: Incident
    receiver: str
    reason: Reason
    number: int
    firing: tuple[Alert, ...]
    new: tuple[Alert, ...]
    resolved: tuple[Alert, ...]
    contact: Contact
    at: datetime
    stale: bool = False
    left_out: int = 0
    firing_count: int = 0
    new_count: int = 0
    resolved_count: int = 0
    step: StepTold | None = None

    def is_only_about(self, matchers: Matchers) -> bool:
        """Whether every alert of it matches; of those it does not hold, only the group's labels are known."""
        held, count = self.firing or self.resolved, self.firing_count or self.resolved_count
        return all(matchers.matches(alert.labels) for alert in held) and (
            len(held) >= count or self._is_grouped_by(matchers)
        )

    def _is_grouped_by(self, matchers: Matchers) -> bool:
        common = self.incident.group.labels
        return all(matcher.name in common for matcher in matchers) and matchers.matches(common)


@dataclass(frozen=True, slots=True)
class Message:
    """One outgoing SMS to one recipient: a row of the outbox, as people and plugins see it."""

    id: MessageId
    state: State
    reason: str
    recipient: PhoneNumber
    text: str
    sender: str
    critical: bool
    created_at: datetime
    attempts: int = 0
    contact: str = ""
    incident: Ref | None = None
    notification: NotificationId | None = None
    server_id: str = ""
    gateway: str = ""
    parts: int = 0
    cost_rub: Decimal | None = None
    accepted_at: datetime | None = None
    due_at: datetime | None = None
    in_doubt_since: datetime | None = None
    settled_at: datetime | None = None
    retry_of: MessageId | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class InboundSms:
    """One SMS that came in. ``sender`` is as the gateway gave it: a number, a short code or letters."""

    gateway: str
    gateway_id: str
    sender: str
    number: str
    text: str
    created_at: datetime
    id: InboundId = InboundId(0)
    received_at: datetime | None = None
    state: str = "received"
    reason: str = ""

    @property
    def phone(self) -> PhoneNumber | None:
        """The sender as a phone that can be answered, else None."""
        try:
            return PhoneNumber.parse(self.sender)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Reply:
    """A plugin's answer to an inbound SMS: it is consumed, and ``text`` (if any) goes back."""

    text: str = ""
    reason: str = "answered by a plugin"


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that match are not told to anybody until it ends; ``matchers`` as Alertmanager writes them."""

    id: SilenceId
    matchers: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str


HAPPENED_LASTS = timedelta(hours=1)
"""How long a Trouble about something that has happened stands when it does not happen again."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something the bridge has to say about itself; it becomes an ordinary alert.

    ``name`` and ``what`` identify it (one open Trouble each); ``summary`` says cause and fix. ``lasts`` is
    for what has happened, of which nothing says that it is over: it is, once not said again for so long.
    """

    name: str
    what: str
    summary: str
    severity: Severity = Severity.WARNING
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A service number and prefix on which people can text back."""

    number: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Templates:
    """Jinja2 texts that replace the built-in ones; empty means built in."""

    sms: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


Duration = timedelta
