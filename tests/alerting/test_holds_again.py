"""What a sender says to hold although it was said to be over: from whoever repeats news, else a late word."""

from __future__ import annotations

import pytest


def told(world) -> list[str]:
    """The first word and the ref of each text."""
    return [text.split()[0] for text in world.texts_to()]


def group(world, kind, instance="db01", *, ended="", **more):
    """Alertmanager's webhook about one alert of the group ``g``."""
    more = {"state": "resolved", **more} if kind == "over" else more
    labels = {"alertname": "DiskFull", "instance": instance, "severity": "critical"}
    world.push({"labels": labels, **more}, source="am", group="g", ended=ended)


@pytest.fixture
def told_and_over(world):
    """An alert of Alertmanager's that was told, and its end that was told, too; ``starts`` is its start."""
    world.starts = world.now_ms()
    group(world, "fires", starts=world.starts)
    world.run_for(minutes=4)
    world.send_all()
    group(world, "over", starts=world.starts, ended="g")
    world.run_for(seconds=1)
    world.send_all()
    assert told(world) == ["CRIT", "CLEAR"]
    return world


# --- an Alertmanager that its Prometheus could not reach for a while ---------------------------------


def test_what_alertmanager_calls_firing_again_by_the_old_start_is_told_again(told_and_over):
    world = told_and_over
    world.run_for(minutes=3)

    group(world, "fires", starts=world.starts)
    world.run_for(seconds=1)

    assert told(world) == ["CRIT", "CLEAR", "CRIT"]
    assert [bool(incident.closed_at) for incident in world.incidents()] == [True, False]


def test_it_is_told_again_after_a_restart_too(told_and_over):
    world = told_and_over
    world.run_for(minutes=3)
    world.restart()

    group(world, "fires", starts=world.starts)
    world.run_for(seconds=1)

    assert told(world) == ["CRIT", "CLEAR", "CRIT"]


def test_so_it_is_by_an_older_start(told_and_over):
    world = told_and_over
    world.run_for(minutes=3)

    group(world, "fires", starts=world.starts - 60_000)
    world.run_for(seconds=1)

    assert told(world) == ["CRIT", "CLEAR", "CRIT"]


# --- a word that may be late -------------------------------------------------------------------------


def test_a_moment_after_the_end_it_is_told_when_it_still_fires_then(told_and_over):
    world = told_and_over
    world.run_for(seconds=20)

    group(world, "fires", starts=world.starts)
    world.run_for(minutes=5, seconds=50)
    assert told(world) == ["CRIT", "CLEAR"]

    world.run_for(seconds=11)
    assert told(world) == ["CRIT", "CLEAR", "CRIT"]


def test_a_word_of_the_other_of_a_pair_that_crossed_the_end_wakes_nobody(told_and_over):
    world = told_and_over
    world.run_for(seconds=14)
    group(world, "fires", starts=world.starts)

    world.run_for(minutes=5)
    group(world, "over", starts=world.starts, ended="g")
    world.run_for(minutes=30)

    assert told(world) == ["CRIT", "CLEAR"]
    assert world.alert_rows("firing") == []


def test_a_word_that_crossed_the_end_of_a_group_that_names_none_of_it_wakes_nobody(world):
    """What was cut off from a long group is over with the rest of it."""
    for instance in ("db01", "db02"):
        group(world, "fires", instance, starts=world.now_ms())
    began = world.now_ms()
    world.run_for(minutes=4)
    world.send_all()
    group(world, "over", "db02", starts=began, ended="g")
    world.run_for(seconds=14)
    world.send_all()

    group(world, "fires", starts=began)
    world.run_for(minutes=5)
    world.send_all()
    group(world, "over", starts=began, ended="g")
    world.run_for(minutes=30)

    assert told(world) == ["CRIT", "+1", "CLEAR"]


def test_a_word_that_crossed_the_end_wakes_nobody_where_its_group_is_called_otherwise(told_and_over):
    """The other of a pair groups by other labels; of its group nobody has heard before."""
    world = told_and_over
    labels = {"alertname": "DiskFull", "instance": "db01", "severity": "critical"}
    world.run_for(seconds=14)

    world.push({"labels": labels, "starts": world.starts}, source="am", group="other")
    world.run_for(minutes=5)
    world.send_all()
    over = {"labels": labels, "starts": world.starts, "state": "resolved"}
    world.push(over, source="am", group="other", ended="other")
    world.run_for(minutes=30)

    assert told(world) == ["CRIT", "CLEAR"]


def test_what_is_new_beside_it_does_not_wait(told_and_over):
    world = told_and_over
    world.run_for(seconds=20)

    group(world, "fires", starts=world.starts)
    group(world, "fires", "db02")
    world.run_for(seconds=1)

    assert told(world) == ["CRIT", "CLEAR", "CRIT"]


def test_from_a_sender_that_does_not_repeat_it_is_late(world):
    starts = world.now_ms()
    world.fire(starts=starts)
    world.run_for(minutes=1)
    world.send_all()
    world.resolve(starts=starts)
    world.run_for(minutes=10)

    world.fire(starts=starts)
    world.run_for(hours=1)

    assert told(world) == ["CRIT", "CLEAR"]


# --- two Prometheis with the same labels -------------------------------------------------------------


def test_what_one_of_two_prometheis_still_sees_firing_is_told_once_the_other_is_silent(world):
    first, second = world.now_ms(), world.now_ms() - 30_000
    world.fire(starts=first, lease_s=240)
    world.fire(starts=second, lease_s=240)
    world.run_for(minutes=1)
    world.send_all()

    for _ in range(15):
        world.resolve(starts=first)
        world.run_for(seconds=30)
        world.fire(starts=second, lease_s=240)
        world.run_for(seconds=30)
        world.send_all()
    assert told(world) == ["CRIT", "CLEAR"]
    for _ in range(10):
        world.fire(starts=second, lease_s=240)
        world.run_for(minutes=1)

    assert told(world) == ["CRIT", "CLEAR", "CRIT"]
    assert len(world.alert_rows("firing")) == 1


# --- a group that is over, told late -----------------------------------------------------------------


def test_what_began_after_the_ends_that_a_late_body_names_goes_on(world):
    began = world.now_ms()
    group(world, "fires", starts=began)
    world.run_for(minutes=1)
    ended = world.now_ms()
    world.run_for(minutes=1)
    group(world, "fires", "db02")
    world.run_for(minutes=1)

    group(world, "over", starts=began, ends=ended, ended="g")
    world.run_for(minutes=1)

    assert [row.alert.labels["instance"] for row in world.alert_rows("firing")] == ["db02"]
    assert told(world) == ["CRIT", "+1"]


def test_what_was_cut_off_from_the_end_of_its_group_is_over(world):
    for instance in ("db01", "db02"):
        group(world, "fires", instance)
    world.run_for(minutes=1)

    group(world, "over", ended="g")
    world.run_for(minutes=1)

    assert world.alert_rows("firing") == []


# --- a clock that runs ahead -------------------------------------------------------------------------


def test_the_end_of_what_began_by_a_clock_that_runs_ahead_ends_it(world):
    world.fire(starts=world.now_ms() + 300_000)
    world.run_for(minutes=1)
    world.send_all()

    world.resolve()
    world.run_for(minutes=10)

    assert told(world) == ["CRIT", "CLEAR"]


def test_the_end_of_an_earlier_episode_ends_nothing_that_began_by_such_a_clock(world):
    earlier = world.now_ms() - 600_000
    world.fire(starts=world.now_ms() + 300_000)
    world.run_for(minutes=1)

    world.resolve(starts=earlier, ends=earlier + 60_000)
    world.run_for(minutes=10)

    assert told(world) == ["CRIT"]


def test_what_begins_after_such_a_clock_was_set_right_is_told_from_whoever_does_not_repeat(world):
    ahead = world.now_ms() + 3_600_000
    world.fire(starts=ahead)
    world.run_for(minutes=1)
    world.send_all()
    world.resolve(starts=ahead, ends=ahead + 60_000)
    world.run_for(minutes=6)
    world.send_all()

    world.fire(starts=world.now_ms())
    world.run_for(minutes=6)

    assert told(world) == ["CRIT", "CLEAR", "CRIT"]


# --- leases that nobody could renew here -------------------------------------------------------------


@pytest.fixture
def leased(world):
    """An alert of a Prometheus that was told; it holds for four minutes unless somebody says so again."""
    world.starts = world.now_ms()
    world.fire(starts=world.starts, lease_s=240)
    world.run_for(minutes=1)
    world.send_all()
    assert told(world) == ["CRIT"]
    return world


def test_a_process_that_stood_still_calls_nothing_over_that_may_hold(leased):
    leased.hand.forward(10 * 60_000)
    leased.run_for(seconds=40)

    leased.fire(starts=leased.starts, lease_s=240)
    leased.run_for(minutes=3)

    assert told(leased) == ["CRIT"]
    assert len(leased.alert_rows("firing")) == 1


def test_what_nobody_renews_then_is_over_a_little_later(leased):
    leased.hand.forward(10 * 60_000)

    leased.run_for(minutes=4, seconds=59)
    assert told(leased) == ["CRIT"]

    leased.run_for(seconds=2)
    assert told(leased) == ["CRIT", "CLEAR"]


def test_a_lease_is_not_over_while_its_renewal_waits_to_be_read(leased):
    many = [{"labels": {"alertname": "Many", "instance": f"{number}"}} for number in range(1_100)]
    leased.fire(starts=leased.starts, lease_s=600)
    leased.run_for(minutes=9, seconds=50)
    for _ in range(20):
        leased.push(*many, settle=False)
    leased.fire(starts=leased.starts, lease_s=600, settle=False)
    leased.hand.forward(15_000)

    leased.run_for(seconds=20)

    assert "CLEAR" not in told(leased)
