"""What Prometheus's list becomes: leases, ends, and times that nobody set."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge import AlertState, Malformed, Parsed, Unreadable
from pilotbridge_plugins.sources import prometheus
from tests.plugins.sources.conftest import RECEIVED, incoming

UNSET = "0001-01-01T00:00:00Z"
FIELDS = st.sampled_from(["labels", "annotations", "startsAt", "endsAt", "generatorURL", ""]) | st.text()
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.just("2026-11-25T12:00:00Z")


@pytest.fixture
def source():
    return prometheus.Prometheus()


def posted(**changes):
    return {"labels": {"alertname": "DiskFull", "instance": "db01"}} | changes


def at(minutes):
    return (RECEIVED + timedelta(minutes=minutes)).isoformat()


def only(source, *, options=None, **changes):
    [alert] = source.parse(incoming([posted(**changes)]), options).alerts
    return alert


def test_a_captured_post_is_a_firing_alert_with_a_lease(source, captured):
    [body] = captured("prometheus-2.42-alerts-api")
    early = datetime(2026, 11, 22, 7, 29, 20, 58000, tzinfo=UTC)

    [alert] = source.parse(incoming([body | {"endsAt": at(4)}]), None).alerts

    assert (alert.name, alert.state, alert.source) == ("DiskFull", AlertState.FIRING, "monitoring")
    assert dict(alert.labels) == body["labels"]
    assert alert.annotations["summary"] == "disk 3.058000087738037%"
    assert (alert.starts_at, alert.ends_at, alert.expires_at) == (
        early,
        None,
        RECEIVED + timedelta(minutes=4),
    )
    assert alert.url == body["generatorURL"]
    assert alert.sender_group == ""
    assert not source.groups


@pytest.mark.parametrize("minutes", [0, -1])
def test_an_end_that_has_come_is_the_end(source, minutes):
    alert = only(source, startsAt=at(-9), endsAt=at(minutes))

    assert alert.state is AlertState.RESOLVED
    assert alert.ends_at == RECEIVED + timedelta(minutes=minutes)
    assert alert.expires_at is None


@pytest.mark.parametrize("end", [{}, {"endsAt": UNSET}, {"endsAt": None}])
def test_without_an_end_it_holds_for_the_resolve_timeout(source, end):
    for_5m = only(source, **end)
    for_2m = only(source, options=prometheus.Lease(resolve_timeout=timedelta(minutes=2)), **end)

    assert for_5m.expires_at == RECEIVED + timedelta(minutes=5)
    assert for_2m.expires_at == RECEIVED + timedelta(minutes=2)


@pytest.mark.parametrize(("end", "start"), [({}, 0), ({"endsAt": at(3)}, 0), ({"endsAt": at(-3)}, -3)])
def test_without_a_start_it_began_now_or_when_it_ended(source, end, start):
    alert = only(source, startsAt=UNSET, **end)

    assert alert.starts_at == RECEIVED + timedelta(minutes=start)


@pytest.mark.parametrize(
    ("end", "state", "start"), [(4, AlertState.FIRING, 0), (-1, AlertState.RESOLVED, -1)]
)
def test_a_prometheus_whose_clock_was_set_back_loses_neither_this_alert_nor_those_beside_it(
    source, end, state, start
):
    ahead = posted(labels={"alertname": "Ahead"}, startsAt=at(60), endsAt=at(end))

    first, second = source.parse(incoming([ahead, posted()]), None).alerts

    assert (first.state, first.starts_at) == (state, RECEIVED + timedelta(minutes=start))
    assert second.name == "DiskFull"


def test_firing_and_resolved_are_the_same_alert(source):
    assert only(source).fingerprint == only(source, endsAt=at(-1), annotations={"a": "b"}).fingerprint


def test_an_empty_label_is_none(source):
    with_one = only(source, labels={"alertname": "DiskFull", "instance": "db01", "team": ""})

    assert with_one.fingerprint == only(source).fingerprint
    assert "team" not in with_one.labels


def test_names_and_values_may_be_in_any_script(source):
    alert = only(source, labels={"alertname": "Диск полон", "имя.с точкой": "да"})

    assert alert.labels["имя.с точкой"] == "да"


def test_a_nul_costs_no_neighbour_its_alert(source):
    bad = posted(labels={"alertname": "a\0b"}, annotations={"x\0": "\0"}, generatorURL="\0")

    first, second = source.parse(incoming([bad, posted()]), None).alerts

    assert (first.name, dict(first.annotations), first.url) == ("a\ufffdb", {"x\ufffd": "\ufffd"}, "\ufffd")
    assert second.name == "DiskFull"


def test_an_empty_list_is_no_alert(source):
    assert source.parse(incoming([]), None) == Parsed(())


@pytest.mark.parametrize(
    ("change", "at_", "says"),
    [
        ({"labels": {}}, "alerts[1].labels", "without labels"),
        ({"labels": {"a": ""}}, "alerts[1].labels", "without labels"),
        ({"labels": {"": "x"}}, "alerts[1].labels", "has no name"),
        ({"labels": {"a": 1}}, "alerts[1].labels[...]", "a text is expected here, and a whole number came"),
        ({"labels": None}, "alerts[1].labels", "an object is expected here, and null came"),
        ({"startsAt": "today"}, "alerts[1].startsAt", "RFC 3339"),
        ({"startsAt": "2026-11-22T07:18:08"}, "alerts[1].startsAt", "timezone"),
        ({"endsAt": "9999-12-31T00:00:00Z"}, "alerts[1]", "out of reach"),
    ],
)
def test_what_is_no_alert_is_refused_with_its_place(source, change, at_, says):
    with pytest.raises(Malformed) as found:
        source.parse(incoming([posted(), posted(**change)]), None)

    assert found.value.at == at_
    assert says in found.value.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"null",
        b"[null]",
        b"{}",
        b"[{}]",
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_list_of_alerts_is_malformed(source, body):
    with pytest.raises(Malformed):
        source.parse(incoming(body), None)


@given(body=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body):
    _is_read_or_refused(body)


@given(
    body=st.lists(
        st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(FIELDS, inner), max_leaves=20)
    )
)
def test_any_list_is_read_or_refused(body):
    _is_read_or_refused(json.dumps(body).encode())


def _is_read_or_refused(body):
    try:
        parsed = prometheus.Prometheus().parse(incoming(body), None)
    except Unreadable as refused:
        assert refused.reason  # noqa: PT017 - either outcome is right
    else:
        assert all(alert.labels for alert in parsed.alerts)


def test_it_knows_its_own_body(source, captured):
    assert source.looks_like(captured("prometheus-2.42-alerts-api"))
    assert not source.looks_like(captured("alertmanager-0.25-01"))
    assert not any(map(source.looks_like, ([], [1], None, "x", [{"status": "firing"}])))
