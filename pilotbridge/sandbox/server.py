"""The sandbox on real sockets: a thin shell that reads the clock, breaks connections and makes callbacks.

Every decision is the core's. :class:`Server` runs on the loop it is started on; :func:`serve` is the
program; :class:`ThreadedServer` runs one beside other code in the same process.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from pilotbridge.clock import SystemClock
from pilotbridge.sandbox.asgi import (
    BODY_BYTES_MAX,
    TRANSPORT,
    Protocol,
    Scope,
    break_connection,
    client_gone,
    give_answer,
    read_body,
    read_request,
)
from pilotbridge.sandbox.callbacks import Call
from pilotbridge.sandbox.calling import make_call
from pilotbridge.sandbox.core import NOTHING_NEW, Sandbox
from pilotbridge.sandbox.http import Fault, Request, Response, Waiting, json_response
from pilotbridge.sandbox.state_file import StateFile
from pilotbridge.sandbox.telegram.updates import Delivery

Now = Callable[[], datetime]
Ready = Callable[[str], None]

CALLS_AT_ONCE = 50
_IDLE_S = 60.0
_PORT_AGAIN_S = 0.5


class _Uvicorn(uvicorn.Server):
    """Leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Server:
    """One sandbox on one address, on the running loop."""

    def __init__(self, sandbox: Sandbox, now: Now | None = None) -> None:
        self.sandbox = sandbox
        self._now = now or SystemClock().utc_now
        self._wake = asyncio.Event()
        self._ending = asyncio.Event()
        self._polls: set[asyncio.Event] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._at_the_door = asyncio.Lock()
        self._callers = asyncio.Semaphore(CALLS_AT_ONCE)
        self._tasks: list[asyncio.Task[None]] = []
        self._uvicorn: _Uvicorn | None = None
        self._address: tuple[str, int] = ("", 0)

    @property
    def port(self) -> int:
        return self._address[1]

    @property
    def url(self) -> str:
        host, port = self._address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one, which :attr:`port` tells.

        :raises OSError: when the address cannot be had.
        """
        listener = _listen(host, port)
        self._ending.clear()
        self._address = listener.getsockname()[:2]
        config = uvicorn.Config(
            self._app,
            http=Protocol,
            interface="asgi3",
            proxy_headers=False,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._uvicorn = _Uvicorn(config)
        serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]))
        while not self._uvicorn.started and not serving.done():
            await asyncio.sleep(0.005)
        self._tasks = [serving, asyncio.create_task(self._keep_promises())]

    async def stop(self) -> None:
        """Stop listening and end what is still open; whoever waits is answered first."""
        if self._uvicorn is None or not self._tasks:
            return
        self._ending.set()
        self._tell_polls()
        self._uvicorn.should_exit = True
        serving, promises = self._tasks
        calls = list(self._under_way)
        for task in (promises, *calls):
            task.cancel()
        self._tasks = []
        for ended in await asyncio.gather(serving, promises, *calls, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    async def __aenter__(self) -> Server:
        if not self._tasks:
            await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # -- requests --------------------------------------------------------------------------------

    async def _app(self, scope: Scope, receive: Any, send: Any) -> None:
        body = await read_body(receive)
        if body is None:
            return
        if len(body) > BODY_BYTES_MAX:
            await give_answer(send, json_response({"error": "the body is too long"}, 413))
            return
        request = read_request(scope, body)
        news = self.sandbox.news
        outcome = self.sandbox.begin(request, self._now())
        if self.sandbox.news != news:
            self._tell_polls()
            self._wake.set()
        if isinstance(outcome, Waiting):
            await self._let_wait(outcome, receive, send)
            return
        if isinstance(outcome, Fault):
            await break_connection(scope[TRANSPORT], outcome, receive, self._ending)
            return
        if request.method == "POST":
            await self._after(request)
        if outcome.after_s:
            await self._let_pass(outcome.after_s)
        await give_answer(send, outcome, is_head=request.method == "HEAD")

    async def _let_pass(self, seconds: float) -> None:
        """Wait as long as an answer is late, but not beyond the server's end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    async def _after(self, request: Request) -> None:
        """What an order brings about is done before it is answered: calls that are due, a closed door."""
        await self._mind_the_door()
        if request.path.rstrip("/") == "/sandbox/time":
            await self._make_due_calls()
            self._tell_polls()
        self._wake.set()

    # -- polls that wait -------------------------------------------------------------------------

    def _tell_polls(self) -> None:
        for told in self._polls:
            told.set()

    async def _let_wait(self, waiting: Waiting, receive: Any, send: Any) -> None:
        """Answer a poll when there is something, or its time is over; a client that left is forgotten."""
        told = asyncio.Event()
        self._polls.add(told)
        leaving = asyncio.create_task(client_gone(receive))
        leaving.add_done_callback(lambda _: told.set())
        try:
            answer = await self._wait_for_news(waiting, told, leaving)
        finally:
            self._polls.discard(told)
            self.sandbox.give_up(waiting)
            leaving.cancel()
        if answer is not None:
            await give_answer(send, answer)

    async def _wait_for_news(
        self, waiting: Waiting, told: asyncio.Event, leaving: asyncio.Task[None]
    ) -> Response | None:
        """The answer, or None when the client left first."""
        while not leaving.done():
            outcome = self.sandbox.ask_again(waiting, self._now())
            if isinstance(outcome, Response):
                return outcome
            if self._ending.is_set():
                return NOTHING_NEW
            told.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(outcome.seconds):
                    await told.wait()
        return None

    # -- callbacks -------------------------------------------------------------------------------

    async def _keep_promises(self) -> None:
        """Make callbacks, let late requests land, open and close the door, each when it is due."""
        while True:
            self._wake.clear()
            await self._mind_the_door()
            self._start_due_calls()
            # Not wait_for: up to Python 3.11 it may swallow a cancellation that comes as it is woken.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s()):
                    await self._wake.wait()

    def _rest_s(self) -> float:
        """How long there is nothing to do."""
        now = self._now()
        due_s = self.sandbox.next_due_s(now)
        door_s = _IDLE_S if self._is_open else self.sandbox.down_for_s(now)
        return min(_IDLE_S, door_s, _IDLE_S if due_s is None else due_s)

    @property
    def _running(self) -> _Uvicorn:
        assert self._uvicorn is not None
        return self._uvicorn

    @property
    def _is_open(self) -> bool:
        return bool(self._running.servers)

    async def _mind_the_door(self) -> None:
        """Listen or not: only a closed door refuses a connection before it stands."""
        async with self._at_the_door:
            if self.sandbox.down_for_s(self._now()):
                for listening in self._running.servers:
                    listening.close()
                self._running.servers = []
            elif not self._is_open:
                self._running.servers = [await self._open_door(self._running.config.backlog)]

    async def _open_door(self, backlog: int) -> asyncio.Server:
        """Listen again where we did; while somebody else has the port, wait for it."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                return await loop.create_server(self._protocol, sock=_listen(*self._address), backlog=backlog)
            except OSError:
                await asyncio.sleep(_PORT_AGAIN_S)

    def _protocol(self) -> asyncio.Protocol:
        server = self._running
        return Protocol(server.config, server.server_state, server.lifespan.state)

    async def _make_due_calls(self) -> None:
        """Make every call that is due, also those that become due on the way; return when all are heard."""
        self._start_due_calls()
        while self._under_way:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            self._start_due_calls()

    def _start_due_calls(self) -> None:
        """Each call goes its own way: a script that is slow keeps back nobody else's."""
        for call in self.sandbox.calls_due(self._now()):
            task = asyncio.create_task(self._make(call))
            self._under_way.add(task)
            task.add_done_callback(self._call_ended)

    def _call_ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._wake.set()

    async def _make(self, call: Call | Delivery) -> None:
        async with self._callers:
            heard = await make_call(call)
        self.sandbox.heard(call, heard, self._now())


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


# --- as a program, and beside other code ------------------------------------------------------------


def serve(listen: str = "127.0.0.1:8025", state: Path | None = None, *, ready: Ready | None = None) -> None:
    """Run a sandbox until SIGINT or SIGTERM; ``ready`` hears its URL once it listens.

    :raises OSError: when the address cannot be had.
    :raises BadState: when ``state`` is no file of a sandbox.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(listen, state, ready))


def read_address(listen: str) -> tuple[str, int]:
    """Read ``HOST:PORT``; brackets around an IPv6 address.

    :raises ValueError: when it is neither.
    """
    host, _, port = listen.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{listen!r} is no HOST:PORT; write it like 127.0.0.1:8025")
    return host.strip("[]") or "127.0.0.1", int(port)


async def _serve(listen: str, state: Path | None, ready: Ready | None) -> None:
    host, port = read_address(listen)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    with contextlib.ExitStack() as stack:
        server = Server(Sandbox(stack.enter_context(StateFile(state)) if state else None))
        await server.start(host, port)
        if ready is not None:
            ready(server.url)
        await stopping.wait()
        await server.stop()


class ThreadedServer:
    """A server on a loop and a thread of its own; a context that is left stops it."""

    def __init__(
        self,
        sandbox: Sandbox | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Now | None = None,
    ) -> None:
        self.sandbox = sandbox or Sandbox()
        self.url = ""
        self.port = 0
        self._where = (host, port)
        self._now = now
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._stop: Callable[[], object] = _nothing
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def start(self) -> ThreadedServer:
        """:raises OSError: when the address cannot be had."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        self._stop()
        self._thread.join()

    def __enter__(self) -> ThreadedServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        server = Server(self.sandbox, self._now)
        try:
            await server.start(*self._where)
        except OSError as error:
            self._failure = error
            self._ready.set()
            return
        self.url, self.port = server.url, server.port
        self._stop = functools.partial(loop.call_soon_threadsafe, stopping.set)
        self._ready.set()
        await stopping.wait()
        await server.stop()


def _nothing() -> None:
    """What is not running needs no stop."""
