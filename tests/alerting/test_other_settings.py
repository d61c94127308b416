"""Another configuration counts for what comes in next and for what is open: nobody is lost with a name."""

from __future__ import annotations

from dataclasses import replace

from pilotbridge.config.settings import RouteNode
from pilotbridge.matcher import Matchers
from pilotbridge.model import Contact

from .conftest import ANNA, BORIS, receiver


def without(world, name: str):
    return {key: contact for key, contact in world.settings.contacts.items() if key != name}


def first_words(world, phone) -> list[str]:
    return [text.split()[0] for text in world.texts_to(phone)]


def test_a_new_route_counts_for_what_comes_in_next(world):
    world.fire("NoPing")
    pages = RouteNode("root/0", "both", Matchers.parse('alertname="DiskFull"'), group_by=("alertname",))

    world.settings = replace(world.settings, route=replace(world.settings.route, children=(pages,)))
    world.fire("DiskFull")
    world.run_for(minutes=1)

    assert [text.split()[1] for text in world.texts_to(BORIS)] == ["DiskFull"]


def test_who_left_the_configuration_is_told_the_end_of_what_they_know_of(build):
    world = build(route=RouteNode("root", "both", group_by=("alertname",)))
    world.fire()
    world.run_for(minutes=1)
    world.send_all()

    ops = {"both": receiver("both", "sms:anna"), "ops": world.settings.receivers["ops"]}
    world.settings = replace(world.settings, contacts=without(world, "boris"), receivers=ops)
    world.resolve()
    world.run_for(minutes=6)

    assert first_words(world, BORIS) == ["CRIT", "CLEAR"]


def test_where_nobody_of_a_receiver_is_left_the_roots_people_are_told(world):
    boris = RouteNode("root/0", "boris", Matchers.parse('alertname="DiskFull"'), group_by=("alertname",))
    world.settings = replace(
        world.settings,
        route=replace(world.settings.route, children=(boris,)),
        receivers={**world.settings.receivers, "boris": receiver("boris", "sms:boris")},
    )
    world.fire()

    world.settings = replace(world.settings, contacts=without(world, "boris"))
    world.run_for(minutes=1)

    assert first_words(world, ANNA) == ["CRIT"]


def test_a_name_that_is_nobodys_any_more_costs_the_others_nothing(build):
    world = build(route=RouteNode("root", "both", group_by=("alertname",)))
    world.fire()

    world.settings = replace(world.settings, contacts=without(world, "boris"))
    world.run_for(minutes=1)

    assert first_words(world, ANNA) == ["CRIT"]


def test_whoever_took_it_without_a_phone_leaves_it_to_the_others_when_it_gets_worse(world):
    chatting = Contact("vera", None, "Europe/Moscow")
    world.settings = replace(world.settings, contacts={**world.settings.contacts, "vera": chatting})
    world.fire(severity="warning")
    world.run_for(minutes=1)
    world.take(by="vera")

    world.fire("DiskFull", "db02", severity="critical")
    world.run_for(minutes=6)

    assert first_words(world, ANNA) == ["WARN", "+1"]
