"""What a sender hears at /in/<source>, and what is on disk when it hears it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from pilotbridge.config.settings import Secret, WebSettings
from pilotbridge.model import AlertState
from pilotbridge.web.intake import READ_ASIDE_BYTES
from tests.web.conftest import TOKEN, Door, ask, bearer


def series(door: Door, line: str) -> bool:
    return line in door.metrics.render().decode().splitlines()


def test_a_body_is_on_disk_when_its_sender_hears_202(door):
    reply = door.post(b"DiskFull firing\nApiDown firing")

    assert (reply.status, reply.json) == (202, {"accepted": 2, "journal": 1})
    assert [(body.id, body.incoming.body, body.alerts) for body in door.journal] == [
        (1, b"DiskFull firing\nApiDown firing", 2)
    ]


def test_whoever_works_on_it_is_told_once_with_the_reading(door):
    door.post(b"DiskFull firing")

    [[arrived]] = door.arrived
    assert (arrived.journal_id, arrived.source, arrived.received_at) == (1, "lines", door.clock.utc_now())
    assert [(alert.name, alert.state) for alert in arrived.parsed.alerts] == [("DiskFull", AlertState.FIRING)]


def test_bodies_of_one_turn_of_the_loop_share_one_commit(door):
    async def at_once():
        posts = [
            ask(door.app, "POST", "/in/lines", body=b"A%d firing" % n, headers=[bearer(TOKEN)])
            for n in range(50)
        ]
        return await asyncio.gather(*posts)

    replies = asyncio.run(at_once())

    assert sorted(reply.json["journal"] for reply in replies) == list(range(1, 51))
    assert door.disk.commits == 1
    assert [len(batch) for batch in door.arrived] == [50]


def test_one_body_that_cannot_be_written_does_not_cost_its_neighbours_their_answer(door):
    class Unwritable(type(door.sources["lines"])):
        def parse(self, incoming, options):
            parsed = super().parse(incoming, options)
            if b"Bad" in incoming.body:
                incoming.query["half"] = "\ud800"
            return parsed

    door.sources["lines"] = Unwritable()

    async def at_once():
        posts = [
            ask(door.app, "POST", "/in/lines", body=body, headers=[bearer(TOKEN)])
            for body in (b"Good firing", b"Bad firing", b"Fine firing")
        ]
        return await asyncio.gather(*posts)

    good, bad, fine = asyncio.run(at_once())

    assert (good.status, bad.status, fine.status) == (202, 500, 202)
    assert [body.incoming.body for body in door.journal] == [b"Good firing", b"Fine firing"]


def test_an_unknown_source_is_404_and_leaves_nothing(door):
    reply = door.post(b"DiskFull firing", to="/in/grafana")

    assert (reply.status, reply.error["code"]) == (404, "no-source")
    assert not door.journal
    assert not door.refusals


def test_a_get_is_no_post(door):
    reply = door.ask("GET", "/in/lines")

    assert (reply.status, reply.headers["allow"]) == (405, "POST, PUT")


def test_a_source_whose_plugin_is_missing_is_asked_to_come_again(door):
    door.sources.clear()

    reply = door.post(b"DiskFull firing")

    assert (reply.status, reply.headers["retry-after"]) == (503, "5")


# --- what cannot be kept ----------------------------------------------------------------------------


def test_a_full_disk_is_503_and_the_sender_comes_again(door):
    door.disk.is_full = True
    refused = door.post(b"DiskFull firing")
    door.disk.is_full = False

    accepted = door.post(b"DiskFull firing")

    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    assert accepted.json == {"accepted": 1, "journal": 1}
    assert len(door.arrived) == 1


def test_a_refusal_that_cannot_be_recorded_is_503_and_no_4xx(door):
    door.disk.is_full = True

    assert door.post(b"DiskFull burning").status == 503


def test_too_many_bodies_in_memory_are_503_and_leave_room_again(door):
    door.bodies.held_bytes = 99_995
    refused = door.post([b"DiskFull", b" firing"])
    door.bodies.held_bytes = 0

    accepted = door.post([b"DiskFull", b" firing"])

    assert (refused.status, accepted.status) == (503, 202)
    assert door.bodies.held_bytes == 0
    assert not door.refusals


# --- what is not taken ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers", "status", "code", "at"),
    [
        (b"DiskFull burning", (), 422, "unreadable", "lines[0]"),
        (b"<html>", (), 400, "malformed", ""),
        (b"Disk\xff firing", (), 400, "malformed", ""),
        (b"bug", (), 500, "source-failed", ""),
        (b"x" * 10_001, (), 413, "too-large", ""),
        (b"", (("Content-Length", "10001"),), 413, "too-large", ""),
        (b"DiskFull firing", (("Content-Encoding", "gzip"),), 415, "packed-body", ""),
        (b"Disk firing", (("Content-Type", "Multipart/form-data; boundary=x"),), 415, "multipart-body", ""),
        (b"DiskFull firing", (("Idempotency-Key", "k" * 256),), 400, "long-key", ""),
        (b"Disk firing", (("Idempotency-Key", "a"), ("Idempotency-Key", "b")), 400, "repeated-header", ""),
        (b"Disk\0 firing", (), 422, "unreadable", "alerts[0]"),
    ],
)  # fmt: skip
def test_a_refused_body_leaves_a_row_a_trouble_and_no_alert(door, body, headers, status, code, at):
    reply = door.post(body, *headers)

    assert (reply.status, reply.error["code"], reply.error["at"]) == (status, code, at)
    assert not door.journal
    [refusal] = door.refusals
    assert (refusal.source, refusal.status, refusal.code, refusal.place) == ("lines", status, code, at)
    [trouble] = door.troubles
    assert (trouble.name, trouble.what) == ("IntakeRefused", "lines")
    assert str(status) in trouble.summary
    assert reply.error["message"] in trouble.summary


@pytest.mark.parametrize("headers", [("Content-Encoding", "gzip"), ("Content-Length", "10001")])
def test_whoever_proves_nothing_leaves_no_row_whatever_else_is_wrong(door, headers):
    reply = door.ask("POST", "/in/lines", body=b"x", headers=[headers])

    assert reply.status == 401
    assert (door.refusals, door.troubles) == ([], [])


def test_a_body_that_grows_beyond_its_cap_is_refused_while_it_comes(door):
    reply = door.post([b"x" * 4000, b"x" * 4000, b"x" * 4000])

    assert reply.status == 413
    assert door.bodies.held_bytes == 0


def test_the_same_complaint_is_raised_once_a_minute_but_every_refusal_has_its_row(door):
    for _ in range(3):
        door.post(b"DiskFull burning")
    door.clock.forward(60_000)
    door.post(b"DiskFull burning")

    assert len(door.troubles) == 2
    assert len(door.refusals) == 4


def test_a_row_keeps_only_the_beginning_of_a_large_body(door):
    door.post(b"y" * 9_000)

    [refusal] = door.refusals
    assert refusal.head == b"y" * 2048


def test_refusals_are_counted_by_source_and_status(door):
    door.post(b"DiskFull burning")
    door.post(b"DiskFull firing", to="/in/%s" % ("x" * 500))

    assert series(door, 'pilotbridge_bodies_refused_total{source="lines",status="422"} 1.0')
    assert series(door, 'pilotbridge_bodies_refused_total{source="other",status="404"} 1.0')


def test_a_client_that_leaves_early_gets_no_answer_and_leaves_nothing(door):
    async def left_early():
        async def receive():
            return {"type": "http.disconnect"}

        async def send(message):
            raise AssertionError(message)

        scope = {"path": "/in/lines", "method": "POST", "query_string": b""}
        await door.app({**scope, "headers": [(b"authorization", f"Bearer {TOKEN}".encode())]}, receive, send)

    asyncio.run(left_early())

    assert not door.journal
    assert door.bodies.held_bytes == 0


def test_a_large_body_is_read_beside_the_loop_and_taken_in_whole(door, settings):
    door.settings = replace(settings, web=WebSettings(max_body_bytes=100_000))
    lines = b"\n".join(b"Alert%d firing" % n for n in range(5_000))
    assert len(lines) > READ_ASIDE_BYTES

    reply = door.post(lines)

    assert (reply.status, reply.json["accepted"]) == (202, 5_000)


@tries(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=100).map(lambda text: f"{text} firing".encode("utf-8", "surrogatepass")),
    )
)
def test_any_bytes_are_kept_whole_or_refused_with_a_sentence(door, body):
    before = len(door.journal)

    reply = door.post(body)

    kept = door.journal[before:]
    if reply.status == 202:
        assert [row.incoming.body for row in kept] == [body]
        assert kept[0].alerts == reply.json["accepted"]
    else:
        assert 400 <= reply.status < 600
        assert not kept
        assert reply.error["message"]


# --- repeats ----------------------------------------------------------------------------------------


def test_a_body_without_a_key_is_journalled_each_time(door):
    first, second = door.post(b"DiskFull firing"), door.post(b"DiskFull firing")

    assert (first.json["journal"], second.json["journal"]) == (1, 2)


def test_a_repeated_key_answers_the_first_row_and_changes_nothing(door):
    first = door.post(b"DiskFull firing\nApiDown firing", ("Idempotency-Key", "7f3a"))

    again = door.post(b"Other firing", ("Idempotency-Key", "7f3a"))

    assert again.json == first.json == {"accepted": 2, "journal": 1}
    assert len(door.journal) == 1
    assert len(door.arrived) == 1


def test_a_key_counts_for_one_source_only(door, settings):
    second = replace(settings.sources["lines"], name="second")
    door.settings = replace(settings, sources={**settings.sources, "second": second})
    door.post(b"DiskFull firing", ("Idempotency-Key", "7f3a"))

    reply = door.post(b"DiskFull firing", ("Idempotency-Key", "7f3a"), to="/in/second")

    assert reply.json["journal"] == 2


# --- what is kept of a request ----------------------------------------------------------------------


def test_credentials_never_reach_the_journal(door):
    door.change(token=Secret(TOKEN))
    door.post(
        b"DiskFull firing",
        ("Cookie", "session=1"),
        ("X-Api-Key", "abc"),
        ("X-Event", "alert"),
        to="/in/lines?token=abc&team=db",
    )

    [body] = door.journal
    assert dict(body.incoming.headers) == {"x-event": "alert"}
    assert dict(body.incoming.query) == {"team": "db"}


def test_every_answer_carries_the_protecting_headers(door):
    for reply in (door.post(b"DiskFull firing"), door.post(b"nonsense"), door.ask("GET", "/in/x")):
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
