"""The configuration as the rest of the bridge sees it: frozen values, every default filled in.

It owns names, units and defaults; it refuses to read files, to know YAML or to import pydantic.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pilotbridge.intervals import TimeInterval
from pilotbridge.matcher import Matchers
from pilotbridge.model import Address, Contact, Line, Severity, Templates
from pilotbridge.rota import Rota
from pilotbridge.rota.calendar import Place

# Last parts of host names that no gateway on the internet can resolve (RFC 6761, 6762, 9476); the empty one
# is that of no host at all.
_NOT_PUBLIC = {"", "localhost", "local", "internal", "test", "invalid", "alt"}
CONTACT_PREFIX = "contact/"
"""What a receiver's name begins with that stands for one contact alone."""
DEFAULT_CRITICAL = 'severity="critical"'
SEVERITY, SEVERITY_GRADE = "severity", "severity_grade"
"""The label that says how bad an alert is, and ours beside it where a source keeps its sender's word."""


class Secret:
    """A text that shows itself only to who asks for it by :meth:`reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def same_as(self, other: str | bytes) -> bool:
        """Compare in constant time, as bytes, so that a text outside ASCII is no exception."""
        given = other if isinstance(other, bytes) else other.encode("utf-8", "surrogateescape")
        return hmac.compare_digest(self._value.encode("utf-8", "surrogateescape"), given)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        return self.same_as(other._value) if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


class Right(StrEnum):
    """What a token may do. ``admin`` opens everything."""

    ALERTS = "alerts"
    SILENCES = "silences"
    READ = "read"
    METRICS = "metrics"
    SEND = "send"
    ADMIN = "admin"


class CallbackMode(StrEnum):
    """Whether the gateway is asked to call back: auto is on when ``external_url`` is public."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class InDoubt(StrEnum):
    """What becomes of a message whose fate stays unknown once the guard window has passed."""

    AUTO = "auto"
    PREFER_DUPLICATE = "prefer_duplicate"
    PARK = "park"


# --- the bridge and its doors -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeartbeatSettings:
    """Where the bridge pings while it does its work; whoever knows ``url`` can ping in its place."""

    url: Secret
    every: timedelta = timedelta(minutes=1)
    proxy: str = "direct"


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """``troubles`` is the receiver of what the bridge says about itself; empty: the root route's."""

    name: str = "pilotbridge"
    zone: str = "UTC"
    language: str = "en"
    troubles: str = ""
    data_dir: Path = Path("data")
    plugin_folder: Path | None = None
    spool: Path | None = None
    hook_deadline: timedelta = timedelta(seconds=2)
    one_processor: bool = True
    heartbeat: HeartbeatSettings | None = None

    @property
    def spool_folder(self) -> Path:
        """Where notifications lie that could not be posted."""
        return self.spool or self.data_dir / "spool"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a server listens; port 0 takes a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Token:
    """A named credential and what it may do."""

    name: str
    secret: Secret
    rights: frozenset[Right]

    def may(self, right: Right) -> bool:
        return right in self.rights or Right.ADMIN in self.rights


@dataclass(frozen=True, slots=True)
class WebSettings:
    """``public_listen`` serves only ``/callback`` and ``/hooks``."""

    listen: Listen = Listen("127.0.0.1", 8080)
    public_listen: Listen | None = None
    external_url: str = ""
    max_body_bytes: int = 16 * 1024 * 1024
    tokens: tuple[Token, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether ``external_url`` can be reached from the internet, as far as its text tells."""
        host = urlsplit(self.external_url).hostname or ""
        if host.rpartition(".")[2] in _NOT_PUBLIC:
            return False
        try:
            return ipaddress.ip_address(host).is_global
        except ValueError:
            return "." in host


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """``url`` has its ``{data_dir}`` filled in."""

    url: str

    @property
    def sqlite_path(self) -> Path:
        """:raises ValueError: if this is no SQLite URL."""
        if not self.url.startswith("sqlite:///"):
            raise ValueError(f"no SQLite store: {urlsplit(self.url).scheme}")
        return Path(self.url.removeprefix("sqlite:///"))


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """``ca_file`` is trusted beside the system's authorities; nothing turns checking off."""

    ca_file: Path | None = None


# --- gateways ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BalanceSettings:
    """How often the account's money is asked for, and when it is too little."""

    check_every: timedelta = timedelta(minutes=10)
    warn_below: timedelta = timedelta(days=7)
    reserve_rub: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """One gateway account. ``duplicate_window`` zero means unknown: no automatic resend.

    ``landing`` is the longest time a request can still arrive after its last byte was written.
    ``options`` is the validated model of a gateway type that a plugin registered, else None.
    ``proxy`` is ``direct``, ``env`` or a URL, which may carry a password.
    """

    name: str
    type: str = "smspilot"
    url: str = "https://smspilot.ru/api2.php"
    api_key: Secret | None = None
    login: str = ""
    password: Secret | None = None
    sender: str = ""
    reply_to: Line | None = None
    format: str = "json"
    proxy: str = field(default="direct", repr=False)
    callback: CallbackMode = CallbackMode.AUTO
    duplicate_window: timedelta = timedelta(0)
    landing: timedelta = timedelta(seconds=60)
    connect_timeout: timedelta = timedelta(seconds=5)
    read_timeout: timedelta = timedelta(seconds=20)
    status_every: timedelta = timedelta(seconds=60)
    inbound_every: timedelta = timedelta(seconds=15)
    balance: BalanceSettings = BalanceSettings()
    options: Any = field(default=None, repr=False)

    def calls_back(self, web: WebSettings) -> bool:
        """Whether this gateway is asked to report deliveries by itself."""
        return self.callback is CallbackMode.ON or (self.callback is CallbackMode.AUTO and web.is_public)


# --- sources ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User name and password of HTTP basic authentication."""

    user: str
    password: Secret


@dataclass(frozen=True, slots=True)
class HmacAuth:
    """SHA-256 over the body, or over ``timestamp ":" body`` when a timestamp header is named.

    Two ``secrets`` are live while one replaces the other.
    """

    secrets: tuple[Secret, ...]
    header: str = "x-grafana-alerting-signature"
    timestamp_header: str = ""
    require_timestamp: bool = False
    tolerance: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One door ``/in/<name>``; exactly one of ``token``, ``basic`` and ``hmac`` is set.

    ``severity`` maps the sender's own words to ours, before the source's own table; ``keep_severity`` leaves
    the label as it was sent. ``options`` is the validated model of the source's type, or None.
    """

    name: str
    type: str
    token: Secret | None = None
    basic: BasicAuth | None = None
    hmac: HmacAuth | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict)
    keep_severity: bool = False
    stale_after: timedelta = timedelta(hours=24)
    regroup: bool = False
    options: Any = field(default=None, repr=False)


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
