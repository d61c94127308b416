"""One body per type of source, as its sender writes it: what is wrong, and the same when it is over."""

from __future__ import annotations

from typing import Any

ALERTMANAGER = {
    "version": "4",
    "groupKey": '{}:{alertname="DiskFull"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "bridge",
    "externalURL": "http://am:9093",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "instance": "db01:9100", "severity": "critical"},
            "annotations": {"summary": "Disk / is full"},
            "startsAt": "2026-11-25T11:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus/graph",
            "fingerprint": "bb032266505e0d15",
        }
    ],
}

GRAFANA: dict[str, Any] = {
    **ALERTMANAGER,
    "version": "1",
    "orgId": 1,
    "title": "[FIRING:1] DiskFull",
    "state": "alerting",
    "message": "**Firing**",
    "appVersion": "12.0.1",
    "alerts": [
        {
            **ALERTMANAGER["alerts"][0],  # type: ignore[index]
            "labels": {
                "alertname": "DiskFull",
                "grafana_folder": "ops",
                "instance": "db01",
                "severity": "critical",
            },
            "values": {"B": 95.25},
            "valueString": "[ var='B' labels={instance=db01} value=95.25 ]",
            "silenceURL": "http://grafana/alerting/silence/new",
            "dashboardURL": "",
            "panelURL": "",
            "ruleUID": "a1b2c3",
            "orgId": 1,
        }
    ],
}

FIRING: dict[str, Any] = {
    "alertmanager": ALERTMANAGER,
    "grafana": GRAFANA,
}
"""By type of source."""


def over(webhook: dict[str, Any], ends_at: str = "2026-11-25T11:30:00Z") -> dict[str, Any]:
    """The same group when it is over, as Alertmanager and Grafana say it."""
    alerts = [{**alert, "status": "resolved", "endsAt": ends_at} for alert in webhook["alerts"]]
    return {**webhook, "status": "resolved", "alerts": alerts}


RESOLVED: dict[str, Any] = {
    "alertmanager": over(ALERTMANAGER),
    "grafana": {**over(GRAFANA), "state": "ok"},
}
"""The end of what FIRING says, by type of source."""
