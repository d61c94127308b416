"""What a list says of a route's quiet times is what alerting does at them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.alerting.inhibition import Inhibition
from pilotbridge.alerting.muting import mute_by_time, quiet_times
from pilotbridge.config.settings import InhibitRule, RouteNode
from pilotbridge.intervals import TimeInterval
from pilotbridge.matcher import Matchers
from pilotbridge.model import Labels

INTERVALS = {
    "night": (TimeInterval(times=((0, 360), (1320, 1440))),),
    "weekend": (TimeInterval(weekdays=((0, 0), (6, 6))),),
    "june": (TimeInterval(months=((6, 6),)), TimeInterval(days_of_month=((-1, -1),))),
}
NAMES = st.lists(st.sampled_from([*INTERVALS, "unknown"]), max_size=3, unique=True).map(tuple)
MOMENTS = st.integers(0, 365 * 24 * 60).map(
    lambda at: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=at)
)


@given(mutes=NAMES, active=NAMES, now=MOMENTS)
def test_times_are_named_exactly_while_the_route_is_quiet(mutes, active, now):
    node = RouteNode("root/0", "ops", mute_time_intervals=mutes, active_time_intervals=active)

    names = quiet_times(node, INTERVALS, now)

    mute = mute_by_time(node, INTERVALS, now)
    assert bool(names) == (mute is not None)
    assert all(name in (*mutes, *active) for name in names)


@pytest.mark.parametrize(
    ("hour", "mutes", "active", "names"),
    [
        (3, ("weekend", "night"), (), ("night",)),
        (12, ("night",), ("night", "june"), ("night", "june")),
        (3, ("night",), ("june",), ("night",)),
        (12, (), ("june", "weekend"), ("june", "weekend")),
        (12, ("night",), (), ()),
    ],
)
def test_those_it_is_quiet_in_come_before_those_it_should_speak_in(hour, mutes, active, names):
    node = RouteNode("root/0", "ops", mute_time_intervals=mutes, active_time_intervals=active)
    wednesday = datetime(2026, 1, 14, tzinfo=UTC) + timedelta(hours=hour)

    assert quiet_times(node, INTERVALS, wednesday) == names


LABELS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(["x", "y"]) for name in ("a", "b", "cluster")}
).map(Labels)


@given(firing=st.lists(LABELS, max_size=6), asked=LABELS)
def test_an_inhibitor_is_named_exactly_when_an_alert_is_kept_quiet(firing, asked):
    rules = [
        InhibitRule(Matchers.parse("a=x"), Matchers.parse("b=x"), ("cluster",)),
        InhibitRule(Matchers.parse("b=y"), Matchers.parse('a=~"x|y"')),
    ]
    inhibition = Inhibition(rules)
    inhibition.load(enumerate(firing))

    number = inhibition.inhibitor_of(asked)

    assert (number is not None) == (inhibition.mute_of(asked) is not None)
    if number is not None:
        assert any(rule.source.matches(firing[number]) and rule.target.matches(asked) for rule in rules)
