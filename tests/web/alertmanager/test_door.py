"""``POST /api/v2/alerts``: Prometheus's door keeps all of a body or nothing, and a lease ends an alert."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from pilotbridge.config.settings import Right, Secret, SourceSettings
from pilotbridge.testing.world import CONFIGURATION, TOKEN
from pilotbridge.web.alertmanager.door import AlertsDoor
from pilotbridge_plugins.sources.prometheus import Prometheus
from tests.web.alertmanager.conftest import WITH_PROMETHEUS, token_of
from tests.web.conftest import ask, bearer


def journal(api):
    """How many bodies are on disk."""
    with api.world.engine.read() as read:
        return next(number for number in range(10_000) if read.journal_body(number + 1) is None)


def refusals(api):
    with api.world.engine.read() as read:
        return [(row.source, row.status, row.message, row.place) for row in read.refusals(0)]


def sources(api):
    with api.world.engine.read() as read:
        return {row.alert.source for row in read.alerts_listed()}


# --- firing, renewed, over --------------------------------------------------------------------------


def test_an_alert_of_prometheus_is_an_sms_and_its_end_another(api):
    fired = api.fire(instance="db01")
    api.world.run_for(minutes=2)
    reply = api.post([fired | {"endsAt": api.at(0)}])
    api.world.run_for(minutes=6)

    assert (reply.status, reply.body) == (200, b"")
    first, last = api.world.texts_to("anna")
    assert first.startswith("CRIT DiskFull db01 12:00 #")
    assert last.startswith("CLEAR DiskFull db01 after 2m #")


def test_the_body_is_in_the_journal_when_prometheus_hears_200(api):
    fired = api.fire()

    with api.world.engine.read() as read:
        body = read.journal_body(1)
    assert json.loads(body.incoming.body) == [fired]
    assert (body.incoming.source, body.alerts) == ("prometheus", 1)


def test_every_repeat_renews_the_lease(api):
    fired = api.fire(minutes=4)
    for _ in range(10):
        api.world.run_for(minutes=3)
        api.post([fired | {"endsAt": api.at(4)}])

    assert [text.split()[0] for text in api.world.texts_to("anna")] == ["CRIT"]
    assert len(api.get("/alerts")) == 1


def test_without_a_repeat_it_is_resolved_when_the_lease_ends(api):
    api.fire(minutes=4)
    api.world.run_for(minutes=3)
    before = len(api.get("/alerts"))
    api.world.run_for(minutes=8)

    assert (before, api.get("/alerts")) == (1, [])
    last = api.world.texts_to("anna")[-1]
    assert last.startswith("CLEAR DiskFull after 4m #")


def test_an_end_that_is_told_for_a_quarter_of_an_hour_is_one(api):
    fired = api.fire()
    ended = fired | {"endsAt": api.at(0.5)}
    api.world.run_for(minutes=1)
    for _ in range(15):
        api.post([ended])
        api.world.run_for(minutes=1)

    assert [text.split()[0] for text in api.world.texts_to("anna")] == ["CRIT", "CLEAR"]


def test_two_of_a_pair_of_prometheis_are_one_alert(api):
    for _ in range(2):
        api.fire(instance="db01")
    api.world.run_for(minutes=1)

    assert len(api.world.texts_to("anna")) == 1


def test_bodies_that_only_repeat_go_after_an_hour_and_news_stay(api):
    fired = api.fire(minutes=10)
    for _ in range(40):
        api.world.run_for(minutes=5)
        api.post([fired | {"endsAt": api.at(10)}])
    api.post([fired | {"endsAt": api.at(0)}])
    api.world.run_for(hours=2)

    assert _numbers(api) == [1, 42]


def test_a_repeat_that_may_be_asked_for_again_stays(api):
    fired = api.fire()
    first = api.post([fired], ("Idempotency-Key", "k1"))
    api.world.run_for(hours=3)

    again = api.post([fired], ("Idempotency-Key", "k1"))

    assert (first.status, again.status) == (200, 200)
    assert _numbers(api) == [1, 2]


# --- who may ----------------------------------------------------------------------------------------


def test_a_token_that_may_post_alerts_opens_it_too(api):
    opened = {
        right: api.ask("POST", "/alerts", [], right=right).status
        for right in (Right.ALERTS, Right.ADMIN, Right.READ, Right.SILENCES)
    }

    assert opened == {Right.ALERTS: 200, Right.ADMIN: 200, Right.READ: 403, Right.SILENCES: 403}


@pytest.mark.parametrize("headers", [(), (("Authorization", "Bearer wrong-token"),), (bearer(TOKEN),) * 2])
def test_a_stranger_is_turned_away_and_leaves_nothing(api, headers):
    reply = api.ask("POST", "/alerts", [{"labels": {"a": "b"}}], right=None, headers=headers)

    assert reply.status == 401
    assert "www-authenticate" in reply.headers
    assert isinstance(reply.json, str)
    assert (journal(api), refusals(api)) == (0, [])


def test_each_of_several_sources_is_found_by_its_credentials(make_api):
    two = WITH_PROMETHEUS.replace(
        "sources:",
        "sources:\n  other: {{ type: prometheus, basic: {{ user: o, password: other-password-1 }} }}",
    )
    api = make_api(two)

    api.fire("First")
    api.ask(
        "POST",
        "/alerts",
        [{"labels": {"alertname": "Second"}}],
        right=None,
        headers=[("Authorization", "Basic bzpvdGhlci1wYXNzd29yZC0x")],
    )

    assert sources(api) == {"prometheus", "other"}


def test_without_a_source_of_its_kind_it_says_what_to_write(make_api):
    api = make_api(CONFIGURATION)

    reply = api.post([])

    assert reply.status == 404
    assert "sources: { prometheus:" in reply.json


def test_a_source_that_signs_is_not_for_this_door(api):
    settings = api.world.app.in_force.settings
    signing = SourceSettings("prometheus", "prometheus", token=None, hmac=object())
    api.world.app.in_force.settings = replace(settings, sources={"prometheus": signing})

    assert api.post([]).status == 404


def test_the_page_of_another_site_may_not_post(api):
    token = bearer(token_of(Right.ALERTS))

    reply = api.ask(
        "POST",
        "/alerts",
        [],
        right=None,
        headers=[token, ("Origin", "http://evil.example"), ("Host", "here")],
    )

    assert reply.status == 403


def test_its_other_door_is_the_one_of_any_source(api):
    body = [{"labels": {"alertname": "DiskFull"}}]

    plain = api.world.post(body, source="prometheus")
    by_path_prefix = api.world.post(body, source="prometheus/api/v2/alerts")

    assert [(heard.status, heard.json["accepted"]) for heard in (plain, by_path_prefix)] == [(202, 1)] * 2


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"{}", "a list is expected here, and an object came"),
        (b'[{"labels": {"a": "b"}}, {"labels": {}}]', "without labels has no identity (at alerts[1].labels)"),
        (b'[{"labels": {"a": "b"}, "startsAt": "9999-12-31T00:00:00Z"}]', "out of reach"),
        (b'[{"labels": {"a": "b"}}, 7]', "an object is expected here, and a whole number came"),
    ],
)
def test_a_body_that_cannot_be_read_is_400_with_a_sentence_and_nothing_is_taken(api, body, says):
    reply = api.post(body)

    assert reply.status == 400
    assert says in reply.json
    assert journal(api) == 1  # the Trouble that says so
    assert api.get("/alerts", filter="alertname!=IntakeRefused") == []
    [(source, status, message, _)] = refusals(api)
    assert (source, status, message in reply.json) == ("prometheus", 400, True)


def test_somebody_hears_that_a_body_was_refused(api):
    api.post(b"{}")
    api.world.run_for(minutes=6)

    assert any("IntakeRefused prometheus" in text for text in api.world.texts_to("anna"))


def test_a_body_that_is_too_large_is_413(api):
    reply = api.post(b"[" + b" " * (17 * 1024 * 1024) + b"]")

    assert (reply.status, journal(api) <= 1) == (413, True)
    assert "larger than" in reply.json


def test_while_nothing_can_be_stored_it_is_503_and_come_again(door):
    door.settings = replace(
        door.settings, sources={"p": SourceSettings("p", "prometheus", token=Secret(TOKEN))}
    )
    door.sources = {"prometheus": Prometheus()}
    front = AlertsDoor(door.intake, lambda: door.settings)
    door.disk.is_full = True

    reply = asyncio.run(ask(front, "POST", "/api/v2/alerts", body=b"[]", headers=[bearer(TOKEN)]))

    assert (reply.status, reply.headers["retry-after"]) == (503, "5")
    assert "nothing was kept" in reply.json
    assert door.journal == []


ALERTS = st.lists(
    st.fixed_dictionaries(
        {"labels": st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)},
        optional={
            "annotations": st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
            "startsAt": st.sampled_from(["2026-01-12T08:00:00Z", "0001-01-01T00:00:00Z", "x"]),
            "endsAt": st.sampled_from(["2026-01-12T08:30:00Z", "2026-01-12T09:30:00Z", None]),
        },
    ),
    max_size=4,
).map(lambda alerts: json.dumps(alerts).encode())


@tries(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=200) | ALERTS)
def test_any_bytes_are_all_on_disk_or_none_with_a_sentence(api, body):
    before = len(_kept(api))

    reply = api.post(body)

    kept = _kept(api)[before:]
    if reply.status == 200:
        assert kept == [(body, len(json.loads(body)))]
    else:
        assert (reply.status, kept) == (400, [])
        assert len(reply.json.split()) > 2


def _numbers(api):
    """The bodies of Prometheus that are kept."""
    rows = api.world.engine.connection.execute(
        "SELECT id FROM journal WHERE source = 'prometheus' ORDER BY id"
    )
    return [row[0] for row in rows]


def _kept(api):
    """The bodies of Prometheus on disk, and how many alerts are in each."""
    rows = api.world.engine.connection.execute(
        "SELECT body, alerts FROM journal WHERE source = 'prometheus' ORDER BY id"
    )
    return [tuple(row) for row in rows]
