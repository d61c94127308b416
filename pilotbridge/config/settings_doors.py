"""The part of the configuration by which the bridge meets the outside: its own doors, gateways, sources.

As in :mod:`pilotbridge.config.settings`, from where all of it is imported.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pilotbridge.config.secret import Secret
from pilotbridge.model import Line, Severity

# Last parts of host names that no gateway on the internet can resolve (RFC 6761, 6762, 9476); the empty one
# is that of no host at all.
_NOT_PUBLIC = {"", "localhost", "local", "internal", "test", "invalid", "alt"}


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
