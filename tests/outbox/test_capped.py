"""A cap that keeps messages back is a Trouble, which ends when nothing is held any more."""

from __future__ import annotations

from pilotbridge.testing.world import CONFIGURATION


def capped(limits: str) -> str:
    return CONFIGURATION.replace("receivers:\n", f"limits: {{{{ {limits} }}}}\nreceivers:\n", 1)


def warn(world, *names, **labels):
    for name in names:
        world.tell({"alertname": name, "severity": "warning", **labels})
        world.run_for(minutes=1)


def said(world, who="anna"):
    return [text for text in world.texts_to(who) if "CapReached" in text]


def test_what_a_cap_on_everybody_holds_is_said_past_the_cap(make_world):
    world = make_world(configuration=capped("parts_per_day: 2"))

    warn(world, "One", "Two", "Three", "Four")
    world.run_for(minutes=3)

    [text] = said(world)
    assert text.startswith(
        "CRIT CapReached limits 1 SMS wait, cap reached: limits.parts_per_day is 2; pilotbridge"
    )


def test_it_is_over_when_nothing_is_held_any_more(make_world):
    world = make_world(configuration=capped("sms_per_contact_per_hour: 2"))
    warn(world, "One", "Two", "Three", team="db")

    world.run_for(minutes=80)

    assert len(world.texts_to("boris")) == 3
    assert [text.split()[0] for text in said(world)] == ["WARN", "CLEAR"]


def test_a_cap_of_one_person_is_a_warning_to_whoever_hears_of_troubles(make_world):
    world = make_world(configuration=capped("sms_per_contact_per_hour: 2"))

    warn(world, "One", "Two", "Three", team="db")
    world.run_for(minutes=3)

    assert len(world.texts_to("boris")) == 2
    [text] = said(world)
    assert text.startswith("WARN CapReached limits 1 SMS wait, cap reached: limits.sms_per_contact_per_hour")


def test_where_no_cap_holds_anything_there_is_no_such_trouble(make_world):
    world = make_world(configuration=capped("parts_per_day: 200"))

    warn(world, "One", "Two", "Three")
    world.run_for(minutes=3)

    assert said(world) == []


def test_its_own_end_that_the_cap_holds_does_not_begin_it_anew(make_world):
    world = make_world(configuration=capped("parts_per_day: 1"))
    world.send_sms("anna", "one")
    world.send_sms("anna", "two")

    world.run_for(hours=30)

    ends = [message for message in world.messages() if message.text.startswith("CLEAR CapReached")]
    assert [str(message.state) for message in ends] == ["held"]
    assert [incident.name for incident in world.incidents()] == ["CapReached"]
