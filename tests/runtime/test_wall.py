"""The wall clock may be set to anything: nothing becomes overdue, nothing waits, nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.lifecycle import State

JUMPS = [
    timedelta(hours=1),
    timedelta(hours=-1),
    timedelta(days=3650),
    timedelta(days=-3650),
    timedelta(milliseconds=700),
]


def jump(world, by: timedelta) -> None:
    """Our wall clock is set; the gateway's is its own."""
    world.clock.set_wall(world.clock.utc_now() + by)


@pytest.mark.parametrize("by", JUMPS)
def test_a_message_that_waits_neither_lapses_nor_waits_longer(world, by):
    world.order("faults", kind="down", count=None, for_s=120)
    world.fire("DiskFull")
    world.run_for(seconds=30)

    jump(world, by)
    world.run_for(minutes=5)

    assert [text for text in world.texts_to("anna") if "DiskFull" in text]
    assert world.messages()[0].state is State.DELIVERED


@pytest.mark.parametrize("by", JUMPS)
def test_a_send_in_doubt_is_settled_once(world, by):
    world.order("faults", kind="reply_lost", command="send", count=1)
    world.fire("DiskFull")

    jump(world, by)
    world.run_for(minutes=5)

    assert world.taken() == 1


@pytest.mark.parametrize("by", JUMPS)
def test_a_jump_between_two_runs_is_seen_at_the_start(world, by):
    world.order("faults", kind="down", count=None, for_s=120)
    world.fire("DiskFull")
    world.run_for(minutes=1)

    jump(world, by)
    world.crash()
    world.run_for(minutes=5)

    assert world.messages()[0].state is State.DELIVERED


@pytest.mark.parametrize("by", JUMPS)
def test_a_firing_alert_does_not_become_stale_by_a_jump(world, by):
    world.fire("DiskFull")
    world.run_for(minutes=1)

    jump(world, by)
    world.run_for(hours=1)

    assert world.incidents()[0].closed_at is None
