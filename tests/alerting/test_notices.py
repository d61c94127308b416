"""Maintenance: a silence that people hear of when it begins and when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.errors import NotFound


@pytest.fixture
def world(make_world):
    return make_world()


def maintenance(world, *, starts_in: int = 0, minutes: int = 60, tells: str = "page-boris"):
    """Alerts of DiskFull are quiet, and Boris hears of it."""
    fact = world.app.desk.silence(
        ['alertname="DiskFull"'],
        starts=world.now + timedelta(minutes=starts_in) if starts_in else None,
        lasts=timedelta(minutes=minutes),
        by="anna",
        comment="moving disks",
        tells=tells,
    )
    world.settle()
    return fact


def test_its_begin_and_its_end_are_told_once(world):
    maintenance(world)
    world.run_for(minutes=1)
    began = world.texts_to("boris")

    world.run_for(hours=3)

    assert began == ["MAINT till 13:00: moving disks (anna)"]
    assert world.texts_to("boris")[1:] == ["MAINT over: moving disks"]


def test_one_of_tomorrow_is_told_tomorrow(world):
    maintenance(world, starts_in=120)
    world.run_for(minutes=119)
    before = world.texts_to("boris")

    world.run_for(minutes=2)

    assert before == []
    assert world.texts_to("boris") == ["MAINT till 15:00: moving disks (anna)"]


def test_its_end_says_what_still_fires(world):
    maintenance(world)
    world.fire("DiskFull", instance="db01")
    world.fire("ApiDown")

    world.run_for(minutes=62)

    assert "MAINT over: moving disks, 1 still fire" in world.texts_to("boris")


def test_one_that_is_ended_by_hand_is_told_then(world):
    fact = maintenance(world)
    world.run_for(minutes=5)

    world.app.desk.expire_silence(fact["id"])
    world.run_for(minutes=1)

    assert world.texts_to("boris")[-1] == "MAINT over: moving disks"


def test_one_that_was_called_off_is_told_to_nobody(world):
    fact = maintenance(world, starts_in=120)

    world.app.desk.expire_silence(fact["id"])
    world.run_for(hours=6)

    assert world.texts_to("boris") == []


@pytest.mark.parametrize("minutes", [0, 30, 61])
def test_a_restart_repeats_nothing_and_forgets_nothing(world, minutes):
    maintenance(world)
    world.run_for(minutes=minutes)

    world.crash()
    world.run_for(hours=2)

    assert [text.split(":")[0] for text in world.texts_to("boris")] == ["MAINT till 13", "MAINT over"]


def test_a_silence_that_tells_nobody_tells_nobody(world):
    maintenance(world, tells="")

    world.run_for(hours=2)

    assert world.texts_to("boris") == []


def test_a_receiver_that_does_not_exist_is_named(world):
    with pytest.raises(NotFound, match="there is no receiver 'nobody'; there are page-ops, page-boris"):
        maintenance(world, tells="nobody")


def test_whoever_heard_of_one_that_is_changed_into_another_hears_of_both(world):
    fact = maintenance(world)
    world.run_for(minutes=5)
    with world.app.ground.store.read() as read:
        known = read.silence(fact["id"])

    world.app.desk.set_silence(replace(known, matchers=('alertname=~"Disk.*"',), comment="more disks"))
    world.run_for(minutes=1)

    assert world.texts_to("boris")[1:] == ["MAINT over: moving disks", "MAINT till 13:00: more disks (anna)"]
