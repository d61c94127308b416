"""What an event for PagerDuty becomes, and what its sender hears."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pilotbridge import AlertState, Unreadable
from pilotbridge_plugins.sources.pagerduty_events_v2 import PagerDutyEvents
from tests.plugins.sources.conftest import incoming
from tests.plugins.sources.samples import PAGERDUTY, RESOLVED


def parse(body):
    return PagerDutyEvents().parse(incoming(body), None)


def alert_of(body):
    [alert] = parse(body).alerts
    return alert


def without(*fields):
    return {name: value for name, value in PAGERDUTY.items() if name not in fields}


def with_payload(**changes):
    return {**PAGERDUTY, "payload": {**PAGERDUTY["payload"], **changes}}


def test_a_trigger_fires_with_what_it_says():
    alert = alert_of(PAGERDUTY)

    assert (alert.name, alert.state) == ("Disk / is full", AlertState.FIRING)
    assert dict(alert.labels) == {
        "alertname": "Disk / is full",
        "severity": "critical",
        "instance": "db01",
        "component": "postgres",
        "group": "prod",
        "class": "disk",
    }
    assert alert.starts_at == datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert alert.url == "https://monitor.example.test/1"


def test_the_key_alone_ends_it():
    alert = alert_of(RESOLVED["pagerduty_events_v2"])

    assert (alert.state, alert.fingerprint) == (AlertState.RESOLVED, alert_of(PAGERDUTY).fingerprint)


def test_an_acknowledgement_takes_it_and_is_no_alert():
    parsed = parse({**without("payload"), "event_action": "acknowledge"})

    assert parsed.alerts == ()
    assert [taken.fingerprint for taken in parsed.taken] == [alert_of(PAGERDUTY).fingerprint]


def test_the_answer_is_the_one_that_clients_of_this_api_look_for():
    source, body = PagerDutyEvents(), incoming(PAGERDUTY)

    told = source.answer(body, source.parse(body, None))

    assert told == {"status": "success", "message": "Event processed", "dedup_key": "db01/disk"}


def test_a_trigger_without_a_key_gets_one_that_ends_it():
    source, body = PagerDutyEvents(), incoming(without("dedup_key"))
    [firing] = source.parse(body, None).alerts

    key = source.answer(body, source.parse(body, None))["dedup_key"]

    assert alert_of({**RESOLVED["pagerduty_events_v2"], "dedup_key": key}).fingerprint == firing.fingerprint


def test_the_routing_key_is_found_wherever_it_can_be_read():
    source = PagerDutyEvents()

    found = [source.secret_in(body) for body in (json.dumps(PAGERDUTY).encode(), b"{}", b"", b"[1]", b"\xff")]

    assert found == [PAGERDUTY["routing_key"], "", "", "", ""]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (without("payload"), "payload"),
        (with_payload(summary=" "), "payload.summary"),
        (with_payload(severity="bad"), "payload.severity"),
        ({**PAGERDUTY, "event_action": "change"}, "event_action"),
        ({**without("dedup_key"), "event_action": "resolve"}, "dedup_key"),
        ({**without("dedup_key"), "event_action": "acknowledge"}, "dedup_key"),
        ({**PAGERDUTY, "dedup_key": "k" * 256}, "dedup_key"),
    ],
)
def test_an_event_without_what_it_must_have_is_unreadable_with_its_place(body, at):
    with pytest.raises(Unreadable) as found:
        parse(body)

    assert found.value.at == at
