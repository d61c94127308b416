"""What our media type for Zabbix posts becomes: problems, updates, and macros that were not filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from pilotbridge import AlertState, Unreadable
from pilotbridge_plugins.sources.zabbix import Zabbix, ZabbixServer
from tests.plugins.sources.conftest import RECEIVED, incoming
from tests.plugins.sources.samples import RESOLVED, ZABBIX

FILE = Path(__file__).parents[3] / "config" / "zabbix" / "media_pilotbridge.yaml"
[MEDIA_TYPE] = YAML(typ="safe").load(FILE)["zabbix_export"]["media_types"]
PARAMETERS = {each["name"]: each["value"] for each in MEDIA_TYPE["parameters"]}
SETTINGS = ("URL", "Token", "HTTPProxy")
UNFILLED = {name: value for name, value in PARAMETERS.items() if name not in SETTINGS}
MOSCOW = ZabbixServer.model_validate({"zone": "Europe/Moscow"})


def parse(changes=(), options=MOSCOW):
    return Zabbix().parse(incoming({**ZABBIX, **dict(changes)}), options)


def alert_of(changes=(), options=MOSCOW):
    [alert] = parse(changes, options).alerts
    return alert


def test_a_problem_fires_with_its_tags_and_its_value():
    alert = alert_of()

    assert (alert.name, alert.state) == ("Disk full on db01", AlertState.FIRING)
    assert dict(alert.labels) == {
        "alertname": "Disk full on db01",
        "severity": "high",
        "severity_raw": "High",
        "instance": "db01",
        "host_ip": "192.0.2.10",
        "trigger": "456",
        "team": "db",
        "nightly": "yes",
    }
    assert alert.annotations["value"] == "95 %"
    assert alert.starts_at == datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert alert.url == "https://zabbix.example.test/tr_events.php?triggerid=456&eventid=123"


def test_its_recovery_ends_it_at_the_time_that_zabbix_says():
    alert = alert_of(RESOLVED["zabbix"])

    assert (alert.state, alert.fingerprint) == (AlertState.RESOLVED, alert_of().fingerprint)
    assert alert.ends_at == datetime(2026, 11, 25, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize("options", [None, ZabbixServer()])
@pytest.mark.parametrize(
    ("shown", "began"),
    [
        ("14:00:00", "12:00:00"),  # two hours east, or any other zone: it came at once
        ("13:59:58", "11:59:58"),
        ("14:00:30", "12:00:30"),  # the server's clock is ahead
        ("02:52:00", "11:52:00"),
        ("17:23:00", "11:53:00"),
    ],
)
def test_without_a_zone_a_problem_began_in_the_quarter_of_an_hour_before_it_came(options, shown, began):
    alert = alert_of({"event_time": shown}, options)

    assert f"{alert.starts_at:%Y-%m-%d %H:%M:%S}" == f"{RECEIVED:%Y-%m-%d} {began}"


@pytest.mark.parametrize("changes", [{"event_date": "{EVENT.DATE}"}, {"event_time": "noon"}])
def test_a_time_that_cannot_be_read_is_the_time_of_arrival(changes):
    assert alert_of(changes).starts_at == RECEIVED


def test_an_update_that_acknowledges_takes_the_problem_and_is_no_alert():
    update = {
        "event_update_status": "1",
        "event_ack_status": "Yes",
        "event_update_user": "Anna",
        "event_update_message": "on it",
    }

    parsed = parse(update)

    assert parsed.alerts == ()
    [taken] = parsed.taken
    assert (taken.fingerprint, taken.by, taken.note) == (alert_of().fingerprint, "Anna", "on it")


def test_an_update_that_only_says_something_is_the_same_alert_again():
    assert alert_of({"event_update_status": "1"}).fingerprint == alert_of().fingerprint


def test_an_acknowledged_problem_that_is_over_is_over():
    changes = {"event_value": "0", "event_update_status": "1", "event_ack_status": "Yes"}

    assert alert_of(changes).state is AlertState.RESOLVED


def test_the_number_decides_how_bad_it_is_where_the_word_was_changed():
    alert = alert_of({"event_severity": "Sehr schlimm", "event_nseverity": "5"})

    assert (alert.labels["severity"], alert.labels["severity_raw"]) == ("disaster", "Sehr schlimm")


@pytest.mark.parametrize("left", ["{EVENT.SEVERITY}", "*UNKNOWN*", ""])
def test_a_severity_that_was_not_filled_in_is_none(left):
    alert = alert_of({"event_severity": left, "event_nseverity": "{EVENT.NSEVERITY}"})

    assert "severity" not in alert.labels


def test_macros_that_were_not_filled_in_show_nowhere():
    alert = alert_of({**UNFILLED, "event_id": "123", "event_value": "1"})

    assert (alert.name, dict(alert.labels)) == ("problem 123", {"alertname": "problem 123"})
    assert not alert.annotations
    assert not alert.to


def test_braces_in_a_name_are_no_macro():
    assert alert_of({"event_name": "{db01} is down"}).name == "{db01} is down"


@pytest.mark.parametrize(
    ("to", "asked_for"), [("anna", "anna"), ("+79087964781", "+79087964781"), ("default", ""), ("-", "")]
)
def test_whom_it_is_for_is_handed_on_as_it_was_written(to, asked_for):
    assert alert_of({"to": to}).to == asked_for


@pytest.mark.parametrize(
    ("tags", "label", "value"),
    [
        ('[{"tag":"severity","value":"low"}]', "tag_severity", "low"),
        ('[{"tag":"alertname","value":"x"}]', "tag_alertname", "x"),
        ('[{"tag":"a","value":"1"},{"tag":"a","value":"2"}]', "a", "1,2"),
        ("[cut off", "tags", "[cut off"),
    ],
)
def test_tags_are_labels_and_change_nothing_else(tags, label, value):
    alert = alert_of({"event_tags_json": tags})

    assert alert.labels[label] == value
    assert (alert.labels["severity"], alert.name) == ("high", "Disk full on db01")


def test_the_test_button_posts_its_macros_and_is_a_test_that_ends_by_itself():
    alert = alert_of(UNFILLED)

    assert alert.is_test
    assert alert.expires_at is not None
    assert alert.name == "ZabbixTest"


def test_a_test_says_what_was_typed_into_it():
    alert = alert_of({**UNFILLED, "alert_subject": "Hello", "alert_message": "is it on?", "to": "anna"})

    assert (alert.name, alert.annotations["value"], alert.to) == ("Hello", "is it on?", "anna")


@pytest.mark.parametrize(("source", "value"), [("1", "2"), ("2", ""), ("1", "0")])
def test_what_was_discovered_is_information_that_nobody_ends(source, value):
    alert = alert_of(
        {"event_source": source, "event_value": value, "event_severity": "", "event_nseverity": ""}
    )

    assert (alert.state, alert.labels["severity"]) == (AlertState.FIRING, "information")


@pytest.mark.parametrize(
    ("changes", "at", "says"),
    [
        ({"event_id": "{EVENT.ID}"}, "event_id", "'{EVENT.ID}'"),
        ({"event_id": ""}, "event_id", "identity"),
        ({"event_value": "{EVENT.VALUE}"}, "event_value", "'{EVENT.VALUE}'"),
        ({"event_value": "2"}, "event_value", "'2'"),
        ({"event_name": 5}, "event_name", "a text"),
    ],
)
def test_a_problem_without_what_it_must_have_is_refused_with_its_place(changes, at, says):
    with pytest.raises(Unreadable) as found:
        parse(changes)

    assert found.value.at == at
    assert says in found.value.reason


@pytest.mark.parametrize("zone", ["Mars/Base", 5, "../etc/passwd"])
def test_a_zone_that_is_none_is_said_when_the_configuration_is_read(zone):
    with pytest.raises(ValidationError):
        ZabbixServer.model_validate({"zone": zone})
