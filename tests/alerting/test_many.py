"""A group of more alerts than are loaded for its text: how bad it is holds for all, no figure is made up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.config.settings import RouteNode
from tests.alerting.conftest import Alerting, alert, settings_for


@pytest.fixture
def crowd(tmp_path) -> Alerting:
    together = RouteNode("root", "ops", group_by=(), group_wait=timedelta(0))
    return Alerting(tmp_path / "x.db", settings_for(route=together))


def test_the_one_critical_alert_of_a_hundred_makes_the_text_critical_and_stands_first(crowd):
    warnings = [alert("DiskFull", f"db{n}", severity="warning") for n in range(99)]

    crowd.push(*warnings, alert("DiskFull", "the-last", severity="critical"))

    assert crowd.messages()[0].text.startswith("CRIT x100 DiskFull the-last,db0,")


def test_how_many_names_there_are_is_only_said_where_all_were_loaded(crowd):
    crowd.push(*[alert(f"Name{n}", f"db{n}") for n in range(100)])

    text = crowd.messages()[0].text
    assert text.startswith("CRIT x100 Name0+.. db0,db1,")
    assert ",.. " in text


def test_bodies_beyond_what_is_kept_in_mind_are_taken_in_after_those_before_them(crowd):
    crowd.push(alert("First", "web01"), settle=False)
    for body in range(21):
        crowd.push(*[alert("Flood", f"db{body}-{n}") for n in range(1000)], settle=False)
    crowd.push(alert("First", "web01", state="resolved"), alert("Last", "web02"), settle=False)

    crowd.runtime.settle()

    with crowd.store.read() as read:
        ended = [row.alert.name for row in read.alerts_listed("resolved")]
        assert (ended, read.count_firing(), read.count_waiting()) == (["First"], 21_001, 0)


def test_a_journal_longer_than_one_reading_is_taken_in_without_a_pause(crowd):
    for number in range(3):
        crowd.push(*[alert(f"A{number}", f"db{n}") for n in range(1_000)], hint=False, settle=False)

    crowd.restart()
    crowd.runtime.settle()

    assert crowd.engine.connection.execute("SELECT count(*) FROM alert").fetchone() == (3_000,)
