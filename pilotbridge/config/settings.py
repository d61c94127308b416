"""The configuration as the rest of the bridge sees it: frozen values, every default filled in.

It owns names, units and defaults; it refuses to read files, to know YAML or to import pydantic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from pilotbridge.config.secret import Secret
from pilotbridge.config.settings_doors import (
    BalanceSettings,
    BasicAuth,
    BridgeSettings,
    CallbackMode,
    GatewaySettings,
    HeartbeatSettings,
    HmacAuth,
    Listen,
    NetworkSettings,
    Right,
    SourceSettings,
    StoreSettings,
    Token,
    WebSettings,
)
from pilotbridge.intervals import TimeInterval
from pilotbridge.matcher import Matchers
from pilotbridge.model import Address, Contact, Line, Severity, Templates
from pilotbridge.rota import Rota
from pilotbridge.rota.calendar import Place

__all__ = [
    "CONTACT_PREFIX",
    "DEFAULT_CRITICAL",
    "OPT_OUT_WORDS",
    "SEVERITY",
    "SEVERITY_GRADE",
    "Allowance",
    "BalanceSettings",
    "BasicAuth",
    "BridgeSettings",
    "CalendarSettings",
    "CallbackMode",
    "ChatSettings",
    "Flapping",
    "GatewaySettings",
    "HandoverSettings",
    "HeartbeatSettings",
    "HmacAuth",
    "InDoubt",
    "InhibitRule",
    "LimitsSettings",
    "Listen",
    "NetworkSettings",
    "PrivacySettings",
    "ReceiverSettings",
    "RelayLine",
    "Right",
    "RouteNode",
    "ScheduleSettings",
    "Secret",
    "Settings",
    "SourceSettings",
    "Step",
    "StoreSettings",
    "StormSettings",
    "Token",
    "WebSettings",
    "When",
]

CONTACT_PREFIX = "contact/"
"""What a receiver's name begins with that stands for one contact alone."""
DEFAULT_CRITICAL = 'severity="critical"'
SEVERITY, SEVERITY_GRADE = "severity", "severity_grade"
"""The label that says how bad an alert is, and ours beside it where a source keeps its sender's word."""


class InDoubt(StrEnum):
    """What becomes of a message whose fate stays unknown once the guard window has passed."""

    AUTO = "auto"
    PREFER_DUPLICATE = "prefer_duplicate"
    PARK = "park"


# --- who is told ------------------------------------------------------------------------------------


class When(StrEnum):
    """On which condition a step is told; by time alone unless one is written."""

    ALWAYS = ""
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    UNACKNOWLEDGED = "unacknowledged"


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell, how long after the step before, and on which condition."""

    notify: tuple[Address, ...]
    after: timedelta = timedelta(0)
    when: When = When.ALWAYS


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """Who is told, in steps. ``acknowledged_for`` zero: an acknowledgement holds until it clears."""

    name: str
    steps: tuple[Step, ...]
    send_resolved: bool = True
    acknowledged_for: timedelta = timedelta(0)
    when_in_doubt: InDoubt = InDoubt.AUTO
    templates: Templates = Templates()

    def prefers_duplicate(self, *, critical: bool) -> bool:
        """Whether a message in doubt for too long is rather sent twice than not at all."""
        return self.when_in_doubt is InDoubt.PREFER_DUPLICATE or (
            self.when_in_doubt is InDoubt.AUTO and critical
        )


@dataclass(frozen=True, slots=True)
class CalendarSettings:
    """A calendar in a file or at an address, which is a secret: whoever knows it may read it."""

    place: Place
    path: Path | None = None
    url: Secret | None = None


@dataclass(frozen=True, slots=True)
class HandoverSettings:
    """``sms``: both are told. ``test``: so long before it the next phone is proved; zero: never."""

    sms: bool = False
    test: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """Who is on call. ``rota`` has what a calendar in a file said when the configuration was read; what the
    bridge has read of a calendar counts before that.
    """

    name: str
    zone: str
    rota: Rota
    calendar: CalendarSettings | None = None
    handover: HandoverSettings = HandoverSettings()

    @property
    def members(self) -> frozenset[str]:
        """Whoever stands in its rotations."""
        return frozenset(name for layer in self.rota.layers for name in layer.members)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be spent in 24 hours; None: anything."""

    parts_per_day: int | None = None
    rub_per_day: Decimal | None = None

    def __bool__(self) -> bool:
        return self.parts_per_day is not None or self.rub_per_day is not None


@dataclass(frozen=True, slots=True)
class Flapping:
    """What opened ``after`` times ``within`` that time is told again only once it has fired for ``hold``."""

    after: int
    within: timedelta = timedelta(hours=1)
    hold: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RouteNode:
    """One node of the route tree with every inherited value resolved.

    ``path`` names it: ``root``, ``root/0``, ``root/0/2``. ``group_by_all`` is Alertmanager's ``...``:
    every alert is a group of its own. An empty ``group_by`` puts all alerts of the node into one group.
    """

    path: str
    receiver: str
    matchers: Matchers = Matchers()
    group_by: tuple[str, ...] = ()
    group_by_all: bool = False
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(hours=4)
    goes_on: bool = False
    budget: Allowance = Allowance()
    flapping: Flapping | None = None
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()
    children: tuple[RouteNode, ...] = ()

    def walk(self) -> Iterator[RouteNode]:
        """This node and all below it, in the order of the configuration."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """Alerts that match ``target`` stay quiet while one that matches ``source`` fires."""

    source: Matchers
    target: Matchers
    equal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StormSettings:
    """Above ``over`` incidents per person within the window a person gets one SMS for all; None: never."""

    over: int | None = 5
    within: timedelta = timedelta(minutes=1)
    then_every: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LimitsSettings:
    """What may be spent, and which alerts no limit stops silently.

    An alert is critical when any one of ``critical`` matches; ``countries`` are ISO 3166 codes.
    """

    parts_per_sms: int = 2
    sms_per_contact_per_hour: int = 30
    in_all: Allowance = Allowance()
    per_contact: Allowance = Allowance()
    sms_ttl: timedelta = timedelta(minutes=60)
    countries: frozenset[str] = frozenset()
    critical: tuple[Matchers, ...] = (Matchers.parse(DEFAULT_CRITICAL),)
    no_severity: Severity = Severity.CRITICAL

    def is_critical(self, labels: Mapping[str, str]) -> bool:
        grade = labels.get(SEVERITY_GRADE, "")
        graded = {**labels, SEVERITY: grade} if grade else labels
        for matchers in self.critical:  # noqa: SIM110 - as in Matchers.matches
            if matchers.matches(graded):
                return True
        return False


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """How long finished things are kept, and how phones look in a chat."""

    texts: timedelta = timedelta(days=180)
    journal: timedelta = timedelta(days=14)
    phones_in_chat: str = "masked"


OPT_OUT_WORDS = ("stop", "стоп", "отписка", "отписаться", "unsubscribe")


@dataclass(frozen=True, slots=True)
class RelayLine:
    """A service number and prefix on which people text back.

    ``room`` is a room's name or ``@contact``; empty: what comes in stays in the inbox. ``sender`` is the name
    its answers go out under; empty: the gateway's. An SMS older than ``max_age`` is not relayed any more.

    ``hours`` is when somebody answers; none: always. Outside of it a phone gets ``away``, once on each day of
    ``zone``. A conversation that waits for ``remind_after`` is called to mind in its room, and after as long
    again by SMS to ``remind``.
    """

    name: str
    line: Line
    room: str = ""
    sender: str = ""
    words: tuple[str, ...] = OPT_OUT_WORDS
    max_age: timedelta = timedelta(hours=24)
    zone: str = "UTC"
    hours: tuple[TimeInterval, ...] = ()
    away: str = ""
    remind_after: timedelta | None = None
    remind: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """One account in a chat. ``rooms`` leads from our names to the chat's own ids.

    ``options`` is the validated model of the chat's type, or plain keys while no plugin was asked.
    """

    name: str
    type: str
    rooms: Mapping[str, str] = field(default_factory=dict)
    options: Any = field(default=None, repr=False)


# --- all of it --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration. Mappings keep the order of the file; gateways are asked in that order.

    ``secrets`` is every configured secret, for whoever has to keep them out of sight.
    """

    store: StoreSettings
    route: RouteNode
    bridge: BridgeSettings = BridgeSettings()
    web: WebSettings = WebSettings()
    network: NetworkSettings = NetworkSettings()
    gateways: Mapping[str, GatewaySettings] = field(default_factory=dict)
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    schedules: Mapping[str, ScheduleSettings] = field(default_factory=dict)
    receivers: Mapping[str, ReceiverSettings] = field(default_factory=dict)
    inhibit_rules: tuple[InhibitRule, ...] = ()
    time_intervals: Mapping[str, tuple[TimeInterval, ...]] = field(default_factory=dict)
    storm: StormSettings = StormSettings()
    limits: LimitsSettings = LimitsSettings()
    privacy: PrivacySettings = PrivacySettings()
    lines: tuple[RelayLine, ...] = ()
    chats: Mapping[str, ChatSettings] = field(default_factory=dict)
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    templates: Templates = Templates()
    secrets: frozenset[Secret] = field(default=frozenset(), repr=False)

    def receiver(self, name: str) -> ReceiverSettings | None:
        """The receiver called so; ``contact/anna`` is Anna alone, by her ways in order."""
        if name.startswith(CONTACT_PREFIX):
            contact = name.removeprefix(CONTACT_PREFIX)
            alone = ReceiverSettings(name, (Step((Address(None, contact),)),))
            return alone if contact in self.contacts else None
        return self.receivers.get(name)

    @property
    def troubles_receiver(self) -> str:
        return self.bridge.troubles or self.route.receiver

    def node(self, path: str) -> RouteNode | None:
        """The route node named ``path``, if the present configuration has it."""
        return next((node for node in self.route.walk() if node.path == path), None)
