"""Who takes an alert in the monitoring itself has taken it here, too."""

from __future__ import annotations

import pytest

from pilotbridge.testing.world import CONFIGURATION

CONFIGURED = CONFIGURATION.replace(
    "sources:\n", "sources:\n  pagerduty_events_v2: {{ token: a-token-of-the-world }}\n"
)


@pytest.fixture
def world(make_world):
    return make_world(configuration=CONFIGURED)


def send(world, action, key="disk", summary="DiskFull"):
    payload = {"summary": summary, "source": key, "severity": "critical"}
    body = {"event_action": action, "dedup_key": key, "payload": payload}
    assert world.post(body, source="pagerduty_events_v2").status == 202


def test_an_acknowledgement_in_the_monitoring_takes_the_incident(world):
    send(world, "trigger")

    send(world, "acknowledge")

    [incident] = world.incidents()
    assert incident.acknowledged_by == "PagerDuty's sender"


def test_what_was_taken_is_still_told_to_be_over(world):
    send(world, "trigger")
    send(world, "acknowledge")

    send(world, "resolve")
    world.run_for(minutes=6)

    assert [text.split()[0] for text in world.texts_to("anna")] == ["CRIT", "CLEAR"]


def test_an_incident_about_others_too_is_left_to_those_who_were_told(world):
    send(world, "trigger", "db01")
    send(world, "trigger", "db02")
    world.run_for(minutes=6)

    send(world, "acknowledge", "db01")

    assert [incident.acknowledged_at for incident in world.incidents()] == [None]


def test_an_acknowledgement_of_what_nobody_knows_or_has_taken_already_changes_nothing(world):
    send(world, "acknowledge", "never seen")
    send(world, "trigger")
    send(world, "acknowledge")
    [taken] = world.incidents()

    world.run_for(minutes=1)
    send(world, "acknowledge")

    assert world.incidents() == [taken]
    assert len(world.texts_to("anna")) == 1
