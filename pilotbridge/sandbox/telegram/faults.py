"""Faults of the Bot API on request: which call is struck, and how.

A rule decides by method, chat and its own dice; how a connection breaks is shared with the gateway's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from pilotbridge.sandbox import faults as gateway_faults
from pilotbridge.sandbox.http import Fault, Response, json_response
from pilotbridge.sandbox.telegram.wording import ApiError, too_many
from pilotbridge.smspilot.wire import Form


class Kind(StrEnum):
    """What can go wrong; the last two strike answers that hold updates, the others any call."""

    FLOOD = "flood"
    REFUSED = "refused"
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
    LATE = "late"
    REORDERED = "reordered"
    REPEATED = "repeated"


OF_UPDATES = (Kind.REORDERED, Kind.REPEATED)


@dataclass(frozen=True, slots=True)
class BotFaultRule:
    """One fault and whom it strikes.

    ``count`` calls are struck (None: until cleared or ``until_ms``), of those with ``method`` and
    ``chat_id`` and that the dice choose. ``retry_after`` is for FLOOD, ``error_code`` and ``description``
    for REFUSED, ``status`` for errors, ``seconds`` for SLOW, timeouts and LATE.
    """

    kind: Kind
    count: int | None = 1
    method: str = ""
    chat_id: int = 0
    probability: float = 1.0
    seed: int = 0
    retry_after: int = 5
    error_code: int = 400
    description: str = "Bad Request: the fault says so"
    status: int = 502
    at_byte: int = 20
    seconds: float = 30.0
    until_ms: int | None = None

    def matches(self, method: str, chat_id: int) -> bool:
        is_method = not self.method or self.method.lower() == method.lower()
        return is_method and (not self.chat_id or self.chat_id == chat_id)


class ArmedBotFault:
    """A rule at work: how often it struck, and its dice."""

    def __init__(self, number: int, rule: BotFaultRule) -> None:
        self.id = number
        self.rule = rule
        self.struck = 0
        self._dice = random.Random(rule.seed)

    def strikes(self, method: str, chat_id: int, at_ms: int) -> bool:
        """Decide about one call, and count it when it is struck."""
        if self.is_over(at_ms) or not self.rule.matches(method, chat_id):
            return False
        if self._dice.random() >= self.rule.probability:
            return False
        self.struck += 1
        return True

    def is_over(self, at_ms: int) -> bool:
        until_ms, count = self.rule.until_ms, self.rule.count
        return (until_ms is not None and at_ms >= until_ms) or (count is not None and self.struck >= count)


def pick(faults: Iterable[ArmedBotFault], method: str, chat_id: int, at_ms: int) -> BotFaultRule | None:
    """The first rule that strikes this call; not those of updates."""
    chosen = (fault for fault in faults if fault.rule.kind not in OF_UPDATES)
    return next((fault.rule for fault in chosen if fault.strikes(method, chat_id, at_ms)), None)


def strikes_updates(faults: Iterable[ArmedBotFault], kind: Kind, at_ms: int) -> bool:
    """Whether a fault of ``kind`` strikes an answer that holds updates."""
    chosen = (fault for fault in faults if fault.rule.kind is kind)
    return any(fault.strikes(fault.rule.method, fault.rule.chat_id, at_ms) for fault in chosen)


def strike(
    rule: BotFaultRule, take: Callable[[], Response], land_later: Callable[[float], None]
) -> Response | Fault:
    """Do to one call what ``rule`` says; ``land_later`` lets it take effect after so many seconds."""
    match rule.kind:
        case Kind.FLOOD:
            return error_response(too_many(rule.retry_after))
        case Kind.REFUSED:
            return error_response(ApiError(rule.error_code, rule.description))
        case Kind.ERROR_BEFORE:
            return _broken(rule)
        case Kind.ERROR_AFTER:
            take()
            return _broken(rule)
        case _:
            same = gateway_faults.FaultRule(
                gateway_faults.Kind(rule.kind), at_byte=rule.at_byte, seconds=rule.seconds
            )
            return gateway_faults.strike(same, Form.JSON, take, land_later)


def error_response(error: ApiError) -> Response:
    """A refusal in the Bot API's shape."""
    told = {"ok": False, "error_code": error.code, "description": error.description}
    parameters = {"parameters": error.parameters} if error.parameters else {}
    return json_response(told | parameters, error.code)


def _broken(rule: BotFaultRule) -> Response:
    known = {status.value: status.phrase for status in HTTPStatus}
    return error_response(ApiError(rule.status, known.get(rule.status, "Internal Server Error")))
