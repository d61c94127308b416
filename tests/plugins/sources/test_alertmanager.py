"""What Alertmanager's webhook becomes, and what is said about bodies that are not it."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge import AlertState, Malformed, Parsed, Severity, Unreadable
from pilotbridge_plugins.sources import alertmanager
from tests.plugins.sources.conftest import RECEIVED, incoming

FIRING = {"labels": {"a": "b"}, "status": "firing"}
FIELDS = st.sampled_from(["version", "status", "alerts", "labels", "orgId", "state"]) | st.text()
SCALARS = st.none() | st.booleans() | st.integers() | st.text()
TOP = Path(__file__).parents[3]


@pytest.fixture
def source():
    return alertmanager.Alertmanager()


@pytest.fixture
def firing(captured):
    return captured("alertmanager-0.25-01")


def test_a_captured_firing_webhook_is_one_alert(source, firing):
    parsed = source.parse(incoming(firing), None)

    [alert] = parsed.alerts
    assert (alert.name, alert.state, alert.source) == ("DiskFull", AlertState.FIRING, "monitoring")
    assert dict(alert.labels) == firing["alerts"][0]["labels"]
    assert alert.annotations["summary"] == "Диск / заполнен на 95%"
    assert alert.starts_at == datetime(2026, 11, 22, 7, 18, 8, 441534, tzinfo=UTC)
    assert alert.ends_at is None
    assert alert.url == "http://prometheus.example.test/graph"
    assert (parsed.group_ended, parsed.left_out) == ("", 0)


def test_a_captured_resolved_webhook_ends_the_same_alert_and_its_group(source, firing, captured):
    [before] = source.parse(incoming(firing), None).alerts

    parsed = source.parse(incoming(captured("alertmanager-0.25-02")), None)

    [alert] = parsed.alerts
    assert alert.state is AlertState.RESOLVED
    assert alert.ends_at == datetime(2026, 11, 22, 7, 18, 11, tzinfo=UTC)
    assert alert.fingerprint == before.fingerprint
    assert alert.starts_at == before.starts_at
    assert parsed.group_ended == alert.sender_group == before.sender_group


def test_each_alert_has_its_own_status(source, firing):
    resolved = {**firing["alerts"][0], "status": "resolved", "endsAt": "2026-11-22T08:00:00+03:00"}
    firing["alerts"].append(resolved)

    parsed = source.parse(incoming(firing), None)

    assert [alert.state for alert in parsed.alerts] == [AlertState.FIRING, AlertState.RESOLVED]
    assert parsed.alerts[1].ends_at == datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    assert parsed.group_ended == ""


def test_both_of_a_pair_of_alertmanagers_name_the_same_group(source, firing):
    twin = {**firing, "externalURL": "http://the-other:9093"}

    groups = {source.parse(incoming(body), None).alerts[0].sender_group for body in (firing, twin)}

    assert len(groups) == 1
    assert source.groups


def test_another_receiver_is_another_group(source, firing):
    other = {**firing, "receiver": "other"}

    groups = {source.parse(incoming(body), None).alerts[0].sender_group for body in (firing, other)}

    assert len(groups) == 2


def test_alerts_that_the_sender_cut_off_are_counted(source, firing):
    assert source.parse(incoming({**firing, "truncatedAlerts": 7}), None).left_out == 7


def test_what_a_newer_alertmanager_adds_is_ignored(source, firing):
    firing["alerts"][0]["new"] = {"deep": [1]}

    assert source.parse(incoming({**firing, "notification_reason": "first notification"}), None).alerts


@pytest.mark.parametrize("unset", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_is_not_set_is_the_time_of_arrival(source, firing, unset):
    firing["alerts"][0] |= {"status": "resolved", "startsAt": unset, "endsAt": unset}

    [alert] = source.parse(incoming(firing), None).alerts

    assert (alert.starts_at, alert.ends_at) == (RECEIVED, RECEIVED)


def test_an_empty_label_counts_as_absent(source, firing):
    [before] = source.parse(incoming(firing), None).alerts
    firing["alerts"][0]["labels"]["team"] = ""

    [alert] = source.parse(incoming(firing), None).alerts

    assert alert.fingerprint == before.fingerprint


@pytest.mark.parametrize("labels", [{}, {"a": ""}])
def test_an_alert_without_labels_is_unreadable_with_its_place(source, firing, labels):
    firing["alerts"].append({**firing["alerts"][0], "labels": labels})

    with pytest.raises(Unreadable, match="without labels") as found:
        source.parse(incoming(firing), None)

    assert found.value.at == "alerts[1].labels"


@pytest.mark.parametrize(
    ("change", "at", "says"),
    [
        ({"version": "3"}, "version", "version '3'"),
        ({"version": 4}, "version", "a text is expected here"),
        ({"alerts": None}, "alerts", "a list is expected here, and null came"),
        ({"status": "open"}, "status", "Invalid enum value"),
        ({"truncatedAlerts": -1}, "truncatedAlerts", ">= 0"),
        ({"truncatedAlerts": 10**30}, "truncatedAlerts", ""),
        ({"alerts": [{"labels": {"a": "b"}}]}, "alerts[0]", "status"),
        ({"alerts": [{"labels": {"a": 1}}]}, "alerts[0].labels[...]", "a text is expected here"),
        ({"alerts": [{**FIRING, "startsAt": "today"}]}, "alerts[0].startsAt", "RFC 3339"),
        ({"alerts": [{**FIRING, "startsAt": "2026-11-22T07:18:08"}]}, "alerts[0].startsAt", "timezone"),
    ],
)  # fmt: skip
def test_another_shape_is_unreadable_with_its_place(source, firing, change, at, says):
    with pytest.raises(Unreadable) as found:
        source.parse(incoming({**firing, **change}), None)

    assert found.value.at == at
    assert says in found.value.reason


@pytest.mark.parametrize("field", ["version", "receiver", "status", "groupKey", "alerts"])
def test_a_missing_field_is_named(source, firing, field):
    del firing[field]

    with pytest.raises(Unreadable, match=field):
        source.parse(incoming(firing), None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{",
        b'{"version": "4\xff"}',
        b'{"a":' + b"[" * 100_000,
        b"\xff\xfe{",
    ],
)
def test_what_is_no_json_is_malformed(source, body):
    with pytest.raises(Malformed):
        source.parse(incoming(body), None)


@given(body=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body):
    _is_read_or_refused(body)


@given(
    body=st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(FIELDS, inner), max_leaves=20)
)
def test_any_json_is_read_or_refused(body):
    _is_read_or_refused(incoming(body).body)


def _is_read_or_refused(body):
    try:
        parsed = alertmanager.Alertmanager().parse(incoming(body), None)
    except Unreadable as refused:
        assert refused.reason  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(parsed, Parsed)


def test_the_usual_words_for_severity_are_known(source):
    assert source.severities["critical"] is source.severities["page"] is Severity.CRITICAL
    assert source.severities["warning"] is Severity.WARNING
    assert source.severities["info"] is Severity.INFO
    assert all(word == word.lower() for word in source.severities)


def test_every_shipped_source_is_found_by_its_entry_point():
    points = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["entry-points"]["pilotbridge"]
    sources = {name: module for name, module in points.items() if ".sources." in module}

    registered = {name: import_module(module).register_sources() for name, module in sources.items()}

    assert {name: [source.type for source in found] for name, found in registered.items()} == {
        name: [name] for name in sources
    }
    assert {"alertmanager", "generic_json"} <= sources.keys()
