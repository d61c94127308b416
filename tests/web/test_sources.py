"""Every source at the door: a body is kept with all its rows, or refused with a sentence and none."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from pilotbridge.config.settings import Secret, SourceSettings
from pilotbridge.metrics import Metrics
from pilotbridge.web.bodies import TOTAL_BYTES, Bodies
from tests.plugins.sources.conftest import incoming
from tests.plugins.sources.samples import FIRING, RESOLVED
from tests.plugins.sources.test_all_sources import ANY_JSON, OF_ONE_SENDER, SOURCES
from tests.web.conftest import TOKEN, Door

SAMPLES = [incoming(body).body for body in (*FIRING.values(), *RESOLVED.values())]
BODIES = st.binary(max_size=300) | ANY_JSON.map(lambda value: incoming(value).body) | st.sampled_from(SAMPLES)


@pytest.fixture
def door(disk, clock, settings) -> Door:
    doors = {name: SourceSettings(name, name, token=Secret(TOKEN)) for name in SOURCES}
    settings = replace(settings, sources=doors, web=replace(settings.web, max_body_bytes=200_000))
    return Door(
        disk, clock, settings, Metrics(names={"source": list(doors)}), Bodies(TOTAL_BYTES), dict(SOURCES)
    )


@pytest.mark.parametrize("name", OF_ONE_SENDER)
def test_any_body_is_kept_with_all_its_alerts_or_refused_with_a_sentence_and_none(door, name):
    @tries(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(body=BODIES)
    def post(body):
        before = len(door.journal)

        reply = door.post(body, to=f"/in/{name}")

        kept = door.journal[before:]
        if reply.status == 202:
            assert [(row.incoming.body, row.alerts) for row in kept] == [(body, reply.json["accepted"])]
        else:
            assert reply.status in (400, 422)
            assert not kept
            assert len(reply.error["message"]) > 10

    post()


def test_a_body_at_the_wrong_door_hears_which_one_is_right(door):
    reply = door.post(incoming(FIRING["grafana"]).body, to="/in/alertmanager")

    assert (reply.status, reply.error["at"]) == (422, "version")
    assert reply.error["message"].startswith("this looks like Grafana's webhook; post it to /in/grafana (")
    assert door.troubles[0].summary.count("post it to /in/grafana") == 1


@pytest.mark.parametrize("given_to", [name for name in OF_ONE_SENDER if name != "prometheus"])
def test_a_prometheus_at_any_other_door_hears_where_it_belongs(door, given_to):
    reply = door.post(incoming(FIRING["prometheus"]).body, to=f"/in/{given_to}")

    assert reply.status == 422
    assert "this looks like " in reply.error["message"]
    assert "/in/prometheus" in reply.error["message"]
    assert not door.journal


TITLED = json.dumps({**FIRING["grafana"], "title": "[FIRING:1] DiskFull"}).encode()
"""Grafana writes a title beside its alerts, and any JSON with a title is an alert."""


def test_another_senders_body_that_any_json_takes_is_taken_and_people_hear_whose_it_looks_like(door):
    reply = door.post(TITLED, to="/in/generic_json")

    assert (reply.status, reply.json["accepted"]) == (202, 1)
    assert reply.json["warnings"] == ["this looks like Grafana's webhook; post it to /in/grafana"]
    (trouble,) = door.troubles
    assert (trouble.name, trouble.what) == ("IntakeDoubted", "generic_json")
    assert "post it to /in/grafana, or map it" in trouble.summary


def test_who_maps_a_body_is_believed(door):
    mapped = SOURCES["generic_json"].options(status="$.status")
    door.change("generic_json", options=mapped)

    reply = door.post(TITLED, to="/in/generic_json")

    assert reply.json == {"accepted": 1, "journal": 1}
    assert door.troubles == []


def test_what_a_source_remarks_is_told_to_the_sender(door):
    body = {**FIRING["uptime_kuma"], "heartbeat": {**FIRING["uptime_kuma"]["heartbeat"], "status": 3}}

    reply = door.post(json.dumps(body).encode(), to="/in/uptime_kuma")

    assert reply.json["warnings"] == ["neither down nor up: being tried again, or under maintenance"]
    assert door.troubles == []


def test_a_body_whose_source_is_not_configured_hears_which_one_to_add(door, settings):
    only = {"alertmanager": door.settings.sources["alertmanager"]}
    door.settings = replace(door.settings, sources=only)

    reply = door.post(incoming(FIRING["grafana"]).body, to="/in/alertmanager")

    assert "; give it a source of the type grafana (" in reply.error["message"]


def test_a_recogniser_that_fails_changes_nothing(door):
    class Failing:
        type = sender = "failing"

        def looks_like(self, body):
            raise ZeroDivisionError

    door.sources = {"failing": Failing(), **door.sources}
    door.__post_init__()

    reply = door.post(incoming(FIRING["grafana"]).body, to="/in/alertmanager")

    assert reply.status == 422
    assert "Grafana" in reply.error["message"]


def test_a_body_that_nobody_knows_hears_only_what_is_wrong(door):
    reply = door.post(b'{"hello": "world"}', to="/in/alertmanager")

    assert reply.status == 422
    assert "looks like" not in reply.error["message"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (gzip.compress(incoming(FIRING["grafana"]).body), "it is packed (gzip or zip); send it as it is"),
        (urlencode({name: str(value) for name, value in FIRING["apprise"].items()}).encode(), "it is a form"),
    ],
)
def test_a_body_that_is_no_json_hears_that_and_whose_it_looks_like(door, body, says):
    reply = door.post(body, to="/in/zabbix")

    assert (reply.status, reply.error["code"]) == (400, "malformed")
    assert says in reply.error["message"]
    assert reply.error["message"].startswith("this looks like ")


def test_a_packed_bomb_is_not_unpacked(door):
    bomb = gzip.compress(b" " * 100_000_000)

    reply = door.post(bomb, to="/in/zabbix")

    assert reply.status == 400
    assert "looks like" not in reply.error["message"]
