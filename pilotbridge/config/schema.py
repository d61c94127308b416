"""Every key that may stand in the configuration, with its type, default and meaning (pydantic).

It judges one block at a time; what needs two blocks or a file is judged in ``doors``, ``people``, ``routes``.
Defaults come from ``settings``, so that they are written once. Annotations are values here, not texts, which
pydantic would have to evaluate at each start.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from pilotbridge.config.fields import (
    CountOrNever,
    Country,
    Duration,
    FilePath,
    MatcherText,
    Name,
    Positive,
    Prefix,
    SecretText,
    ServiceNumber,
    Text,
    WebName,
    Zone,
    as_list,
    between,
)
from pilotbridge.config.schema_doors import (
    Block,
    BridgeBlock,
    Language,
    NetworkBlock,
    SmspilotBlock,
    SourceBlock,
    StoreBlock,
    WebBlock,
    says,
)
from pilotbridge.config.schema_oncall import ScheduleBlock
from pilotbridge.config.settings import (
    InDoubt,
    LimitsSettings,
    PrivacySettings,
    ReceiverSettings,
    RelayLine,
    RouteNode,
    StormSettings,
)
from pilotbridge.model import Line, Severity

_RECEIVER = ReceiverSettings("", ())
_ROUTE = RouteNode("", "")
_STORM = StormSettings()
_LIMITS = LimitsSettings()
_PRIVACY = PrivacySettings()
_LINE = RelayLine("", Line(""))

Names = Annotated[tuple[Text, ...], BeforeValidator(as_list)]
MatcherList = Annotated[tuple[MatcherText, ...], BeforeValidator(as_list)]
Role = Literal["viewer", "responder", "admin"]


# --- who is told ------------------------------------------------------------------------------------


class ContactBlock(Block):
    phone: Annotated[Any, says("The mobile phone as people write it.")] = None
    phone2: Annotated[Any, says("A second one, told as sms:NAME#phone2.")] = None
    telegram: Annotated[int | None, says("The numeric id of the Telegram user.", gt=0)] = None
    role: Annotated[Role, says("What this person may do.")] = "responder"
    zone: Annotated[Zone | None, says("The zone this person lives in; that of the bridge.")] = None
    language: Annotated[Language | None, says("The language of texts; that of the bridge.")] = None
    sms_text: Annotated[Literal["latin", "ru"], says("A part holds 160 letters in latin, 70 in ru.")] = (
        "latin"
    )
    quiet_hours: Annotated[Any, says("When SMS that are not critical wait: `22:00-07:00`, or blocks.")] = None


class TemplatesBlock(Block):
    sms: Annotated[Text, says("A Jinja2 text in place of the built-in SMS.", max_length=10_000)] = ""


class StepBlock(Block):
    notify: Annotated[Names, says("Who is told: `anna` or `sms:anna`.", min_length=1)]
    after: Annotated[Duration, says("How long after the step before.")] = timedelta(0)
    when: Annotated[
        Literal["failed", "undelivered", "unacknowledged"] | None,
        says("On which condition; none: by time alone, even when somebody took the incident."),
    ] = None


class ReceiverBlock(Block):
    name: Annotated[Name, says("The name that routes use.")]
    steps: Annotated[
        tuple[StepBlock, ...], says("Who is told, one step after the other; an empty list: nobody.")
    ]
    send_resolved: Annotated[bool, says("Tell when it is over.")] = _RECEIVER.send_resolved
    acknowledged_for: Annotated[Duration, says("How long an acknowledgement holds; 0: until it clears.")] = (
        _RECEIVER.acknowledged_for
    )
    when_in_doubt: Annotated[
        InDoubt,
        says("A message whose fate stays unknown: prefer_duplicate, park, or auto (park unless critical)."),
    ] = _RECEIVER.when_in_doubt
    templates: Annotated[TemplatesBlock, says("Texts for this receiver.", default_factory=TemplatesBlock)]


class AllowanceBlock(Block):
    """What may be spent; nothing of it is about critical alerts."""

    parts_per_day: Annotated[int | None, says("The most parts in 24 hours; the rest is held.", ge=1)] = None
    rub_per_day: Annotated[Decimal | None, says("The most roubles in 24 hours; the rest is held.", gt=0)] = (
        None
    )


class FlappingBlock(Block):
    """An incident that comes and goes is told no more, until it stays."""

    after: Annotated[int, says("So many incidents of a group are told, then no more.", ge=1)]
    within: Annotated[Positive, says("The time they are counted in.")] = timedelta(hours=1)
    hold: Annotated[Positive, says("How long it has to fire to be told again.")] = timedelta(minutes=15)


class RouteBlock(Block):
    """A node of the route tree, as in Alertmanager; what is not written is inherited."""

    receiver: Annotated[Text | None, says("Who is told; inherited.")] = None
    matchers: Annotated[
        MatcherList,
        says('Conditions that must all hold, such as `severity="critical"`.', default_factory=tuple),
    ]
    match: Annotated[
        dict[Text, Text], says("The same in the old spelling: `label: value`.", default_factory=dict)
    ]
    match_re: Annotated[
        dict[Text, Text], says("The same in the old spelling: `label: pattern`.", default_factory=dict)
    ]
    group_by: Annotated[
        Names | None, says("Labels that make a group; `...` makes every alert its own; inherited.")
    ] = None
    group_wait: Annotated[
        Duration | None, says("How long a new group waits for more; inherited; at the root 30s.")
    ] = None
    group_interval: Annotated[
        Positive | None, says("How long until news of a group are told; inherited; at the root 5m.")
    ] = None
    repeat_interval: Annotated[
        Positive | None, says("How long until the same is told again; inherited; at the root 4h.")
    ] = None
    goes_on: Annotated[bool, says("Ask the routes after this one too.", alias="continue")] = _ROUTE.goes_on
    flapping: Annotated[
        FlappingBlock | None, says("When what comes and goes is not told any more; inherited.")
    ] = None
    budget: Annotated[
        AllowanceBlock,
        says("What incidents of this route, and of those below, may cost.", default_factory=AllowanceBlock),
    ]
    mute_time_intervals: Annotated[Names, says("When it stays quiet.", default_factory=tuple)]
    active_time_intervals: Annotated[Names, says("When only it speaks.", default_factory=tuple)]
    routes: Annotated[
        tuple["RouteBlock", ...],
        says("Routes below this one; the first that matches.", default_factory=tuple),
    ]


# --- limits and the rest ----------------------------------------------------------------------------


class InhibitBlock(Block):
    """Alerts that match the target are not told of while one that matches the source fires."""

    source_matchers: Annotated[MatcherList, says("What fires.", default_factory=tuple)]
    source_match: Annotated[dict[Text, Text], says("The same in the old spelling.", default_factory=dict)]
    source_match_re: Annotated[dict[Text, Text], says("The same in the old spelling.", default_factory=dict)]
    target_matchers: Annotated[MatcherList, says("What is kept quiet.", default_factory=tuple)]
    target_match: Annotated[dict[Text, Text], says("The same in the old spelling.", default_factory=dict)]
    target_match_re: Annotated[dict[Text, Text], says("The same in the old spelling.", default_factory=dict)]
    equal: Annotated[Names, says("Labels that both must have with one value.", default_factory=tuple)]


class IntervalBlock(Block):
    """Times of the week, the month and the year under one name."""

    name: Annotated[Text, says("The name that routes use.")]
    time_intervals: Annotated[
        tuple[Any, ...],
        says("Each with times, weekdays, days_of_month, months, years, location; any of them will do."),
    ]


class StormBlock(Block):
    over: Annotated[
        CountOrNever,
        says("Incidents per person above which one SMS speaks for all; never: each speaks for itself."),
    ] = None
    within: Annotated[Positive, says("The window they are counted in.")] = _STORM.within
    then_every: Annotated[Positive, says("How often the bundle is told again.")] = _STORM.then_every


class LimitsBlock(Block):
    parts_per_sms: Annotated[int, says("The most parts one alert SMS may cost.", ge=1, le=10)] = (
        _LIMITS.parts_per_sms
    )
    sms_per_contact_per_hour: Annotated[
        int, says("The most SMS one person gets in an hour; the rest is held.", ge=1)
    ] = _LIMITS.sms_per_contact_per_hour
    parts_per_day: Annotated[int | None, says("The most parts in 24 hours; the rest is held.", ge=1)] = None
    rub_per_day: Annotated[Decimal | None, says("The most roubles in 24 hours; the rest is held.", gt=0)] = (
        None
    )
    per_contact: Annotated[AllowanceBlock, says("The same for each person.", default_factory=AllowanceBlock)]
    sms_ttl: Annotated[
        Duration,
        between(timedelta(minutes=10), timedelta(days=1)),
        says("How long the network tries to deliver."),
    ] = _LIMITS.sms_ttl
    countries: Annotated[
        Annotated[tuple[Country, ...], BeforeValidator(as_list)],
        says("Countries that may be texted (ISO 3166); those of the contacts.", default_factory=tuple),
    ]
    critical: Annotated[
        MatcherList, says("An alert is critical when any of these matches; no limit stops it silently.")
    ] = _LIMITS.critical
    no_severity: Annotated[Severity, says("What an alert without severity counts as.")] = _LIMITS.no_severity


class PrivacyBlock(Block):
    texts: Annotated[Positive, says("How long finished messages are kept.")] = _PRIVACY.texts
    journal: Annotated[Positive, says("How long bodies are kept as they came.")] = _PRIVACY.journal
    phones_in_chat: Annotated[Literal["masked", "full"], says("How phones look in a chat.")] = "masked"


class RoomBlock(Block):
    id: Annotated[Text, says("The chat's own id of the room.", min_length=1)]


class ChatBlock(Block):
    """What every chat has; further keys are those of its type."""

    type: Annotated[Text, says("The kind of chat; its own name when not written.")] = ""
    token: Annotated[SecretText | None, says("The account's token; better a file.")] = None
    token_file: Annotated[FilePath | None, says("The file that holds the token.")] = None
    rooms: Annotated[
        dict[Name, RoomBlock], says("The rooms the bridge may speak in, by name.", default_factory=dict)
    ]


class LineBlock(Block):
    name: Annotated[Name, says("The line's name.")]
    number: Annotated[ServiceNumber, says("The service number.")]
    prefix: Annotated[Prefix, says("The prefix a text to it begins with.")] = ""
    room: Annotated[
        Text,
        says("The room it is relayed to, or `@NAME`, a contact's private chat; empty: the inbox only."),
    ] = _LINE.room
    sender: Annotated[Text, says("The sender's name of answers; that of the gateway.", max_length=16)] = (
        _LINE.sender
    )
    words: Annotated[
        Annotated[tuple[Text, ...], BeforeValidator(as_list)],
        says("A text that is one of these words opts its phone out; START or СТАРТ ends it."),
    ] = _LINE.words
    max_age: Annotated[Positive, says("An older SMS is not relayed; it stays in the inbox.")] = _LINE.max_age
    zone: Annotated[Zone | None, says("The zone of its days; that of the bridge.")] = None
    hours: Annotated[
        Annotated[tuple[Text, ...], BeforeValidator(as_list)],
        says("Names of time intervals in which somebody answers; none: always."),
    ] = ()
    away: Annotated[
        Text,
        says("What a phone is answered outside of hours, once a day; empty: nothing."),
    ] = _LINE.away
    remind_after: Annotated[
        Positive | None, says("A conversation without an answer for so long is named in the room.")
    ] = _LINE.remind_after
    remind: Annotated[
        Annotated[tuple[Text, ...], BeforeValidator(as_list)],
        says("Who gets an SMS when it stays without an answer for as long again."),
    ] = ()


class RelayBlock(Block):
    lines: Annotated[
        tuple[LineBlock, ...], says("Numbers and prefixes people text to.", default_factory=tuple)
    ]


class Configuration(Block):
    """The whole file."""

    bridge: Annotated[BridgeBlock, says("The bridge itself.", default_factory=BridgeBlock)]
    web: Annotated[WebBlock, says("Its doors.", default_factory=WebBlock)]
    store: Annotated[StoreBlock, says("Where everything is recorded.", default_factory=StoreBlock)]
    network: Annotated[NetworkBlock, says("How it calls out.", default_factory=NetworkBlock)]
    gateways: Annotated[
        dict[WebName, SmspilotBlock], says("SMS gateways in the order they are tried.", default_factory=dict)
    ]
    sources: Annotated[
        dict[WebName, SourceBlock], says("Doors for monitoring: POST /in/NAME.", default_factory=dict)
    ]
    contacts: Annotated[dict[Name, ContactBlock], says("People, by name.", default_factory=dict)]
    schedules: Annotated[
        dict[Name, ScheduleBlock], says("Who is on call, told as sms:schedule/NAME.", default_factory=dict)
    ]
    receivers: Annotated[tuple[ReceiverBlock, ...], says("Who is told, and how.", default_factory=tuple)]
    route: Annotated[RouteBlock, says("Which alert goes to which receiver.")]
    inhibit_rules: Annotated[
        tuple[InhibitBlock, ...],
        says("Alerts that keep others quiet while they fire.", default_factory=tuple),
    ]
    time_intervals: Annotated[
        tuple[IntervalBlock, ...], says("Times that routes name, as in Alertmanager.", default_factory=tuple)
    ]
    templates: Annotated[TemplatesBlock, says("Texts for all receivers.", default_factory=TemplatesBlock)]
    storm: Annotated[StormBlock, says("Bundling of many incidents.", default_factory=StormBlock)]
    limits: Annotated[LimitsBlock, says("What may be spent.", default_factory=LimitsBlock)]
    privacy: Annotated[PrivacyBlock, says("How long things are kept.", default_factory=PrivacyBlock)]
    chats: Annotated[dict[WebName, ChatBlock], says("Accounts in chats.", default_factory=dict)]
    relay: Annotated[RelayBlock, says("SMS from people.", default_factory=RelayBlock)]
    plugins: Annotated[
        dict[WebName, dict[str, Any] | None],
        says(
            "Plugins that are on, each with its own keys, in the order they are asked.", default_factory=dict
        ),
    ]
