"""Quiet hours of groups, through nights on the hand-moved clock. The world's noon is 09:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NIGHT = datetime(2026, 1, 12, 20, 30, tzinfo=UTC)
"""23:30 in Moscow."""
WEB_AT_NIGHT = {"matchers": ['squad="web"'], "hours": "23:00-07:00"}


@pytest.fixture
def at_night(make_world):
    def make(*rules, start=NIGHT):
        return make_world(plugins={"quiet_hours": {"rules": rules or [WEB_AT_NIGHT]}}, start=start)

    return make


def warn(world, name="DiskSlow", **labels):
    return world.tell({"alertname": name, "severity": "warning", **labels})


def muted(world):
    return [row[0] for row in world.engine.connection.execute("SELECT muted FROM alert_group")]


def test_a_matching_group_is_quiet_till_the_hours_end(at_night):
    world = at_night()
    warn(world, squad="web")

    world.run_for(hours=7)
    at_half_past_six = list(world.texts_to("anna"))
    world.run_for(hours=1)

    assert at_half_past_six == []
    (text,) = world.texts_to("anna")
    assert "DiskSlow" in text


def test_others_speak_at_once(at_night):
    world = at_night()
    warn(world, squad="db")
    world.run_for(minutes=1)

    assert len(world.texts_to("anna")) == 1


def test_by_day_everybody_speaks(at_night):
    world = at_night(start=datetime(2026, 1, 12, 9, tzinfo=UTC))
    warn(world, squad="web")
    world.run_for(minutes=1)

    assert len(world.texts_to("anna")) == 1


def test_critical_speaks_unless_the_rule_says_otherwise(at_night):
    loud, quiet = at_night(), at_night({**WEB_AT_NIGHT, "critical": True})

    for world in (loud, quiet):
        world.fire("ApiDown", squad="web")
        world.run_for(minutes=1)

    assert len(loud.texts_to("anna")) == 1
    assert quiet.texts_to("anna") == []


def test_a_group_that_becomes_critical_at_night_speaks(at_night):
    world = at_night()
    warn(world, squad="web")
    world.run_for(minutes=10)

    world.tell({"alertname": "DiskSlow", "severity": "critical", "squad": "web", "instance": "db01"})
    world.run_for(minutes=10)

    assert len(world.texts_to("anna")) == 1


def test_one_alert_that_does_not_match_lets_the_whole_group_speak(at_night):
    world = at_night()
    warn(world, squad="web", instance="web01")
    warn(world, squad="db", instance="db01")
    world.run_for(minutes=10)

    assert len(world.texts_to("anna")) == 1


def test_of_more_alerts_than_it_is_shown_it_goes_by_the_groups_labels(at_night):
    by_name = at_night({"matchers": ['alertname="DiskSlow"'], "hours": "23:00-07:00"})
    by_squad = at_night()

    for world in (by_name, by_squad):
        for number in range(60):
            warn(world, squad="web", instance=f"web{number:02d}")
        world.run_for(minutes=10)

    assert by_name.texts_to("anna") == []
    assert len(by_squad.texts_to("anna")) >= 1


def test_without_matchers_every_group_is_quiet_on_these_days(at_night):
    world = at_night({"hours": [{"weekdays": ["monday"]}, "12:00-13:00"]})
    warn(world)
    world.run_for(minutes=20)
    on_monday = list(world.texts_to("anna"))
    world.run_for(minutes=20)

    assert on_monday == []
    assert len(world.texts_to("anna")) == 1


def test_a_restart_in_the_night_tells_once_in_the_morning(at_night):
    world = at_night()
    warn(world, squad="web")
    world.run_for(hours=3)

    world.crash()
    world.run_for(hours=8)

    assert len(world.texts_to("anna")) == 1


def test_why_it_is_quiet_is_on_the_record(at_night):
    world = at_night()
    warn(world, squad="web")
    world.run_for(minutes=1)

    assert muted(world) == ['plugin: quiet_hours: quiet hours of {squad="web"}']


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"matchers": ["squad"], "hours": "23:00-07:00"}, "no matcher"),
        ({"hours": "late"}, "no span of time"),
        ({"hours": []}, "no time in it"),
        ({"hours": "23:00-07:00", "hour": 1}, "hour"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(at_night, rule, says):
    with pytest.raises(Exception, match=says) as raised:
        at_night(rule)

    assert "must not be empty" not in str(raised.value)
