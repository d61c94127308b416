"""What a notification of Apprise becomes, as JSON and as a form."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from pilotbridge import AlertState, Unreadable
from pilotbridge_plugins.sources.apprise import Apprise
from tests.plugins.sources.conftest import incoming
from tests.plugins.sources.samples import APPRISE, RESOLVED


def alert_of(body):
    [alert] = Apprise().parse(incoming(body), None).alerts
    return alert


@pytest.mark.parametrize(
    ("kind", "state"),
    [("failure", "firing"), ("warning", "firing"), ("info", "firing"), ("success", "resolved")],
)
def test_its_type_says_whether_it_holds_and_how_bad_it_is(kind, state):
    alert = alert_of({**APPRISE, "type": kind})

    assert (alert.state, alert.labels["severity"]) == (AlertState(state), kind)
    assert (alert.name, alert.annotations["value"]) == ("Backup of db01", "rsync ended with 23")


def test_without_a_title_the_first_line_stands_for_it():
    alert = alert_of({**APPRISE, "title": "", "message": "\n  disk full\non db01"})

    assert (alert.name, alert.annotations.get("value")) == ("disk full", "")


def test_a_key_of_its_own_ties_two_titles_together():
    firing = alert_of({**APPRISE, "title": "Backup failed", "key": "backup"})

    over = alert_of({**RESOLVED["apprise"], "title": "Backup is fine", "key": "backup"})

    assert over.fingerprint == firing.fingerprint


def test_further_fields_are_labels_but_never_the_name_nor_how_bad_it_is():
    alert = alert_of({**APPRISE, "team": "db", "severity": "info", "alertname": "x", "number": 5})

    assert dict(alert.labels) == {"alertname": "Backup of db01", "severity": "failure", "team": "db"}


def test_a_form_says_the_same():
    form = {name: value for name, value in APPRISE.items() if isinstance(value, str)}

    alert = alert_of(urlencode({**form, "team": "db"}).encode())

    assert alert.fingerprint == alert_of(APPRISE).fingerprint
    assert alert.labels["team"] == "db"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": "", "message": " "}, "neither a title nor a message"),
        ({"type": "panic"}, "'panic' is no type of Apprise; there are failure, warning, info, success"),
        ({"message": None}, "a text is expected here, and null came"),
    ],
)
def test_a_notification_that_says_nothing_is_refused_with_a_sentence(change, says):
    with pytest.raises(Unreadable, match=says):
        alert_of({**APPRISE, **change})


def test_a_form_with_endless_fields_is_refused():
    with pytest.raises(Unreadable, match="more than 100 fields"):
        alert_of(b"message=a" + b"&b=1" * 200)


@pytest.mark.parametrize(
    ("form", "at", "says"),
    [
        ({"version": "1.0", "message": "a", "type": "panic"}, "type", "is no type of Apprise"),
        ({"version": "1.0", "message": "a"}, "", "the field type is missing"),
    ],
)
def test_a_form_that_lacks_something_is_refused_in_the_same_words(form, at, says):
    with pytest.raises(Unreadable, match=says) as refused:
        alert_of(urlencode(form).encode())

    assert refused.value.at == at
