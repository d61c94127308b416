"""Alertmanager's API on a bridge in miniature, with a Prometheus that posts and a token for every right."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from pilotbridge.config.settings import Right, Secret, Token
from pilotbridge.testing.world import CONFIGURATION, TOKEN
from pilotbridge.web.alertmanager.api import alertmanager_endpoints
from pilotbridge.web.alertmanager.door import PATH, AlertsDoor
from pilotbridge.web.app import build
from tests.web.conftest import ask, bearer

WITH_PROMETHEUS = CONFIGURATION.replace(
    "alertmanager: {{ token: {token} }}",
    "prometheus: {{ token: {token} }}\n  alertmanager: {{ token: {token} }}",
)
QUIET = """
inhibit_rules:
  - { source_matchers: [alertname=ClusterDown], target_matchers: [severity=warning], equal: [cluster] }
time_intervals:
  - { name: always, time_intervals: [ { years: ["2000:2100"] } ] }
  - { name: never, time_intervals: [ { years: ["2000:2001"] } ] }
""".replace("{", "{{").replace("}", "}}")


def token_of(right: Right) -> str:
    return f"the-secret-token-for-{right}"


class Api:
    """``/api/v2`` as the network sees it."""

    def __init__(self, world):
        self.world = world
        app = world.app
        self.endpoints = alertmanager_endpoints(app.desk, app.ground.store, app.ground.runtime.clock)
        door = AlertsDoor(app.doors.intake, lambda: self.settings)
        self.app = build(
            settings=lambda: self.settings,
            endpoints=self.endpoints,
            intake_door=app.doors.intake,
            callback_door=app.doors.callback,
            posts={PATH: door},
        )

    @property
    def settings(self):
        """Those in force, and a token for every right."""
        settings = self.world.app.in_force.settings
        tokens = tuple(Token(right, Secret(token_of(right)), frozenset({right})) for right in Right)
        return replace(settings, web=replace(settings.web, tokens=tokens))

    def ask(self, method, path, body=None, *, right=Right.ADMIN, headers=(), **query):
        """One request; ``query`` may hold lists."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        proof = () if right is None else (bearer(token_of(right)),)
        target = f"/api/v2{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        reply = asyncio.run(ask(self.app, method, target, headers=(*proof, *headers), body=sent, stays=True))
        self.world.settle()
        return reply

    def get(self, path, **query):
        reply = self.ask("GET", path, **query)
        assert reply.status == 200, reply.body
        return reply.json

    def post(self, body, *headers, token=TOKEN):
        """What Prometheus posts."""
        return self.ask("POST", "/alerts", body, right=None, headers=(bearer(token), *headers))

    def fire(self, name="DiskFull", *, minutes=4.0, began=0.0, **labels):
        """An alert that holds for some minutes."""
        fired = {
            "labels": {"alertname": name, "severity": "critical", **labels},
            "annotations": {"runbook": "http://wiki/disk"},
            "startsAt": self.at(began),
            "endsAt": self.at(minutes),
            "generatorURL": "http://prometheus/graph?g0.expr=up",
        }
        assert self.post([fired]).status == 200
        return fired

    def silence(self, *matchers, minutes=60.0, begins=0.0, **changes):
        """Make a silence; returns its id. A matcher is (name, value) and if wanted isRegex and isEqual."""
        wanted = {
            "matchers": [matcher(*each) for each in matchers],
            "startsAt": self.at(begins),
            "endsAt": self.at(minutes),
            "createdBy": "anna",
            "comment": "moving disks",
        }
        reply = self.ask("POST", "/silences", wanted | changes)
        assert reply.status == 200, reply.body
        return reply.json["silenceID"]

    def at(self, minutes):
        moment = self.world.now + timedelta(minutes=minutes)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def matcher(name, value, is_regex=False, is_equal=True):
    return {"name": name, "value": value, "isRegex": is_regex, "isEqual": is_equal}


@pytest.fixture
def make_api(make_world):
    return lambda configuration=WITH_PROMETHEUS: Api(make_world(configuration=configuration))


@pytest.fixture
def api(make_api):
    return make_api()
