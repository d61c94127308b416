"""uvicorn's protocol with what it lacks: a deadline for receiving, a cap on headers, a cap on connections.

It owns how long and how much a client may send before its request is whole; what is in it is the app's.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from pilotbridge.web.asgi import RETRY_AFTER, App, Receive, Scope, Send, error
from pilotbridge.web.fast_path import FastDoor, FastProtocol

HEALTH_PREFIX = "/-/"
_CLOSE = (b"connection", b"close")
_UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:[^\r\n]*\r\n", re.IGNORECASE)
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take.

    ``receive_s`` runs from the first byte of a request (or the connection's begin) to the request's last,
    however steadily it drips. ``spare`` connections above the cap still reach the health endpoints.
    """

    receive_s: float = 10.0
    head_bytes: int = 64 * 1024
    connections: int = 4096
    spare: int = 64


class BoundedProtocol(FastProtocol):
    """One connection within :class:`Limits`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
        fast: FastDoor | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop, fast=fast)
        self._limits = limits
        self._deadline: asyncio.TimerHandle | None = None
        self._is_whole = False
        self._is_between = True
        self._head_bytes = 0

    # -- connections -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        above = len(self.connections) - self._limits.connections
        if above > self._limits.spare:
            transport.abort()
            return
        if above > 0:
            self.app, self.fast = _only_health(self.app), None
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    # -- the deadline ----------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._is_whole = False
        self._head_bytes += len(data)
        super().data_received(without_upgrade(data) if self._is_between else data)
        if self._is_whole:
            self._disarm()
        elif not self.transport.is_closing():
            self._arm()
            self._check_head()

    def on_message_begin(self) -> None:
        self._is_whole = self._is_between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_whole = self._is_between = True
        self._head_bytes = 0
        super().on_message_complete()

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._limits.receive_s, self._out_of_time)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _out_of_time(self) -> None:
        """Cut it off: an answer would be a 4xx, after which a sender drops what it has."""
        self._deadline = None
        self.transport.abort()

    def _check_head(self) -> None:
        if self._head_bytes > self._limits.head_bytes:
            self.transport.write(_HEAD_TOO_LARGE)
            self.transport.close()


def without_upgrade(data: bytes) -> bytes:
    """The beginning of a request without its wish for another protocol, which any server may ignore.

    Java's client wishes for HTTP/2 with every first request; the parser would take its body for that and
    the sender would hear that there was none.
    """
    end = data.find(b"\r\n\r\n") + 4
    head = data if end < 4 else data[:end]
    if b"upgrade" not in head.lower():
        return data
    return _UPGRADE.sub(b"\r\n", head) + data[len(head) :]


def _only_health(app: App) -> App:
    """The app of a connection too many: health answers, everything else comes again later."""

    async def only_health(scope: Scope, receive: Receive, send: Send) -> None:
        path: Mapping[str, Any] = scope
        if str(path["path"]).startswith(HEALTH_PREFIX):
            await app(scope, receive, send)
            return
        message = "too many connections are open; try again in some seconds"
        await error(503, "try-later", message, headers=(RETRY_AFTER, _CLOSE)).give(send)

    return only_health
