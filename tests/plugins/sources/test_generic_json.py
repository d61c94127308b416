"""What any JSON becomes by a mapping of the configuration, and what is said where the two do not fit."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pilotbridge import AlertState, Malformed, Parsed, Unreadable
from pilotbridge_plugins.sources.generic_json import GenericJson, Mapped, Pick, dry_run
from tests.plugins.sources.conftest import RECEIVED, incoming

HEALTHCHECK = {
    "id": "7f3a",
    "status": "down",
    "name": "backup of db01",
    "level": "High",
    "check": {"tags": ["db", "nightly"], "odd key": {"b": 5}, "last": None, "fast": True},
    "time": "2026-11-25T10:00:00Z",
}
MAPPING = {
    "id": "$.id",
    "status": "$.status",
    "title": "$.name",
    "level": "$.level",
    "text": "$.check.tags[1]",
    "url": "=https://example.org/checks",
    "starts_at": "time",
    "labels": {
        "tag": "check.tags[0]",
        "odd": '$["check"]["odd key"].b',
        "fast": "check['fast']",
        "team": "=ops",
    },
}


def options(**mapping):
    return Mapped.model_validate(mapping)


def parse(body, **mapping):
    return GenericJson().parse(incoming(body), options(**mapping))


def alert_of(body, **mapping):
    [alert] = parse(body, **mapping).alerts
    return alert


def test_the_mark_that_windows_puts_before_a_text_is_skipped():
    assert alert_of(b"\xef\xbb\xbf" + json.dumps(HEALTHCHECK).encode(), **MAPPING)


def test_a_body_is_read_by_its_mapping():
    alert = alert_of(HEALTHCHECK, **MAPPING)

    assert dict(alert.labels) == {
        "alertname": "backup of db01",
        "severity": "High",
        "tag": "db",
        "odd": "5",
        "fast": "true",
        "team": "ops",
    }
    assert alert.state is AlertState.FIRING
    assert alert.annotations["summary"] == "nightly"
    assert alert.url == "https://example.org/checks"
    assert alert.starts_at == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def test_its_resolved_body_is_the_same_alert_though_its_title_changed():
    firing = alert_of(HEALTHCHECK, **MAPPING)

    resolved = alert_of({**HEALTHCHECK, "status": "UP", "name": "back again"}, **MAPPING)

    assert resolved.state is AlertState.RESOLVED
    assert resolved.ends_at == RECEIVED
    assert resolved.fingerprint == firing.fingerprint


def test_without_an_id_the_labels_identify():
    first, second = alert_of({"title": "a"}), alert_of({"title": "b"})

    assert first.fingerprint != second.fingerprint
    assert first.fingerprint == alert_of({"title": "a"}).fingerprint


def test_how_bad_it_is_does_not_identify():
    mapping = {"status": "$.state", "level": "$.state", "labels": {"instance": "$.host"}}
    body = {"title": "Disk", "host": "db01"}

    firing = alert_of({**body, "state": "CRITICAL"}, **mapping)
    resolved = alert_of({**body, "state": "OK"}, **mapping)

    assert resolved.state is AlertState.RESOLVED
    assert resolved.fingerprint == firing.fingerprint


def test_the_words_for_resolved_can_be_named():
    mapping = {"status": "$.code", "resolved_when": [0, "Fine"]}

    states = [alert_of({"title": "t", "code": code}, **mapping).state for code in (0, "0", " FINE ", 1, "ok")]

    assert [state is AlertState.RESOLVED for state in states] == [True, True, True, False, False]


def test_what_netdata_calls_clear_is_over():
    words = [
        alert_of({"alert": "disk_space", "severity": said}, title="$.alert", status="$.severity").state
        for said in ("critical", "clear")
    ]

    assert words == [AlertState.FIRING, AlertState.RESOLVED]


def test_without_a_status_every_body_fires():
    assert alert_of({"title": "t", "status": "resolved"}).state is AlertState.FIRING


def test_a_list_is_as_many_alerts():
    body = {"alerts": [{"title": "a"}, {"title": "b"}]}

    assert [alert.name for alert in parse(body, items="$.alerts").alerts] == ["a", "b"]


def test_the_body_itself_may_be_the_list():
    assert [alert.name for alert in parse([{"title": "a"}], items="$").alerts] == ["a"]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (1_795_600_800, datetime(2026, 11, 25, 10, 0, tzinfo=UTC)),
        ("1795600800", datetime(2026, 11, 25, 10, 0, tzinfo=UTC)),
        (1_795_600_800_000, datetime(2026, 11, 25, 10, 0, tzinfo=UTC)),
        ("2026-11-25T13:00:00+03:00", datetime(2026, 11, 25, 10, 0, tzinfo=UTC)),
        ("2026-11-25 10:00", datetime(2026, 11, 25, 10, 0, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_senders_write_them(written, moment):
    assert alert_of({"title": "t", "at": written}, starts_at="$.at").starts_at == moment


@pytest.mark.parametrize(
    "written", ["yesterday", -5, 0, 1e300, "nan", "inf", "0001-01-01T00:00:00+14:00", "9999-12-31"]
)
def test_a_time_that_cannot_be_read_costs_a_warning_and_not_the_alert(written):
    parsed = parse({"title": "t", "at": written}, starts_at="$.at")

    assert [alert.starts_at for alert in parsed.alerts] == [RECEIVED]
    assert "$.at is no time" in parsed.warnings[0]


@pytest.mark.parametrize("missing", [{}, {"at": None}, {"at": ""}])
def test_a_time_that_is_not_there_is_the_time_of_arrival(missing):
    parsed = parse({"title": "t", **missing}, starts_at="$.at")

    assert (parsed.alerts[0].starts_at, parsed.warnings) == (RECEIVED, ())


@pytest.mark.parametrize(
    ("body", "mapping", "at", "says"),
    [
        ({}, {}, "$.title", "there is no title at $.title"),
        ({"title": " "}, {}, "$.title", "no title"),
        ({"title": "t"}, {"status": "$.status"}, "$.status", "no status"),
        ({"title": "t"}, {"id": "$.id"}, "$.id", "no id"),
        ({"title": ["t"]}, {}, "$.title", "a list"),
        ({"title": {"t": 1}}, {}, "$.title", "an object"),
        ({"title": "t", "x": {}}, {"labels": {"x": "$.x"}}, "$.x", "an object"),
        ({"title": "t"}, {"items": "$.alerts"}, "$.alerts", "nothing at $.alerts"),
        ({"alerts": "t"}, {"items": "$.alerts"}, "$.alerts", "no list"),
        ({"alerts": [{"title": "t"}, {}]}, {"items": "$.alerts"}, "$.alerts[1].title", "no title"),
        ([], {}, "$.title", "no title"),
        (5, {"title": "$.a[0].b"}, "$.a[0].b", "no title"),
    ],
)
def test_a_body_that_does_not_fit_says_where(body, mapping, at, says):
    with pytest.raises(Unreadable) as found:
        parse(body, **mapping)

    assert found.value.at == at
    assert says in found.value.reason


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"title": "\xff"}', b"[" * 100_000])
def test_what_is_no_json_is_malformed(body):
    with pytest.raises(Malformed):
        parse(body)


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"title": 5}, "write a path like $.alert.id"),
        ({"title": "a..b"}, "no path at '..b'"),
        ({"title": "a[x]"}, "no path at '[x]'"),
        ({"title": "a b"}, "no path at"),
        ({"labels": {"a-b": "$.x"}}, "'a-b' is no label name"),
        ({"labels": {"a": "["}}, "no path at"),
        ({"titel": "$.x"}, "titel"),
    ],
)
def test_a_wrong_mapping_is_said_when_the_configuration_is_read(mapping, says):
    with pytest.raises(ValidationError) as found:
        options(**mapping)

    assert says in str(found.value)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", {"a": [{"b": 1}]}),
        ("$.a", [{"b": 1}]),
        ("a[0].b", 1),
        ("$['a'][0]['b']", 1),
        ("=a", "a"),
        ("=", ""),
    ],
)
def test_paths_find_what_they_name(path, found):
    assert Pick.parse(path).find({"a": [{"b": 1}]}) == found


def test_a_dry_run_shows_what_a_saved_body_would_become():
    [reading] = dry_run(b'{"name": "x", "status": "ok"}', options(title="$.name", status="$.status"))

    assert (reading.title, reading.status, reading.resolved) == ("x", "ok", True)


@given(
    body=st.binary(max_size=200)
    | st.sampled_from([b'{"title": 1}', b'{"title": "\\u0000"}', b"null", b"-0", b"1e999"])
)
def test_any_bytes_are_read_or_refused(body):
    try:
        parsed = parse(body, status="$.status", items="$", starts_at="$.t")
    except Unreadable as refused:
        assert refused.reason  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(parsed, Parsed)
