"""A rehearsal is the truth: what it says is what a real alert then brings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.desk.rehearsal import Rehearsal, Rehearsed
from pilotbridge.errors import NotFound
from pilotbridge.testing.world import CONFIGURATION, World

ALERT = {"alertname": "DiskFull", "severity": "critical", "instance": "db01"}
REGROUPED = CONFIGURATION.replace("token: {token} }}", "token: {token}, regroup: true }}").replace(
    "group_wait: 0s", "group_wait: 30s"
)


def rehearse(world: World, **labels: str) -> Rehearsed:
    in_force = world.app.in_force
    with world.engine.read() as read:
        rehearsal = Rehearsal(in_force.settings, in_force.plugins.sources, in_force.hooks, read)
        return rehearsal.of(ALERT | labels, "alertmanager", world.clock.now_ms())


@pytest.mark.parametrize("labels", [{}, {"team": "db"}, {"severity": "warning"}, {"severity": "page"}])
def test_it_words_what_a_real_alert_then_brings(world, labels):
    [heard] = rehearse(world, **labels).heard

    world.fire(**{"name": "DiskFull", "instance": "db01", **labels})
    world.run_for(minutes=1)

    ref = world.incidents()[0].ref
    sent = {message.contact: message.text for message in world.messages()}
    assert {each.person.contact.name: each.text.replace("000", ref) for each in heard.letters} == sent


def test_what_the_sender_grouped_does_not_wait(world):
    [heard] = rehearse(world).heard

    assert heard.by_sender
    assert heard.after == timedelta(0)


def test_what_is_grouped_here_waits_for_company(make_world):
    world = make_world(configuration=REGROUPED)

    [heard] = rehearse(world).heard

    assert not heard.by_sender
    assert dict(heard.grouped_by) == {"alertname": "DiskFull"}
    assert heard.after == timedelta(seconds=30)


def test_who_has_texted_back_is_not_told_how_to(world):
    before = rehearse(world).heard[0].letters[0].text
    world.sms_from("anna", "hello")
    world.run_for(minutes=1)

    after = rehearse(world).heard[0].letters[0].text

    assert "Take: SMS 1234 000" in before
    assert "Take" not in after


def test_a_source_that_is_not_configured_is_none(world):
    in_force = world.app.in_force
    with world.engine.read() as read:
        rehearsal = Rehearsal(in_force.settings, in_force.plugins.sources, in_force.hooks, read)

        with pytest.raises(NotFound, match="the configuration has: alertmanager"):
            rehearsal.of(ALERT, "nagios", world.clock.now_ms())
