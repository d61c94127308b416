"""Alerts that keep others quiet, routes that are quiet at times, and what comes and goes too often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.config.settings import Flapping, InhibitRule, RouteNode, SourceSettings
from pilotbridge.intervals import TimeInterval
from pilotbridge.matcher import Matchers

from .conftest import NoPlugins, receiver

BELOW = InhibitRule(
    Matchers.parse('alertname="ClusterDown"'), Matchers.parse('severity="warning"'), equal=("cluster",)
)
SOURCES = {"prom": SourceSettings("prom", "plain", stale_after=timedelta(hours=1))}


class Worse(NoPlugins):
    """A plugin that says how bad an alert called ``Net`` is."""

    severity = "warning"

    def enrich_alerts(self, alerts):
        return [
            replace(alert, labels=alert.labels.with_(severity=self.severity))
            if alert.name == "Net"
            else alert
            for alert in alerts
        ]


@pytest.fixture
def ruled(build):
    return build(inhibit_rules=(BELOW,))


def down(world, cluster="eu1", **more):
    world.fire("ClusterDown", "all", labels={"cluster": cluster}, **more)


def slow(world, cluster="eu1", **more):
    world.fire("Slow", "web1", severity="warning", labels={"cluster": cluster}, **more)


def told(world) -> list[str]:
    """The names that texts told of, in order."""
    return [text.removeprefix("CRIT ").removeprefix("WARN ").split()[0] for text in world.texts_to()]


def muted(world) -> list[str]:
    rows = world.engine.connection.execute("SELECT muted FROM alert_group WHERE muted <> '' ORDER BY id")
    return [row[0] for row in rows]


# --- inhibition -------------------------------------------------------------------------------------


def test_while_the_cluster_is_down_nobody_is_told_of_what_is_slow_in_it(ruled):
    down(ruled)
    slow(ruled)

    ruled.run_for(hours=1)

    assert told(ruled) == ["ClusterDown"]
    assert muted(ruled) == ["inhibition: 1 of 1 alerts, ClusterDown fires (rule 1)"]
    assert ruled.meter.of("muted", kind="inhibition") >= 1


def test_what_is_slow_elsewhere_is_told(ruled):
    down(ruled)
    slow(ruled, cluster="us1")

    ruled.run_for(minutes=1)

    assert sorted(told(ruled)) == ["ClusterDown", "Slow"]


def test_a_label_that_neither_has_is_equal(ruled):
    ruled.fire("ClusterDown", "all")
    ruled.fire("Slow", "web1", severity="warning")

    ruled.run_for(minutes=1)

    assert told(ruled) == ["ClusterDown"]


def test_what_still_fires_when_its_source_becomes_another_one_is_told_then(build):
    source, target = (
        Matchers.parse('{alertname="Net",severity="warning"}'),
        Matchers.parse('alertname="Slow"'),
    )
    minor = InhibitRule(source, target)
    world = build(inhibit_rules=(minor,), hooks=Worse())
    world.fire("Net", "all", severity="warning")
    slow(world)
    world.run_for(minutes=10)
    assert told(world) == ["Net"]

    world.hooks.severity = "critical"
    world.resolve("Net", "all", severity="warning", settle=False)
    world.fire("Net", "all", severity="warning", starts=world.now_ms() + 1)
    world.run_for(minutes=10)

    assert told(world) == ["Net", "Slow"]


def test_what_still_fires_when_its_source_ends_is_told_then(ruled):
    down(ruled)
    slow(ruled)
    ruled.run_for(minutes=10)
    ruled.send_all()

    down(ruled, state="resolved")
    ruled.run_for(seconds=1)

    assert told(ruled) == ["ClusterDown", "CLEAR", "Slow"]


def test_one_of_two_sources_that_ends_changes_nothing(ruled):
    down(ruled)
    ruled.fire("ClusterDown", "half", labels={"cluster": "eu1"})
    slow(ruled)
    ruled.run_for(minutes=10)

    down(ruled, state="resolved")
    ruled.run_for(minutes=10)

    assert "Slow" not in told(ruled)


def test_a_source_of_two_rules_keeps_quiet_by_both_and_by_none_once_it_is_over(build):
    latency = InhibitRule(Matchers.parse('alertname="ClusterDown"'), Matchers.parse('alertname="Late"'))
    world = build(inhibit_rules=(BELOW, latency))
    down(world)
    slow(world)
    world.fire("Late")
    world.run_for(minutes=10)
    before = told(world)

    down(world, state="resolved")
    world.run_for(minutes=10)

    assert before == ["ClusterDown"]
    assert {"Late", "Slow"} <= {*told(world)}


def test_a_source_that_nobody_speaks_of_any_more_keeps_nobody_quiet(build):
    world = build(inhibit_rules=(BELOW,), sources=SOURCES)
    down(world, lease_s=300)
    slow(world)
    world.run_for(minutes=4)

    world.run_for(minutes=10)

    assert "Slow" in told(world)


def test_a_source_that_comes_later_keeps_quiet_what_was_not_told_yet(ruled):
    slow(ruled)
    ruled.run_for(seconds=10)
    down(ruled)

    ruled.run_for(minutes=1)

    assert told(ruled) == ["ClusterDown"]


def test_a_source_counts_although_it_is_silenced_itself_as_alertmanagers_does(ruled):
    from .test_quiet import silence

    silence(ruled, 'alertname="ClusterDown"')
    down(ruled)
    slow(ruled)

    ruled.run_for(minutes=5)

    assert told(ruled) == []


def test_an_alert_that_is_source_and_target_keeps_no_other_such_quiet(build):
    both = InhibitRule(Matchers.parse('severity="critical"'), Matchers.parse('severity="critical"'), ())
    world = build(inhibit_rules=(both,))

    world.fire("One")
    world.fire("Two")
    world.run_for(minutes=1)

    assert sorted(told(world)) == ["One", "Two"]


@pytest.mark.parametrize("ended", [False, True])
def test_after_a_restart_the_sources_are_known_again(ruled, ended):
    down(ruled)
    slow(ruled)
    ruled.run_for(minutes=10)

    ruled.restart()
    if ended:
        down(ruled, state="resolved")
    ruled.run_for(minutes=10)

    assert ("Slow" in told(ruled)) is ended


def test_a_source_that_ended_right_before_a_crash_keeps_nobody_quiet(ruled):
    down(ruled)
    slow(ruled)
    ruled.run_for(minutes=10)
    ruled.engine.connection.execute("UPDATE alert SET state = 'resolved' WHERE labels LIKE '%ClusterDown%'")

    ruled.restart()
    ruled.wake_flush()
    ruled.run_for(seconds=1)

    assert "Slow" in told(ruled)


def test_rules_that_leave_the_configuration_keep_nobody_quiet(ruled):
    down(ruled)
    slow(ruled)
    ruled.run_for(minutes=10)

    ruled.settings = replace(ruled.settings, inhibit_rules=())
    ruled.wake_flush()
    ruled.run_for(seconds=1)

    assert "Slow" in told(ruled)


# --- routes that are quiet at times -----------------------------------------------------------------

# The clock starts at 03:14 in Moscow, on a Wednesday.
UNTIL_SIX = {"times": [{"start_time": "00:00", "end_time": "06:00"}]}
AT_WORK = {"times": [{"start_time": "09:00", "end_time": "18:00"}], "weekdays": ["monday:friday"]}
INTERVALS = {
    "night": (TimeInterval.parse(UNTIL_SIX, zone="Europe/Moscow"),),
    "work": (TimeInterval.parse(AT_WORK, zone="Europe/Moscow"),),
}


def quiet_route(build, **windows):
    child = RouteNode(
        "root/0", "ops", Matchers.parse('severity="warning"'), group_by=("alertname",), **windows
    )
    root = RouteNode("root", "ops", group_by=("alertname",), children=(child,))
    return build(route=root, time_intervals=INTERVALS)


def test_a_route_says_nothing_at_night_and_everything_at_its_end(build):
    world = quiet_route(build, mute_time_intervals=("night",))
    world.fire("Slow", severity="warning")
    world.run_for(hours=2, minutes=45)
    at_night, why = world.texts_to(), muted(world)

    world.run_for(minutes=2)

    assert (at_night, why) == ([], ["window: it is night"])
    assert told(world) == ["Slow"]


def test_a_route_that_speaks_at_work_only_waits_for_the_morning(build):
    world = quiet_route(build, active_time_intervals=("work",))
    world.fire("Slow", severity="warning")
    world.run_for(hours=5, minutes=45)
    before, why = world.texts_to(), muted(world)

    world.run_for(minutes=2)

    assert (before, why) == ([], ["window: it is not work"])
    assert told(world) == ["Slow"]


def test_other_routes_speak_meanwhile(build):
    world = quiet_route(build, mute_time_intervals=("night",))

    world.fire("DiskFull")
    world.run_for(minutes=1)

    assert told(world) == ["DiskFull"]


def test_what_ends_at_night_is_told_to_nobody_but_closed(build):
    world = quiet_route(build, active_time_intervals=("work",))
    world.run_for(hours=14)
    world.fire("Slow", severity="warning")
    world.run_for(minutes=1)
    world.send_all()
    world.run_for(hours=2)

    world.resolve("Slow", severity="warning")
    world.run_for(hours=1)

    assert len(world.texts_to()) == 1
    assert world.incidents()[0].closed_at is not None


def test_what_came_and_went_at_night_is_never_told(build):
    world = quiet_route(build, mute_time_intervals=("night",))
    world.fire("Slow", severity="warning")
    world.run_for(minutes=30)
    world.resolve("Slow", severity="warning")

    world.run_for(hours=8)

    assert world.texts_to() == []


def test_a_night_survives_a_restart(build):
    world = quiet_route(build, mute_time_intervals=("night",))
    world.fire("Slow", severity="warning")
    world.run_for(minutes=30)

    world.restart()
    world.run_for(hours=1)
    at_night = world.texts_to()
    world.run_for(hours=2)

    assert at_night == []
    assert told(world) == ["Slow"]


def test_a_night_that_leaves_the_configuration_is_over(build):
    world = quiet_route(build, mute_time_intervals=("night",))
    world.fire("Slow", severity="warning")
    world.run_for(minutes=30)

    world.settings = replace(world.settings, route=RouteNode("root", "ops", group_by=("alertname",)))
    world.wake_flush()
    world.run_for(seconds=1)

    assert told(world) == ["Slow"]


# --- what comes and goes ----------------------------------------------------------------------------

DAMPED = RouteNode(
    "root", "ops", group_by=("alertname",), group_wait=timedelta(0), flapping=Flapping(after=3)
)


def flap(world, *, times: int) -> None:
    """It fires for two minutes and is over for six, again and again."""
    for _ in range(times):
        world.fire("Flappy")
        world.run_for(minutes=2)
        world.send_all()
        world.resolve("Flappy")
        world.run_for(minutes=6)
        world.send_all()


def test_what_comes_and_goes_is_told_three_times_and_no_more(build):
    world = build(route=DAMPED)

    flap(world, times=6)

    assert [text.split()[0] for text in world.texts_to()] == ["CRIT", "CLEAR"] * 3
    assert world.meter.of("muted", kind="flapping") >= 3


def test_once_it_stays_it_is_told_after_a_while(build):
    world = build(route=DAMPED)
    flap(world, times=4)

    world.fire("Flappy")
    world.run_for(minutes=14)
    before = len(world.texts_to())
    world.run_for(minutes=2)

    assert before == 6
    assert world.texts_to()[-1].startswith("CRIT Flappy db01 ")


def test_a_calm_hour_later_it_is_told_at_once(build):
    world = build(route=DAMPED)
    flap(world, times=4)
    world.run_for(hours=1)

    world.fire("Flappy")
    world.run_for(seconds=1)

    assert len(world.texts_to()) == 7


def test_a_receiver_whose_people_have_left_is_stood_in_for_by_the_roots(build):
    world = build()
    gone = receiver("gone", "sms:zoe")
    child = RouteNode("root/0", "gone", Matchers.parse('team="db"'), group_by=("alertname",))
    root = RouteNode("root", "ops", group_by=("alertname",), children=(child,))
    world.settings = replace(world.settings, route=root, receivers={**world.settings.receivers, "gone": gone})

    world.fire("DiskFull", labels={"team": "db"})
    world.run_for(minutes=1)

    assert len(world.texts_to()) == 1
