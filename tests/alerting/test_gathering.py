"""After a flood of which nobody is told at once, what follows gathers for a moment; nothing else waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.alerting.arrivals import ENOUGH_ALERTS, FLOOD_ALERTS, GATHER_MS, Arrivals
from pilotbridge.config.settings import RouteNode
from pilotbridge.model import JournalId
from pilotbridge.protocols import Arrived

from .conftest import Alerting, NoPlugins, alert
from .test_kept_and_taken_in import body_of, offered

LATER = RouteNode("root", "ops", group_by=("alertname",), group_wait=timedelta(minutes=1))
NOW = RouteNode("root", "ops", group_by=("alertname",), group_wait=timedelta(0))


def flood(world: Alerting, alerts: int = FLOOD_ALERTS, name: str = "Flood", **more) -> None:
    world.push(*(alert(name, f"db{number}") for number in range(alerts)), **more)


def waiting(world: Alerting) -> int:
    with world.store.read() as read:
        return read.count_waiting()


def arrived(world: Alerting, *alerts: dict) -> Arrived:
    body, parsed = body_of(world, *alerts)
    return Arrived(JournalId(99), body.incoming.source, body.incoming.received_at, parsed)


@pytest.fixture
def flooded(build) -> Alerting:
    world = build(route=LATER)
    flood(world)
    assert waiting(world) == 0
    return world


def test_what_follows_a_flood_is_taken_in_together_a_moment_later(flooded):
    flooded.fire("Second")
    flooded.run_for(milliseconds=GATHER_MS - 1)
    flooded.fire("Third")
    before = waiting(flooded)
    flooded.run_for(milliseconds=1)

    assert (before, waiting(flooded)) == (2, 0)
    assert len(flooded.alert_rows()) == FLOOD_ALERTS + 2


def test_a_flood_goes_on_in_large_turns(flooded):
    for _ in range(3):
        flood(flooded, name="Again")
        early = waiting(flooded)
        flooded.run_for(milliseconds=GATHER_MS)
        assert (early, waiting(flooded)) == (1, 0)


def test_once_enough_have_gathered_they_wait_no_longer(flooded):
    flood(flooded, ENOUGH_ALERTS - 1, name="Many")
    before = waiting(flooded)
    flooded.fire("One")

    assert (before, waiting(flooded)) == (1, 0)


def test_nobody_is_woken_for_what_gathers(flooded):
    few = flooded.ingest.hand_over([arrived(flooded, alert("Second"))])
    many = flooded.ingest.hand_over(
        [arrived(flooded, *(alert("Many", f"m{n}") for n in range(ENOUGH_ALERTS)))]
    )

    assert (few, many) == (False, True)


def test_a_flood_that_people_are_told_of_makes_nobody_wait(build):
    world = build(route=NOW)
    flood(world)
    world.fire("Second")

    assert waiting(world) == 0
    assert len(world.texts_to()) == 2


class Composer(NoPlugins):
    def compose_text(self, notification):
        return "worded by a plugin"


def test_a_flood_that_plugins_word_makes_nobody_wait(build):
    world = build(Composer(), route=NOW)
    flood(world)
    world.fire("Second")

    assert waiting(world) == 0
    assert [text[:18] for text in world.texts_to()] == ["worded by a plugin"] * 2


def test_less_than_a_flood_makes_nobody_wait(build):
    world = build(route=LATER)
    flood(world, FLOOD_ALERTS - 1)
    world.fire("Second")

    assert waiting(world) == 0


def test_what_follows_the_gathering_waits_for_nothing(flooded):
    flooded.run_for(milliseconds=GATHER_MS)
    flooded.fire("Second")

    assert waiting(flooded) == 0


def test_what_is_offered_while_nothing_gathers_yet_is_taken_at_once(flooded):
    assert offered(flooded, body_of(flooded, alert("Second"))) == [2]


def test_what_gathers_goes_before_what_is_offered(flooded):
    flooded.fire("Second")

    assert offered(flooded, body_of(flooded, alert("Second", state="resolved"))) == "no"


def test_what_gathered_when_the_bridge_ended_is_taken_in_at_the_next_start(flooded):
    flooded.fire("Second")
    flooded.restart()
    flooded.runtime.settle()

    assert waiting(flooded) == 0
    assert len(flooded.alert_rows()) == FLOOD_ALERTS + 1


def test_rows_that_nobody_keeps_in_mind_do_not_wait_for_what_gathers(flooded):
    flooded.fire("Second", hint=False, settle=False)
    flooded.fire("Third")
    flooded.run_for(seconds=2)

    assert waiting(flooded) == 0


def test_a_clock_that_is_set_back_meanwhile_keeps_nothing_waiting(flooded):
    arrivals, now_ms = Arrivals(), flooded.now_ms()
    arrivals.keep_in_mind([arrived(flooded, *(alert("Flood", f"f{n}") for n in range(FLOOD_ALERTS)))])
    arrivals.next_in_mind(now_ms)
    arrivals.nobody_waits(now_ms)
    second = arrived(flooded, alert("Second"))
    arrivals.keep_in_mind([second])

    assert arrivals.next_in_mind(now_ms) == []
    assert arrivals.next_in_mind(now_ms - 3_600_000) == [second]
