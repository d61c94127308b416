"""A replay lets alerts hold that only repeats kept up, though repeats are forgotten after an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.clock import SystemClock
from tests.cli.conftest import Run
from tests.cli.test_replay_faithful import EVERYTHING

PROMETHEUS = EVERYTHING.replace(
    "sources: {{ alertmanager: {{ token: {token} }} }}",
    "sources: {{ alertmanager: {{ token: {token} }}, prometheus: {{ token: {token} }} }}",
)


def _posted(world, alert, *, holds_min: int) -> None:
    ends = world.clock.utc_now() + timedelta(minutes=holds_min)
    assert world.post([{**alert, "endsAt": ends.isoformat()}], source="prometheus").status == 202
    world.settle()


@pytest.fixture
def repeated(make_world):
    """Alerts that their senders repeated for a day and more; of one Prometheus nobody heard any more."""
    world = make_world(configuration=PROMETHEUS, start=SystemClock().utc_now() - timedelta(days=3))
    world.run_for(minutes=6)
    starts = world.clock.utc_now().isoformat()
    ends, fades = (
        {"labels": {"alertname": name, "severity": "critical"}, "startsAt": starts}
        for name in ("Ends", "Fades")
    )
    long = world.fire("Long", instance="db01")
    for minute in range(0, 3 * 60, 3):
        _posted(world, ends, holds_min=4)
        if minute < 60:
            _posted(world, fades, holds_min=4)
        world.run_for(minutes=3)
    _posted(world, ends, holds_min=0)
    for _ in range(7):
        world.run_for(hours=4)
        world.say_again(long)
    world.resolve(long)
    world.run_for(hours=3)
    world.engine.close()
    yield world
    world.crash()


def test_what_its_sender_repeated_for_long_ends_when_it_did(pilotbridge: Run, repeated):
    told = pilotbridge("routes", "replay", "--json", config=repeated)

    assert told.code == 0, told.err
    people = [(row["person"], row["sms_before"], row["sms_after"]) for row in told.json["people"]]
    assert people
    assert [each for each in people if each[1] != each[2]] == []
