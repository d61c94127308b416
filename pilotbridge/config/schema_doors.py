"""The keys of the blocks that open and reach out: bridge, web, store, network, gateways, sources.

The other blocks and the whole file stand in ``schema``; what needs two blocks or a file is judged elsewhere.
Annotations are values here, as there.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pilotbridge.config.fields import (
    Duration,
    FilePath,
    ListenAt,
    Name,
    Positive,
    Prefix,
    Proxy,
    SecretText,
    ServiceNumber,
    Size,
    Text,
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
    HeartbeatSettings,
    HmacAuth,
    Right,
    Secret,
    SourceSettings,
    WebSettings,
)
from pilotbridge.model import Severity

_BRIDGE = BridgeSettings()
_HEARTBEAT = HeartbeatSettings(Secret(""))
_WEB = WebSettings()
_BALANCE = BalanceSettings()
_GATEWAY = GatewaySettings("")
_HMAC = HmacAuth(())
_SOURCE = SourceSettings("", "")

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


def says(meaning: str, **more: Any) -> Any:
    """A key's meaning, as the reference prints it."""
    return Field(description=meaning, **more)


# --- the bridge and its doors -----------------------------------------------------------------------


class HeartbeatBlock(Block):
    url: Annotated[WebUrl | None, says("Where to ping; it counts as a secret.")] = None
    url_file: Annotated[FilePath | None, says("The file that holds the address.")] = None
    every: Annotated[Positive, between(timedelta(seconds=1)), says("How often.")] = _HEARTBEAT.every
    proxy: Annotated[Proxy, says("direct, env (the usual variables) or a URL, socks5h included.")] = (
        _HEARTBEAT.proxy
    )


class BridgeBlock(Block):
    name: Annotated[Name, says("What this bridge calls itself in texts, metrics and logs.")] = _BRIDGE.name
    zone: Annotated[Zone, says("The zone of clock times; a contact may have another.")] = _BRIDGE.zone
    language: Annotated[Language, says("The language of texts to people.")] = "en"
    troubles: Annotated[
        Text, says("The receiver of alerts about the bridge itself; empty: that of the root route.")
    ] = _BRIDGE.troubles
    data_dir: Annotated[
        FilePath, says("Where the bridge keeps its data; relative to the folder it is started in.")
    ] = _BRIDGE.data_dir
    plugin_folder: Annotated[FilePath | None, says("A folder of plugins that are single files.")] = (
        _BRIDGE.plugin_folder
    )
    spool: Annotated[
        FilePath | None, says("Where `pilotbridge notify` leaves what it could not post; {data_dir}/spool.")
    ] = _BRIDGE.spool
    hook_deadline: Annotated[
        Positive, says("How long a plugin may think; then its answer does not count.")
    ] = _BRIDGE.hook_deadline
    one_processor: Annotated[
        bool,
        says("Keep all threads on one processor, which is faster; false where plugins reckon for long."),
    ] = _BRIDGE.one_processor
    heartbeat: Annotated[HeartbeatBlock | None, says("Pings out while intake, store and gateway work.")] = (
        None
    )


class TokenBlock(Block):
    token: Annotated[SecretText | None, says("The token itself; better a file.")] = None
    token_file: Annotated[FilePath | None, says("The file that holds the token.")] = None
    may: Annotated[
        Annotated[tuple[Right, ...], BeforeValidator(as_list)],
        says("What it may do; admin is all of it.", min_length=1),
    ]


class WebBlock(Block):
    listen: Annotated[ListenAt, says("Where senders, people and programs reach the bridge.")] = _WEB.listen
    public_listen: Annotated[
        ListenAt | None, says("A second door that serves only /callback and /hooks.")
    ] = _WEB.public_listen
    external_url: Annotated[
        WebUrl | None, says("The address under which the gateway reaches the bridge.")
    ] = None
    max_body: Annotated[Size, says("The largest body taken in.", ge=1024, le=1024**3)] = _WEB.max_body_bytes
    tokens: Annotated[dict[Name, TokenBlock], says("Who may do what, by name.", default_factory=dict)]


class StoreBlock(Block):
    url: Annotated[Text, says("The database; {data_dir} is filled in.")] = (
        "sqlite:///{data_dir}/pilotbridge.db"
    )


class NetworkBlock(Block):
    ca_file: Annotated[
        FilePath | None, says("Authorities (PEM) to trust beside the system's; nothing turns checking off.")
    ] = None


# --- gateways ---------------------------------------------------------------------------------------


class BalanceBlock(Block):
    check_every: Annotated[Positive, says("How often the balance is asked for.")] = _BALANCE.check_every
    warn_below: Annotated[
        Duration, says("A Trouble is raised when the money lasts less than this at the present rate.")
    ] = _BALANCE.warn_below
    reserve_rub: Annotated[
        Decimal, says("Roubles kept for critical alerts: the others are held below it.", ge=0)
    ] = _BALANCE.reserve_rub


class ReplyToBlock(Block):
    number: Annotated[ServiceNumber, says("The service number.")]
    prefix: Annotated[Prefix, says("The prefix a text to it begins with.")] = ""


class GatewayBlock(Block):
    """What every gateway has, whatever its type."""

    type: Annotated[Text, says("The kind of gateway; its own name when not written.")] = ""
    sender: Annotated[
        Text, says("The sender's name; a name in letters cannot be answered by a phone.", max_length=16)
    ] = _GATEWAY.sender
    reply_to: Annotated[
        ReplyToBlock | None, says("Where people text back when they cannot answer the sender.")
    ] = None
    proxy: Annotated[Proxy, says("direct, env (the usual variables) or a URL, socks5h included.")] = (
        _GATEWAY.proxy
    )
    callback: Annotated[
        CallbackMode, says("Whether the gateway reports by itself; auto: when external_url is public.")
    ] = _GATEWAY.callback
    duplicate_window: Annotated[
        Duration,
        says("How long the account refuses an equal text to a number; 0: unknown, no automatic resend."),
    ] = _GATEWAY.duplicate_window
    landing: Annotated[
        Duration, says("The longest time a request can still arrive after its last byte was written.")
    ] = _GATEWAY.landing
    connect_timeout: Annotated[Positive, says("How long to try to connect.")] = _GATEWAY.connect_timeout
    read_timeout: Annotated[Positive, says("How long to wait for an answer.")] = _GATEWAY.read_timeout
    status_every: Annotated[Positive, says("When delivery is first asked for after acceptance.")] = (
        _GATEWAY.status_every
    )
    inbound_every: Annotated[Positive, says("How often inbound SMS are fetched.")] = _GATEWAY.inbound_every
    balance: Annotated[BalanceBlock, says("The account's money.", default_factory=BalanceBlock)]


class SmspilotBlock(GatewayBlock):
    """A gateway of type smspilot."""

    url: Annotated[WebUrl, says("The gateway's address.")] = _GATEWAY.url
    format: Annotated[Literal["json", "xml"], says("How requests are written.")] = "json"
    api_key: Annotated[SecretText | None, says("The account's key; better a file.")] = None
    api_key_file: Annotated[FilePath | None, says("The file that holds the key.")] = None
    login: Annotated[Text, says("The account's login, where there is no key.")] = ""
    password: Annotated[SecretText | None, says("The password to login; better a file.")] = None
    password_file: Annotated[FilePath | None, says("The file that holds the password.")] = None


# --- sources ----------------------------------------------------------------------------------------


class BasicBlock(Block):
    user: Annotated[Text, says("The user name.", min_length=1)]
    password: Annotated[SecretText | None, says("The password; better a file.")] = None
    password_file: Annotated[FilePath | None, says("The file that holds the password.")] = None


class HmacBlock(Block):
    secret: Annotated[SecretText | None, says("The shared secret; better a file.")] = None
    secret_file: Annotated[FilePath | None, says("The file that holds the secret.")] = None
    previous_secret: Annotated[SecretText | None, says("The secret before, while senders change.")] = None
    previous_secret_file: Annotated[FilePath | None, says("The file that holds the one before.")] = None
    header: Annotated[Text, says("The header with the signature (hex).", min_length=1)] = _HMAC.header
    timestamp_header: Annotated[Text, says('The header with the time; then time ":" body is signed.')] = (
        _HMAC.timestamp_header
    )
    require_timestamp: Annotated[bool, says("Refuse a body without a time.")] = _HMAC.require_timestamp
    tolerance: Annotated[Positive, says("How far the time may be off.")] = _HMAC.tolerance

    @model_validator(mode="after")
    def _time_needs_header(self) -> "HmacBlock":
        if self.require_timestamp and not self.timestamp_header:
            raise bad_value(
                "require_timestamp needs timestamp_header", "name the header that carries the time"
            )
        return self


class SourceBlock(Block):
    """What every source has; further keys are those of its type. One of token, basic and hmac is needed."""

    type: Annotated[Text, says("The kind of sender; the source's own name when not written.")] = ""
    token: Annotated[SecretText | None, says("The token its sender carries; better a file.")] = None
    token_file: Annotated[FilePath | None, says("The file that holds the token.")] = None
    basic: Annotated[BasicBlock | None, says("A user name and password instead of a token.")] = None
    hmac: Annotated[HmacBlock | None, says("A signature over the body instead of a token.")] = None
    severity: Annotated[
        dict[Text, Severity],
        says("The sender's own words for critical, warning and info.", default_factory=dict),
    ]
    keep_severity: Annotated[
        bool,
        says("Leave the label `severity` as it was sent; ours is `severity_grade` where they differ."),
    ] = _SOURCE.keep_severity
    stale_after: Annotated[Positive, says("An alert without word for so long ends as stale.")] = (
        _SOURCE.stale_after
    )
    regroup: Annotated[bool, says("Group alerts by the route although the sender has grouped them.")] = (
        _SOURCE.regroup
    )
