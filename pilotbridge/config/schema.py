"""Every key that may stand in the configuration, with its type, default and meaning (pydantic).

It judges one block at a time; what needs two blocks or a file is judged in ``reading``. Defaults come from
``settings``, so that they are written once.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pilotbridge.config.fields import (
    Country,
    Duration,
    FilePath,
    ListenAt,
    MatcherText,
    Name,
    Positive,
    Prefix,
    Proxy,
    SecretText,
    ServiceNumber,
    Size,
    Text,
    WebName,
    WebUrl,
    Zone,
    as_list,
    bad_value,
    between,
)
from pilotbridge.config.settings import (
    BalanceSettings,
    BridgeSettings,
    CallbackMode,
    GatewaySettings,
    HmacAuth,
    InDoubt,
    LimitsSettings,
    PrivacySettings,
    ReceiverSettings,
    Right,
    RouteNode,
    SourceSettings,
    StormSettings,
    WebSettings,
)
from pilotbridge.model import Severity

_BRIDGE = BridgeSettings()
_WEB = WebSettings()
_BALANCE = BalanceSettings()
_GATEWAY = GatewaySettings("")
_HMAC = HmacAuth(())
_SOURCE = SourceSettings("", "")
_RECEIVER = ReceiverSettings("", ())
_ROUTE = RouteNode("", "")
_STORM = StormSettings()
_LIMITS = LimitsSettings()
_PRIVACY = PrivacySettings()

Names = Annotated[tuple[Text, ...], BeforeValidator(as_list)]
MatcherList = Annotated[tuple[MatcherText, ...], BeforeValidator(as_list)]
Role = Literal["viewer", "responder", "admin"]
Language = Literal["en", "ru"]


class Block(BaseModel):
    """A block of keys. A key without a value counts as not written."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, arbitrary_types_allowed=True, populate_by_name=True
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, block: Any) -> Any:
        if block is None:
            return {}
        if not isinstance(block, dict):
            return block
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: value for key, value in block.items() if value is not None or key not in known}


def _says(meaning: str, **more: Any) -> Any:
    return Field(description=meaning, **more)


# --- the bridge and its doors -----------------------------------------------------------------------


class HeartbeatBlock(Block):
    url: Annotated[WebUrl | None, _says("Where to ping.")] = None
    every: Annotated[Positive, _says("How often.")] = timedelta(minutes=1)


class BridgeBlock(Block):
    name: Annotated[Name, _says("What this bridge calls itself in texts, metrics and logs.")] = _BRIDGE.name
    zone: Annotated[Zone, _says("The zone of clock times; a contact may have another.")] = _BRIDGE.zone
    language: Annotated[Language, _says("The language of texts to people.")] = "en"
    troubles: Annotated[
        Text, _says("The receiver of alerts about the bridge itself; empty: that of the root route.")
    ] = _BRIDGE.troubles
    data_dir: Annotated[
        FilePath, _says("Where the bridge keeps its data; relative to the folder it is started in.")
    ] = _BRIDGE.data_dir
    plugin_folder: Annotated[FilePath | None, _says("A folder of plugins that are single files.")] = (
        _BRIDGE.plugin_folder
    )
    heartbeat: Annotated[HeartbeatBlock | None, _says("Pings out while intake, store and gateway work.")] = (
        None
    )


class TokenBlock(Block):
    token: Annotated[SecretText | None, _says("The token itself; better a file.")] = None
    token_file: Annotated[FilePath | None, _says("The file that holds the token.")] = None
    may: Annotated[
        Annotated[tuple[Right, ...], BeforeValidator(as_list)],
        _says("What it may do; admin is all of it.", min_length=1),
    ]


class WebBlock(Block):
    listen: Annotated[ListenAt, _says("Where senders, people and programs reach the bridge.")] = _WEB.listen
    public_listen: Annotated[
        ListenAt | None, _says("A second door that serves only /callback and /hooks.")
    ] = _WEB.public_listen
    external_url: Annotated[
        WebUrl | None, _says("The address under which the gateway reaches the bridge.")
    ] = None
    max_body: Annotated[Size, _says("The largest body taken in.", ge=1024, le=1024**3)] = _WEB.max_body_bytes
    tokens: Annotated[dict[Name, TokenBlock], _says("Who may do what, by name.", default_factory=dict)]


class StoreBlock(Block):
    url: Annotated[Text, _says("The database; {data_dir} is filled in.")] = (
        "sqlite:///{data_dir}/pilotbridge.db"
    )


class NetworkBlock(Block):
    ca_file: Annotated[
        FilePath | None, _says("Authorities (PEM) to trust beside the system's; nothing turns checking off.")
    ] = None


# --- gateways ---------------------------------------------------------------------------------------


class BalanceBlock(Block):
    check_every: Annotated[Positive, _says("How often the balance is asked for.")] = _BALANCE.check_every
    warn_below: Annotated[
        Duration, _says("A Trouble is raised when the money lasts less than this at the present rate.")
    ] = _BALANCE.warn_below
    reserve_rub: Annotated[
        Decimal, _says("Roubles kept for critical alerts: the others are held below it.", ge=0)
    ] = _BALANCE.reserve_rub


class ReplyToBlock(Block):
    number: Annotated[ServiceNumber, _says("The service number.")]
    prefix: Annotated[Prefix, _says("The prefix a text to it begins with.")] = ""


class GatewayBlock(Block):
    """What every gateway has, whatever its type."""

    type: Annotated[Text, _says("The kind of gateway; its own name when not written.")] = ""
    sender: Annotated[
        Text, _says("The sender's name; a name in letters cannot be answered by a phone.", max_length=15)
    ] = _GATEWAY.sender
    reply_to: Annotated[
        ReplyToBlock | None, _says("Where people text back when they cannot answer the sender.")
    ] = None
    proxy: Annotated[Proxy, _says("direct, env (the usual variables) or a URL, socks5h included.")] = (
        _GATEWAY.proxy
    )
    callback: Annotated[
        CallbackMode, _says("Whether the gateway reports by itself; auto: when external_url is public.")
    ] = _GATEWAY.callback
    duplicate_window: Annotated[
        Duration,
        _says("How long the account refuses an equal text to a number; 0: unknown, no automatic resend."),
    ] = _GATEWAY.duplicate_window
    landing: Annotated[
        Duration, _says("The longest time a request can still arrive after its last byte was written.")
    ] = _GATEWAY.landing
    connect_timeout: Annotated[Positive, _says("How long to try to connect.")] = _GATEWAY.connect_timeout
    read_timeout: Annotated[Positive, _says("How long to wait for an answer.")] = _GATEWAY.read_timeout
    status_every: Annotated[Positive, _says("When delivery is first asked for after acceptance.")] = (
        _GATEWAY.status_every
    )
    inbound_every: Annotated[Positive, _says("How often inbound SMS are fetched.")] = _GATEWAY.inbound_every
    balance: Annotated[BalanceBlock, _says("The account's money.", default_factory=BalanceBlock)]


class SmspilotBlock(GatewayBlock):
    """A gateway of type smspilot."""

    url: Annotated[WebUrl, _says("The gateway's address.")] = _GATEWAY.url
    format: Annotated[Literal["json", "xml"], _says("How requests are written.")] = "json"
    api_key: Annotated[SecretText | None, _says("The account's key; better a file.")] = None
    api_key_file: Annotated[FilePath | None, _says("The file that holds the key.")] = None
    login: Annotated[Text, _says("The account's login, where there is no key.")] = ""
    password: Annotated[SecretText | None, _says("The password to login; better a file.")] = None
    password_file: Annotated[FilePath | None, _says("The file that holds the password.")] = None


# --- sources ----------------------------------------------------------------------------------------


class BasicBlock(Block):
    user: Annotated[Text, _says("The user name.", min_length=1)]
    password: Annotated[SecretText | None, _says("The password; better a file.")] = None
    password_file: Annotated[FilePath | None, _says("The file that holds the password.")] = None


class HmacBlock(Block):
    secret: Annotated[SecretText | None, _says("The shared secret; better a file.")] = None
    secret_file: Annotated[FilePath | None, _says("The file that holds the secret.")] = None
    previous_secret: Annotated[SecretText | None, _says("The secret before, while senders change.")] = None
    previous_secret_file: Annotated[FilePath | None, _says("The file that holds the one before.")] = None
    header: Annotated[Text, _says("The header with the signature (hex).", min_length=1)] = _HMAC.header
    timestamp_header: Annotated[Text, _says('The header with the time; then time ":" body is signed.')] = (
        _HMAC.timestamp_header
    )
    require_timestamp: Annotated[bool, _says("Refuse a body without a time.")] = _HMAC.require_timestamp
    tolerance: Annotated[Positive, _says("How far the time may be off.")] = _HMAC.tolerance

    @model_validator(mode="after")
    def _time_needs_header(self) -> HmacBlock:
        if self.require_timestamp and not self.timestamp_header:
            raise bad_value(
                "require_timestamp needs timestamp_header", "name the header that carries the time"
            )
        return self


class SourceBlock(Block):
    """What every source has; further keys are those of its type. One of token, basic and hmac is needed."""

    type: Annotated[Text, _says("The kind of sender; the source's own name when not written.")] = ""
    token: Annotated[SecretText | None, _says("The token its sender carries; better a file.")] = None
    token_file: Annotated[FilePath | None, _says("The file that holds the token.")] = None
    basic: Annotated[BasicBlock | None, _says("A user name and password instead of a token.")] = None
    hmac: Annotated[HmacBlock | None, _says("A signature over the body instead of a token.")] = None
    severity: Annotated[
        dict[Text, Severity],
        _says("The sender's own words for critical, warning and info.", default_factory=dict),
    ]
    stale_after: Annotated[Positive, _says("An alert without word for so long ends as stale.")] = (
        _SOURCE.stale_after
    )
    regroup: Annotated[bool, _says("Group alerts by the route although the sender has grouped them.")] = (
        _SOURCE.regroup
    )


# --- who is told ------------------------------------------------------------------------------------


class ContactBlock(Block):
    phone: Annotated[Any, _says("The mobile phone as people write it.")] = None
    phone2: Annotated[Any, _says("A second one, told as sms:NAME#phone2.")] = None
    telegram: Annotated[int | None, _says("The numeric id of the Telegram user.", gt=0)] = None
    role: Annotated[Role, _says("What this person may do.")] = "responder"
    zone: Annotated[Zone | None, _says("The zone this person lives in; that of the bridge.")] = None
    language: Annotated[Language | None, _says("The language of texts; that of the bridge.")] = None
    sms_text: Annotated[Literal["latin", "ru"], _says("A part holds 160 letters in latin, 70 in ru.")] = (
        "latin"
    )
    quiet_hours: Annotated[Any, _says("When SMS that are not critical wait.")] = None


class TemplatesBlock(Block):
    sms: Annotated[Text, _says("A Jinja2 text in place of the built-in SMS.", max_length=10_000)] = ""


class StepBlock(Block):
    notify: Annotated[Names, _says("Who is told: `anna` or `sms:anna`.", min_length=1)]
    after: Annotated[Duration, _says("How long after the step before.")] = timedelta(0)
    when: Annotated[
        Literal["failed", "undelivered", "unacknowledged"] | None, _says("On which condition; by time.")
    ] = None


class ReceiverBlock(Block):
    name: Annotated[Name, _says("The name that routes use.")]
    steps: Annotated[tuple[StepBlock, ...], _says("Who is told, one step after the other.", min_length=1)]
    send_resolved: Annotated[bool, _says("Tell when it is over.")] = _RECEIVER.send_resolved
    acknowledged_for: Annotated[Duration, _says("How long an acknowledgement holds; 0: until it clears.")] = (
        _RECEIVER.acknowledged_for
    )
    when_in_doubt: Annotated[
        InDoubt,
        _says("A message whose fate stays unknown: prefer_duplicate, park, or auto (park unless critical)."),
    ] = _RECEIVER.when_in_doubt
    templates: Annotated[TemplatesBlock, _says("Texts for this receiver.", default_factory=TemplatesBlock)]


class RouteBlock(Block):
    """A node of the route tree, as in Alertmanager; what is not written is inherited."""

    receiver: Annotated[Text | None, _says("Who is told; inherited.")] = None
    matchers: Annotated[
        MatcherList,
        _says('Conditions that must all hold, such as `severity="critical"`.', default_factory=tuple),
    ]
    match: Annotated[
        dict[Text, Text], _says("The same in the old spelling: `label: value`.", default_factory=dict)
    ]
    match_re: Annotated[
        dict[Text, Text], _says("The same in the old spelling: `label: pattern`.", default_factory=dict)
    ]
    group_by: Annotated[
        Names | None, _says("Labels that make a group; `...` makes every alert its own; inherited.")
    ] = None
    group_wait: Annotated[
        Duration | None, _says("How long a new group waits for more; inherited; at the root 30s.")
    ] = None
    group_interval: Annotated[
        Positive | None, _says("How long until news of a group are told; inherited; at the root 5m.")
    ] = None
    repeat_interval: Annotated[
        Positive | None, _says("How long until the same is told again; inherited; at the root 4h.")
    ] = None
    goes_on: Annotated[bool, _says("Ask the routes after this one too.", alias="continue")] = _ROUTE.goes_on
    mute_time_intervals: Annotated[Names, _says("When it stays quiet.", default_factory=tuple)]
    active_time_intervals: Annotated[Names, _says("When only it speaks.", default_factory=tuple)]
    routes: Annotated[
        tuple[RouteBlock, ...], _says("Routes below this one; the first that matches.", default_factory=tuple)
    ]


# --- limits and the rest ----------------------------------------------------------------------------


class StormBlock(Block):
    over: Annotated[int, _says("Incidents per person above which they are bundled.", ge=1)] = _STORM.over
    within: Annotated[Positive, _says("The window they are counted in.")] = _STORM.within
    then_every: Annotated[Positive, _says("How often the bundle is told again.")] = _STORM.then_every


class LimitsBlock(Block):
    parts_per_sms: Annotated[int, _says("The most parts one alert SMS may cost.", ge=1, le=10)] = (
        _LIMITS.parts_per_sms
    )
    sms_per_contact_per_hour: Annotated[
        int, _says("The most SMS one person gets in an hour; the rest is held.", ge=1)
    ] = _LIMITS.sms_per_contact_per_hour
    rub_per_day: Annotated[Decimal | None, _says("The most roubles a day; the rest is held.", gt=0)] = (
        _LIMITS.rub_per_day
    )
    sms_ttl: Annotated[
        Duration,
        between(timedelta(minutes=10), timedelta(days=1)),
        _says("How long the network tries to deliver."),
    ] = _LIMITS.sms_ttl
    countries: Annotated[
        Annotated[tuple[Country, ...], BeforeValidator(as_list)],
        _says("Countries that may be texted (ISO 3166); those of the contacts.", default_factory=tuple),
    ]
    critical: Annotated[
        MatcherList, _says("An alert is critical when any of these matches; no limit stops it silently.")
    ] = _LIMITS.critical
    no_severity: Annotated[Severity, _says("What an alert without severity counts as.")] = _LIMITS.no_severity


class PrivacyBlock(Block):
    texts: Annotated[Positive, _says("How long finished messages are kept.")] = _PRIVACY.texts
    journal: Annotated[Positive, _says("How long bodies are kept as they came.")] = _PRIVACY.journal
    phones_in_chat: Annotated[Literal["masked", "full"], _says("How phones look in a chat.")] = "masked"


class LineBlock(Block):
    name: Annotated[Name, _says("The line's name.")]
    number: Annotated[ServiceNumber, _says("The service number.")]
    prefix: Annotated[Prefix, _says("The prefix a text to it begins with.")] = ""
    room: Annotated[Text, _says("The chat room it is relayed to.")] = ""


class RelayBlock(Block):
    lines: Annotated[
        tuple[LineBlock, ...], _says("Numbers and prefixes people text to.", default_factory=tuple)
    ]


class Configuration(Block):
    """The whole file."""

    bridge: Annotated[BridgeBlock, _says("The bridge itself.", default_factory=BridgeBlock)]
    web: Annotated[WebBlock, _says("Its doors.", default_factory=WebBlock)]
    store: Annotated[StoreBlock, _says("Where everything is recorded.", default_factory=StoreBlock)]
    network: Annotated[NetworkBlock, _says("How it calls out.", default_factory=NetworkBlock)]
    gateways: Annotated[
        dict[WebName, SmspilotBlock], _says("SMS gateways in the order they are tried.", default_factory=dict)
    ]
    sources: Annotated[
        dict[WebName, SourceBlock], _says("Doors for monitoring: POST /in/NAME.", default_factory=dict)
    ]
    contacts: Annotated[dict[Name, ContactBlock], _says("People, by name.", default_factory=dict)]
    schedules: Annotated[dict[Name, Any], _says("Who is on call.", default_factory=dict)]
    receivers: Annotated[tuple[ReceiverBlock, ...], _says("Who is told, and how.", default_factory=tuple)]
    route: Annotated[RouteBlock, _says("Which alert goes to which receiver.")]
    inhibit_rules: Annotated[tuple[Any, ...], _says("Alertmanager's inhibition.", default_factory=tuple)]
    time_intervals: Annotated[tuple[Any, ...], _says("Alertmanager's time intervals.", default_factory=tuple)]
    templates: Annotated[TemplatesBlock, _says("Texts for all receivers.", default_factory=TemplatesBlock)]
    storm: Annotated[StormBlock, _says("Bundling of many incidents.", default_factory=StormBlock)]
    limits: Annotated[LimitsBlock, _says("What may be spent.", default_factory=LimitsBlock)]
    privacy: Annotated[PrivacyBlock, _says("How long things are kept.", default_factory=PrivacyBlock)]
    chats: Annotated[dict[WebName, Any], _says("Chat connectors.", default_factory=dict)]
    relay: Annotated[RelayBlock, _says("SMS from people.", default_factory=RelayBlock)]
    plugins: Annotated[
        dict[WebName, dict[str, Any] | None],
        _says(
            "Plugins that are on, each with its own keys, in the order they are asked.", default_factory=dict
        ),
    ]
