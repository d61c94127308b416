"""A worker that fails turn after turn is told of, and nobody is pinged meanwhile."""

from __future__ import annotations

import pytest

from pilotbridge.app.overseer import FAILING, FAILURES
from pilotbridge.errors import StoreUnavailable


class Broken:
    """Raises what it is told to; returns when there is nothing to raise."""

    name = "broken"

    def __init__(self) -> None:
        self.raises: Exception | None = None

    def turn(self) -> None:
        if self.raises is not None:
            raise self.raises


@pytest.fixture
def world(make_world):
    return make_world()


@pytest.fixture
def worker(world):
    broken = Broken()
    world.app.wakes.add(broken)
    world.settle()
    return broken


def fail(world, worker, error, times):
    worker.raises = error
    for _ in range(times):
        world.app.wakes.one("broken")
        with pytest.raises(type(error)):
            world.settle()
    worker.raises = None


def troubles(world):
    world.settle()
    with world.engine.read() as read:
        rows = read.alerts_listed()
    return {row.alert.state for row in rows if row.alert.name == FAILING}


def test_three_failures_in_a_row_are_a_trouble_until_a_turn_gets_something_done(world, worker):
    fail(world, worker, ValueError("a fault of ours"), FAILURES)
    raised = world.app.overseer.why()
    assert troubles(world) == {"firing"}

    world.app.wakes.one("broken")

    assert troubles(world) == {"resolved"}
    assert (raised, world.app.overseer.why()) == (
        "worker broken fails every turn, and what it should do waits: ValueError",
        "",
    )


def test_a_turn_between_failures_begins_the_count_anew(world, worker):
    fail(world, worker, ValueError(), FAILURES - 1)
    world.app.wakes.one("broken")
    world.settle()
    fail(world, worker, ValueError(), FAILURES - 1)

    assert (troubles(world), world.app.overseer.why()) == (set(), "")


def test_a_store_that_is_away_is_no_fault_of_the_worker(world, worker):
    fail(world, worker, StoreUnavailable("the disk is full"), 2 * FAILURES)

    assert (troubles(world), world.app.overseer.why()) == (set(), "")
