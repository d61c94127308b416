"""What Grafana's webhook becomes: groups, rules that could not be evaluated, the test button."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilotbridge import AlertState, Unreadable
from pilotbridge_plugins.sources.grafana import Grafana
from tests.plugins.sources.conftest import RECEIVED, incoming
from tests.plugins.sources.samples import GRAFANA, RESOLVED

TEST_LABELS = {"alertname": "TestAlert", "instance": "Grafana"}


@pytest.fixture
def source():
    return Grafana()


def with_alert(**changes):
    return {**GRAFANA, "alerts": [{**GRAFANA["alerts"][0], **changes}]}


def alert_of(source, body):
    [alert] = source.parse(incoming(body), None).alerts
    return alert


def test_a_firing_webhook_is_one_alert_with_its_value(source):
    alert = alert_of(source, GRAFANA)

    assert (alert.name, alert.state) == ("DiskFull", AlertState.FIRING)
    assert dict(alert.labels) == GRAFANA["alerts"][0]["labels"]
    assert dict(alert.annotations) == {"summary": "Disk / is full", "value": "95.25"}
    assert alert.starts_at == datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert not alert.is_test


def test_a_resolved_webhook_ends_the_same_alert_and_its_group(source):
    before = alert_of(source, GRAFANA)

    parsed = source.parse(incoming(RESOLVED["grafana"]), None)

    [alert] = parsed.alerts
    assert (alert.state, alert.fingerprint) == (AlertState.RESOLVED, before.fingerprint)
    assert alert.ends_at == datetime(2026, 11, 25, 11, 30, tzinfo=UTC)
    assert parsed.group_ended == alert.sender_group == before.sender_group


def test_an_alert_without_a_fingerprint_is_known_by_its_labels(source):
    first, again = (alert_of(source, with_alert(fingerprint="", values=values)) for values in ({}, {"A": 1}))

    assert first.fingerprint == again.fingerprint != alert_of(source, GRAFANA).fingerprint


def test_the_same_rule_in_another_organisation_is_another_alert(source):
    other = alert_of(source, {**GRAFANA, "orgId": 2})

    assert other.fingerprint != alert_of(source, GRAFANA).fingerprint


def test_alerts_that_grafana_cut_off_are_counted(source):
    assert source.parse(incoming({**GRAFANA, "truncatedAlerts": 3}), None).left_out == 3


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({"labels": {"alertname": "DatasourceNoData", "rulename": "Disk"}}, "Disk no data"),
        ({"labels": {"alertname": "DatasourceError", "rulename": "Disk"}}, "Disk query failed"),
        ({"labels": {"alertname": "DatasourceError"}}, "query failed"),
        ({"annotations": {"grafana_state_reason": "NoData"}}, "NoData"),
        ({"annotations": {"value": "said by its author"}}, "said by its author"),
        ({"values": {"A": 1, "B": 2}}, ""),
        ({"values": None}, ""),
        ({"values": {"A": None}}, ""),
        ({"values": {"A": 0.1234567}}, "0.123457"),
    ],
)
def test_a_text_shows_the_one_value_or_what_could_not_be_evaluated(source, changes, value):
    alert = alert_of(source, with_alert(**changes))

    assert alert.annotations.get("value") == value


def test_the_test_button_is_a_test_that_ends_by_itself(source):
    alert = alert_of(source, with_alert(labels=TEST_LABELS))

    assert alert.is_test
    assert alert.expires_at is not None
    assert (alert.expires_at - RECEIVED).total_seconds() == 300


def test_each_press_of_the_test_button_is_an_alert_of_its_own(source):
    body = incoming(with_alert(labels=TEST_LABELS))
    later = type(body)(body.source, body.body, {}, {}, RECEIVED.replace(minute=1))

    fingerprints = {source.parse(each, None).alerts[0].fingerprint for each in (body, body, later)}

    assert len(fingerprints) == 2


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"orgId": "one"}, "orgId"),
        ({"status": "open"}, "status"),
        ({"alerts": None}, "alerts"),
        ({"truncatedAlerts": -1}, "truncatedAlerts"),
        (with_alert(labels={}), "alerts[0].labels"),
        (with_alert(labels={"a": ""}), "alerts[0].labels"),
        (with_alert(startsAt="2026-11-25T11:00:00"), "alerts[0].startsAt"),
        (with_alert(values={"A": "much"}), "alerts[0].values[...]"),
    ],
)
def test_another_shape_is_unreadable_with_its_place(source, change, at):
    with pytest.raises(Unreadable) as found:
        source.parse(incoming({**GRAFANA, **change}), None)

    assert found.value.at == at


def test_a_payload_of_ones_own_template_is_refused_with_what_is_missing(source):
    with pytest.raises(Unreadable, match="receiver"):
        source.parse(incoming({"text": "disk full"}), None)
