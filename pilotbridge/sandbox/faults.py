"""Faults on request: which request is struck, and how.

A rule decides by command, number and its own dice; what the gateway does meanwhile is handed in as a
call, so that before and after taking it are one line apart.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from pilotbridge.sandbox.http import HTML, Break, Fault, Response
from pilotbridge.smspilot.wire import (
    AskBalance,
    Asked,
    AskedSend,
    AskInbound,
    AskInfo,
    CheckIds,
    CheckPacket,
    Form,
    refusal,
    write_answer,
)

_WRONG_JSON = b'{"server_packet_id":"1","send":[{"id":1,"server_id":"10000","status":'
_HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Be right back</body></html>\n"
_PLAIN = "text/plain; charset=utf-8"


class Kind(StrEnum):
    """What can go wrong. Where both are possible, ``taken`` of the rule says whether the call took effect."""

    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    RESET = "reset"
    REPLY_LOST = "reply_lost"
    TORN = "torn"
    TRUNCATED = "truncated"
    SLOW = "slow"
    WRONG_JSON = "wrong_json"
    HTML = "html"
    CODE = "code"
    LATE = "late"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault and whom it strikes.

    ``count`` requests are struck (None: until cleared or ``until_ms``), of those that match ``command``
    and ``phone`` and that the dice (``probability``, ``seed``) choose. ``status`` is for errors, ``code``
    for CODE, ``at_byte`` for TORN and TRUNCATED, ``seconds`` is how long SLOW, timeouts and LATE take.
    """

    kind: Kind
    count: int | None = 1
    command: str = ""
    phone: str = ""
    probability: float = 1.0
    seed: int = 0
    status: int = 503
    code: int = 110
    at_byte: int = 20
    seconds: float = 30.0
    taken: bool = True
    until_ms: int | None = None

    def matches(self, asked: Asked) -> bool:
        if self.command and self.command != command_of(asked):
            return False
        return not self.phone or self.phone in phones_of(asked)


class ArmedFault:
    """A rule at work: how often it struck, and its dice."""

    def __init__(self, number: int, rule: FaultRule) -> None:
        self.id = number
        self.rule = rule
        self.struck = 0
        self._dice = random.Random(rule.seed)

    def strikes(self, asked: Asked, at_ms: int) -> bool:
        """Decide about one request, and count it when it is struck."""
        if self.is_over(at_ms) or not self.rule.matches(asked):
            return False
        if self._dice.random() >= self.rule.probability:
            return False
        self.struck += 1
        return True

    def is_over(self, at_ms: int) -> bool:
        until_ms, count = self.rule.until_ms, self.rule.count
        return (until_ms is not None and at_ms >= until_ms) or (count is not None and self.struck >= count)


def command_of(asked: Asked) -> str:
    """The command's name, empty when the request holds none."""
    match asked.command:
        case AskedSend():
            return "send"
        case CheckIds() | CheckPacket():
            return "check"
        case AskBalance():
            return "balance"
        case AskInfo():
            return "info"
        case AskInbound():
            return "inbound"
        case _:
            return ""


def phones_of(asked: Asked) -> tuple[str, ...]:
    return tuple(sms.to for sms in asked.command.messages) if isinstance(asked.command, AskedSend) else ()


def pick(faults: Iterable[ArmedFault], asked: Asked, at_ms: int) -> FaultRule | None:
    """The first rule that strikes this request."""
    return next((fault.rule for fault in faults if fault.strikes(asked, at_ms)), None)


def strike(
    rule: FaultRule, form: Form, take: Callable[[], Response], land_later: Callable[[float], None]
) -> Response | Fault:
    """Do to one request what ``rule`` says; ``land_later`` lets it take effect after so many seconds."""
    match rule.kind:
        case Kind.ERROR_BEFORE:
            return _http_error(rule)
        case Kind.TIMEOUT_BEFORE:
            return Fault(Break.HANG, seconds=rule.seconds)
        case Kind.RESET:
            return Fault(Break.RESET)
        case Kind.DOWN:
            return Fault(Break.REFUSED)
        case Kind.CODE:
            return _refused(rule, form)
        case Kind.LATE:
            land_later(rule.seconds)
            return Fault(Break.RESET)
        case _:
            return _strike_after(rule, take() if rule.taken else None, form)


def _strike_after(rule: FaultRule, answer: Response | None, form: Form) -> Response | Fault:
    """The faults that a call may have taken effect under; ``answer`` is None when it did not."""
    taken, whole = answer is not None, answer or _refused(rule, form)
    match rule.kind:
        case Kind.ERROR_AFTER:
            return _http_error(rule)
        case Kind.TIMEOUT_AFTER:
            return Fault(Break.HANG, taken, rule.seconds)
        case Kind.REPLY_LOST:
            return Fault(Break.RESET, taken)
        case Kind.TORN:
            return Fault(
                Break.CUT, taken, response=whole, sent_bytes=max(0, min(rule.at_byte, len(whole.body) - 1))
            )
        case Kind.TRUNCATED:
            return Response(200, whole.body[: rule.at_byte], whole.content_type)
        case Kind.WRONG_JSON:
            return Response(200, _WRONG_JSON)
        case Kind.HTML:
            return Response(200, _HTML, HTML)
        case _:
            return Response(whole.status, whole.body, whole.content_type, whole.headers, rule.seconds)


def _refused(rule: FaultRule, form: Form) -> Response:
    return Response(200, write_answer(refusal(rule.code), form), form.content_type)


def _http_error(rule: FaultRule) -> Response:
    return Response(rule.status, b"the gateway has a problem\n", _PLAIN)
