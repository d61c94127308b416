"""What this Alertmanager says of itself, who may ask what, and the calls that Grafana makes."""

from __future__ import annotations

import asyncio

import pytest

from pilotbridge.config.settings import Right
from tests.web.alertmanager.conftest import QUIET, WITH_PROMETHEUS, matcher
from tests.web.conftest import ask

RIGHTS = {
    ("GET", "/api/v2/alerts"): Right.READ,
    ("GET", "/api/v2/alerts/groups"): Right.READ,
    ("GET", "/api/v2/silences"): Right.READ,
    ("POST", "/api/v2/silences"): Right.SILENCES,
    ("GET", "/api/v2/silence/{id}"): Right.READ,
    ("DELETE", "/api/v2/silence/{id}"): Right.SILENCES,
    ("GET", "/api/v2/status"): Right.READ,
    ("GET", "/api/v2/receivers"): Right.READ,
}
"""Each route and the right it needs; POST /api/v2/alerts is a door with a source's credentials."""


def test_every_route_is_in_the_table_of_rights(api):
    declared = {
        (method, endpoint.path): endpoint.needs for endpoint in api.endpoints for method in endpoint.methods
    }

    assert declared == RIGHTS


@pytest.mark.parametrize(("route", "needs"), RIGHTS.items(), ids=" ".join)
def test_each_route_opens_to_its_right_and_to_admin_and_to_nobody_else(api, route, needs):
    method, path = route
    path = path.removeprefix("/api/v2").replace("{id}", "1")

    opened = {right for right in Right if api.ask(method, path, right=right).status != 403}

    assert opened == {needs, Right.ADMIN}
    assert api.ask(method, path, right=None).status == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/alerts", 405),
        ("DELETE", "/alerts", 405),
        ("POST", "/alerts/groups", 405),
        ("PUT", "/silences", 405),
        ("POST", "/silence/1", 405),
        ("GET", "/silence/", 404),
        ("GET", "/nothing", 404),
        ("POST", "/alerts/", 404),
    ],
)
def test_other_methods_and_addresses_are_405_and_404(api, method, path, status):
    assert api.ask(method, path).status == status


def test_it_names_the_api_it_speaks_and_itself(api):
    status = api.get("/status")

    assert status["versionInfo"]["version"].startswith("0.28")
    assert "PilotBridge" in status["versionInfo"]["revision"]
    assert set(status["versionInfo"]) == {
        "version",
        "revision",
        "branch",
        "buildUser",
        "buildDate",
        "goVersion",
    }
    assert status["cluster"] == {"status": "disabled", "peers": []}


def test_it_is_up_since_it_was_started(api):
    api.world.run_for(hours=3)

    assert api.get("/status")["uptime"] == "2026-01-12T09:00:00.000Z"


def test_receivers_are_named_in_the_order_of_the_configuration(api):
    assert api.get("/receivers") == [{"name": "page-ops"}, {"name": "page-boris"}]


def test_no_secret_and_no_phone_is_in_what_it_tells(make_api):
    api = make_api(WITH_PROMETHEUS + QUIET)
    told = [
        api.ask("GET", path.removeprefix("/api/v2")).body.decode() for _, path in RIGHTS if "{" not in path
    ]

    secrets = {secret.reveal() for secret in api.settings.secrets}
    assert secrets
    for text in told:
        assert not any(secret in text for secret in secrets)
        assert "9087964781" not in text


# --- what Grafana's data source asks (implementation "prometheus") ----------------------------------


class Grafana:
    """Its calls: ``pkg/services/ngalert/api/lotex_am.go`` and the plugin's ``DataSource.ts``."""

    def __init__(self, api):
        self.api = api

    def is_healthy(self):
        """The button Save and test: no Mimir answers, and a Prometheus does."""
        mimir = asyncio.run(ask(self.api.app, "GET", "/alertmanager/api/v2/status", headers=()))
        return mimir.status != 200 and self.api.ask("GET", "/status").status == 200


def test_grafana_takes_it_for_prometheus_alertmanager(api):
    assert Grafana(api).is_healthy()


def test_grafana_finds_no_build_information_of_a_mimir(api):
    assert asyncio.run(ask(api.app, "GET", "/api/v1/status/buildinfo", headers=())).status == 404


def test_grafana_shows_alerts_and_groups(api):
    api.fire("DiskFull", instance="db01")

    previewed = api.get(
        "/alerts", silenced="true", active="true", inhibited="true", filter='instance=~"db.*"'
    )
    [group] = api.get("/alerts/groups")

    assert [alert["fingerprint"] for alert in previewed] == ["941f90aa0dff5c4c"]
    assert set(group) == {"labels", "receiver", "alerts"}
    assert all(
        {"annotations", "endsAt", "fingerprint", "receivers", "startsAt", "status", "updatedAt", "labels"}
        <= set(alert)
        for alert in group["alerts"]
    )


def test_grafana_makes_shows_changes_and_ends_a_silence(api):
    silence = {
        "matchers": [matcher("instance", "db01")],
        "startsAt": "2026-01-12T09:00:00.000Z",
        "endsAt": "2026-01-12T11:00:00.000Z",
        "comment": "created 2026-01-12 12:00",
        "createdBy": "admin",
    }
    made = api.ask("POST", "/silences", silence).json["silenceID"]
    shown = api.get(f"/silence/{made}")
    changed = api.ask("POST", "/silences", silence | {"id": made, "endsAt": "2026-01-12T12:00:00.000Z"})
    ended = api.ask("DELETE", f"/silence/{made}")

    assert shown["matchers"] == silence["matchers"]
    assert changed.json == {"silenceID": made}
    assert ended.status == 200
    assert [each["status"]["state"] for each in api.get("/silences")] == ["expired"]


def test_grafana_reads_the_routes_from_the_status(api):
    original = api.get("/status")["config"]["original"]

    assert "receiver: page-boris" in original
    assert 'team="db"' in original


def test_grafana_posts_its_own_alerts_as_a_prometheus_does(api):
    assert (
        api.ask("POST", "/alerts", [{"labels": {"alertname": "DiskFull"}}], right=Right.ALERTS).status == 200
    )
