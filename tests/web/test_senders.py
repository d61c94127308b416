"""What senders put on a real connection: every request is kept whole or refused with a sentence."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pilotbridge.config.settings import Listen, Secret, SourceSettings
from pilotbridge.metrics import Metrics
from pilotbridge.web.app import build
from pilotbridge.web.bodies import TOTAL_BYTES, Bodies
from pilotbridge.web.server import WebServer
from pilotbridge_plugins.sources.alertmanager import Alertmanager
from tests.web.conftest import TOKEN, WAYS, Door, fast_first

CAPTURED = Path(__file__).parents[1] / "plugins" / "sources" / "payloads" / "alertmanager-0.25-01.json"
HEAD = b"host: a\r\nauthorization: Bearer " + TOKEN.encode() + b"\r\n"
POST = b"POST /in/am HTTP/1.1\r\n"
_STATUS = re.compile(rb"HTTP/1\.1 (\d\d\d) ")


def webhook(**changes) -> bytes:
    captured = json.loads(CAPTURED.read_text("utf-8"))["body"]
    return json.dumps((json.loads(captured) if isinstance(captured, str) else captured) | changes).encode()


def labelled(labels: object, **more: object) -> bytes:
    (alert, *_) = json.loads(webhook())["alerts"]
    return webhook(alerts=[alert | {"labels": labels} | more])


BODY = webhook()
LENGTH = b"content-length: %d\r\n\r\n" % len(BODY)


@pytest.fixture(params=sorted(WAYS))
def door(disk, clock, settings, request) -> Door:
    am = SourceSettings("am", "alertmanager", token=Secret(TOKEN))
    settings = replace(settings, sources={"am": am}, web=replace(settings.web, max_body_bytes=200_000))
    door = Door(
        disk, clock, settings, Metrics(names={"source": ["am"]}), Bodies(TOTAL_BYTES), way=WAYS[request.param]
    )
    door.sources["alertmanager"] = Alertmanager()
    return door


@pytest.fixture
def sender(door: Door):
    """Sends bytes over a connection of their own; returns statuses and the answer's text."""
    app = build(settings=lambda: door.settings, intake_door=door.intake, callback_door=door.app, endpoints=())

    async def exchange(request: bytes) -> bytes:
        server = WebServer(app, fast=door.intake.fast if door.way is fast_first else None)
        await server.start(Listen("127.0.0.1", 0))
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.listen.port)
            # The last request asks for the end of the connection, so that all answers have come by then.
            writer.write(request + b"GET /-/none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            async with asyncio.timeout(10):
                heard = await reader.read()
            writer.close()
            return heard
        finally:
            await server.stop()

    def send(request: bytes) -> tuple[list[int], str]:
        heard = asyncio.run(exchange(request))
        return [int(status) for status in _STATUS.findall(heard)], heard.decode("utf-8", "replace")

    return send


def chunked(body: bytes, size: int) -> bytes:
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        POST + HEAD + LENGTH + BODY,
        b"\r\n" + POST + HEAD + LENGTH + BODY,
        POST + HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunked(BODY, 100),
        POST
        + HEAD
        + b"Transfer-Encoding: Chunked\r\n\r\n%X;a=b\r\n%s\r\n0\r\nx: y\r\n\r\n" % (len(BODY), BODY),
        POST + HEAD + b"x-name: \xff\xfe\r\n" + LENGTH + BODY,
        b"PUT /in/am HTTP/1.1\r\n" + HEAD + LENGTH + BODY,
        b"POST /in/%61m HTTP/1.1\r\n" + HEAD + LENGTH + BODY,
        b"POST /in/am?to=anna HTTP/1.1\r\n" + HEAD + LENGTH + BODY,
        b"POST http://bridge.example:8080/in/am HTTP/1.1\r\n" + HEAD + LENGTH + BODY,
    ],
    ids=["plain", "blank line", "chunked", "extension", "latin-1", "put", "percent", "query", "absolute"],
)
def test_a_body_is_taken_whole_however_it_is_sent(sender, door, request_):
    statuses, _ = sender(request_)

    assert statuses == [202, 404]
    assert [kept.incoming.body for kept in door.journal] == [BODY]


def test_who_asks_first_whether_to_go_on_is_told_to(sender, door):
    statuses, _ = sender(POST + HEAD + b"expect: 100-continue\r\n" + LENGTH + BODY)

    assert statuses[:2] == [100, 202]
    assert len(door.journal) == 1


def test_what_comes_without_waiting_is_answered_in_order(sender, door):
    wrong = b"POST /in/am HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"
    good = POST + HEAD + LENGTH + BODY

    statuses, _ = sender(good + wrong + good)

    assert statuses == [202, 401, 202, 404]
    assert len(door.journal) == 2


def test_an_old_client_is_answered_and_its_connection_ended(sender, door):
    statuses, _ = sender(b"POST /in/am HTTP/1.0\r\n" + HEAD + LENGTH + BODY)

    assert statuses == [202]
    assert len(door.journal) == 1


@pytest.mark.parametrize("name", [b"Upgrade", b"UPGRADE"])
def test_the_wish_of_javas_client_for_another_protocol_costs_no_body(sender, door, name):
    wish = (
        b"Connection: Upgrade, HTTP2-Settings\r\n" + name + b": h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
    )

    statuses, _ = sender(POST + HEAD + wish + LENGTH + BODY)

    assert statuses == [202, 404]
    assert [kept.incoming.body for kept in door.journal] == [BODY]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"HEAD /in/am HTTP/1.1\r\n" + HEAD + b"\r\n", 405),
        (b"OPTIONS /in/am HTTP/1.1\r\n" + HEAD + b"\r\n", 405),
        (b"OPTIONS * HTTP/1.1\r\n" + HEAD + b"\r\n", 404),
        (b"CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"POST //in/am HTTP/1.1\r\n" + HEAD + LENGTH + BODY, 404),
        (b"POST /in/%ff%fe HTTP/1.1\r\n" + HEAD + LENGTH + BODY, 404),
        (POST + HEAD + b"content-length: -5\r\n\r\n" + BODY, 400),
        (POST + HEAD + b"content-encoding: gzip\r\n" + LENGTH + BODY, 415),
    ],
)
def test_what_is_no_post_of_a_body_leaves_nothing(sender, door, request_, status):
    statuses, _ = sender(request_)

    assert statuses[0] == status
    assert door.journal == []


@pytest.mark.parametrize(
    ("body", "alerts"),
    [
        (labelled({"alertname": "Диск", "имя.с.точкой": "да", "a b": "c"}), 1),
        (labelled({"alertname": "A"}, annotations={}), 1),
        (labelled({"alertname": "A"}, startsAt="2026-01-01T00:00:00.123456789-23:59"), 1),
        (BODY[:-1] + b',"n":1' + b"0" * 5000 + b"}", 1),
        (b'{"version":"9",' + BODY[1:], 1),
        (webhook(alerts=[]), 0),
        (labelled({"alertname": "a\0b"}), 1),
        (BODY[:-1] + b',"n":"\\ud800"}', 1),
    ],
    ids=[
        "any script",
        "no annotations",
        "nanoseconds",
        "huge number",
        "a key twice",
        "no alert",
        "NUL",
        "half",
    ],
)
def test_odd_bodies_are_taken_with_all_their_alerts(sender, door, body, alerts):
    statuses, _ = sender(POST + HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)

    assert statuses[0] == 202
    assert [kept.alerts for kept in door.journal] == [alerts]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (labelled({"alertname": "A"}, status="resolved", endsAt="9999-06-01T00:00:00Z"), 422, "year 9999"),
        (BODY.replace(b'"firing"', b'"fir\xff"', 1), 400, "not UTF-8"),
        (BODY[:-1] + b',"n":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400, "nested too deeply"),
        (BODY[:-1] + b',"n":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}", 400, "nested too deeply"),
        (webhook(truncatedAlerts=10**30), 422, "truncatedAlerts"),
        (webhook(alerts=None), 422, "alerts"),
        (BODY + b"{}", 400, "trailing characters"),
        (BODY[:-1], 400, "the body is no JSON: it ends in the middle"),
        (BODY.decode().encode("utf-16"), 400, "no JSON"),
        (b"", 400, "no JSON"),
    ],
)
def test_a_body_that_cannot_be_kept_whole_is_refused_with_a_sentence(sender, door, body, status, says):
    statuses, told = sender(POST + HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)

    assert statuses[0] == status
    assert says in told
    assert door.journal == []
    assert len(door.refusals) == 1


def test_a_hundred_thousand_alerts_are_taken_whole_or_refused_whole(sender, door):
    (alert, *_) = json.loads(BODY)["alerts"]
    small = {"status": "firing", "labels": {}, "startsAt": alert["startsAt"]}
    body = webhook(alerts=[small | {"labels": {"n": str(number)}} for number in range(100_000)])
    door.settings = replace(door.settings, web=replace(door.settings.web, max_body_bytes=len(body)))
    request = POST + HEAD + b"content-length: %d\r\n\r\n" % len(body) + body

    statuses, _ = sender(request)

    assert statuses[0] == 202
    assert [kept.alerts for kept in door.journal] == [100_000]
