"""ASGI to the core's plain values and back, and the one thing ASGI cannot say: a broken connection.

It decides nothing; uvicorn's own protocol is extended only to hand over the transport.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pilotbridge.sandbox.http import Break, Fault, Request, Response

Scope = MutableMapping[str, Any]

BODY_BYTES_MAX = 16 * 1024 * 1024
TRANSPORT = "pilotbridge.transport"


class Protocol(HttpToolsProtocol):
    """Hands the connection to the application, which may have to break it.

    A client that does not escape its query is understood all the same, as by most web servers; the parser
    would end its connection.
    """

    _is_in_request_line = True

    def data_received(self, data: bytes) -> None:
        if self._is_in_request_line and not data.isascii():
            line, end, rest = data.partition(b"\n")
            data = escaped(line) + end + rest
        super().data_received(data)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._is_in_request_line = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_request_line = True

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Scope = self.scope  # type: ignore[assignment]
        scope[TRANSPORT] = self.transport


def escaped(line: bytes) -> bytes:
    """``line`` with every byte that is not ASCII written as ``%XX``."""
    return b"".join(b"%%%02X" % byte if byte > 0x7F else b"%c" % byte for byte in line)


async def read_body(receive: Any) -> bytes | None:
    """The whole body, one byte more than is allowed at most; None when the client went away."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        if not event.get("more_body") or len(body) > BODY_BYTES_MAX:
            return bytes(body)


def read_request(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    client = scope["client"][0] if scope.get("client") else ""
    query = scope["query_string"].decode("utf-8", "replace")
    return Request(scope["method"], scope["path"], query, headers, body, client)


async def give_answer(send: Any, response: Response, *, is_head: bool = False) -> None:
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", str(len(response.body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in response.headers.items()),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else response.body})


async def break_connection(
    transport: asyncio.Transport, fault: Fault, receive: Any, ending: asyncio.Event
) -> None:
    """Do to the connection what the fault says; a real one that stands cannot be refused any more.

    ``ending`` cuts short how long it hangs.
    """
    if fault.how is Break.HANG:
        await _hang(fault.seconds, receive, ending)
    if fault.how is Break.CUT and fault.response is not None:
        transport.write(_head(fault.response) + fault.response.body[: fault.sent_bytes])
        # A FIN lets what was written arrive; a RST could overtake it.
        transport.close()
    else:
        _reset(transport)
    # uvicorn must have seen the end, or it would answer 500 in our place.
    await client_gone(receive)


async def _hang(seconds: float, receive: Any, ending: asyncio.Event) -> None:
    """Let ``seconds`` pass, unless the client goes away or the server ends."""
    either = [asyncio.create_task(client_gone(receive)), asyncio.create_task(ending.wait())]
    await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in either:
        task.cancel()


async def client_gone(receive: Any) -> None:
    """Return when the client has closed its connection, or was answered."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _reset(transport: asyncio.Transport) -> None:
    """Close with a RST, so that the other side sees a reset and no orderly end."""
    connection = transport.get_extra_info("socket")
    # The client may have gone first: there is nothing to reset then, and its socket has no number any more.
    with suppress(OSError, ValueError):
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    transport.abort()


def _head(response: Response) -> bytes:
    return (
        f"HTTP/1.1 {response.status} OK\r\nContent-Type: {response.content_type}\r\n"
        f"Content-Length: {len(response.body)}\r\n\r\n"
    ).encode()
