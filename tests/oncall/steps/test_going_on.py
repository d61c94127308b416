"""Steps of a receiver go on: by time alone, after a restart, under another configuration; and why is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.oncall.steps.configured import ANNA, BY_TIME, SILENT, off, silence


@pytest.mark.parametrize("taken", [False, True])
def test_a_step_by_time_alone_is_told_whether_it_is_taken_or_not(stepped, taken):
    world = stepped(BY_TIME)
    world.fire()
    world.run_for(minutes=2)
    if taken:
        world.sms_from("anna", world.incidents()[0].ref)

    world.run_for(minutes=14)

    assert [text[:7] for text in world.texts_to("boris")] == ["ESC 2/2"]


@pytest.mark.parametrize("minutes", [0, 1, 4, 5, 6, 14, 16])
def test_a_restart_repeats_no_step_and_loses_none(stepped, minutes):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=minutes)

    world.crash()
    world.run_for(minutes=20 - minutes)

    assert [len(world.texts_to(name)) for name in ("anna", "boris", "vera")] == [1, 1, 1]


def test_a_step_by_time_comes_although_one_that_waited_is_not_wanted_any_more(stepped):
    """Boris would be told after the silence; Anna has taken it by then, and Vera is told all the same."""
    world = stepped(
        f"after: 5m, when: unacknowledged, notify: [sms:boris]; {BY_TIME.replace('boris', 'vera')}"
    )
    world.fire()
    world.run_for(minutes=3)
    silence(world, minutes=10)
    world.run_for(minutes=3)
    world.sms_from("anna", world.incidents()[0].ref)

    world.run_for(minutes=10)

    assert (len(world.texts_to("boris")), len(world.texts_to("vera"))) == (0, 1)


def test_a_restart_while_it_is_taken_tells_nobody(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=2)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=1)

    world.crash()
    world.run_for(hours=1)

    assert world.texts_to("boris") == []


def test_other_steps_of_another_configuration_count_at_once(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=2)
    settings = world.app.in_force.settings
    receiver = settings.receivers["page-ops"]
    sooner = replace(receiver.steps[1], after=timedelta(minutes=3))
    receivers = {**settings.receivers, "page-ops": replace(receiver, steps=(receiver.steps[0], sooner))}

    world.app.reload(replace(settings, receivers=receivers))
    world.run_for(minutes=1, seconds=30)

    assert len(world.texts_to("boris")) == 1
    world.run_for(hours=1)
    assert world.texts_to("vera") == []


def test_steps_that_a_receiver_gets_lead_what_is_open_already(stepped):
    world = stepped(SILENT)
    settings = world.app.in_force.settings
    receiver = settings.receivers["page-ops"]
    alone = {**settings.receivers, "page-ops": replace(receiver, steps=receiver.steps[:1])}
    world.app.reload(replace(settings, receivers=alone))
    world.fire()
    world.run_for(minutes=2)

    world.app.reload(settings)
    world.crash()
    world.run_for(minutes=2, seconds=55)
    before = world.texts_to("boris")
    world.run_for(seconds=30)

    assert (len(before), len(world.texts_to("boris"))) == (0, 1)


def test_a_receiver_that_lost_its_steps_goes_no_further(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=6)
    settings = world.app.in_force.settings
    receiver = settings.receivers["page-ops"]
    receivers = {**settings.receivers, "page-ops": replace(receiver, steps=receiver.steps[:1])}

    world.app.reload(replace(settings, receivers=receivers))
    world.run_for(hours=1)

    assert world.texts_to("vera") == []


def test_a_receiver_that_lost_the_step_told_last_goes_on_with_those_before_it(stepped):
    """Anna was not reached, and Vera, the third, was told before Boris, whose time had not come."""
    unreached = "when: failed, notify: [sms:vera]"
    world = stepped(f"after: 30m, when: unacknowledged, notify: [sms:boris]; {unreached}")
    off(world, ANNA)
    world.fire()
    world.run_for(minutes=2)
    settings = world.app.in_force.settings
    receiver = settings.receivers["page-ops"]
    receivers = {**settings.receivers, "page-ops": replace(receiver, steps=receiver.steps[:2])}

    world.app.reload(replace(settings, receivers=receivers))
    world.run_for(minutes=31)

    assert (len(world.texts_to("vera")), len(world.texts_to("boris"))) == (1, 1)


def test_where_a_receiver_left_the_configuration_the_roots_steps_lead_on(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=1)
    settings = world.app.in_force.settings
    receivers = {**settings.receivers, "everybody": replace(settings.receivers["page-ops"], name="everybody")}
    receivers.pop("page-ops")
    route = replace(settings.route, receiver="everybody")

    world.app.reload(replace(settings, receivers=receivers, route=route))
    world.run_for(minutes=6)

    assert len(world.texts_to("boris")) == 1


def test_why_a_step_came_and_why_a_group_was_quiet_is_kept(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=3)
    silence(world, minutes=60)
    world.run_for(minutes=70)

    with world.engine.read() as read:
        steps = [each.reason for each in read.events_of("incident", 1) if each.event == "step"]
        quiet = [each.event for each in read.events_of("group", 1)]

    assert steps[0] == "step 2 is due: silent"
    assert quiet == ["kept quiet", "speaks again"]
