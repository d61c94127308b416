"""The Watchdog that stops barking, on the hand-moved clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.testing.world import CONFIGURATION

WATCHDOG = {"name": "prometheus", "matchers": ['alertname="Watchdog"'], "within": "5m"}


@pytest.fixture
def world(make_world):
    return make_world(plugins={"heartbeat": {"expect": [WATCHDOG]}})


class Barking:
    """A Watchdog that an Alertmanager tells of every minute."""

    def __init__(self, world):
        self.world = world
        self.alert = world.fire("Watchdog", severity="none")

    def bark_for(self, minutes):
        for _ in range(minutes):
            self.world.run_for(minutes=1)
            self.again()

    def again(self):
        self.world.say_again(self.alert)


def missing(world):
    return [incident for incident in world.incidents() if incident.name == "HeartbeatMissing"]


def test_nobody_is_told_of_a_watchdog_that_barks(world):
    dog = Barking(world)

    dog.bark_for(minutes=30)

    assert world.incidents() == []
    assert world.messages() == []


def test_one_that_stops_pages_and_one_that_comes_back_ends_it(world):
    dog = Barking(world)
    dog.bark_for(minutes=10)

    world.run_for(minutes=5)
    quiet = list(world.texts_to("anna"))
    world.run_for(minutes=1)
    (paged,) = missing(world)
    world.run_for(minutes=30)
    told = list(world.texts_to("anna"))
    dog.again()
    world.run_for(minutes=10)

    assert quiet == []
    assert paged.severity == "critical"
    assert len(told) == 1
    assert told[0].startswith("CRIT HeartbeatMissing prometheus")
    assert world.texts_to("anna")[1].startswith("CLEAR HeartbeatMissing prometheus")
    assert missing(world)[0].closed_at is not None


def test_that_it_is_over_is_no_beat(world):
    dog = Barking(world)
    dog.bark_for(minutes=3)

    for _ in range(7):
        world.resolve(dog.alert)
        world.run_for(minutes=1)

    assert len(missing(world)) == 1


def test_one_that_never_came_pages(world):
    world.run_for(minutes=6)

    assert world.texts_to("anna")[0].startswith("CRIT HeartbeatMissing prometheus")


def test_after_a_restart_it_has_its_time_again(world):
    dog = Barking(world)
    dog.bark_for(minutes=3)

    world.run_for(minutes=4)
    world.crash()
    world.run_for(minutes=4)
    before = missing(world)
    dog.again()
    world.run_for(minutes=4)

    assert before == missing(world) == []


def test_a_page_that_was_open_at_a_restart_ends_only_with_a_beat(world):
    dog = Barking(world)
    world.run_for(minutes=7)

    world.crash()
    world.run_for(minutes=4)
    still = missing(world)[0].closed_at
    dog.again()
    world.run_for(minutes=3)

    assert still is None
    assert [incident.closed_at is not None for incident in missing(world)] == [True]


def test_a_beat_right_before_the_restart_ends_it_as_well(world):
    dog = Barking(world)
    world.run_for(minutes=7)

    dog.again()
    world.crash()
    world.run_for(minutes=10)

    assert [incident.closed_at is not None for incident in missing(world)][:1] == [True]


def test_a_clock_that_is_set_ahead_makes_nothing_late(world):
    dog = Barking(world)
    dog.bark_for(minutes=3)

    world.clock.set_wall(world.now + timedelta(hours=3))
    world.run_for(minutes=2)

    assert missing(world) == []


@pytest.mark.parametrize(("minutes", "is_missing"), [(10, False), (0, True)])
def test_a_clock_that_is_set_back_hides_nothing_and_invents_nothing(world, minutes, is_missing):
    dog = Barking(world)
    dog.bark_for(minutes=3)

    world.clock.set_wall(world.now - timedelta(hours=3))
    dog.bark_for(minutes=minutes)
    world.run_for(minutes=4 if minutes else 6)

    assert bool(missing(world)) is is_missing


def test_it_may_page_somebody_else(make_world):
    world = make_world(plugins={"heartbeat": {"expect": [{**WATCHDOG, "receiver": "page-boris"}]}})

    world.run_for(minutes=6)

    assert len(world.texts_to("boris")) == 1
    assert world.texts_to("anna") == []


def test_each_of_several_is_missed_by_itself(make_world):
    other = {**WATCHDOG, "name": "loki", "matchers": ['alertname="Watchdog"', 'cluster="loki"']}
    both = {"expect": [{**WATCHDOG, "matchers": ['alertname="Watchdog"', 'cluster!="loki"']}, other]}
    world = make_world(plugins={"heartbeat": both})
    dog = Barking(world)

    dog.bark_for(minutes=8)

    assert [incident.group.labels["what"] for incident in missing(world)] == ["loki"]


@pytest.mark.parametrize(("within", "says"), [("5m", "within 5 min"), ("90s", "within 90 s")])
def test_how_long_it_may_take_is_said_in_whole_numbers(make_world, within, says):
    world = make_world(plugins={"heartbeat": {"expect": [{**WATCHDOG, "within": within}]}})

    world.run_for(minutes=6)

    assert says in world.messages()[0].text


@pytest.mark.parametrize("wrong", [{}, {"expect": []}, {"expect": [{"name": "x", "matchers": []}]}])
def test_a_block_that_expects_nothing_is_refused(make_world, wrong):
    with pytest.raises(Exception, match="expect"):
        make_world(plugins={"heartbeat": wrong}, configuration=CONFIGURATION)
