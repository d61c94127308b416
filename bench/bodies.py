"""Alertmanager's webhook as bytes, each body different from every other at the price of one replacement.

It owns the shape of the load; it refuses to know who sends it.
"""

from __future__ import annotations

import json

MARK = "@@@@@@@"
DIGITS = len(MARK)
TOKEN = "Q"
"""The first letter of the name of a body's alerts; it comes back in the text of the SMS."""
GROUPED, COUNTED = "grouped", "counted"
"""The two sources of the bridge under load: one tells people at once, the other only takes in."""


def template(alerts: int, team: int, *, kind: str = GROUPED) -> bytes:
    """A body of so many ``alerts`` about one group, with :data:`MARK` where its number goes."""
    name = f"{TOKEN}{MARK}"
    document = {
        "version": "4",
        "groupKey": f'{{}}/{{team="t{team}"}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "bridge",
        "groupLabels": {"alertname": name, "team": f"t{team}"},
        "commonLabels": {"alertname": name, "team": f"t{team}", "severity": "warning"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.org:9093",
        "alerts": [_alert(name, team, index, kind) for index in range(alerts)],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _alert(name: str, team: int, index: int, kind: str) -> dict[str, object]:
    host = f"node-{index:03d}.{name.lower()}.example.org"
    return {
        "status": "firing",
        "labels": {
            "alertname": name,
            "cluster": "eu-1",
            "instance": f"{host}:9100",
            "job": "node",
            "kind": kind,
            "severity": "warning",
            "team": f"t{team}",
        },
        "annotations": {
            "summary": f"Disk almost full on {host}",
            "description": "The root file system has been above 90 percent for five minutes",
        },
        "startsAt": "2026-01-01T00:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.org:9090/graph?g0.expr=disk&g0.tab=1",
        "fingerprint": f"{index:016x}",
    }


def numbered(written: bytes, number: int) -> bytes:
    """The template ``written`` as body ``number``."""
    return written.replace(MARK.encode(), b"%0*d" % (DIGITS, number))
