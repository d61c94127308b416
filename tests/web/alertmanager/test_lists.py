"""What fires, as amtool and Grafana list it: filters, what keeps an alert quiet, groups, names."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.requests import Request

from pilotbridge.web.alertmanager.alerts import SENT_AT_ONCE, AlertLists
from pilotbridge.web.alertmanager.asked import Asked
from pilotbridge.web.alertmanager.fingerprint import fingerprint, written
from pilotbridge.web.alertmanager.listing import Scan
from pilotbridge.web.alertmanager.pages import AlertPages, GroupPages
from tests.web.alertmanager.conftest import QUIET, WITH_PROMETHEUS


def names(alerts):
    return sorted(alert["labels"]["alertname"] for alert in alerts)


def status_of(api, name, path="/alerts"):
    [alert] = api.get(path, filter=f"alertname={name}")
    return alert["status"]


@pytest.fixture
def quiet(make_api):
    """One alert that fires, one that it keeps quiet, one with a silence."""
    api = make_api(WITH_PROMETHEUS + QUIET)
    api.silence_id = api.silence(("instance", "db.*", True))
    api.fire("ClusterDown", cluster="eu")
    api.fire("Slow", cluster="eu", severity="warning")
    api.fire("DiskFull", instance="db01")
    return api


# --- one alert --------------------------------------------------------------------------------------


def test_an_alert_is_shown_as_alertmanager_shows_it(api):
    api.fire(instance="db01")

    [alert] = api.get("/alerts")

    assert alert == {
        "annotations": {"runbook": "http://wiki/disk"},
        "endsAt": "2026-01-12T09:04:00.000Z",
        "fingerprint": "941f90aa0dff5c4c",
        "receivers": [{"name": "page-ops"}],
        "startsAt": "2026-01-12T09:00:00.000Z",
        "status": {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"},
        "updatedAt": "2026-01-12T09:00:00.000Z",
        "labels": {"alertname": "DiskFull", "instance": "db01", "severity": "critical"},
        "generatorURL": "http://prometheus/graph?g0.expr=up",
    }


def test_a_repeat_moves_its_end_and_when_it_was_heard_of(api):
    fired = api.fire()
    api.world.run_for(minutes=2)
    api.post([fired | {"endsAt": api.at(4)}])

    [alert] = api.get("/alerts")

    assert (alert["startsAt"], alert["updatedAt"], alert["endsAt"]) == (
        "2026-01-12T09:00:00.000Z",
        "2026-01-12T09:02:00.000Z",
        "2026-01-12T09:06:00.000Z",
    )


def test_an_alert_without_an_address_has_none(api):
    api.post([{"labels": {"alertname": "DiskFull"}}])

    assert "generatorURL" not in api.get("/alerts")[0]


def test_alerts_of_every_source_are_listed_and_those_that_ended_are_not(api):
    alert = api.world.fire("ApiDown")
    api.fire("DiskFull")
    both = names(api.get("/alerts"))
    api.world.resolve(alert)

    assert both == ["ApiDown", "DiskFull"]
    assert names(api.get("/alerts")) == ["DiskFull"]


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        # From Prometheus's own tests, and from an Alertmanager that was asked.
        ({}, "cbf29ce484222325"),
        ({"fear": "love is not enough", "name": "garland, briggs"}, f"{5799056148416392346:016x}"),
        ({"alertname": "DiskFull", "instance": "db01", "severity": "critical"}, "941f90aa0dff5c4c"),
        ({"alertname": "ok"}, "01167342b0fed1b2"),
        ({"alertname": "N\0ul"}, "0326654d47cd717d"),
    ],
)
def test_a_fingerprint_is_alertmanagers(labels, name):
    assert written(fingerprint(labels)) == name


# --- which ones -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["alertname=DiskFull"], ["DiskFull"]),
        (['alertname="DiskFull"', "instance!=db02"], ["DiskFull"]),
        (["alertname=~Disk.*|Slow"], ["DiskFull", "Slow"]),
        (["cluster!="], ["ClusterDown", "Slow"]),
        (["cluster="], ["DiskFull"]),
        (['"имя"="да"'], []),
        (["alertname=DiskFull", "alertname=Slow"], []),
        ([], ["ClusterDown", "DiskFull", "Slow"]),
    ],
)
def test_all_filters_must_hold(quiet, filters, found):
    assert names(quiet.get("/alerts", filter=filters)) == found


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ({"active": "false"}, ["DiskFull", "Slow"]),
        ({"silenced": "false"}, ["ClusterDown", "Slow"]),
        ({"inhibited": "false"}, ["ClusterDown", "DiskFull"]),
        ({"active": "false", "silenced": "false", "inhibited": "false"}, []),
        ({"active": "true", "silenced": "false", "inhibited": "0", "unprocessed": "true"}, ["ClusterDown"]),
        ({"unprocessed": "false", "anything": "else"}, ["ClusterDown", "DiskFull", "Slow"]),
    ],
)
def test_flags_leave_out_what_stands_so(quiet, flags, found):
    assert names(quiet.get("/alerts", **flags)) == found
    grouped = [alert for group in quiet.get("/alerts/groups", **flags) for alert in group["alerts"]]
    assert names(grouped) == found


@pytest.mark.parametrize(
    ("receiver", "found"),
    [("page-boris", ["Slow"]), ("page-.*", ["DiskFull", "Slow"]), ("page", []), ("nobody", [])],
)
def test_a_receiver_is_matched_as_a_whole(api, receiver, found):
    api.fire("DiskFull")
    api.fire("Slow", team="db")

    assert names(api.get("/alerts", receiver=receiver)) == found
    groups = api.get("/alerts/groups", receiver=receiver)
    assert sorted(group["labels"]["alertname"] for group in groups) == found


@pytest.mark.parametrize("path", ["/alerts", "/alerts/groups"])
@pytest.mark.parametrize(
    "query", [{"filter": "nonsense"}, {"filter": "a=~("}, {"filter": ["a=b", ""]}, {"receiver": "("}]
)
def test_a_question_that_cannot_be_read_is_400_with_a_sentence(api, path, query):
    reply = api.ask("GET", path, **query)

    assert reply.status == 400
    assert len(reply.json.split()) > 3


# --- what keeps it quiet ----------------------------------------------------------------------------


def test_a_silence_and_another_alert_are_named_as_what_keeps_it_quiet(quiet):
    assert status_of(quiet, "DiskFull") == {
        "inhibitedBy": [], "mutedBy": [], "silencedBy": [quiet.silence_id], "state": "suppressed",
    }  # fmt: skip
    assert status_of(quiet, "Slow") == {
        "inhibitedBy": ["e1796429762645e0"], "mutedBy": [], "silencedBy": [], "state": "suppressed",
    }  # fmt: skip
    assert status_of(quiet, "ClusterDown")["state"] == "active"


def test_what_is_shown_as_quiet_is_told_to_nobody_and_the_other_way_round(quiet):
    quiet.world.run_for(minutes=2)

    told = {text.split()[1] for text in quiet.world.texts_to("anna")}
    assert told == set(names(quiet.get("/alerts", silenced="false", inhibited="false")))


def test_every_silence_that_holds_is_named(quiet):
    second = quiet.silence(("alertname", "DiskFull"))
    quiet.silence(("alertname", "DiskFull"), begins=30)

    assert status_of(quiet, "DiskFull")["silencedBy"] == sorted([quiet.silence_id, second])


def test_an_alert_speaks_again_when_its_silence_ends(quiet):
    quiet.ask("DELETE", f"/silence/{quiet.silence_id}")

    assert status_of(quiet, "DiskFull")["state"] == "active"


@pytest.mark.parametrize(
    ("quiet_at", "muted_by"),
    [
        ("mute_time_intervals: [never, always]", ["always"]),
        ("active_time_intervals: [never]", ["never"]),
        ("active_time_intervals: [never, always]", []),
        ("mute_time_intervals: [never]", []),
    ],
)
def test_times_that_keep_a_route_quiet_show_on_its_groups(make_api, quiet_at, muted_by):
    api = make_api(
        WITH_PROMETHEUS.replace("receiver: page-boris,", f"receiver: page-boris, {quiet_at},") + QUIET
    )
    api.fire("Slow", team="db")

    [group] = api.get("/alerts/groups")

    assert group["alerts"][0]["status"]["mutedBy"] == muted_by
    assert group["alerts"][0]["status"]["state"] == ("suppressed" if muted_by else "active")
    assert len(api.get("/alerts/groups", muted="false")) == (not muted_by)
    assert status_of(api, "Slow") == {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"}
    api.world.run_for(minutes=2)
    assert len(api.world.texts_to("boris")) == (not muted_by)


# --- groups -----------------------------------------------------------------------------------------


def test_groups_have_their_labels_their_receiver_and_their_alerts(api):
    for instance in ("db01", "db02"):
        api.fire("DiskFull", instance=instance)
    api.fire("ApiDown", team="db")

    groups = api.get("/alerts/groups")

    assert [(group["labels"], group["receiver"]) for group in groups] == [
        ({"alertname": "ApiDown"}, {"name": "page-boris"}),
        ({"alertname": "DiskFull"}, {"name": "page-ops"}),
    ]
    assert {alert["labels"]["instance"] for alert in groups[1]["alerts"]} == {"db01", "db02"}
    assert groups[1]["alerts"] == api.get("/alerts", filter="alertname=DiskFull")


def test_an_alert_of_two_routes_is_in_two_groups_and_names_both_receivers(make_api):
    api = make_api(
        WITH_PROMETHEUS.replace(
            """'team="db"' ] }} ]""", """'team="db"' ], continue: true }}, {{ receiver: page-ops }} ]"""
        )
    )
    api.fire("Slow", team="db")

    groups = api.get("/alerts/groups")

    assert [group["receiver"]["name"] for group in groups] == ["page-boris", "page-ops"]
    receivers = {tuple(each["name"] for each in group["alerts"][0]["receivers"]) for group in groups}
    assert receivers == {("page-boris", "page-ops")}


def test_nothing_fires_is_an_empty_list(api):
    assert (api.get("/alerts"), api.get("/alerts/groups")) == ([], [])


# --- many -------------------------------------------------------------------------------------------


def test_lists_of_many_pages_are_whole_and_in_order(api):
    many = [
        {"labels": {"alertname": f"Alert{number % 3}", "instance": f"db{number}"}} for number in range(1100)
    ]
    assert api.post(many).status == 200

    alerts, groups = api.get("/alerts"), api.get("/alerts/groups")

    assert [alert["fingerprint"] for alert in alerts] == sorted({alert["fingerprint"] for alert in alerts})
    assert len(alerts) == 1100
    assert [len(group["alerts"]) for group in groups] == [367, 367, 366]
    grouped = [alert for group in groups for alert in group["alerts"]]
    assert sorted(grouped, key=lambda alert: alert["fingerprint"]) == alerts


def test_a_list_too_many_is_503_until_one_of_the_others_is_sent(api):
    api.fire()
    lists = AlertLists(api.world.app.ground.store, lambda: api.settings, api.world.app.ground.runtime.clock)
    answer = lists.endpoints()[0].answer

    async def ask_often():
        request = Request({"type": "http", "query_string": b"", "headers": []})
        slow = [await answer(request) for _ in range(SENT_AT_ONCE)]
        for each in slow:
            await anext(each.body_iterator)
        refused = await answer(request)
        await slow[0].body_iterator.aclose()
        return refused, await answer(request)

    refused, taken = asyncio.run(ask_often())

    assert (refused.status, refused.headers[0][0]) == (503, b"retry-after")
    assert taken.status_code == 200


def test_what_ends_while_a_list_is_sent_is_left_out_of_it(api):
    api.fire("Early")
    api.fire("Late", minutes=9)
    with api.world.engine.read() as read:
        scan = Scan(read, api.settings, api.world.now)
        lists = AlertPages(scan.alerts(Asked()), scan.groups), GroupPages(scan.alert_groups(Asked()))
    api.world.run_for(minutes=5)

    with api.world.engine.read() as read:
        sent = [json.loads(b"".join(piece(read) for piece in each.pieces()) + each.end()) for each in lists]

    assert names(sent[0]) == ["Late"]
    assert [names(group["alerts"]) for group in sent[1]] == [["Late"]]
