"""Zabbix posts a problem once more when the first try failed, perhaps after its recovery."""

from __future__ import annotations

import pytest

from pilotbridge.testing.world import CONFIGURATION
from tests.plugins.sources.samples import ZABBIX


def configured(zone: str) -> str:
    return CONFIGURATION.replace("sources:\n", f"sources:\n  zabbix: {{{{ token: {{token}}{zone} }}}}\n")


@pytest.mark.parametrize("zone", ["", ", zone: Europe/Moscow"])
def test_a_problem_that_comes_once_more_after_its_recovery_begins_nothing(make_world, zone):
    world = make_world(configuration=configured(zone))
    problem = {**ZABBIX, "event_date": "2026.01.12", "event_time": "11:59:58"}
    recovery = {**problem, "event_value": "0", "event_recovery_date": "2026.01.12"}
    world.post(problem, source="zabbix")
    world.run_for(seconds=10)

    world.post({**recovery, "event_recovery_time": "12:00:09"}, source="zabbix")
    world.run_for(seconds=10)
    world.post(problem, source="zabbix")
    world.run_for(minutes=10)

    assert [text.split()[0] for text in world.texts_to("boris")] == ["CRIT", "CLEAR"]
    assert [incident.closed_at is None for incident in world.incidents()] == [False]
