"""Putting somebody on call and taking over: at once, until it ends, kept over reloads and restarts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.clock import from_ms
from pilotbridge.errors import NotFound, Refused
from tests.oncall.schedules import WEEKLY, configured

LONG = timedelta(days=500)


@pytest.fixture
def world(make_world):
    """Anna is on call until 13:00 (in an hour), then Boris for a week."""
    return make_world(configuration=configured(WEEKLY), plugins={"ack_by_text": {}})


def after(world, **time):
    return from_ms(world.clock.now_ms()) + timedelta(**time)


def called(world, **time):
    with world.app.ground.store.read() as read:
        return world.app.desk.oncall.roster(read, after(world, **time)).called("primary").contact


def told(world, name):
    """Which alerts a phone heard of."""
    return [text.split()[1] for text in world.texts_to(name) if text.startswith("CRIT")]


def test_whoever_takes_over_is_told_from_then_on(world):
    world.app.desk.oncall.take("primary", "boris", timedelta(minutes=30))
    world.fire("DiskFull")
    world.run_for(minutes=31)

    world.fire("ApiDown")
    world.run_for(minutes=1)

    assert (told(world, "boris"), told(world, "anna")) == (["DiskFull"], ["ApiDown"])


def test_without_a_time_it_is_until_the_shift_ends(world):
    fact = world.app.desk.oncall.take("primary", "vera", None)

    assert (fact["until"], fact["kind"], fact["made_by"]) == (after(world, hours=1), "take", "vera")
    assert (called(world), called(world, hours=1)) == ("vera", "boris")


def test_somebody_is_put_on_call_for_a_time(world):
    starts, ends = after(world, hours=2), after(world, hours=4)
    world.app.desk.oncall.override("primary", "vera", starts, ends, by="anna")

    assert [called(world, hours=hours) for hours in (0, 1, 2, 3, 4)] == [
        "anna",
        "boris",
        "vera",
        "vera",
        "boris",
    ]


def test_the_newest_decision_counts(world):
    for name in ("vera", "boris"):
        world.app.desk.oncall.override("primary", name, None, after(world, hours=1), by="anna")
        world.run_for(seconds=1)

    assert called(world) == "boris"


def test_it_is_kept_over_a_restart_and_a_reload(world):
    world.app.desk.oncall.take("primary", "vera", None)

    world.crash()
    world.app.reload(world.app.in_force.settings)

    assert called(world) == "vera"


def test_one_is_ended_before_its_time(world):
    fact = world.app.desk.oncall.take("primary", "vera", None)
    world.run_for(minutes=5)

    ended = world.app.desk.oncall.end(fact["id"], by="anna")

    assert (called(world), ended["until"]) == ("anna", after(world))
    with pytest.raises(Refused, match="is over already"):
        world.app.desk.oncall.end(fact["id"], by="anna")


def test_one_that_is_over_by_itself_is_not_ended_once_more(world):
    fact = world.app.desk.oncall.take("primary", "vera", timedelta(minutes=5))
    world.run_for(minutes=5)

    with pytest.raises(Refused, match="is over already"):
        world.app.desk.oncall.end(fact["id"], by="anna")


def test_what_became_of_it_is_recorded(world):
    fact = world.app.desk.oncall.take("primary", "vera", None)
    world.app.desk.oncall.end(fact["id"], by="anna")

    with world.app.ground.store.read() as read:
        happened = [(each.event, each.reason) for each in read.events_of("override", fact["id"])]

    assert happened == [("take", "vera for primary until 2026-01-12 10:00 UTC, by vera"), ("end", "by anna")]


@pytest.mark.parametrize(
    ("deed", "error", "why"),
    [
        (lambda desk, _: desk.take("none", "anna", None), NotFound, "there is no schedule 'none'"),
        (lambda desk, _: desk.take("primary", "nobody", None), NotFound, "there is no contact 'nobody'"),
        (lambda desk, _: desk.take("primary", "anna", None), Refused, "anna is on call by primary already"),
        (lambda desk, now: desk.override("primary", "vera", now, now, by="x"), Refused, "before it begins"),
        (lambda desk, now: desk.override("primary", "vera", now, now + LONG, by=""), Refused, "longer than"),
        (lambda desk, _: desk.end(77, by="x"), NotFound, "there is no override 77"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_has_a_sentence(world, deed, error, why):
    with pytest.raises(error, match=why):
        deed(world.app.desk.oncall, after(world))


def test_whoever_has_no_phone_cannot_be_on_call(make_world):
    configuration = configured(WEEKLY).replace("contacts:\n", "contacts:\n  olga: {{ telegram: 5 }}\n")
    world = make_world(configuration=configuration)

    with pytest.raises(Refused, match="olga has no phone"):
        world.app.desk.oncall.take("primary", "olga", None)


def test_whoever_left_the_configuration_is_on_call_no_more(world):
    world.app.desk.oncall.take("primary", "vera", None)
    before = called(world)
    settings = world.app.in_force.settings
    left = {name: contact for name, contact in settings.contacts.items() if name != "vera"}

    world.app.reload(replace(settings, contacts=left))
    world.settle()

    assert (before, called(world)) == ("vera", "anna")
