"""Alerts outside of business hours, on the hand-moved clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilotbridge import ConfigurationError

EVENING = datetime(2026, 1, 12, 17, tzinfo=UTC)
"""20:00 in Moscow."""
OFFICE = [{"weekdays": ["monday:friday"], "times": [{"start_time": "09:00", "end_time": "18:00"}]}]
TO_BORIS = {"matchers": ['severity="warning"'], "hours": OFFICE, "outside": "page-boris"}
WAITS = {"matchers": ['severity=~"warning|critical"'], "hours": OFFICE, "outside": "wait"}


@pytest.fixture
def in_office(make_world):
    def make(*rules, start=EVENING):
        return make_world(plugins={"business_hours": {"rules": list(rules)}}, start=start)

    return make


def warn(world, name="DiskSlow", **labels):
    return world.tell({"alertname": name, "severity": "warning", **labels})


def told(world):
    return {who: len(world.texts_to(who)) for who in ("anna", "boris")}


def test_outside_it_goes_to_the_other_receiver(in_office):
    world = in_office(TO_BORIS)
    warn(world)
    world.run_for(minutes=1)

    assert told(world) == {"anna": 0, "boris": 1}


def test_inside_the_routes_decide(in_office):
    world = in_office(TO_BORIS, start=datetime(2026, 1, 12, 9, tzinfo=UTC))
    warn(world)
    world.run_for(minutes=1)

    assert told(world) == {"anna": 1, "boris": 0}


def test_what_does_not_match_goes_its_usual_way(in_office):
    world = in_office(TO_BORIS)
    world.fire("ApiDown")
    world.run_for(minutes=1)

    assert told(world) == {"anna": 1, "boris": 0}


def test_an_alert_stays_with_whom_it_began(in_office):
    world = in_office(TO_BORIS)
    alert = warn(world)
    world.run_for(hours=15)

    world.resolve(alert)
    world.run_for(minutes=10)

    assert told(world)["anna"] == 0
    assert world.texts_to("boris")[-1].startswith("CLEAR DiskSlow")


def test_what_waits_is_told_in_the_morning(in_office):
    world = in_office(WAITS)
    warn(world)

    world.run_for(hours=12, minutes=55)
    before_nine = told(world)
    world.run_for(minutes=10)

    assert before_nine == {"anna": 0, "boris": 0}
    assert told(world) == {"anna": 1, "boris": 0}


def test_over_the_weekend_it_waits_for_monday(in_office):
    world = in_office(WAITS, start=datetime(2026, 1, 16, 17, tzinfo=UTC))
    alert = warn(world)

    for _ in range(5):
        world.run_for(hours=12)
        world.say_again(alert)
    at_eight = told(world)["anna"]
    world.run_for(hours=2)

    assert (at_eight, told(world)["anna"]) == (0, 1)


def test_critical_does_not_wait_unless_told_so(in_office):
    loud, quiet = in_office(WAITS), in_office({**WAITS, "critical": True})

    for world in (loud, quiet):
        world.fire("ApiDown")
        world.run_for(minutes=1)

    assert (told(loud)["anna"], told(quiet)["anna"]) == (1, 0)


def test_what_is_over_before_the_morning_is_never_told(in_office):
    world = in_office(WAITS)
    alert = warn(world)
    world.run_for(hours=1)
    world.resolve(alert)

    world.run_for(hours=20)

    assert world.messages() == []


def test_the_first_rule_that_matches_counts(in_office):
    world = in_office({**TO_BORIS, "matchers": ['squad="db"']}, WAITS)
    warn(world, squad="db")
    warn(world, "ApiSlow")
    world.run_for(minutes=1)

    assert told(world) == {"anna": 0, "boris": 1}


@pytest.mark.parametrize(
    ("written", "meant"), [("page-bors", "did you mean page-boris"), ("wiat", "did you mean wait")]
)
def test_outside_is_a_receiver_that_is_there_or_wait(in_office, written, meant):
    with pytest.raises(ConfigurationError, match=rf"rules\[0\].outside: there is no receiver.*{meant}"):
        in_office({**TO_BORIS, "outside": written})
