"""Every sender from its body to the phone: what is wrong, that it is over, and its test button."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from pilotbridge.testing.world import CONFIGURATION, TOKEN
from tests.plugins.sources.samples import (
    APPRISE,
    FIRING,
    GRAFANA,
    HEALTHCHECKS,
    RESOLVED,
    SENTRY,
    UPTIME_KUMA,
    ZABBIX,
)
from tests.plugins.sources.test_zabbix import UNFILLED

START = datetime(2026, 11, 25, 11, 31, tzinfo=UTC)
"""Just after what the samples tell of."""
SOURCES = {name: name for name in FIRING if name != "alertmanager"}
BLOCK = "".join(f"  {name}: {{{{ token: {TOKEN} }}}}\n" for name in SOURCES)
CONFIGURED = CONFIGURATION.replace("sources:\n", f"sources:\n{BLOCK}")
GRAFANAS_TEST = {**GRAFANA["alerts"][0], "labels": {"alertname": "TestAlert", "instance": "Grafana"}}
TESTS = {
    "grafana": {**GRAFANA, "alerts": [GRAFANAS_TEST]},
    "uptime_kuma": {**UPTIME_KUMA, "msg": "Pages Testing", "monitor": None, "heartbeat": None},
    "healthchecks": {**HEALTHCHECKS, "name": "TEST", "tags": "", "check": {"n_pings": 42}},
    "sentry": {**SENTRY, "data": {"event": {**SENTRY["data"]["event"], "tags": [["sample_event", "yes"]]}}},
    "zabbix": {**ZABBIX, **UNFILLED},
}
"""What each sender's test button posts, where it has one."""


@pytest.fixture
def world(make_world):
    return make_world(configuration=CONFIGURED, start=START)


def words(world):
    """The first word of each text, but of those that only repeat."""
    texts = [text for who in ("anna", "boris") for text in world.texts_to(who)]
    return [text.split()[0] for text in texts if not text.startswith("STILL ")]


@pytest.mark.parametrize("name", FIRING)
def test_what_is_wrong_and_what_is_over_again_are_one_text_each(world, name):
    assert world.post(FIRING[name], source=name).status == 202
    world.run_for(minutes=6)

    assert world.post(RESOLVED[name], source=name).status == 202
    world.run_for(minutes=6)

    assert words(world) == ["CRIT", "CLEAR"]
    [incident] = world.incidents()
    assert incident.closed_at is not None


@pytest.mark.parametrize("name", FIRING)
def test_a_body_that_comes_again_is_no_news(world, name):
    for _ in range(3):
        assert world.post(FIRING[name], source=name).status == 202
        world.run_for(minutes=6)

    assert words(world) == ["CRIT"]


@pytest.mark.parametrize("name", TESTS)
def test_a_test_button_reaches_a_person_as_a_test_and_is_over_by_itself(world, name):
    assert world.post(TESTS[name], source=name).status == 202
    world.run_for(minutes=1)
    assert [text.split()[0] for text in world.texts_to("anna")] == ["TEST"]

    world.run_for(minutes=15)

    assert [text.split()[:2] for text in world.texts_to("anna")][1:] == [["TEST", "CLEAR"]]
    assert [incident.closed_at is None for incident in world.incidents()] == [False]


def test_a_test_button_that_is_pressed_again_is_heard_again(world):
    for _ in range(2):
        world.post(TESTS["uptime_kuma"], source="uptime_kuma")
        world.run_for(minutes=12)

    assert [text.split()[:2] for text in world.texts_to("anna")] == 2 * [
        ["TEST", "CRIT"],
        ["TEST", "CLEAR"],
    ]


def test_what_nobody_ends_goes_stale_in_its_own_words(world):
    world.post({**APPRISE, "type": "warning"}, source="apprise")

    world.run_for(hours=25)

    assert words(world) == ["WARN", "STALE"]


def test_the_end_of_what_never_began_wakes_nobody(world):
    for name, body in RESOLVED.items():
        assert world.post(body, source=name).status == 202
    world.run_for(minutes=6)

    assert words(world) == []


@pytest.mark.parametrize(
    ("source", "header", "body"),
    [("grafana", "x-grafana-alerting-signature", GRAFANA), ("sentry", "sentry-hook-signature", SENTRY)],
)
def test_a_signature_is_a_proof_and_an_equal_body_later_is_a_renewal(make_world, source, header, body):
    proof = f"hmac: {{{{ secret: s3cret-of-the-tests, header: {header} }}}}"
    block = f"  {source}: {{{{ {proof}, stale_after: 2h }}}}\n"
    signed = CONFIGURATION.replace("sources:\n", f"sources:\n{block}")
    world = make_world(configuration=signed, start=START)
    raw = json.dumps(body).encode()
    signature = hmac.new(b"s3cret-of-the-tests", raw, hashlib.sha256).hexdigest()
    for _ in range(3):
        assert world.post(raw, source=source, headers={header: signature}).status == 202
        world.run_for(minutes=70)

    assert world.post(raw + b" ", source=source, headers={header: signature}).status == 401
    assert words(world) == ["CRIT"]
