"""``/bot<TOKEN>/<METHOD>``: one call from its arrival to its answer, with limits, faults and the journal.

What a method does is in the methods; a connection is broken by the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pilotbridge.sandbox.http import Fault, Request, Response, Waiting, json_response
from pilotbridge.sandbox.telegram import wording
from pilotbridge.sandbox.telegram.asks import Ask
from pilotbridge.sandbox.telegram.chats import Kind
from pilotbridge.sandbox.telegram.faults import error_response, pick, strike
from pilotbridge.sandbox.telegram.journal import BotCall
from pilotbridge.sandbox.telegram.methods import COUNTED, METHODS
from pilotbridge.sandbox.telegram.params import Params, read_params
from pilotbridge.sandbox.telegram.polling import updates_shown
from pilotbridge.sandbox.telegram.state import Telegram
from pilotbridge.sandbox.telegram.wording import ApiError

LandLater = Callable[[int, Callable[[int], object]], None]

_PATH = re.compile(r"/bot(?P<token>[^/]*)/(?P<method>[A-Za-z]*)")
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]{20,}")


class BotApi:
    """The Bot API of one Telegram; ``land_later`` lets a call take effect at a later moment."""

    def __init__(self, telegram: Telegram, land_later: LandLater) -> None:
        self._telegram = telegram
        self._land_later = land_later

    def ask(self, request: Request, at_ms: int) -> Response | Fault | Waiting:
        """Answer one call, or say how it fails, or that its client has to wait."""
        try:
            method = self._open(request.path)
        except ApiError as error:
            return error_response(error)
        call = self._telegram.journal.add(at_ms, method)
        try:
            params = read_params(request)
        except ApiError as error:
            return _refuse(call, error)
        return self._ask(call, params, at_ms)

    def ask_again(self, waiting: Waiting, at_ms: int) -> Response | Waiting:
        """Answer a poll that was told to wait, or let it wait on."""
        mailbox, call = self._telegram.mailbox, self._telegram.journal.find(waiting.number)
        try:
            found = mailbox.look_again(waiting.number, at_ms)
        except ApiError as error:
            return error_response(error) if call is None else _refuse(call, error)
        if found is None:
            left_ms = mailbox.polls[waiting.number].until_ms - at_ms
            return Waiting(waiting.number, max(0.0, left_ms / 1000))
        if call is not None:
            call.outcome = "answered"
        return _grant(updates_shown(self._telegram, found, at_ms))

    def _open(self, path: str) -> str:
        """The method that ``path`` names for our bot."""
        found = _PATH.fullmatch(path)
        if found is None or not _TOKEN.fullmatch(found["token"]):
            raise wording.not_found()
        if found["token"] != self._telegram.bot.token:
            raise wording.unauthorized()
        if found["method"].lower() not in METHODS:
            raise ApiError(404, "Not Found: method not found")
        return found["method"]

    def _ask(self, call: BotCall, params: Params, at_ms: int) -> Response | Fault | Waiting:
        call.fields = dict(params.fields) | {name: file.name for name, file in params.files.items()}
        call.chat_id = _chat_id(params)
        if wait_s := self._count(call, at_ms):
            return _refuse(call, wording.too_many(wait_s))
        rule = pick(self._telegram.faults, call.method, call.chat_id, at_ms)
        if rule is None:
            return self._take(call, params, at_ms, may_wait=True)
        struck = strike(
            rule,
            lambda: _whole(self._take(call, params, at_ms)),
            lambda seconds: self._land_later(
                at_ms + int(seconds * 1000), lambda due_ms: self._take(call, params, due_ms)
            ),
        )
        call.outcome = rule.kind
        return struck

    def _count(self, call: BotCall, at_ms: int) -> int:
        """Count a call for the limits; the seconds it has to wait where they are enforced."""
        if call.method.lower() not in COUNTED:
            return 0
        chat = self._telegram.chats.get(call.chat_id)
        is_group = chat is not None and chat.kind is not Kind.PRIVATE
        call.exceeded, wait_s = self._telegram.limits.count(call.chat_id, at_ms, is_group=is_group)
        return wait_s

    def _take(
        self, call: BotCall, params: Params, at_ms: int, *, may_wait: bool = False
    ) -> Response | Waiting:
        """Let the call have its effect."""
        ask = Ask(self._telegram, params, at_ms, call.number, may_wait)
        call.taken = True
        try:
            result = METHODS[call.method.lower()](ask)
        except ApiError as error:
            return _refuse(call, error)
        if isinstance(result, Waiting):
            call.outcome = "waiting"
            return result
        call.outcome = call.outcome or "answered"
        if isinstance(result, dict):
            call.message_id = int(result.get("message_id", 0))
        return _grant(result)


def _whole(answer: Response | Waiting) -> Response:
    assert isinstance(answer, Response)
    return answer


def _grant(result: Any) -> Response:
    return json_response({"ok": True, "result": result})


def _refuse(call: BotCall, error: ApiError) -> Response:
    call.outcome, call.taken = "refused", False
    call.error_code, call.description = error.code, error.description
    return error_response(error)


def _chat_id(params: Params) -> int:
    try:
        return params.integer("chat_id") or 0
    except ApiError:
        return 0
