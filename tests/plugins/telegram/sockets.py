"""A bot on real sockets: a loop on a thread, a bridge that only notes, proxies and a TLS door of our own."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import requests

from pilotbridge import ChatPost, ChatReceipt
from pilotbridge.clock import SystemClock
from pilotbridge.logs import get_logger
from pilotbridge.runtime.loop_tasks import LoopTasks
from pilotbridge.sandbox.server import ThreadedServer
from pilotbridge.sandbox.telegram.chats import Bot
from pilotbridge_plugins.telegram import Telegram
from pilotbridge_plugins.telegram.options import TelegramOptions

CERTS = Path(__file__).parents[2] / "smspilot" / "transport" / "certs"
TOKEN = Bot().token
PATIENT_S = 15.0


class NotingBridge:
    """What a connector needs of a bridge; it notes what it is told."""

    def __init__(self, tasks: LoopTasks) -> None:
        self.run_forever = tasks.run_forever
        self.call_async = tasks.call_async
        self.clock = self
        self.updates: dict[int, bytes] = {}
        self.troubles: dict[str, Any] = {}
        self.news = threading.Condition()

    def steady_s(self) -> float:
        return SystemClock().now().boot_ms / 1000

    def log(self, name: str = "") -> Any:
        return get_logger("plugin.telegram")

    def storage(self, name: str = "") -> Any:
        return _Kept()

    def public_url(self, path: str) -> str:
        return f"https://bridge.example{path}"

    def hook_url(self, chat: str) -> str:
        return self.public_url(f"/hooks/{chat}/secret")

    def raise_trouble(self, trouble: Any) -> None:
        with self.news:
            self.troubles[trouble.name] = trouble
            self.news.notify_all()

    def clear_trouble(self, name: str, what: str) -> None:
        self.troubles.pop(name, None)

    def store_update(self, chat: str, number: int, body: bytes) -> Future[bool]:
        with self.news:
            is_new = number not in self.updates
            self.updates[number] = body
            self.news.notify_all()
        future: Future[bool] = Future()
        future.set_result(is_new)
        return future

    def texts(self) -> list[str]:
        return [
            msgspec.json.decode(body)["message"].get("text", "") for _, body in sorted(self.updates.items())
        ]


class _Kept:
    def get(self, key: str) -> Any:
        return None

    def set(self, key: str, value: Any) -> None:
        """Forgotten."""


class Rig:
    """A sandbox and a loop of our own, each on a thread; bots are started on the loop."""

    def __init__(self) -> None:
        self.sandbox = ThreadedServer()
        self.tasks = LoopTasks()
        self.bridge = NotingBridge(self.tasks)
        self.chat: Any = None
        self._session = requests.Session()
        self._session.trust_env = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="loop")

    async def _serve(self) -> None:
        self.loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self.doors: list[asyncio.Server] = []
        self.tasks.open()
        self._ready.set()
        await self._stopping.wait()
        await self.tasks.end_steps()
        await self.loop.run_in_executor(None, self.chat.close if self.chat else lambda: None)
        await self.tasks.stop()
        for door in self.doors:
            door.close()

    def __enter__(self) -> Rig:
        self.sandbox.start()
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(PATIENT_S)
        self.sandbox.stop()
        assert not self._thread.is_alive()

    # -- the bot ---------------------------------------------------------------------------------

    def start(self, **options: Any) -> Any:
        given = {"token": TOKEN, "api_url": self.sandbox.url, "read_timeout": "2s"} | options
        self.chat = Telegram().open("telegram", TelegramOptions.model_validate(given))
        self.chat.start(self.bridge)
        return self.chat

    def submit(self, post: ChatPost) -> ChatReceipt:
        return self.chat.submit(post).result(PATIENT_S)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for news of the bridge until ``is_so``."""
        with self.bridge.news:
            assert self.bridge.news.wait_for(is_so, PATIENT_S), (self.bridge.updates, self.bridge.troubles)

    # -- Telegram's side -------------------------------------------------------------------------

    def order(self, path: str, **fields: Any) -> Any:
        answer = self._session.post(f"{self.sandbox.url}/sandbox/telegram/{path}", json=fields, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, path: str) -> Any:
        return self._session.get(f"{self.sandbox.url}/sandbox/telegram/{path}", timeout=10).json()

    # -- on the way ------------------------------------------------------------------------------

    def open_door(self, serve: Callable[..., Awaitable[None]], *, cert: str = "") -> int:
        """Listen on a free port of loopback; behind TLS with one of the tests' certificates."""
        context = None
        if cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTS / f"{cert}.pem")

        async def opened() -> int:
            door = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
            self.doors.append(door)
            return int(door.sockets[0].getsockname()[1])

        return asyncio.run_coroutine_threadsafe(opened(), self.loop).result(PATIENT_S)


async def join(one: Any, other: Any) -> None:
    """Carry bytes both ways until either side ends."""
    pumps = [asyncio.create_task(_pump(one[0], other[1])), asyncio.create_task(_pump(other[0], one[1]))]
    with contextlib.suppress(OSError):
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    for pump in pumps:
        pump.cancel()
    await asyncio.gather(*pumps, return_exceptions=True)
    for _, writer in (one, other):
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65536):
        writer.write(some)
        await writer.drain()


class ConnectProxy:
    """An HTTP proxy that knows CONNECT, and the user and password it wants."""

    def __init__(self, status: str = "200 OK") -> None:
        self.asked: list[str] = []
        self.status = status

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        writer.write(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
        if not self.status.startswith("200"):
            writer.close()
            return
        host, _, port = head.split()[1].rpartition(":")
        await join((reader, writer), await asyncio.open_connection(host, int(port)))


class SocksProxy:
    """A SOCKS 5 proxy without passwords, that notes the names it was asked for."""

    def __init__(self, refuses: bool = False) -> None:
        self.asked: list[str] = []
        self.refuses = refuses

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        head = await reader.readexactly(4)
        size = (await reader.readexactly(1))[0] if head[3] == 3 else 4
        name = await reader.readexactly(size)
        port = int.from_bytes(await reader.readexactly(2), "big")
        host = name.decode() if head[3] == 3 else ".".join(map(str, name))
        self.asked.append(host)
        writer.write(bytes([5, 5 if self.refuses else 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        if self.refuses:
            writer.close()
            return
        await join((reader, writer), await asyncio.open_connection("127.0.0.1", port))


class Prefixed:
    """A web server in front of the Bot API that serves it below a path."""

    def __init__(self, prefix: str, port: int) -> None:
        self._prefix, self._port = prefix.encode(), port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self._port)
        back = asyncio.create_task(_pump(there[0], writer))
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line[15:])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                there[1].write(
                    head.replace(b" " + self._prefix + b"/", b" /", 1) + await reader.readexactly(length)
                )
        back.cancel()
        await asyncio.gather(back, return_exceptions=True)
        there[1].close()
        writer.close()
