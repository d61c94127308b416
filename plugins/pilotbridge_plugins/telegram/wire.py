"""The bot on its connections: python-telegram-bot as a client of the Bot API, and nothing else of it.

One pool for calls and one for the poll, so that neither waits for the other. Certificates are always checked;
a proxy of the environment is used only when the configuration says so.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import httpx
from telegram import Bot
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

from pilotbridge import trusting_context
from pilotbridge_plugins.telegram.options import TelegramOptions

CALLS_AT_ONCE = 32
POOL_S = 5.0
UNREADABLE = "Invalid server response"

MakeRequest = Callable[["Patience"], BaseRequest]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one kind of call may take, and how many go at once."""

    connect_s: float
    read_s: float
    at_once: int = CALLS_AT_ONCE


class NotSent(NetworkError):
    """The call failed before a byte of it had left."""


class _Trace:
    """Whether a request has begun to leave, as the connection tells."""

    def __init__(self) -> None:
        self.has_left = False

    async def __call__(self, event: str, told: Mapping[str, Any]) -> None:
        # CONNECT is what the proxy is asked, not Telegram.
        if event.endswith(".send_request_headers.started") and told["request"].method != b"CONNECT":
            self.has_left = True


_trace: ContextVar[_Trace] = ContextVar("trace")


async def _watch(request: httpx.Request) -> None:
    request.extensions["trace"] = _trace.get()


class Request(HTTPXRequest):
    """Tells what surely did not leave, and reads an answer without writing what it says into a log."""

    async def do_request(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        """:raises NotSent: when no byte of the request has left."""
        trace = _Trace()
        _trace.set(trace)
        try:
            return await super().do_request(*args, **options)
        except NetworkError as error:
            if trace.has_left:
                raise
            raise NotSent(error.message) from error.__cause__

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """:raises TelegramError: when it is no answer of a Bot API."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise TelegramError(UNREADABLE) from error
        if not isinstance(answer, dict):
            raise TelegramError(UNREADABLE)
        return answer


@dataclass(frozen=True, slots=True)
class Wire:
    """A bot and its connections; ``patience_s`` is how long a call may take."""

    bot: Bot
    requests: tuple[BaseRequest, ...]
    patience_s: float

    async def close(self) -> None:
        for request in self.requests:
            await request.shutdown()


def open_wire(options: TelegramOptions, make_request: MakeRequest | None = None) -> Wire:
    """The bot of a token. No network call yet; ``make_request`` stands in for sockets in tests.

    :raises ConfigurationError: when ``ca_file`` holds no certificates.
    """
    # What the library warns its programmers of is nothing to an operator.
    warnings.filterwarnings("ignore", category=PTBDeprecationWarning)
    make = make_request or _over_sockets(options)
    connect_s, read_s = options.connect_timeout.total_seconds(), options.read_timeout.total_seconds()
    poll_s = options.poll_timeout.total_seconds() + read_s
    calls, polls = make(Patience(connect_s, read_s)), make(Patience(connect_s, poll_s, at_once=2))
    base_url = f"{options.api_url.rstrip('/')}/bot"
    bot = Bot(options.token.reveal(), base_url=base_url, request=calls, get_updates_request=polls)
    return Wire(bot, (calls, polls), connect_s + read_s)


async def fetch(bot: Bot, offset: int | None, poll_s: float, kinds: tuple[str, ...]) -> list[Any]:
    """The updates from ``offset`` on as they come, waiting up to ``poll_s`` for the first.

    :raises TelegramError: as every call does.
    """
    found = await raw(bot, "getUpdates", offset=offset, timeout=int(poll_s), allowed_updates=list(kinds))
    return cast(list[Any], found)


async def raw(bot: Bot, method: str, **fields: Any) -> Any:
    """What a ``get...`` method answers, as it came; the library's own objects hold only what it knows.

    :raises TelegramError: as every call does.
    """
    # The library warns of raw calls of methods that it has itself; it does not know them in this spelling.
    # What it makes of it may differ in capitals, which mean nothing to a Bot API.
    return await bot.do_api_request(method.replace("get", "get_", 1), api_kwargs=fields)


def _over_sockets(options: TelegramOptions) -> MakeRequest:
    context = trusting_context(options.ca_file)
    network: dict[str, Any] = {"verify": context, "trust_env": options.proxy == "env"}
    network["event_hooks"] = {"request": [_watch]}
    if options.proxy not in ("direct", "env"):
        network["proxy"] = _proxy(options.proxy, context)

    def make(patience: Patience) -> BaseRequest:
        return Request(
            connection_pool_size=patience.at_once,
            connect_timeout=patience.connect_s,
            read_timeout=patience.read_s,
            write_timeout=patience.read_s,
            pool_timeout=POOL_S,
            httpx_kwargs=network,
        )

    return make


def _proxy(url: str, context: Any) -> Any:
    """Names are always resolved behind a SOCKS proxy, which httpx calls by the shorter word."""
    plain = url.replace("socks5h://", "socks5://", 1)
    return httpx.Proxy(plain, ssl_context=context if plain.startswith("https:") else None)
