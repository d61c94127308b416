"""Steps of a receiver while nobody takes an incident: who is told next, and when."""

from __future__ import annotations

from pilotbridge.lifecycle import State
from tests.oncall.steps.configured import ANNA, FAILED, SILENT, off, silence


def test_while_nobody_takes_it_one_after_the_other_is_told(stepped):
    world = stepped(SILENT)
    world.fire("ApiDown", instance="api1")
    world.run_for(minutes=4, seconds=59)
    before = world.texts_to("boris"), world.texts_to("vera")

    world.run_for(minutes=11)

    ref = world.incidents()[0].ref
    assert before == ([], [])
    assert world.texts_to("boris")[0].startswith(f"ESC 2/3 CRIT ApiDown api1 12:00, Anna silent 5m #{ref}.2")
    assert world.texts_to("vera")[0].startswith("ESK 3/3 KRIT ApiDown api1 12:00, Boris molchit 10m #")
    assert len(world.texts_to("anna")) == 1


def test_the_step_comes_on_the_second(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=4, seconds=58)
    early = world.taken()

    world.run_for(seconds=3)

    assert (early, world.taken()) == (1, 2)


def test_whoever_takes_it_ends_the_steps(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=3)
    world.sms_from("anna", world.incidents()[0].ref)

    world.run_for(hours=3)

    assert (world.texts_to("boris"), world.texts_to("vera")) == ([], [])


def test_an_answer_on_its_way_is_asked_for_before_the_step(stepped):
    world = stepped(SILENT, receiver="")
    world.app.ground.runtime._duties["inbound smspilot"].due_ms = None  # nobody polls by himself any more
    world.fire()
    world.run_for(minutes=4, seconds=30)
    world.sms_from("anna", world.incidents()[0].ref)

    world.run_for(minutes=3)

    assert world.texts_to("boris") == []


def test_an_answer_that_came_while_the_bridge_stood_still_is_asked_for_before_the_step(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=4, seconds=30)
    world.sms_from("anna", world.incidents()[0].ref)

    world.clock.forward(5 * 60_000)
    world.crash()
    world.run_for(minutes=30)

    assert world.incidents()[0].acknowledged_by == "anna"
    assert world.texts_to("boris") == []


def test_one_that_is_given_back_goes_on_at_once(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=3)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=9)
    while_taken = world.texts_to("boris")

    world.sms_from("anna", "undo")
    world.run_for(minutes=1)

    assert while_taken == []
    assert len(world.texts_to("boris")) == 1


def test_one_that_is_over_goes_no_further(stepped):
    world = stepped(SILENT)
    alert = world.fire()
    world.run_for(minutes=3)

    world.resolve(alert)
    world.run_for(hours=1)

    assert world.texts_to("boris") == []


def test_news_go_to_everybody_who_was_told(stepped):
    world = stepped(SILENT)
    world.fire(instance="db01")
    world.run_for(minutes=6)

    world.fire(instance="db02")
    world.run_for(minutes=6)

    assert [text[:2] for text in world.texts_to("anna")] == ["CR", "+1"]
    assert [text[:2] for text in world.texts_to("boris")] == ["ES", "+1"]


def test_its_end_is_told_to_everybody_who_was_told(stepped):
    world = stepped(SILENT)
    alert = world.fire()
    world.run_for(minutes=6)

    world.resolve(alert)
    world.run_for(minutes=6)

    assert [len(world.texts_to(name)) for name in ("anna", "boris", "vera")] == [2, 2, 0]


def test_a_silenced_incident_waits_and_goes_on_after_it(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=3)
    silence(world, minutes=60)
    world.run_for(minutes=50)
    while_silent = world.texts_to("boris")

    world.run_for(minutes=20)

    assert while_silent == []
    assert len(world.texts_to("boris")) == 1


def test_when_nobody_ended_it_in_time_the_steps_begin_anew(stepped):
    world = stepped(SILENT, receiver="acknowledged_for: 1h,")
    world.fire()
    world.run_for(minutes=2)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=59)
    while_taken = world.taken()

    world.run_for(minutes=8)

    assert [text.split()[0] for text in world.texts_to("anna")] == ["CRIT", "Taken", "STILL"]
    assert while_taken == 2
    assert len(world.texts_to("boris")) == 1


def test_steps_that_begin_anew_tell_each_in_their_time(stepped):
    world = stepped(SILENT, receiver="acknowledged_for: 1h,")
    world.fire()
    world.run_for(minutes=6)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=64)
    before = len(world.texts_to("boris"))

    world.run_for(minutes=4)

    assert (before, len(world.texts_to("boris"))) == (1, 2)


def test_no_means_the_next_one_now(stepped):
    world = stepped(SILENT)
    world.fire("ApiDown", instance="api1")
    world.run_for(minutes=1)

    world.sms_from("anna", f"no {world.incidents()[0].ref}")
    world.run_for(minutes=1)

    assert "Anna passed it on" in world.texts_to("boris")[0]
    assert "Passed on" in world.texts_to("anna")[-1]


def test_after_the_last_one_no_is_answered_so(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=17)

    world.sms_from("vera", f"нет {world.incidents()[0].ref}")
    world.run_for(minutes=1)

    assert (
        "после вас никого" in world.texts_to("vera")[-1] or "posle vas nikogo" in world.texts_to("vera")[-1]
    )


def test_no_from_who_took_it_gives_it_back_and_tells_the_next(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=1)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=1)

    world.sms_from("anna", f"no {world.incidents()[0].ref}")
    world.run_for(minutes=1)

    assert len(world.texts_to("boris")) == 1
    assert world.incidents()[0].acknowledged_at is None


def test_who_it_was_passed_on_to_is_told_after_a_silence_whatever_is_heard_meanwhile(stepped):
    """Boris is next; the first SMS fails before the silence ends, for which there is a step of Vera's."""
    unreached = FAILED.replace("boris", "vera")
    world = stepped(f"after: 90m, when: unacknowledged, notify: [sms:boris]; {unreached}")
    off(world, ANNA, final_after_s=60, count=1)
    world.fire()
    world.run_for(seconds=5)
    silence(world, minutes=40)
    world.sms_from("anna", f"no {world.incidents()[0].ref}")
    world.run_for(minutes=39)
    failed = world.messages()[0].state

    world.run_for(minutes=2)

    assert failed is State.UNDELIVERED
    assert "Anna passed it on" in world.texts_to("boris")[0]
    assert world.texts_to("vera") == []
