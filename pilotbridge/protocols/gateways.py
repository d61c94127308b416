"""What an SMS gateway takes and answers, sorted by one question: could it have the message?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from pilotbridge.clock import Clock
from pilotbridge.config.settings import GatewaySettings
from pilotbridge.model import (
    InboundSms,
)
from pilotbridge.phone import PhoneNumber


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
