"""The short way of a whole post: nobody can tell from outside which way a request went."""

from __future__ import annotations

import asyncio
import gc
import re
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from pilotbridge.metrics import Metrics
from pilotbridge.web.app import build
from pilotbridge.web.asgi import App
from pilotbridge.web.bodies import Bodies
from pilotbridge.web.fast_path import FastDoor, Tell, WholePost
from pilotbridge.web.idle import Idle
from pilotbridge.web.intake import Intake
from pilotbridge.web.receiving import BoundedProtocol, Limits
from tests.web.conftest import TOKEN, Door
from tests.web.test_intake_commits import SlowDisk

AUTH = f"authorization: Bearer {TOKEN}\r\n".encode()
GET = b"GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n"
LAST = b"GET /nothing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
_NUMBER = re.compile(rb'"journal": \d+')


@pytest.fixture
def door(disk, clock, settings) -> Door:
    settings = replace(settings, web=replace(settings.web, max_body_bytes=100_000))
    return Door(disk, clock, settings, Metrics(names={"source": ["lines"]}), Bodies(1_000_000))


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


USUAL = {
    "an alert": post(),
    "many alerts": post(b"\n".join(b"Alert%d firing" % n for n in range(200))),
    "no alert": post(b""),
    "a query": post(to=b"/in/lines?team=a&token=hidden"),
    "no query": post(to=b"/in/lines?"),
    "capitals": post(fields=b"AUTHORIZATION: bearer " + TOKEN.encode() + b"\r\n"),
    "the end of the connection": post(fields=AUTH + b"connection: close\r\n"),
    "chunks": b"POST /in/lines HTTP/1.1\r\nhost: a\r\n%btransfer-encoding: chunked\r\n\r\n"
    b"4\r\nDisk\r\nB\r\nFull firing\r\n0\r\n\r\n" % AUTH,
    "a wish for http/2": post(fields=AUTH + b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n"),
}
UNUSUAL = {
    "put": post(method=b"PUT"),
    "get": post(method=b"GET"),
    "no such source": post(to=b"/in/none"),
    "no source": post(to=b"/in/"),
    "a tail": post(to=b"/in/lines/more"),
    "an escaped path": post(to=b"/in/%6cines"),
    "a fragment": post(to=b"/in/lines#there"),
    "an absolute address": post(to=b"http://a/in/lines"),
    "no token": post(fields=b""),
    "a wrong token": post(fields=b"authorization: Bearer wrong\r\n"),
    "two tokens": post(fields=AUTH + AUTH),
    "two keys": post(fields=AUTH + b"idempotency-key: 1\r\nidempotency-key: 2\r\n"),
    "packed": post(fields=AUTH + b"content-encoding: gzip\r\n"),
    "multipart": post(fields=AUTH + b"content-type: multipart/form-data\r\n"),
    "a promise to ask": post(fields=AUTH + b"expect: 100-continue\r\n"),
    "one that is read aside": post(b"Alert%d firing\n" % 1 * 5000),
    "too large": post(b"x" * 100_001),
    "large chunks": b"POST /in/lines HTTP/1.1\r\nhost: a\r\n%btransfer-encoding: chunked\r\n\r\n"
    b"186a1\r\n%b\r\n0\r\n\r\n" % (AUTH, b"x" * 100_001),
    "no state": post(b"DiskFull maybe"),
    "a page": post(b"<html>"),
    "a bug": post(b"bug"),
    "no utf-8": post(b"\xff\xfe"),
    "nul": post(b"A\0B firing"),
    "http/1.0": post(version=b"1.0"),
    "nothing of http": b"hello\r\n\r\n",
}


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


@pytest.mark.parametrize("name", [*USUAL, *UNUSUAL])
def test_a_post_that_goes_the_short_way_hears_and_leaves_what_one_on_the_other_does(door, name):
    request = {**USUAL, **UNUSUAL}[name]
    watched = Watched(door.intake)

    def found(fast: FastDoor | None) -> tuple[bytes, Any, Any]:
        journal, refusals = len(door.journal), len(door.refusals)
        answer = asyncio.run(server_of(door, fast).exchange(request))
        kept = [(body.alerts, body.incoming) for body in door.journal[journal:]]
        refused = [(row.status, row.code, row.head) for row in door.refusals[refusals:]]
        return _NUMBER.sub(b'"journal": N', answer), kept, refused

    assert found(watched.door) == found(None)
    assert len(watched.taken) == (name in USUAL)
    assert door.bodies.held_bytes == 0


@pytest.mark.parametrize("cut", range(1, len(post())))
def test_wherever_a_post_is_cut_it_is_taken_once(door, cut):
    watched = Watched(door.intake)
    whole = asyncio.run(server_of(door, watched.door).exchange(post()))
    in_two = asyncio.run(server_of(door, watched.door).exchange(post()[:cut], post()[cut:]))

    assert in_two == whole.replace(b'"journal": 1', b'"journal": 2')
    is_body_cut = cut >= post().index(b"\r\n\r\n") + 4
    assert len(watched.taken) == (1 if is_body_cut else 2)
    assert len(door.journal) == 2
    assert door.bodies.held_bytes == 0


def test_posts_that_are_sent_together_are_answered_in_their_order(door):
    bodies = [b"First firing", b"Second maybe", b"Third firing", b"Fourth firing\nFifth firing"]
    requests = [post(bodies[0]), GET, *map(post, bodies[1:])]

    heard = asyncio.run(server_of(door, door.intake.fast).exchange(b"".join(requests)))

    assert re.findall(rb"HTTP/1.1 (\d+)", heard) == [b"202", b"404", b"422", b"202", b"202", b"404"]
    assert re.findall(rb'"accepted": (\d)', heard) == [b"1", b"1", b"2"]
    assert [body.alerts for body in door.journal] == [1, 1, 2]


# --- while the commit is on its way -----------------------------------------------------------------


@dataclass
class Slow:
    """A server whose disk waits to be told; all of its posts go the short way."""

    door: Door
    store: SlowDisk
    server: Server
    watched: Watched

    def post(self, *requests: bytes) -> tuple[BoundedProtocol, Wire]:
        protocol, wire = self.server.connect()
        protocol.data_received(b"".join(requests or [post()]))
        return protocol, wire


@pytest.fixture
def slow(door: Door) -> Slow:
    store = SlowDisk(door.disk)
    intake = Intake(
        store=store,
        settings=lambda: door.settings,
        sources=lambda: door.sources,
        clock=door.clock,
        meter=door.metrics,
        on_arrived=lambda arrived: None,
        raise_trouble=door.troubles.append,
        bodies=door.bodies,
    )
    watched = Watched(intake)
    return Slow(door, store, server_of(door, watched.door, intake), watched)


def test_nothing_is_heard_before_the_commit(slow):
    async def run() -> tuple[bytes, int, bytes]:
        _, wire = slow.post()
        await idle()
        early, held = wire.heard, slow.door.bodies.held_bytes
        slow.store.commit()
        await idle()
        return early, held, wire.heard

    early, held, late = asyncio.run(run())

    assert (early, held, late[:12]) == (b"", len(b"DiskFull firing"), b"HTTP/1.1 202")
    assert len(slow.watched.taken) == 1


def test_who_leaves_before_the_commit_costs_nobody_anything(slow):
    async def run() -> tuple[bytes, bytes]:
        leaver, left = slow.post()
        _, stays = slow.post()
        await idle()
        left.close()
        leaver.connection_lost(None)
        while slow.store.waiting:
            slow.store.commit()
            await asyncio.sleep(0.01)
        return left.heard, stays.heard

    left, stays = asyncio.run(run())

    assert (left, stays[:12]) == (b"", b"HTTP/1.1 202")
    assert (len(slow.door.journal), slow.door.bodies.held_bytes) == (2, 0)


def test_what_cannot_be_kept_is_503_and_come_again_and_leaves_nothing(slow):
    async def run() -> bytes:
        _, wire = slow.post()
        await idle()
        slow.store.fail()
        await idle()
        return wire.heard

    heard = asyncio.run(run())

    assert heard.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nretry-after: 5\r\n" in heard
    assert (slow.door.journal, slow.door.refusals, slow.door.troubles) == ([], [], [])
    assert (
        'pilotbridge_bodies_refused_total{source="lines",status="503"} 1'
        in slow.door.metrics.render().decode()
    )
    assert len(slow.watched.taken) == 1
    assert slow.door.bodies.held_bytes == 0


def test_a_body_that_cannot_be_written_is_500_with_a_row_and_a_trouble(slow):
    async def run() -> bytes:
        _, wire = slow.post()
        await idle()
        [(_, writing)], slow.store.waiting = slow.store.waiting, []
        writing.set_exception(ZeroDivisionError())
        await idle()
        slow.store.commit()
        await idle()
        return wire.heard

    heard = asyncio.run(run())

    assert heard.startswith(b"HTTP/1.1 500 ")
    assert [row.code for row in slow.door.refusals] == ["not-kept"]
    assert len(slow.door.troubles) == 1


def test_an_orderly_end_waits_for_the_answer_and_closes_behind_it(slow):
    async def run() -> tuple[bool, bool, bytes]:
        protocol, wire = slow.post()
        await idle()
        protocol.shutdown()
        early = wire.is_closed
        slow.store.commit()
        await idle()
        return early, wire.is_closed, wire.heard

    early, late, heard = asyncio.run(run())

    assert (early, late) == (False, True)
    assert b"\r\nconnection: close\r\n" in heard


def test_the_time_to_receive_does_not_run_while_a_post_waits_for_the_commit(slow):
    slow.server.limits = Limits(receive_s=0.001)

    async def run() -> bytes:
        _, wire = slow.post()
        await asyncio.sleep(0.01)
        slow.store.commit()
        await idle()
        return wire.heard

    assert asyncio.run(run()).startswith(b"HTTP/1.1 202")


def test_a_connection_too_many_does_not_go_the_short_way(slow):
    slow.server.limits = Limits(connections=1, spare=1)

    async def run() -> bytes:
        slow.server.connect()
        _, wire = slow.post()
        await idle()
        return wire.heard

    assert asyncio.run(run()).startswith(b"HTTP/1.1 503")
    assert not slow.watched.taken


def test_who_reads_no_answers_goes_the_way_that_waits_for_them(slow):
    async def run() -> bytes:
        protocol, wire = slow.server.connect()
        protocol.pause_writing()
        protocol.data_received(post())
        await idle()
        slow.store.commit()
        await idle()
        unread = wire.heard
        protocol.resume_writing()
        await idle()
        assert unread == b""
        return wire.heard

    assert asyncio.run(run()).startswith(b"HTTP/1.1 202")
    assert not slow.watched.taken


# --- silence ----------------------------------------------------------------------------------------


class HandLoop:
    """A loop whose time a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.made = 0

    def time(self) -> float:
        return self.now_s

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Any:
        self.made += 1
        timer = (self.now_s + delay_s, call)
        self.timers.append(timer)
        return SimpleNamespace(cancel=lambda: self.timers.remove(timer))

    def forward(self, s: float) -> None:
        self.now_s += s
        due = [timer for timer in self.timers if timer[0] <= self.now_s]
        self.timers = [timer for timer in self.timers if timer not in due]
        for _, call in due:
            call()


@pytest.fixture
def hand() -> HandLoop:
    return HandLoop()


@pytest.fixture
def ended() -> list[float]:
    return []


@pytest.fixture
def idle_timer(hand: HandLoop, ended: list[float]) -> Idle:
    return Idle(hand, 75.0, lambda: ended.append(hand.now_s))  # type: ignore[arg-type]


def test_silence_ends_a_connection_so_long_after_its_last_answer(hand, ended, idle_timer):
    for _ in range(3):
        idle_timer.begins()
        hand.forward(50)
        idle_timer.ends()
        hand.forward(1)
    idle_timer.begins()
    for _ in range(100):
        hand.forward(1)

    assert ended == [3 * 51 + 75]


def test_a_connection_that_is_asked_something_is_not_ended_however_long_the_answer_takes(
    hand, ended, idle_timer
):
    idle_timer.begins()
    hand.forward(10)
    idle_timer.ends()
    hand.forward(1000)
    before = list(ended)
    idle_timer.begins()
    for _ in range(100):
        hand.forward(1)

    assert (before, ended) == ([], [1085])


def test_a_thousand_answers_take_one_timer_and_a_lost_connection_leaves_none(hand, ended, idle_timer):
    for _ in range(1000):
        idle_timer.begins()
        hand.forward(0.01)
        idle_timer.ends()
    made, waiting = hand.made, len(hand.timers)
    idle_timer.begins()
    idle_timer.stop()
    hand.forward(1000)

    assert (made, waiting, hand.timers, ended) == (1, 1, [], [])


@pytest.mark.parametrize("says_more", [True, False])
def test_a_kept_connection_ends_by_itself_unless_something_is_said(door, says_more):
    server = server_of(door, door.intake.fast, keep_alive_s=0)

    async def run() -> bool:
        protocol, wire = server.connect()
        if says_more:
            loop = asyncio.get_running_loop()
            wire.on_write = lambda: loop.call_soon(protocol.data_received, post()[:9])
        protocol.data_received(post())
        await asyncio.sleep(0.02)
        return wire.is_closed

    assert asyncio.run(run()) is not says_more


def test_nothing_of_a_lost_connection_stays(door):
    server = server_of(door, door.intake.fast)

    async def run() -> Any:
        protocol, _ = server.connect()
        protocol.data_received(post())
        await idle()
        protocol.connection_lost(None)
        return weakref.ref(protocol)

    async def is_gone() -> bool:
        lost = await run()
        gc.collect()
        return lost() is None

    assert asyncio.run(is_gone())
