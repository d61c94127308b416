"""What Uptime Kuma's notification becomes: beats, and the words that come without a monitor."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilotbridge import AlertState, Unreadable
from pilotbridge_plugins.sources.uptime_kuma import UptimeKuma
from tests.plugins.sources.conftest import RECEIVED, incoming
from tests.plugins.sources.samples import UPTIME_KUMA

EXPIRES = "[site][https://example.test] server certificate example.test will expire in 7 days"


def parse(body):
    return UptimeKuma().parse(incoming(body), None)


def alert_of(body):
    [alert] = parse(body).alerts
    return alert


def without_monitor(words):
    return {"msg": words, "monitor": None, "heartbeat": None}


def with_beat(**changes):
    return {**UPTIME_KUMA, "heartbeat": {**UPTIME_KUMA["heartbeat"], **changes}}


def with_monitor(**changes):
    return {**UPTIME_KUMA, "monitor": {**UPTIME_KUMA["monitor"], **changes}}


def test_a_monitor_that_is_down_fires_with_kumas_words():
    alert = alert_of(UPTIME_KUMA)

    assert (alert.name, alert.state) == ("site", AlertState.FIRING)
    assert alert.labels["instance"] == "https://example.test"
    assert alert.annotations["value"] == "timeout of 48000ms exceeded"
    assert alert.starts_at == datetime(2026, 11, 25, 11, 0, 0, 678000, tzinfo=UTC)


def test_tags_are_labels_but_never_the_name_nor_how_bad_it_is():
    tags = [{"name": "team", "value": "db"}, {"name": "nightly"}, {"name": "severity", "value": "info"}]

    alert = alert_of(with_monitor(tags=tags))

    assert (alert.labels["team"], alert.labels["severity"]) == ("db", "down")
    assert "nightly" not in alert.labels


def test_a_renamed_monitor_is_still_the_same_alert():
    assert alert_of(with_monitor(name="shop")).fingerprint == alert_of(UPTIME_KUMA).fingerprint


@pytest.mark.parametrize("status", [2, 3])
def test_a_monitor_that_is_tried_again_or_maintained_is_no_alert(status):
    assert parse(with_beat(status=status)).alerts == ()


def test_the_test_button_is_a_test_that_ends_by_itself():
    alert = alert_of(without_monitor("Pages Testing"))

    assert alert.is_test
    assert alert.expires_at is not None
    assert alert.annotations["value"] == "Pages Testing"


def test_a_certificate_that_runs_out_is_a_warning_with_no_end_of_its_own():
    alert = alert_of(without_monitor(EXPIRES))

    assert (alert.labels["severity"], alert.is_test, alert.expires_at) == ("notice", False, None)
    assert alert.annotations["value"] == EXPIRES


def test_the_same_notice_some_days_later_is_another_one():
    later = without_monitor(EXPIRES.replace("7 days", "3 days"))

    assert alert_of(later).fingerprint != alert_of(without_monitor(EXPIRES)).fingerprint


@pytest.mark.parametrize("time", ["", None, "soon"])
def test_a_time_that_cannot_be_read_is_the_time_of_arrival(time):
    assert alert_of(with_beat(time=time)).starts_at == RECEIVED


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"msg": "x", "monitor": None}, ""),
        (without_monitor(" "), "msg"),
        (with_beat(status=7), "heartbeat.status"),
        (with_beat(status="down"), "heartbeat.status"),
        (with_monitor(id=None), "monitor.id"),
        (with_monitor(tags=[1]), "monitor.tags[0]"),
    ],
)
def test_another_shape_is_unreadable_with_its_place(body, at):
    with pytest.raises(Unreadable) as found:
        parse(body)

    assert found.value.at == at
