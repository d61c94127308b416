"""Steps of a receiver when an SMS does not arrive: who is told in its place, and when."""

from __future__ import annotations

import pytest

from pilotbridge.lifecycle import State
from pilotbridge.model import MessageId
from pilotbridge.oncall.steps import fared
from pilotbridge.store.records import StepSms
from tests.oncall.steps.configured import ANNA, FAILED, SILENT, UNDELIVERED, configured, off


def test_what_is_not_delivered_in_time_goes_to_the_next(stepped):
    world = stepped(UNDELIVERED)
    off(world, ANNA, outcome="at_operator")
    world.fire("ApiDown", instance="api1")
    world.run_for(minutes=1, seconds=58)
    before = world.texts_to("boris")

    world.run_for(seconds=10)

    assert before == []
    assert world.texts_to("boris")[0].startswith("ESC 2/3 CRIT ApiDown api1 12:00, Anna not reached #")


def test_what_arrived_in_time_goes_to_nobody_else_until_it_is_silent(stepped):
    world = stepped(UNDELIVERED)
    world.fire()

    world.run_for(minutes=6)

    assert world.texts_to("boris") == []
    assert world.texts_to("vera")[0].startswith("ESK 3/3 ")


def test_a_verdict_that_came_meanwhile_is_asked_for_before_the_step(stepped):
    world = stepped(UNDELIVERED)
    off(world, ANNA, outcome="delivered", operator_after_s=1, final_after_s=113)
    world.fire()

    world.run_for(minutes=3)

    assert world.texts_to("boris") == []


def test_an_answer_is_asked_for_before_each_step_that_it_would_spare(stepped):
    """The gateway was asked before the first, and had delivered; it is asked before the second, too."""
    world = stepped(UNDELIVERED)
    off(world, ANNA, outcome="delivered", operator_after_s=1, final_after_s=113)
    world.fire()
    world.run_for(minutes=4, seconds=30)
    world.app.ground.runtime._duties["inbound smspilot"].due_ms = None  # nobody polls by himself any more
    world.sms_from("anna", world.incidents()[0].ref)

    world.run_for(minutes=3)

    assert world.texts_to("vera") == []


def test_questions_out_of_turn_use_up_none_of_those_that_follow(stepped):
    """For ten minutes the gateway is asked every ten seconds; from then on as after any question."""
    world = stepped(FAILED)
    off(world, ANNA, outcome="delivered", operator_after_s=1, final_after_s=12 * 60)
    world.fire()

    world.run_for(minutes=15)

    assert [(sms.contact, sms.state) for sms in world.messages()] == [("anna", State.DELIVERED)]


@pytest.mark.parametrize("steps", [UNDELIVERED, FAILED])
def test_what_the_network_gave_up_goes_to_the_next_within_seconds(stepped, steps):
    world = stepped(steps)
    off(world, ANNA, final_after_s=5)
    world.fire()

    world.run_for(seconds=25)

    assert len(world.texts_to("boris")) == 1


@pytest.mark.parametrize("steps", [UNDELIVERED, FAILED])
def test_what_the_gateway_refuses_goes_to_the_next_at_once(stepped, steps):
    world = stepped(steps)
    off(world, ANNA, outcome="refused", error=212)
    world.fire()

    world.run_for(seconds=8)

    assert len(world.texts_to("boris")) == 1


@pytest.mark.parametrize("steps", [UNDELIVERED, FAILED])
def test_what_waits_for_a_person_goes_to_the_next_at_once(stepped, steps):
    """The gateway wants the configuration mended: until somebody does, the SMS reaches nobody."""
    world = stepped(steps)
    world.order("faults", kind="code", code=270)
    world.fire()

    world.run_for(seconds=8)

    assert world.messages()[0].state is State.HELD
    assert len(world.texts_to("boris")) == 1


def test_where_there_is_nobody_to_text_the_step_has_failed():
    assert fared([], expects_sms=True).failed
    assert not fared([], expects_sms=False).failed


TWO_TOLD = "notify: [sms:anna, sms:boris]"


@pytest.mark.parametrize(
    "steps", ["when: failed, notify: [sms:vera]", "after: 2m, when: undelivered, notify: [sms:vera]"]
)
def test_of_two_who_are_told_one_who_can_be_reached_is_enough(make_world, steps):
    configuration = configured(steps).replace("notify: [sms:anna]", TWO_TOLD)
    world = make_world(configuration=configuration, plugins={"ack_by_text": {}})
    off(world, ANNA, outcome="refused", error=212)
    world.fire()

    world.run_for(minutes=15)

    assert (len(world.texts_to("boris")), world.texts_to("vera")) == (1, [])


def test_of_two_who_are_told_one_who_got_it_is_enough(make_world):
    steps = "after: 2m, when: undelivered, notify: [sms:vera]"
    configuration = configured(steps).replace("notify: [sms:anna]", TWO_TOLD)
    world = make_world(configuration=configuration, plugins={"ack_by_text": {}})
    off(world, ANNA, outcome="at_operator")
    world.fire()

    world.run_for(minutes=15)

    assert (len(world.texts_to("boris")), world.texts_to("vera")) == (1, [])


@pytest.mark.parametrize(("second_ms", "handed_over_ms"), [(90_000, 90_000), (None, None)])
def test_the_time_to_arrive_runs_from_when_the_gateway_has_the_last_of_two(second_ms, handed_over_ms):
    sms = [
        StepSms(MessageId(1), State.ACCEPTED, "anna", 1_000),
        StepSms(MessageId(2), State.ACCEPTED, "boris", second_ms),
    ]

    assert fared(sms, expects_sms=True).handed_over_ms == handed_over_ms


def test_who_is_reached_by_the_same_dead_way_is_not_told_before_their_time(stepped):
    world = stepped(SILENT)
    world.order("faults", kind="down", count=None)
    world.fire("Early")
    world.run_for(minutes=15)

    world.fire()
    world.run_for(minutes=4)

    assert told_of(world, "DiskFull") == {"anna"}


def test_what_the_gateway_has_not_got_counts_as_if_it_had_it_after_a_minute(stepped):
    world = stepped(UNDELIVERED)
    world.order("faults", kind="code", code=110, command="send", count=None)
    world.fire()

    world.run_for(minutes=2, seconds=50)
    before = told_of(world, "DiskFull")
    world.run_for(seconds=30)

    assert (before, told_of(world, "DiskFull")) == ({"anna"}, {"anna", "boris"})


def told_of(world, name: str) -> set[str]:
    """Whom messages about an incident are for, whether or not they arrived."""
    incident = next(each for each in world.incidents() if each.name == name)
    with world.engine.read() as read:
        return {message.contact for message in read.messages_of_incident(incident.id)}


def test_who_got_it_in_a_summary_got_it(stepped):
    world = stepped(FAILED)
    world.order("faults", kind="down", count=None)
    for name in ("Api1", "Api2"):
        world.fire(name)
    world.run_for(minutes=15)

    world.order("faults/clear")
    world.run_for(minutes=15)

    assert any(text.startswith("LATE") and "Api1" in text for text in world.texts_to("anna"))
    assert told_of(world, "Api1") == {"anna"}


def test_what_arrived_is_no_failure(stepped):
    world = stepped(FAILED)
    world.fire()

    world.run_for(hours=1)

    assert world.texts_to("boris") == []


def test_what_waits_for_the_end_of_quiet_hours_has_not_failed(make_world):
    asleep = configured(FAILED).replace(", role: admin", ', quiet_hours: "11:00-13:00"')
    world = make_world(configuration=asleep, plugins={"ack_by_text": {}})
    world.fire("DiskFull", severity="warning")

    world.run_for(minutes=30)

    assert [message.state for message in world.messages()] == [State.HELD]
    assert world.texts_to("boris") == []
