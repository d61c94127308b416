"""What Healthchecks' webhook becomes, with the body that the docs give for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pilotbridge import AlertState, Unreadable
from pilotbridge_plugins.sources.healthchecks import Healthchecks
from tests.plugins.sources.conftest import RECEIVED, incoming
from tests.plugins.sources.samples import HEALTHCHECKS

DOCS = (Path(__file__).parents[3] / "docs" / "sources.md").read_text("utf-8")
FILLED = {
    "$CODE": "803f680d-e89b-492b-82ef-2be7b774a92d",
    "$STATUS": "down",
    "$NAME_JSON": '"say \\"hi\\""',
    "$TAGS": "db",
    "$NOW": "2026-11-25T11:00:00+00:00",
    "$EXITSTATUS": "3",
    "$JSON": '{"n_pings": 7}',
}


def alert_of(body):
    [alert] = Healthchecks().parse(incoming(body), None).alerts
    return alert


def test_a_check_that_is_down_fires_with_its_exit_code():
    alert = alert_of(HEALTHCHECKS)

    assert (alert.name, alert.state) == ("backup of db01", AlertState.FIRING)
    assert dict(alert.labels) == {
        "alertname": "backup of db01",
        "severity": "down",
        "tags": "nightly",
        "team": "db",
    }
    assert alert.annotations["value"] == "exit 1"
    assert alert.starts_at == datetime(2026, 11, 25, 11, tzinfo=UTC)


def test_the_ping_url_reaches_nothing_that_is_shown():
    assert "s3cret" not in repr(alert_of(HEALTHCHECKS))


def test_the_body_of_the_docs_is_read_once_healthchecks_has_filled_it():
    [template] = re.findall(r'^\{"source":"healthchecks".*\}$', DOCS, re.MULTILINE)
    for placeholder, value in sorted(FILLED.items(), key=lambda pair: -len(pair[0])):
        template = template.replace(placeholder, value)

    alert = alert_of(template.encode())

    assert (alert.name, alert.annotations["value"]) == ('say "hi"', "exit 3")


def test_the_test_button_is_a_test_that_ends_by_itself():
    alert = alert_of({**HEALTHCHECKS, "name": "TEST", "check": {"n_pings": 42}})

    assert alert.is_test
    assert alert.expires_at is not None


def test_a_real_check_that_is_called_like_a_test_is_none():
    assert not alert_of({**HEALTHCHECKS, "name": "TEST"}).is_test


@pytest.mark.parametrize(
    ("change", "value"),
    [({"exit": "$EXITSTATUS"}, ""), ({"exit": None}, ""), ({"exit": 0}, ""), ({"exit": 137}, "exit 137")],
)
def test_an_exit_code_is_shown_when_there_was_one(change, value):
    assert alert_of({**HEALTHCHECKS, **change}).annotations.get("value") == value


def test_what_healthchecks_did_not_fill_in_counts_as_not_said():
    alert = alert_of({**HEALTHCHECKS, "name": "$NAME", "time": "$NOW", "tags": "$TAGS"})

    assert (alert.name, alert.starts_at) == (f"check {HEALTHCHECKS['id']}", RECEIVED)
    assert "tags" not in alert.labels


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"id": "$CODE"}, "id"),
        ({"id": ""}, "id"),
        ({"status": "$STATUS"}, "status"),
        ({"source": "hc"}, "source"),
        ({"name": None}, "name"),
    ],
)
def test_a_body_without_what_it_must_have_is_unreadable_with_its_place(change, at):
    with pytest.raises(Unreadable) as found:
        alert_of({**HEALTHCHECKS, **change})

    assert found.value.at == at
