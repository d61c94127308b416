"""What a client says to the gateway and what the gateway answers, as frozen values.

They hold what stands on the wire and nothing more; how it is written is not their question.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from pilotbridge.smspilot.wire.errors import Code, code_of
from pilotbridge.smspilot.wire.times import read_moscow, read_send_datetime


class Form(StrEnum):
    """How a document is written; an answer comes in the form of its request."""

    JSON = "json"
    XML = "xml"

    @property
    def content_type(self) -> str:
        return f"{'application/json' if self is Form.JSON else 'text/xml'}; charset=utf-8"


class Version(StrEnum):
    """Which gateway answers: numbers as numbers, or all of them as strings and no ``cost``."""

    V2_5 = "2.5"
    V2_4_13 = "2.4.13"


class Credentials(msgspec.Struct, frozen=True):
    """Who asks: a key, or login and password, which count when the key is empty."""

    apikey: str = ""
    login: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return "Credentials(...)"


# --- what a client asks -----------------------------------------------------------------------------


class Sms(msgspec.Struct, frozen=True):
    """One message of a packet. ``to`` is digits; ``send_at`` None means now; empty fields are not sent."""

    to: str
    text: str
    id: int = 0
    sender: str = ""
    send_at: datetime | None = None
    callback: str = ""
    callback_method: str = ""
    ttl_min: int | None = None


class AskedSms(Sms, frozen=True):
    """A message as the gateway reads it, the packet's defaults filled in.

    ``send_datetime`` is what the answer echoes; ``error`` the first code that the fields alone earn.
    """

    send_datetime: str = ""
    error: int = 0


class Send(msgspec.Struct, frozen=True):
    """A packet; all but the messages are defaults for them. ``test`` and ``cost`` send nothing."""

    messages: tuple[Sms, ...]
    sender: str = ""
    send_at: datetime | None = None
    callback: str = ""
    callback_method: str = ""
    ttl_min: int | None = None
    test: bool = False
    cost: bool = False


class AskedSend(msgspec.Struct, frozen=True):
    """A packet as the gateway reads it."""

    messages: tuple[AskedSms, ...]
    test: bool = False
    cost: bool = False


class CheckIds(msgspec.Struct, frozen=True):
    """Ask the status of these messages."""

    server_ids: tuple[str, ...]


class CheckPacket(msgspec.Struct, frozen=True):
    """Ask the status of every message of one packet."""

    server_packet_id: str


class AskBalance(msgspec.Struct, frozen=True):
    """Ask what is left, in roubles or as a count of messages."""

    in_sms: bool = False


class AskInfo(msgspec.Struct, frozen=True):
    """Ask about the account."""


class AskInbound(msgspec.Struct, frozen=True):
    """Ask for incoming messages, from ``since`` on or all that are kept."""

    since: datetime | None = None


Command = Send | CheckIds | CheckPacket | AskBalance | AskInfo | AskInbound


class Wrong(msgspec.Struct, frozen=True):
    """A request that can only be answered by a top-level error."""

    code: int


class Asked(msgspec.Struct, frozen=True):
    """One request as the gateway reads it.

    ``credentials`` is None when not even they could be read. ``debug`` and ``referral`` go with any
    command and change nothing.
    """

    form: Form
    credentials: Credentials | None
    command: AskedSend | CheckIds | CheckPacket | AskBalance | AskInfo | AskInbound | Wrong
    debug: str = ""
    referral: str = ""


# --- what the gateway answers -----------------------------------------------------------------------


class Entry(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """The answer about one message of a packet; ``price`` is roubles, None when it did not say."""

    id: int
    server_id: str
    sender: str
    to: str
    text: str
    parts: int
    status: int
    error: int
    send_datetime: str
    country: str
    operator: str
    price: Decimal | None

    @property
    def code(self) -> Code:
        return code_of(self.error)

    @property
    def send_at(self) -> datetime | None:
        """When a delayed message goes out, as an aware UTC datetime."""
        return read_send_datetime(self.send_datetime)


class SendAnswer(msgspec.Struct, frozen=True):
    """The answer to a packet, one entry per message; ``balance`` is after the sending."""

    server_packet_id: str
    balance: Decimal | None
    cost: Decimal | None
    entries: tuple[Entry, ...]


class Checked(msgspec.Struct, frozen=True):
    """The status of one message; ``modified`` as it came (Moscow time, as far as anybody knows)."""

    id: int
    server_id: str
    status: int
    modified: str
    error: int = 0


class CheckAnswer(msgspec.Struct, frozen=True):
    """One entry per id asked."""

    entries: tuple[Checked, ...]


class BalanceAnswer(msgspec.Struct, frozen=True):
    """What is left, in the unit asked for."""

    amount: Decimal


class InfoAnswer(msgspec.Struct, frozen=True):
    """What the gateway tells about the account; the set of fields varies by version."""

    fields: Mapping[str, str]

    @property
    def senders(self) -> tuple[str, ...]:
        listed = self.fields.get("senders", "").split(",")
        return tuple(name for part in listed if (name := part.strip()))


class Received(msgspec.Struct, frozen=True):
    """One incoming message; ``text`` with its prefix, ``created`` Moscow time to the minute."""

    id: str
    phone: str
    num: str
    text: str
    created: str
    r_message: str = ""
    r_status: str = ""

    @property
    def created_at(self) -> datetime:
        """The minute as an aware UTC datetime.

        :raises Torn: when what stands there is no time.
        """
        return read_moscow(self.created)


class InboundAnswer(msgspec.Struct, frozen=True):
    """Incoming messages, oldest first."""

    entries: tuple[Received, ...]


class ErrorAnswer(msgspec.Struct, frozen=True):
    """A top-level error: nothing was done."""

    error: int
    description: str = ""
    description_ru: str = ""

    @property
    def code(self) -> Code:
        return code_of(self.error, self.description)


Answer = SendAnswer | CheckAnswer | BalanceAnswer | InfoAnswer | InboundAnswer | ErrorAnswer
