"""The sandbox behind python-telegram-bot: the real client's calls, no socket, time by hand.

It turns what the sandbox's core decides into the very answers and exceptions that the client's own transport
would give. It is imported only where a bot is driven, for the library costs 200 ms.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.http import Break, Fault, Request, Response

_FORM = {"content-type": "application/x-www-form-urlencoded"}


class SandboxBotRequest(BaseRequest):
    """Hand it to a ``Bot`` as ``request`` and as ``get_updates_request``; a poll never waits."""

    def __init__(self, sandbox: Sandbox, now: Callable[[], datetime], *, read_s: float = 20.0) -> None:
        self._sandbox = sandbox
        self._now = now
        self._read_s = read_s

    @property
    def read_timeout(self) -> float | None:
        return self._read_s

    async def initialize(self) -> None:
        """Nothing is to be opened."""

    async def shutdown(self) -> None:
        """Nothing is open."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_patience: Any, **_more: Any
    ) -> tuple[int, bytes]:
        """Let the sandbox answer.

        :raises NetworkError: with the cause that httpx would give.
        """
        fields = request_data.json_parameters if request_data else {}
        body = urlencode(fields).encode()
        request = Request(method, urlsplit(url).path, "", _FORM, body)
        outcome = self._sandbox.handle(request, self._now())
        if isinstance(outcome, Fault):
            raise _broken(outcome, self._read_s)
        return self._answer(outcome)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library's own, without a line in the log: broken answers are what a sandbox is for."""
        try:
            answer: dict[str, Any] = json.loads(payload)
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        return answer

    def _answer(self, response: Response) -> tuple[int, bytes]:
        if response.after_s >= self._read_s:
            raise _caused(TimedOut(), httpx.ReadTimeout(""))
        return response.status, response.body


def _broken(fault: Fault, patience_s: float) -> NetworkError:
    """How a connection breaks, as the client tells it."""
    match fault.how:
        case Break.REFUSED:
            return _network(httpx.ConnectError("All connection attempts failed"))
        case Break.CUT:
            return _network(httpx.RemoteProtocolError("peer closed connection without sending complete body"))
        case Break.HANG if fault.seconds >= patience_s:
            return _caused(TimedOut(), httpx.ReadTimeout(""))
    return _network(httpx.ReadError(""))


def _network(cause: httpx.HTTPError) -> NetworkError:
    return _caused(NetworkError(f"httpx.{type(cause).__name__}: {cause}"), cause)


def _caused(error: NetworkError, cause: Exception) -> NetworkError:
    error.__cause__ = cause
    return error
