"""The wall clock may be set to anything: nothing becomes overdue, nothing waits, nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.clock import SteadyClock
from pilotbridge.desk.desk import Wanted
from pilotbridge.lifecycle import State
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.runtime.wall import WallWatch
from pilotbridge.testing.world import CONFIGURATION

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


BEHIND = [timedelta(days=56 * 365), timedelta(days=1), timedelta(seconds=90)]


@pytest.mark.parametrize("by", BEHIND)
def test_a_machine_that_starts_with_its_clock_behind_sends_what_waits_at_once(world, by):
    world.order("faults", kind="down", count=None)
    world.fire("DiskFull")
    world.run_for(minutes=1)

    world.clock.reboot()
    jump(world, -by)
    world.crash()
    world.order("faults/clear")
    world.run_for(minutes=5)

    assert world.messages()[0].state is State.DELIVERED


@pytest.mark.parametrize("by", BEHIND)
def test_a_clock_that_is_told_the_time_after_the_start_keeps_nothing_waiting(world, by):
    world.order("faults", kind="down", count=None)
    world.fire("DiskFull")
    world.run_for(minutes=1)

    world.clock.reboot()
    jump(world, -by)
    world.crash()
    world.run_for(seconds=5)
    jump(world, by)
    world.order("faults/clear")
    world.run_for(minutes=5)

    assert world.messages()[0].state is State.DELIVERED
    assert len([text for text in world.texts_to("anna") if "DiskFull" in text]) == 1


def test_a_jump_that_was_followed_is_not_followed_once_more_by_the_next_run(world):
    world.order("faults", kind="down", count=None, for_s=120)
    world.fire("DiskFull")
    world.run_for(minutes=1)

    jump(world, timedelta(hours=1))
    world.run_for(seconds=3)
    world.crash()
    world.run_for(minutes=5)

    assert world.messages()[0].state is State.DELIVERED


@pytest.mark.parametrize(("hours", "is_followed_first"), [(1, False), (-1, True)])
def test_no_row_looks_overdue_while_a_jump_is_followed(world, hours, is_followed_first):
    hand, seen = HandClock(world.clock.utc_now()), []
    clock, store = SteadyClock(hand), world.app.ground.store
    began_ms = clock.now_ms()

    class Watched:
        def write(self, job):
            seen.append(clock.now_ms() != began_ms)
            return store.write(job)

    hand.set_wall(hand.utc_now() + timedelta(hours=hours))
    WallWatch(Watched(), clock, lambda: None).turn()

    assert seen[0] is is_followed_first
    assert clock.now_ms() == began_ms + hours * 3_600_000


@pytest.mark.parametrize("by", JUMPS)
def test_a_firing_alert_does_not_become_stale_by_a_jump(world, by):
    world.fire("DiskFull")
    world.run_for(minutes=1)

    jump(world, by)
    world.run_for(hours=1)

    assert world.incidents()[0].closed_at is None


STEPPED = CONFIGURATION.replace(
    "notify: [sms:anna] }} ]",
    "notify: [sms:anna] }}, {{ after: 5m, when: unacknowledged, notify: [sms:boris] }} ]",
)
EACH_A_GROUP = CONFIGURATION.replace("group_by: [alertname]", "group_by: ['...']")
QUIET = CONFIGURATION.replace("47-81", '47-81", quiet_hours: "11:00-13:00').replace(", role: admin", "")
HELD_FOR_AN_HOUR = CONFIGURATION.replace("name: page-ops,", "name: page-ops, acknowledged_for: 1h,")
_RULE = "{{ source_matchers: [alertname=Site], target_matchers: [severity=warning] }}"
INHIBITED = CONFIGURATION.replace("route:\n", f"inhibit_rules: [ {_RULE} ]\nroute:\n").replace(
    "token: {token}", "token: {token}, regroup: true"
)


@pytest.mark.parametrize("by", JUMPS)
def test_a_step_comes_as_late_as_it_would_have(make_world, by):
    world = make_world(configuration=STEPPED)
    world.fire("DiskFull")
    world.run_for(minutes=2)

    jump(world, by)
    world.run_for(minutes=2)
    before = world.texts_to("boris")
    world.run_for(minutes=2)

    assert (len(before), len(world.texts_to("boris"))) == (0, 1)


@pytest.mark.parametrize("by", JUMPS)
def test_a_storm_goes_on_as_it_would_have(make_world, by):
    world = make_world(configuration=EACH_A_GROUP)
    for number in range(20):
        world.fire(f"Down{number}")
    world.run_for(minutes=2)

    jump(world, by)
    world.run_for(seconds=5)
    for number in range(10):
        world.fire(f"Slow{number}", severity="warning")
    world.run_for(minutes=6)
    before = len(world.texts_to("anna"))
    world.run_for(minutes=3)

    assert [text.split()[:2] for text in world.texts_to("anna")[before:]] == [["STORM", "+10"]]


@pytest.mark.parametrize("by", JUMPS)
def test_who_took_it_has_it_for_as_long_as_before(make_world, by):
    world = make_world(configuration=HELD_FOR_AN_HOUR)
    world.fire("DiskFull")
    world.run_for(minutes=5)
    world.app.desk.acknowledge(world.incidents()[0].ref, by="anna")
    world.settle()
    world.run_for(minutes=20)

    jump(world, by)
    world.run_for(minutes=38)
    before = len(world.texts_to("anna"))
    world.run_for(minutes=4)

    assert (before, len(world.texts_to("anna"))) == (1, 2)


def sends_at_three(world):
    """An SMS for three hours from now by the wall clock."""
    at = world.clock.utc_now() + timedelta(hours=3)
    world.app.desk.send(Wanted("sms:anna", "three o'clock", send_at=at), by="boris")


@pytest.mark.parametrize("hours", [1, -1, 2.5, -30])
@pytest.mark.parametrize("crashes", [False, True])
def test_what_somebody_wants_sent_at_a_time_goes_at_that_time(world, hours, crashes):
    sends_at_three(world)
    world.run_for(minutes=5)
    jump(world, timedelta(hours=hours))
    if crashes:
        world.crash()
    left = timedelta(hours=3) - timedelta(minutes=5) - timedelta(hours=hours)

    world.run_for(seconds=left.total_seconds() - 60)
    before = list(world.texts_to("anna"))
    world.run_for(minutes=3)

    assert before == []
    assert world.texts_to("anna") == ["three o'clock"]


@pytest.mark.parametrize("by", [timedelta(hours=4), timedelta(days=3650)])
def test_what_was_to_go_at_a_time_that_the_clock_jumps_over_goes_now(world, by):
    sends_at_three(world)
    world.run_for(minutes=5)

    jump(world, by)
    world.run_for(minutes=3)

    assert world.texts_to("anna") == ["three o'clock"]


def test_a_silence_and_quiet_hours_end_by_the_new_time(make_world):
    world = make_world(configuration=QUIET)
    world.app.desk.silence(
        ["alertname=Noisy"], starts=None, lasts=timedelta(minutes=30), by="anna", comment=""
    )
    world.fire("Noisy")
    world.fire("DiskFull", severity="warning")
    world.run_for(minutes=5)

    jump(world, timedelta(hours=2))
    world.run_for(minutes=1)

    assert sorted(text.split()[1] for text in world.texts_to("anna")) == ["DiskFull", "Noisy"]


def test_news_of_what_was_kept_quiet_do_not_wait_for_ten_years(make_world):
    world = make_world(configuration=INHIBITED)
    world.fire("DiskFull", severity="warning", instance="db01")
    world.run_for(minutes=1)
    world.fire("Site")
    world.fire("DiskFull", severity="warning", instance="db02")
    world.run_for(minutes=10)

    jump(world, timedelta(days=-3650))
    world.run_for(minutes=1)
    world.fire("DiskFull", instance="db03")
    world.run_for(minutes=10)

    assert [text for text in world.texts_to("anna") if "db03" in text]
