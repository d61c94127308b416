"""The short way of a post that is whole at once: from the parser to its door, and one write for the answer.

A task, a request cycle and two messages for an answer cost a small body as much as reading it does. It owns
which requests may go this way and what their answer is on the wire. Whatever is unusual about one, and every
refusal, goes the ASGI way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from pilotbridge.web.asgi import SECURITY, Answer, Header
from pilotbridge.web.idle import Idle
from pilotbridge.web.one_write import OneWrite


class WholePost(msgspec.Struct, frozen=True):
    """A POST with all of its body. Names of ``headers`` are in lower case."""

    path: str
    query: bytes
    headers: list[Header]
    body: bytes


Tell = Callable[[Answer], None]
"""Answers a request, once. Nothing happens when its client has left."""


@dataclass(frozen=True, slots=True)
class FastDoor:
    """Posts to paths that begin with ``prefix`` are shown to ``take`` first.

    It answers by its second argument, then or later; or it returns False, has done nothing, and the request
    goes the ASGI way. It does not raise.
    """

    prefix: bytes
    take: Callable[[WholePost, Tell], bool]


class FastProtocol(HttpToolsProtocol):
    """uvicorn's protocol with the short way. An answer, short or not, leaves in one piece."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        fast: FastDoor | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.fast = fast
        self._held: list[bytes] | None = None
        self._idle = Idle(self.loop, self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = self._out = OneWrite(transport, self.loop)  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self._idle.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._idle.ends()
        super().data_received(data)
        if self._held is not None:
            self._go_the_asgi_way()

    def on_headers_complete(self) -> None:
        if self.fast is not None and self._is_for(self.fast):
            self._held = []
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._held is not None:
            self._held.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._held is not None:
            if self.fast is not None and self._take(self.fast, b"".join(self._held)):
                self._held = None
                return
            self._go_the_asgi_way()
        super().on_message_complete()

    def _is_for(self, fast: FastDoor) -> bool:
        """Whether it is a plain post to that door, with nothing unanswered before it."""
        url, parser, before = self.url, self.parser, self.cycle
        return (
            url.startswith(fast.prefix)
            and parser.get_method() == b"POST"
            and (before is None or before.response_complete)
            and parser.get_http_version() == "1.1"
            and not self.expect_100_continue
            and not self.flow.write_paused
            and not parser.should_upgrade()
            and url.isascii()
            and b"%" not in url
            and b"#" not in url
        )

    def _take(self, fast: FastDoor, body: bytes) -> bool:
        path, _, query = self.url.partition(b"?")
        before, taken = self.cycle, _Taken(keep_alive=self.parser.should_keep_alive())
        self.cycle = taken  # type: ignore[assignment]
        post = WholePost(path.decode("ascii"), query, self.headers, body)
        if fast.take(post, partial(self._answer, taken)):
            return True
        self.cycle = before
        return False

    def _answer(self, taken: _Taken, answer: Answer) -> None:
        taken.response_complete = True
        if taken.disconnected:
            return
        self._out.write_whole(on_wire(answer, keep_alive=taken.keep_alive))
        if not taken.keep_alive:
            self.transport.close()
        if self.pipeline or self.transport.is_closing():
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._idle.begins()

    def _go_the_asgi_way(self) -> None:
        """Give uvicorn what was held back of this request; what is still to come reaches it directly."""
        held, self._held = self._held or [], None
        super().on_headers_complete()
        for part in held:
            super().on_body(part)


class _Taken:
    """A request under way, as far as uvicorn looks at the cycle it would have made for it."""

    __slots__ = ("disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.disconnected = self.response_complete = False
        self.message_event = _NOBODY_WAITS


class _NobodyWaits:
    """Stands for the event that wakes a cycle's application."""

    def set(self) -> None: ...


_NOBODY_WAITS = _NobodyWaits()


def on_wire(answer: Answer, *, keep_alive: bool) -> bytes:
    """The answer to a request of HTTP/1.1."""
    end = b"\r\n\r\n" if keep_alive else b"\r\nconnection: close\r\n\r\n"
    head = _head(answer.status, answer.content_type, answer.headers)
    return b"%b%d%b%b" % (head, len(answer.body), end, answer.body)


@lru_cache(maxsize=64)
def _head(status: int, content_type: bytes, headers: tuple[Header, ...]) -> bytes:
    """All of it up to the length."""
    fields = ((b"content-type", content_type), *SECURITY, *headers)
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    return b"HTTP/1.1 %d %b\r\n%bcontent-length: " % (status, HTTPStatus(status).phrase.encode(), lines)
