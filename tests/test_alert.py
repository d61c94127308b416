"""What plugins rely on of an alert, whatever it is made of."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import UTC, datetime

import pytest

from pilotbridge import Alert, AlertState, Labels

AT = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def alert() -> Alert:
    return Alert("am", Labels({"alertname": "DiskFull"}), Labels(), AlertState.FIRING, AT, url="http://x")


def test_a_copy_with_other_labels_is_the_same_alert_otherwise(alert: Alert):
    changed = dataclasses.replace(alert, labels=alert.labels.with_(owner="anna"))

    assert (type(changed), changed.labels["owner"], changed.url) == (Alert, "anna", "http://x")
    assert changed.fingerprint == alert.fingerprint


def test_it_is_itself_after_every_kind_of_copy(alert: Alert):
    copies = [copy.copy(alert), copy.deepcopy(alert), pickle.loads(pickle.dumps(alert))]

    assert copies == [alert] * 3
    assert {hash(each) for each in copies} == {hash(alert)}


def test_it_shows_its_fields_as_a_dataclass_does(alert: Alert):
    assert dataclasses.is_dataclass(alert)
    assert [field.name for field in dataclasses.fields(alert)][:4] == [
        "source",
        "labels",
        "annotations",
        "state",
    ]
    assert dataclasses.asdict(alert)["url"] == "http://x"


def test_nobody_changes_it(alert: Alert):
    with pytest.raises(AttributeError):
        alert.url = "http://elsewhere"  # type: ignore[misc]


def test_its_identity_is_its_source_and_labels(alert: Alert):
    other = Alert("am", Labels({"alertname": "DiskFull"}), Labels({"summary": "x"}), AlertState.RESOLVED, AT)
    elsewhere = Alert("prometheus", alert.labels, Labels(), AlertState.FIRING, AT)

    assert other.fingerprint == alert.fingerprint
    assert elsewhere.fingerprint != alert.fingerprint
