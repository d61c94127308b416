"""Rehearsals: where an alert would go, who would read what, and why."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ALERT = ("alertname=DiskFull", "severity=critical", "instance=db01")


def plugin(folder: Path, source: str) -> Path:
    """A plugin of one file, in a folder that only we may write."""
    folder.mkdir(mode=0o700)
    (folder / "mine.py").write_text(textwrap.dedent(source))
    return folder


BODY = """
sources:
  lines:
    type: generic_json
    token: the-token-of-the-lines
    title: $.check.name
    status: $.state
    level: $.level
    labels: { instance: $.host }
    items: $.alerts
"""


# --- show -------------------------------------------------------------------------------------------


def test_the_tree_is_shown_with_what_differs_from_above(pilotbridge: Run, world):
    shown = pilotbridge("routes", "show", config=world)

    assert shown.out.splitlines() == [
        "root -> page-ops: sms:anna  [by alertname, wait 0s, interval 5m, repeat 4h]",
        '  team="db" -> page-boris: sms:boris',
        "what the bridge says of itself -> page-ops",
    ]


def test_the_tree_has_every_value_as_json(pilotbridge: Run, world):
    told = pilotbridge("routes", "show", "--json", config=world).json

    [child] = told["route"]["routes"]
    assert (child["path"], child["receiver"], child["matchers"]) == ("root/0", "page-boris", ['team="db"'])
    assert child["repeat_interval_s"] == 4 * 3600


# --- test -------------------------------------------------------------------------------------------


def test_it_says_who_would_read_what_and_why(pilotbridge: Run, world):
    told = pilotbridge("routes", "test", *ALERT, "--at", "2026-01-12T12:00+03:00", config=world)

    assert told.code == 0
    assert "routed  root -> page-ops" in told.out
    assert "anna +7908***4781  1 part GSM-7" in told.out
    assert "CRIT DiskFull db01 12:00 #000" in told.out


def test_the_text_is_the_one_that_a_real_alert_brings(pilotbridge: Run, world):
    now = world.now.isoformat()

    [heard] = pilotbridge("routes", "test", *ALERT, "--at", now, "--json", config=world).json["told"]
    world.fire("DiskFull", instance="db01")
    world.run_for(minutes=1)

    [text] = world.texts_to("anna")
    ref = world.incidents()[0].ref
    assert heard["people"][0]["text"].replace("000", ref) == text


def test_a_label_leads_to_another_receiver(pilotbridge: Run, world):
    told = pilotbridge("routes", "test", *ALERT, "team=db", "--json", config=world).json

    assert told["routed"] == "root/0 -> page-boris"
    assert told["receivers"] == ["page-boris"]
    assert told["told"][0]["people"][0]["contact"] == "boris"


def test_an_alert_without_severity_counts_as_the_configuration_says(pilotbridge: Run, world):
    told = pilotbridge("routes", "test", "alertname=X", "--json", config=world).json

    assert told["labels"]["severity"] == "critical"


def test_the_price_is_reckoned_for_everybody(pilotbridge: Run, world):
    told = pilotbridge("routes", "test", *ALERT, "--price", "2.96", config=world)

    assert "2.96 roubles in all" in told.out


def test_all_people_can_be_told_in_another_language(pilotbridge: Run, world):
    told = pilotbridge("--lang", "ru", "routes", "test", *ALERT, "--json", config=world).json

    assert told["told"][0]["people"][0]["text"].startswith("КРИТ DiskFull db01")


def test_a_silence_in_force_keeps_it_quiet_and_is_named(pilotbridge: Run, world):
    lasts = world.app.in_force.settings.privacy.texts
    silence = world.app.desk.silence(
        ["alertname=DiskFull"], starts=None, lasts=lasts, by="boris", comment="moving disks"
    )

    told = pilotbridge("routes", "test", *ALERT, "--at", world.now.isoformat(), config=world)

    named = f"silence {silence['id']} by boris: moving disks"
    assert f"nobody is told: silence: 1 of 1 alerts, {named}" in told.out
    assert "#000" not in told.out


def test_without_a_database_there_is_a_rehearsal_too_and_none_is_made(pilotbridge: Run, bridge):
    told = pilotbridge("routes", "test", *ALERT, config=bridge.file)

    assert told.code == 0
    assert "page-anna" in told.out
    assert not bridge.database.parent.exists()


def test_a_rehearsal_writes_nothing(pilotbridge: Run, world):
    before = world.engine.path.read_bytes()

    pilotbridge("routes", "test", *ALERT, config=world)

    assert world.engine.path.read_bytes() == before
    assert world.incidents() == []
    assert world.messages() == []


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        (("nonsense",), 2, "write it like severity=critical"),
        (("a=b", "--source", "nagios"), 3, "the configuration has: alertmanager"),
        (("a=b", "--at", "soon"), 2, "is no time"),
        (("a=b", "--expect", "none.txt"), 2, "does not exist"),
        ((), 2, "write the labels of an alert"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_what_is_right(pilotbridge: Run, world, asked, code, says):
    told = pilotbridge("routes", "test", *asked, config=world)

    assert told.code == code
    assert says in told.err


# --- plugins ----------------------------------------------------------------------------------------


def test_a_plugins_opinion_is_asked_for_and_named(pilotbridge: Run, make_world, tmp_path):
    folder = plugin(
        tmp_path / "plugins",
        """
        from pilotbridge import Route, hookimpl

        @hookimpl
        def route_alerts(alerts):
            return {alert: Route("page-boris", reason="Anna is away") for alert in alerts}
        """,
    )
    world = make_world(plugins={"mine": {}}, plugin_folder=folder)

    told = pilotbridge("routes", "test", *ALERT, config=world)
    shown = pilotbridge("routes", "show", config=world)

    assert "routed  mine -> page-boris (Anna is away)" in told.out
    assert "boris +7908***4782" in told.out
    assert shown.out.splitlines()[0] == "asked first: mine"


def test_a_plugin_that_keeps_it_silent_is_the_reason_that_nobody_is_told(
    pilotbridge: Run, make_world, tmp_path
):
    folder = plugin(
        tmp_path / "plugins",
        """
        from pilotbridge import Route, hookimpl

        @hookimpl
        def route_alerts(alerts):
            return {alert: Route(None, reason="a drill") for alert in alerts}
        """,
    )
    world = make_world(plugins={"mine": {}}, plugin_folder=folder)

    told = pilotbridge("routes", "test", *ALERT, config=world)

    assert "mine: silent, a drill" in told.out
    assert "nobody is told" in told.out


def test_a_plugin_that_fails_is_named_and_costs_only_its_own_answer(pilotbridge: Run, make_world, tmp_path):
    folder = plugin(
        tmp_path / "plugins",
        """
        from pilotbridge import hookimpl

        @hookimpl
        def route_alerts(alerts):
            raise RuntimeError("no such table")
        """,
    )
    world = make_world(plugins={"mine": {}}, plugin_folder=folder)

    told = pilotbridge("routes", "test", *ALERT, "--json", config=world).json

    assert told["receivers"] == ["page-ops"]
    assert "no such table" in told["plugins_failed"][0]


def test_a_plugin_cannot_write_in_a_rehearsal(pilotbridge: Run, make_world, tmp_path):
    folder = plugin(
        tmp_path / "plugins",
        """
        from pilotbridge import hookimpl

        @hookimpl
        def compose_text(notification, bridge):
            bridge.storage("s").set("k", 1)
            bridge.send_sms("anna", "from a plugin")
            return "mine " + notification.incident.name
        """,
    )
    world = make_world(plugins={"mine": {}}, plugin_folder=folder)

    told = pilotbridge("routes", "test", *ALERT, config=world)

    assert "mine DiskFull #000" in told.out
    assert world.messages() == []


# --- what was expected ------------------------------------------------------------------------------


def test_receivers_as_expected_exit_0(pilotbridge: Run, world, tmp_path):
    expected = tmp_path / "expected.txt"
    expected.write_text("# the team's own people\npage-boris\n")

    told = pilotbridge("routes", "test", *ALERT, "team=db", "--expect", expected, config=world)

    assert (told.code, told.out) == (0, "as expected\n")


def test_other_receivers_than_expected_exit_1_with_a_diff(pilotbridge: Run, world, tmp_path):
    expected = tmp_path / "expected.txt"
    expected.write_text("page-boris\n")

    told = pilotbridge("routes", "test", *ALERT, "--expect", expected, config=world)

    assert told.code == 1
    assert "-page-boris" in told.out.splitlines()
    assert "+page-ops" in told.out.splitlines()


def test_a_part_of_the_json_can_be_expected(pilotbridge: Run, world, tmp_path):
    expected = tmp_path / "expected.json"
    part = {"receivers": ["page-boris"], "told": [{"people": [{"contact": "boris", "parts": 1}]}]}
    expected.write_text(json.dumps(part))

    right = pilotbridge("routes", "test", *ALERT, "team=db", "--expect", expected, config=world)
    wrong = pilotbridge("routes", "test", *ALERT, "--expect", expected, config=world)

    assert right.code == 0
    assert wrong.code == 1
    assert any('"contact": "anna"' in line and line.startswith("+") for line in wrong.out.splitlines())


def test_one_more_receiver_than_expected_shows(pilotbridge: Run, world, tmp_path):
    expected = tmp_path / "expected.json"
    expected.write_text("[]")

    told = pilotbridge("routes", "test", *ALERT, "--expect", expected, config=world)

    assert told.code == 1
    assert "page-ops" in told.out


def test_an_expectation_that_is_broken_json_is_a_usage_error(pilotbridge: Run, world, tmp_path):
    expected = tmp_path / "expected.json"
    expected.write_text("{")

    told = pilotbridge("routes", "test", *ALERT, "--expect", expected, config=world)

    assert told.code == 2
    assert "is no JSON" in told.err


# --- a saved body -----------------------------------------------------------------------------------


@pytest.fixture
def lines(make_world):
    from pilotbridge.testing.world import CONFIGURATION

    start, end = CONFIGURATION.index("sources:"), CONFIGURATION.index("contacts:")
    escaped = BODY.replace("{", "{{").replace("}", "}}").strip()
    return make_world(configuration=f"{CONFIGURATION[:start]}{escaped}\n{CONFIGURATION[end:]}")


def test_a_saved_body_shows_each_alert_as_its_source_reads_it(pilotbridge: Run, lines, tmp_path):
    body = tmp_path / "body.json"
    down = {"check": {"name": "DiskFull"}, "state": "down", "level": "high", "host": "db01"}
    body.write_text(json.dumps({"alerts": [down, {"check": {"name": "Ping"}, "state": "ok"}]}))

    told = pilotbridge("routes", "test", "--body", body, "--json", config=lines).json

    assert [alert["labels"]["alertname"] for alert in told] == ["DiskFull", "Ping"]
    assert told[0]["told"][0]["people"][0]["text"].startswith("CRIT DiskFull db01")
    assert (told[1]["told"], told[1]["routed"]) == ([], "it is resolved")


def test_a_body_the_source_would_refuse_is_told_with_its_place(pilotbridge: Run, lines, tmp_path):
    body = tmp_path / "body.json"
    body.write_text('{"alerts": [{}]}')

    told = pilotbridge("routes", "test", "--body", body, config=lines)

    assert told.code == 4
    assert "would be answered 422" in told.err
    assert "alerts[0]" in told.err


def test_a_body_of_another_sender_is_told_whose_it_is(pilotbridge: Run, lines, tmp_path):
    body = tmp_path / "body.json"
    body.write_text('[{"labels": {"alertname": "DiskFull"}, "startsAt": "2026-11-26T06:20:00Z"}]')

    told = pilotbridge("routes", "test", "--body", body, config=lines)

    assert "lines would be answered 422: this looks like what Prometheus posts" in told.err


def test_labels_and_a_body_exclude_each_other(pilotbridge: Run, world):
    assert pilotbridge("routes", "test", config=world).code == 2
