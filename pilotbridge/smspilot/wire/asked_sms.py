"""One message of a packet as the gateway reads it: every field, its leniencies and its code when wrong.

Only what the fields themselves say is judged here; senders, money and guards belong to an account.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pilotbridge.smspilot.wire.documents import Tree
from pilotbridge.smspilot.wire.times import read_gmt, write_gmt
from pilotbridge.smspilot.wire.torn import Torn
from pilotbridge.smspilot.wire.values import AskedSms

TTL_MIN, TTL_MAX = 10, 1440
_NO_TO, _BAD_TO, _NO_TEXT, _BAD_ID, _BAD_FROM = 210, 211, 220, 230, 201
_BAD_TIME, _BAD_CALLBACK, _BAD_TTL = 250, 260, 270

_SENDER = re.compile(r"[A-Za-z0-9.-]{3,11}|[0-9]{10,16}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_UNIX_SECONDS = re.compile(r"[0-9]{1,12}")
_TO = re.compile(r"[0-9]{10,15}")
_TO_DECORATION = str.maketrans("", "", "+()- ")
_WEB_ADDRESS = re.compile(
    r"https?://(?:[^\s\x00-\x1f/?#@]*@)?(?:[^\s\x00-\x1f/?#@:\[\]]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:[/?#][^\s\x00-\x1f]*)?",
    re.IGNORECASE,
)


def is_sender(name: str) -> bool:
    """Whether ``name`` can be a sender's at all; which of them an account has is another question."""
    return _SENDER.fullmatch(name) is not None


class PacketDefaults(NamedTuple):
    """What the packet says for messages that do not say it themselves, as it stood there."""

    sender: Any
    send_datetime: Any
    callback: Any
    callback_method: Any
    ttl: Any

    @classmethod
    def of(cls, tree: Tree) -> PacketDefaults:
        get = tree.get
        return cls(get("from"), get("send_datetime"), get("callback"), get("callback_method"), get("ttl"))


class _Wrong(Exception):
    """A field earns a code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def read_message(row: Tree, defaults: PacketDefaults) -> AskedSms:
    """Read one message; of several faults the first counts, in the order of the protocol's table."""
    get = row.get
    error = 0
    to, text, number = _as_given(get("to")), _as_given(get("text")), _echoed_number(get("id"))
    sender = _as_given(_first(get("from"), defaults.sender))
    echo, send_at, callback, method, ttl_min = "", None, "", "", None
    try:
        to = _to(get("to"))
        if not text.strip():
            raise _Wrong(_NO_TEXT)
        number = _number(get("id"))
        sender = _sender(_first(get("from"), defaults.sender))
        echo, send_at = _send_datetime(_first(get("send_datetime"), defaults.send_datetime))
        callback = _callback(_first(get("callback"), defaults.callback))
        method = _method(_first(get("callback_method"), defaults.callback_method))
        ttl_min = _ttl(_first(get("ttl"), defaults.ttl))
    except _Wrong as wrong:
        error = wrong.code
    return AskedSms(to, text, number, sender, send_at, callback, method, ttl_min, echo, error)


def _first(own: Any, packet: Any) -> Any:
    return packet if own is None or own == "" else own


def _as_given(value: Any) -> str:
    """A string, or a whole number written as one; anything else counts as not given."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int and abs(value) < 2**64 else ""


def _to(value: Any) -> str:
    if value is None or value == "":
        raise _Wrong(_NO_TO)
    digits = _as_given(value).translate(_TO_DECORATION)
    if not _TO.fullmatch(digits):
        raise _Wrong(_BAD_TO)
    return "7" + digits[1:] if len(digits) == 11 and digits[0] == "8" else digits


def _sender(value: Any) -> str:
    if value is None or value == "":
        return ""
    sender = _as_given(value)
    if not is_sender(sender):
        raise _Wrong(_BAD_FROM)
    return sender


def _number(value: Any) -> int:
    if value is None or value == "":
        return 0
    if type(value) is int and abs(value) < 2**63:
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise _Wrong(_BAD_ID)


def _echoed_number(value: Any) -> int:
    """The client's number, so that it knows which message is refused; 0 when it is none."""
    try:
        return _number(value)
    except _Wrong:
        return 0


def _send_datetime(value: Any) -> tuple[str, datetime | None]:
    """The echo and the moment; UNIX seconds are echoed as GMT text."""
    if value is None or value == "":
        return "", None
    try:
        written = _as_given(value)
        if not _UNIX_SECONDS.fullmatch(written):
            return written, read_gmt(written)
        moment = datetime.fromtimestamp(int(written), UTC)
        return write_gmt(moment), moment
    except (Torn, OverflowError, ValueError, OSError) as error:
        raise _Wrong(_BAD_TIME) from error


def _callback(value: Any) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _WEB_ADDRESS.fullmatch(value):
        raise _Wrong(_BAD_CALLBACK)
    return value


def _method(value: Any) -> str:
    if value is None or value == "":
        return "get"
    method = value.lower() if isinstance(value, str) else ""
    if method not in ("get", "post"):
        raise _Wrong(_BAD_CALLBACK)
    return method


def _ttl(value: Any) -> int | None:
    if value is None or value == "":
        return None
    written = _as_given(value)
    if not _INTEGER.fullmatch(written) or not TTL_MIN <= int(written) <= TTL_MAX:
        raise _Wrong(_BAD_TTL)
    return int(written)
