"""A source whose senders have no header for a secret: PagerDuty's Events API."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pilotbridge.config.settings import Secret, SourceSettings
from pilotbridge_plugins.sources.pagerduty_events_v2 import PagerDutyEvents
from tests.plugins.sources.samples import PAGERDUTY

KEY = PAGERDUTY["routing_key"]
BODY = json.dumps(PAGERDUTY).encode()


@pytest.fixture
def pagerduty(door):
    source = SourceSettings("pages", "pagerduty_events_v2", token=Secret(KEY))
    door.settings = replace(door.settings, sources={"pages": source})
    door.sources["pagerduty_events_v2"] = PagerDutyEvents()
    return lambda body=BODY, to="/in/pages", *headers: door.ask("POST", to, body=body, headers=headers)


@pytest.mark.parametrize("to", ["/in/pages", "/in/pages/v2/enqueue"])
def test_the_routing_key_lets_its_sender_in_and_the_answer_is_pagerdutys(door, pagerduty, to):
    reply = pagerduty(to=to)

    assert reply.status == 202
    assert reply.json == {
        "accepted": 1,
        "journal": 1,
        "status": "success",
        "message": "Event processed",
        "dedup_key": "db01/disk",
    }
    assert len(door.journal) == 1


def test_the_key_is_kept_neither_with_the_body_nor_with_a_refusal(door, pagerduty):
    pagerduty()
    refused = pagerduty(json.dumps({**PAGERDUTY, "payload": None}).encode())

    assert refused.status == 422
    kept = [door.journal[0].incoming.body, door.refusals[0].head]
    assert [KEY.encode() in each for each in kept] == [False, False]
    assert json.loads(kept[0])["routing_key"] == "***"


def test_a_key_with_slashes_is_not_kept_however_they_are_written(door, pagerduty):
    key = "a/key+of/base64=="
    source = replace(door.settings.sources["pages"], token=Secret(key))
    door.settings = replace(door.settings, sources={"pages": source})
    body = json.dumps({**PAGERDUTY, "routing_key": key}).replace("/", "\\/").encode()

    assert pagerduty(body).status == 202

    assert b"base64" not in door.journal[0].incoming.body


@pytest.mark.parametrize("key", ["another-key-than-configured", "", None, 5])
def test_another_key_is_401_and_leaves_no_trace(door, pagerduty, key):
    reply = pagerduty(json.dumps({**PAGERDUTY, "routing_key": key}).encode())

    assert reply.status == 401
    assert KEY not in reply.body.decode()
    assert not [*door.journal, *door.refusals, *door.troubles]


@pytest.mark.parametrize("body", [b"", b"{", b"hello", b"x" * 20_000])
def test_a_stranger_leaves_no_trace_whatever_the_body(door, pagerduty, body):
    assert pagerduty(body).status in (401, 413)
    assert not [*door.journal, *door.refusals, *door.troubles]


def test_a_bearer_token_goes_before_what_the_body_says(pagerduty):
    statuses = [
        pagerduty(BODY, "/in/pages", ("Authorization", f"Bearer {told}")).status for told in (KEY, "x")
    ]

    assert statuses == [202, 401]


@pytest.mark.parametrize(
    "to", ["/in/pages/", "/in/pages/v2", "/in/pages/v2/enqueue/", "/in/pages/v2/change/enqueue"]
)
def test_no_other_address_behind_it_is_taken(pagerduty, to):
    assert pagerduty(to=to).status == 404


def test_other_sources_have_nothing_behind_their_address(door):
    assert door.post(b"DiskFull firing", to="/in/lines/v2/enqueue").status == 404
