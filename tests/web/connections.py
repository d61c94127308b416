"""Connections to an intake without sockets: what a client writes, and all that it hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from pilotbridge.web.app import build
from pilotbridge.web.asgi import App
from pilotbridge.web.fast_path import FastDoor, Tell, WholePost
from pilotbridge.web.intake import Intake
from pilotbridge.web.receiving import BoundedProtocol, Limits
from tests.web.conftest import TOKEN, Door

AUTH = f"authorization: Bearer {TOKEN}\r\n".encode()
GET = b"GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n"
LAST = b"GET /nothing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"


def post(
    body: bytes = b"DiskFull firing", fields: bytes = AUTH, to: bytes = b"/in/lines", **more: Any
) -> bytes:
    method, version = more.get("method", b"POST"), more.get("version", b"1.1")
    head = b"%b %b HTTP/%b\r\nhost: a\r\n%bcontent-length: %d\r\n\r\n"
    return head % (method, to, version, fields, len(body)) + body


@dataclass
class Watched:
    """The fast door of an intake, which counts what goes through it."""

    intake: Intake
    taken: list[WholePost] = field(default_factory=list)

    @property
    def door(self) -> FastDoor:
        return FastDoor(self.intake.fast.prefix, self._take)

    def _take(self, post: WholePost, tell: Tell) -> bool:
        is_taken = self.intake.fast.take(post, tell)
        if is_taken:
            self.taken.append(post)
        return is_taken


class Wire(asyncio.Transport):
    """What a connection's other end hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = b""
        self.is_closed = False
        self.is_reading = True
        self.ended = asyncio.Event()
        self.on_write: Callable[[], Any] = lambda: None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.7", 40000), "sockname": ("127.0.0.1", 8080)}.get(name, default)

    def write(self, data: Any) -> None:
        self.heard += data
        self.on_write()

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True
        self.ended.set()

    abort = close

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


@dataclass
class Server:
    """Connections to an intake, without sockets."""

    app: App
    fast: FastDoor | None
    limits: Limits = field(default_factory=Limits)
    state: ServerState = field(default_factory=ServerState)
    keep_alive_s: int = 75

    def connect(self) -> tuple[BoundedProtocol, Wire]:
        config = uvicorn.Config(
            self.app,
            lifespan="off",
            log_config=None,
            ws="none",
            server_header=False,
            timeout_keep_alive=self.keep_alive_s,
        )
        protocol = BoundedProtocol(config, self.state, {}, limits=self.limits, fast=self.fast)
        wire = Wire()
        protocol.connection_made(wire)
        return protocol, wire

    async def exchange(self, *parts: bytes) -> bytes:
        """All that is heard by who sends ``parts``, each when there was nothing more to do."""
        protocol, wire = self.connect()
        for part in (*parts, LAST):
            if not wire.is_closed:
                protocol.data_received(part)
            await idle()
        async with asyncio.timeout(20):
            await wire.ended.wait()
        protocol.connection_lost(None)
        return wire.heard


async def idle(rounds: int = 30) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0)


def server_of(door: Door, fast: FastDoor | None, intake: Intake | None = None, **more: Any) -> Server:
    app = build(
        settings=lambda: door.settings,
        intake_door=intake or door.intake,
        callback_door=door.app,
        endpoints=(),
    )
    return Server(app, fast, **more)
