"""SMSPilot's API-2 as bytes and values, from the client's side and from the gateway's; no I/O.

Client and sandbox share this and nothing else, so it alone is held against documents transcribed from
the vendor's pages; what no document settles is listed in :data:`ASSUMPTIONS`. The gateway's side is loaded
when the sandbox first asks for it.
"""

from typing import TYPE_CHECKING, Any

from pilotbridge.smspilot.wire.assumed import ASSUMPTIONS, Assumption
from pilotbridge.smspilot.wire.client_side import (
    read_balance_answer,
    read_check_answer,
    read_inbound_answer,
    read_info_answer,
    read_send_answer,
    write_request,
)
from pilotbridge.smspilot.wire.errors import BLOCKED, CODES, Code, Kind, Meaning, code_of
from pilotbridge.smspilot.wire.times import (
    NO_DATE,
    moscow,
    read_gmt,
    read_moscow,
    read_send_datetime,
    write_gmt,
    write_moscow,
    write_moscow_minute,
)
from pilotbridge.smspilot.wire.torn import Torn
from pilotbridge.smspilot.wire.values import (
    Answer,
    AskBalance,
    Asked,
    AskedSend,
    AskedSms,
    AskInbound,
    AskInfo,
    BalanceAnswer,
    CheckAnswer,
    Checked,
    CheckIds,
    CheckPacket,
    Command,
    Credentials,
    Entry,
    ErrorAnswer,
    Form,
    InboundAnswer,
    InfoAnswer,
    Received,
    Send,
    SendAnswer,
    Sms,
    Version,
    Wrong,
)

if TYPE_CHECKING:
    from pilotbridge.smspilot.wire.gateway_side import read_request, refusal, write_answer

TEST_KEY = "XXXXXXXXXXXXYYYYYYYYYYYYZZZZZZZZXXXXXXXXXXXXYYYYYYYYYYYYZZZZZZZZ"
"""The gateway's own documented key: everything is answered, nothing is sent."""

__all__ = [
    "ASSUMPTIONS",
    "BLOCKED",
    "CODES",
    "NO_DATE",
    "TEST_KEY",
    "Answer",
    "AskBalance",
    "AskInbound",
    "AskInfo",
    "Asked",
    "AskedSend",
    "AskedSms",
    "Assumption",
    "BalanceAnswer",
    "CheckAnswer",
    "CheckIds",
    "CheckPacket",
    "Checked",
    "Code",
    "Command",
    "Credentials",
    "Entry",
    "ErrorAnswer",
    "Form",
    "InboundAnswer",
    "InfoAnswer",
    "Kind",
    "Meaning",
    "Received",
    "Send",
    "SendAnswer",
    "Sms",
    "Torn",
    "Version",
    "Wrong",
    "code_of",
    "moscow",
    "read_balance_answer",
    "read_check_answer",
    "read_gmt",
    "read_inbound_answer",
    "read_info_answer",
    "read_moscow",
    "read_request",
    "read_send_answer",
    "read_send_datetime",
    "refusal",
    "write_answer",
    "write_gmt",
    "write_moscow",
    "write_moscow_minute",
    "write_request",
]


def __getattr__(name: str) -> Any:
    if name in ("read_request", "refusal", "write_answer"):
        from pilotbridge.smspilot.wire import gateway_side

        return getattr(gateway_side, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
