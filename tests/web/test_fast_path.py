"""The short way of a whole post: nobody can tell from outside which way a request went."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest

from pilotbridge.metrics import Metrics
from pilotbridge.web.bodies import Bodies
from pilotbridge.web.fast_path import FastDoor
from pilotbridge.web.intake import Intake
from pilotbridge.web.receiving import BoundedProtocol, Limits
from tests.web.conftest import TOKEN, Door
from tests.web.connections import AUTH, GET, Server, Watched, Wire, idle, post, server_of
from tests.web.test_intake_commits import SlowDisk

_NUMBER = re.compile(rb'"journal": \d+')


@pytest.fixture
def door(disk, clock, settings) -> Door:
    settings = replace(settings, web=replace(settings.web, max_body_bytes=100_000))
    return Door(disk, clock, settings, Metrics(names={"source": ["lines"]}), Bodies(1_000_000))


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
