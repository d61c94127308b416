"""What Sentry's webhooks become, and which of them are about no alert."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilotbridge import AlertState, Incoming, Unreadable
from pilotbridge_plugins.sources.sentry import Sentry
from tests.plugins.sources.conftest import incoming
from tests.plugins.sources.samples import RESOLVED, SENTRY

METRIC = {
    "action": "critical",
    "actor": {"type": "application"},
    "data": {
        "metric_alert": {
            "id": "4",
            "identifier": "1",
            "title": "Too many errors",
            "date_started": "2026-11-25T11:00:00Z",
            "projects": ["pay", "shop"],
            "alert_rule": {},
        },
        "description_title": "Critical: Too many errors",
        "description_text": "1000 events in the last 10 minutes",
        "web_url": "https://sentry.example.test/alerts/1/",
    },
}


def parse(body, resource=""):
    plain = incoming(body)
    headers = {"sentry-hook-resource": resource} if resource else {}
    return Sentry().parse(Incoming(plain.source, plain.body, headers, {}, plain.received_at), None)


def alert_of(body, resource=""):
    [alert] = parse(body, resource).alerts
    return alert


def event(**changes):
    return {**SENTRY, "data": {**SENTRY["data"], "event": {**SENTRY["data"]["event"], **changes}}}


@pytest.mark.parametrize("resource", ["", "event_alert"])
def test_an_issue_alert_fires_for_its_issue(resource):
    alert = alert_of(SENTRY, resource)

    assert (alert.name, alert.state) == ("TypeError: x is undefined", AlertState.FIRING)
    assert dict(alert.labels) == {
        "alertname": "TypeError: x is undefined",
        "severity": "error",
        "environment": "production",
        "project": "1",
        "rule": "Page on crash",
    }
    assert alert.url == "https://sentry.example.test/issues/1170820242/"


def test_every_event_of_an_issue_is_the_same_alert():
    assert alert_of(event(title="TypeError: y")).fingerprint == alert_of(SENTRY).fingerprint
    assert alert_of(event(issue_id=1170820242)).fingerprint == alert_of(SENTRY).fingerprint


@pytest.mark.parametrize("action", ["resolved", "ignored", "archived"])
def test_an_issue_that_somebody_closed_ends_its_alert(action):
    alert = alert_of({**RESOLVED["sentry"], "action": action}, "issue")

    assert (alert.state, alert.fingerprint) == (AlertState.RESOLVED, alert_of(SENTRY).fingerprint)


@pytest.mark.parametrize(
    ("body", "resource"),
    [
        ({**RESOLVED["sentry"], "action": "created"}, "issue"),
        ({**RESOLVED["sentry"], "action": "assigned"}, ""),
        ({"action": "created", "actor": {}, "data": {"installation": {"uuid": "1"}}}, "installation"),
        ({"action": "created", "actor": {}, "data": {"comment": "hm"}}, "comment"),
        ({"action": "created", "actor": {}, "data": {"error": {}}}, ""),
    ],
)
def test_what_is_about_no_alert_is_taken_and_wakes_nobody(body, resource):
    assert parse(body, resource).alerts == ()


@pytest.mark.parametrize("action", ["critical", "warning"])
def test_a_metric_alert_fires_as_bad_as_its_action_says(action):
    alert = alert_of({**METRIC, "action": action}, "metric_alert")

    assert (alert.name, alert.labels["severity"]) == ("Too many errors", action)
    assert alert.annotations["value"] == "1000 events in the last 10 minutes"
    assert alert.starts_at == datetime(2026, 11, 25, 11, tzinfo=UTC)


def test_a_metric_alert_says_itself_that_it_is_over():
    alert = alert_of({**METRIC, "action": "resolved"}, "metric_alert")

    assert (alert.state, alert.fingerprint) == (AlertState.RESOLVED, alert_of(METRIC).fingerprint)


def test_the_sample_of_the_test_button_is_a_test_that_ends_by_itself():
    alert = alert_of(event(tags=[["sample_event", "yes"]]))

    assert alert.is_test
    assert alert.expires_at is not None


@pytest.mark.parametrize(
    ("body", "resource", "at"),
    [
        (SENTRY, "metric_alert", "data.metric_alert"),
        (SENTRY, "issue", "data.issue"),
        (METRIC, "event_alert", "data.event"),
        (event(issue_id=None), "", "data.event.issue_id"),
        ({"action": 1, "actor": {}, "data": {}}, "", "action"),
    ],
)
def test_a_webhook_without_what_it_is_about_is_unreadable_with_its_place(body, resource, at):
    with pytest.raises(Unreadable) as found:
        parse(body, resource)

    assert found.value.at == at


@pytest.mark.parametrize(
    ("without", "is_known"), [(set(), True), ({"actor"}, True), ({"actor", "data"}, False)]
)
def test_it_is_known_at_another_door_with_and_without_its_actor(without, is_known):
    body = {name: value for name, value in METRIC.items() if name not in without}

    assert Sentry().looks_like(body) is is_known


@pytest.mark.parametrize("field", ["title", "level", "web_url", "culprit", "project", "environment", "tags"])
def test_what_sentry_does_not_know_of_an_event_costs_no_alert(field):
    alert = alert_of(event(**{field: None}))

    assert alert.state is AlertState.FIRING
    assert alert.fingerprint == alert_of(SENTRY).fingerprint
