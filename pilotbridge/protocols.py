"""What flows and plugins may rely on: the typed contracts of everything that has more than one form.

Only shapes stand here, never behaviour; the store's own contract is in ``store/protocol.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from pilotbridge.clock import Clock, SteadyClock
from pilotbridge.config.settings import GatewaySettings
from pilotbridge.model import (
    Alert,
    Contact,
    InboundSms,
    Incident,
    JournalId,
    Message,
    MessageId,
    Notification,
    Parsed,
    Reply,
    Route,
    Severity,
    Sighting,
    Trouble,
)
from pilotbridge.phone import PhoneNumber
from pilotbridge.rota import Swap

if TYPE_CHECKING:
    from pilotbridge.chat import UpdateId
    from pilotbridge.matcher import Matchers

T = TypeVar("T")

# --- gateways ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """One message as a gateway is asked to send it. The same bytes on every attempt.

    ``client_id`` is our integer name of the row, unique and never 0; the gateway echoes it.
    ``callback`` is the URL that carries the row's token, or empty.
    """

    client_id: int
    to: PhoneNumber
    text: str
    sender: str = ""
    ttl_min: int | None = None
    send_at: datetime | None = None
    callback: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The gateway's "I have it"."""

    server_id: str
    parts: int = 0
    cost_rub: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway has it."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Guarded:
    """The duplicate guard refused it (243): the same text went to the same number before.

    On a retry of a unique text this proves that an earlier attempt was accepted.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Surely not accepted, and this message as it is never will be."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Surely not accepted for a reason outside the message: money, configuration, an unknown code.

    ``cause`` is a short stable word: ``balance``, ``configuration``, ``blocked``, ``request`` (our own
    document is at fault), ``unknown_code``.
    """

    code: int
    reason: str
    cause: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Surely not accepted this time; try again. ``counts`` is False for a rate limit.

    ``alone`` says that it was the company: next time it goes in a packet of its own.
    """

    reason: str
    after: timedelta | None = None
    counts: bool = True
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """It may have been accepted. ``head`` is the start of what came back, redacted, at most 2 KB."""

    reason: str
    head: str = ""


Outcome = Accepted | Guarded | Rejected | Withheld | Deferred | Lost


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of one packet: exactly one outcome per ``client_id``, in the order given."""

    outcomes: Mapping[int, Outcome]
    balance_rub: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What the network said of one message. ``status`` is the gateway's number (-2 .. 3).

    ``client_id`` is the echo of our own integer, 0 when there was none.
    """

    server_id: str
    status: int
    client_id: int = 0
    error: int = 0
    reason: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What the gateway knows of us; ``extra`` holds every field as it came."""

    balance_rub: Decimal | None
    senders: tuple[str, ...]
    default_sender: str
    any_sender: bool
    extra: Mapping[str, str]


class Gateway(Protocol):
    """A way to send SMS and to fetch those that came in. Calls block; one thread calls at a time.

    ``submit`` never raises for what the other side did: each failure is sorted per message by one
    question, *could the gateway have it?* The other calls raise :class:`~pilotbridge.errors.TryLater`
    when nothing usable came back and :class:`~pilotbridge.errors.Refused` (with ``code``) when the
    gateway said no.
    """

    name: str
    max_packet: int

    def submit(self, packet: Sequence[OutgoingSms]) -> Submitted: ...
    def check(self, server_ids: Sequence[str]) -> Sequence[StatusReport]: ...
    def fetch_inbound(self, since: datetime | None) -> Sequence[InboundSms]: ...
    def balance_rub(self) -> Decimal: ...
    def account(self) -> Account: ...
    def close(self) -> None: ...


class GatewayType(Protocol):
    """A kind of gateway, as ``type:`` in the configuration names it.

    ``options`` is a pydantic model of the keys that only this kind has in ``gateways.<name>``, or None.
    """

    options: type[Any] | None
    type: str

    def open(self, settings: GatewaySettings, clock: Clock) -> Gateway:
        """One account of it. No network call yet."""
        ...


# --- alert sources ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request to ``/in/<source>`` as it came. Header names are lower case."""

    source: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    received_at: datetime


class Source(Protocol):
    """Turns one sender's body into alerts. Pure: no I/O, no clock but ``incoming.received_at``.

    ``type`` is the word in the configuration; ``options`` a pydantic model of what may stand beside it
    in ``sources.<name>``, or None; ``groups`` says that the sender groups its alerts already;
    ``severities`` maps the sender's own words (lower case) to ours.
    """

    options: type[Any] | None
    type: str
    groups: bool
    severities: Mapping[str, Severity]

    def parse(self, incoming: Incoming, options: Any) -> Parsed:
        """:raises Unreadable: with what is wrong and where, in a sentence the sender's operator reads."""
        ...


@runtime_checkable
class Recognising(Protocol):
    """A source that knows its sender's body when another source was given it.

    ``sender`` is what a sentence calls such a body, like ``Grafana's webhook``.
    """

    sender: str
    type: str

    def looks_like(self, body: Any) -> bool:
        """``body`` is decoded JSON, or the fields of a form by name."""
        ...


@runtime_checkable
class SecretInBody(Protocol):
    """A source whose senders have no header for a secret: its token may stand in the body.

    The body is kept without it.
    """

    def secret_in(self, body: bytes) -> str:
        """The secret in ``body``; empty when there is none, or the body cannot be read."""
        ...


@runtime_checkable
class Answering(Protocol):
    """A source whose senders look for more in a 202 than we say.

    ``tails`` are what such senders put behind the address by themselves, like ``/v2/enqueue``.
    """

    tails: tuple[str, ...]

    def answer(self, incoming: Incoming, parsed: Parsed) -> Mapping[str, Any]:
        """What the answer says beside our own words."""
        ...


@dataclass(frozen=True, slots=True)
class Arrived:
    """A body that is on disk, and its reading: the row is the truth, this spares reading it twice."""

    journal_id: JournalId
    source: str
    received_at: datetime
    parsed: Parsed


class Unreadable(ValueError):
    """The body is not what this source reads. ``at`` is the path of the fault, like ``alerts[3].labels``."""

    def __init__(self, reason: str, *, at: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class Malformed(Unreadable):
    """The body is not even of the form its source reads: no JSON, no UTF-8. Answered 400, not 422."""


# --- plugins ----------------------------------------------------------------------------------------


Step = Callable[[], Awaitable[float]]
"""One round of work on the event loop; returns the seconds to rest before the next."""


class KeyValue(Protocol):
    """A plugin's own small storage in the bridge's database; values are JSON."""

    def get(self, key: str) -> Any: ...
    def set(self, key: str, value: Any) -> Future[None]: ...
    def delete(self, key: str) -> Future[None]: ...
    def items(self) -> Mapping[str, Any]: ...


class LocalClock(Protocol):
    """Time as plugins see it."""

    def utc_now(self) -> datetime: ...
    def local(self) -> datetime:
        """Now in ``bridge.zone``."""
        ...

    def steady_s(self) -> float:
        """Seconds that nobody can set; only differences mean something."""
        ...


class Bridge(Protocol):
    """What a plugin may ask of the bridge. Verbs that write return a future that resolves at the commit."""

    @property
    def clock(self) -> LocalClock: ...
    @property
    def contacts(self) -> Mapping[str, Contact]: ...
    def config(self, model: type[T]) -> T:
        """This plugin's block of the configuration, as the model it registered."""
        ...

    def storage(self, name: str = "default") -> KeyValue: ...
    def log(self, name: str = "") -> Any: ...
    def incidents(self, *, told_to: PhoneNumber | None = None) -> Sequence[Incident]:
        """Open incidents and those closed in the last 30 min; ``told_to``: that number knows of them."""
        ...

    def alerts(self, matchers: Matchers, *, since: datetime | None = None) -> Sequence[Sighting]:
        """Alerts that fire and match; with ``since`` also those that ended, or were spoken of, from then on.

        It looks at every alert there is, so ask rarely, and name a label with ``=`` where there are many.
        """
        ...

    def send_sms(self, to: str, text: str, *, repeat: bool = False) -> Future[MessageId]: ...
    def post_to_chat(self, room: str, text: str) -> Future[int]:
        """Post to a configured room, or to a contact's private chat (``@anna``)."""
        ...

    def acknowledge(self, ref: str, by: str, *, note: str = "") -> Future[Incident]: ...
    def unacknowledge(self, ref: str, by: str) -> Future[Incident]: ...
    def pass_on(self, ref: str, by: str) -> Future[Incident]: ...
    def who_is_next(self, incident: Incident) -> tuple[str, ...]: ...
    def swap(self, code: str) -> Swap | None:
        """The newest question to trade places on call that carries ``code``."""
        ...

    def answer_swap(self, code: str, by: str, *, agrees: bool) -> Future[Swap]: ...
    def raise_trouble(self, trouble: Trouble) -> None: ...
    def clear_trouble(self, name: str, what: str) -> None:
        """It is right again; costs nothing while it was."""
        ...

    def every(self, name: str, every: timedelta, work: Callable[[], object]) -> None:
        """Do ``work`` every so often until the bridge ends; ``name`` said again takes the old one's place.

        Never twice at once, and with the deadline of a question. What it asks to have written is one
        transaction once it has ended; of a round that raises or is too slow nothing is. The first round comes
        after ``every``; a restart forgets it, so that :func:`bridge_started` is where to call this.
        """
        ...

    def run_forever(self, name: str, step: Step) -> None:
        """Take ``step`` on the event loop again and again until the bridge ends, whatever it raises.

        A step that fails is taken again later and later; the end cancels it.
        """
        ...

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``coroutine`` on the event loop, from any thread.

        The future fails with Closed when there is no loop yet, or no more.
        """
        ...

    def store_update(self, chat: str, update_id: UpdateId, body: bytes) -> Future[bool]:
        """Keep an update as it came; resolves at the commit, to False when it is known already."""
        ...

    def hook_url(self, chat: str) -> str:
        """Where ``chat`` reaches its connector's ``webhook``, a secret; empty like :meth:`public_url`."""
        ...

    def public_url(self, path: str) -> str:
        """The address of ``path`` as the internet reaches it; empty when the configuration names none."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """A plugin's answer to an inbound SMS. ``writes`` are the changes it asked for on the way.

    Each takes the store's write verbs; all of them, the reply and the settled row are one transaction.
    """

    plugin: str
    reply: Reply
    writes: tuple[Callable[[Any], Any], ...] = ()


@runtime_checkable
class Hooks(Protocol):
    """The plugins, as the flows see them: one typed method per hook, none of which ever raises."""

    def enrich_alerts(self, alerts: Sequence[Alert]) -> Sequence[Alert]: ...
    def route_alerts(self, alerts: Sequence[Alert]) -> Mapping[Alert, Sequence[tuple[str, Route]]]:
        """Per alert the opinions in configured order, each with the plugin's name."""
        ...

    def mute_group(self, notification: Notification) -> str: ...
    def compose_text(self, notification: Notification) -> str: ...
    def answer_inbound(self, inbound: InboundSms) -> Answered | None: ...
    def choose_conversation(self, inbound: InboundSms) -> str: ...
    def alerts_recorded(self, alerts: Sequence[Alert]) -> None: ...
    def inbound_recorded(self, inbound: InboundSms) -> None: ...
    def message_settled(self, message: Message) -> None: ...


# --- everything around ------------------------------------------------------------------------------


class Worker(Protocol):
    """Work that is done in turns, by one thread. All that must be remembered between turns is a row."""

    @property
    def name(self) -> str: ...

    def turn(self) -> int | None:
        """Do what is due; return when to come back (ms UTC), None: when somebody wakes it."""
        ...


@dataclass(frozen=True, slots=True)
class Duty:
    """Work that is due every so often, whatever happens in between; a late or long run is not caught up."""

    name: str
    every: timedelta
    work: Callable[[], object]


class HookThread(Protocol):
    """Where plugins' code runs: never on the writer, never on the loop."""

    def ask(self, call: Callable[[], T], deadline_s: float) -> T:
        """What ``call`` returns or raises.

        :raises TimeoutError: when it takes longer; its thread is abandoned and another takes over.
        """
        ...

    def tell(self, call: Callable[[], None], deadline_s: float) -> bool:
        """Run ``call`` some time soon, after those told before; False when too many wait already."""
        ...

    def work(self, call: Callable[[], T], deadline_s: float) -> T:
        """Like :meth:`ask`, for what nobody waits for: it delays no question."""
        ...


class Runtime(Protocol):
    """Who takes the turns: threads in the product, one hand-moved clock in tests."""

    @property
    def clock(self) -> SteadyClock: ...
    @property
    def hook_thread(self) -> HookThread: ...
    def add_worker(self, worker: Worker) -> Callable[[], None]:
        """Returns what wakes it."""
        ...

    def add_duty(self, duty: Duty) -> None:
        """Also once it runs; a duty of the same name takes the place of the one before."""
        ...

    def hurry(self, name: str) -> None:
        """Let the duty called so ring now, out of turn."""
        ...

    def run_forever(self, name: str, step: Step) -> None:
        """Take ``step`` on the loop again and again until the end."""
        ...

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``coroutine`` on the loop; the future fails with Closed when there is none."""
        ...

    def rearm(self) -> None:
        """The clock was set: whatever rests until a time it told before is woken."""
        ...


class Troubles(Protocol):
    """Where the bridge says that something is wrong with itself, and that it is right again."""

    def raise_trouble(self, trouble: Trouble) -> None: ...
    def clear(self, name: str, what: str) -> None:
        """It is right again; costs nothing while it was."""
        ...


class Meter(Protocol):
    """Counts what happens; names and label values come from a fixed set."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None: ...
    def gauge(self, name: str, value: float, **labels: str) -> None: ...
    def observe(self, name: str, value: float, **labels: str) -> None: ...


class Rng(Protocol):
    """Jitter, so that a test can take it away."""

    def uniform(self, low: float, high: float) -> float: ...
