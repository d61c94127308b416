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

UPTIME_KUMA: dict[str, Any] = {
    "msg": "[site] [🔴 Down] timeout of 48000ms exceeded",
    "monitor": {"id": 1, "name": "site", "url": "https://example.test", "type": "http", "tags": []},
    "heartbeat": {
        "monitorID": 1,
        "status": 0,
        "time": "2026-11-25 11:00:00.678",
        "msg": "timeout of 48000ms exceeded",
        "ping": None,
        "important": True,
        "duration": 60,
        "retries": 2,
    },
}

HEALTHCHECKS: dict[str, Any] = {
    "source": "healthchecks",
    "id": "803f680d-e89b-492b-82ef-2be7b774a92d",
    "status": "down",
    "name": "backup of db01",
    "tags": "team=db nightly",
    "time": "2026-11-25T11:00:00+00:00",
    "exit": "1",
    "check": {
        "slug": "backup",
        "n_pings": 7,
        "last_ping": "2026-11-24T11:00:00+00:00",
        "ping_url": "https://s3cret",
    },
}

SENTRY: dict[str, Any] = {
    "action": "triggered",
    "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    "installation": {"uuid": "7a485448-a9e2-4c85-8a3c-4f44175783c9"},
    "data": {
        "event": {
            "issue_id": "1170820242",
            "title": "TypeError: x is undefined",
            "level": "error",
            "culprit": "checkout in pay",
            "web_url": "https://sentry.example.test/issues/1170820242/",
            "project": 1,
            "environment": "production",
            "tags": [["environment", "production"]],
        },
        "triggered_rule": "Page on crash",
    },
}

APPRISE: dict[str, Any] = {
    "version": "1.0",
    "title": "Backup of db01",
    "message": "rsync ended with 23",
    "attachments": [],
    "type": "failure",
}

PAGERDUTY: dict[str, Any] = {
    "routing_key": "the-routing-key-of-the-tests",
    "event_action": "trigger",
    "dedup_key": "db01/disk",
    "payload": {
        "summary": "Disk / is full",
        "source": "db01",
        "severity": "critical",
        "timestamp": "2026-11-25T11:00:00.000+0000",
        "component": "postgres",
        "group": "prod",
        "class": "disk",
        "custom_details": {"free": "1 %"},
    },
    "client": "a monitor",
    "client_url": "https://monitor.example.test/1",
    "links": [],
}

ZABBIX: dict[str, Any] = {
    "event_source": "0",
    "event_value": "1",
    "event_update_status": "0",
    "event_update_user": "{USER.FULLNAME}",
    "event_update_message": "{EVENT.UPDATE.MESSAGE}",
    "event_ack_status": "No",
    "event_id": "123",
    "event_name": "Disk full on db01",
    "event_severity": "High",
    "event_nseverity": "4",
    "event_date": "2026.11.25",
    "event_time": "14:00:00",
    "event_recovery_date": "{EVENT.RECOVERY.DATE}",
    "event_recovery_time": "{EVENT.RECOVERY.TIME}",
    "event_opdata": "95 %",
    "event_tags_json": '[{"tag":"team","value":"db"},{"tag":"nightly","value":""}]',
    "trigger_id": "456",
    "host_name": "db01",
    "host_ip": "192.0.2.10",
    "alert_subject": "Disk full on db01",
    "alert_message": "95 %",
    "to": "",
    "zabbix_url": "https://zabbix.example.test/",
}

PROMETHEUS: list[dict[str, Any]] = [
    {
        "labels": {"alertname": "DiskFull", "instance": "db01:9100", "severity": "critical"},
        "annotations": {"summary": "Disk / is full"},
        "startsAt": "2026-11-25T11:00:00Z",
        "endsAt": "2026-11-25T12:04:00Z",
        "generatorURL": "http://prometheus/graph",
    }
]

NAGIOS: dict[str, Any] = {
    "notify": "nagios",
    "type": "PROBLEM",
    "host": "db01",
    "address": "192.0.2.10",
    "service": "Disk /",
    "state": "CRITICAL",
    "output": "DISK CRITICAL - 95% used",
    "contact": "",
    "time": "1795604400",
}
NAGIOS_OVER = {**NAGIOS, "type": "RECOVERY", "state": "OK", "time": "1795606200"}

MONIT: dict[str, Any] = {
    "notify": "monit",
    "host": "web01",
    "service": "nginx",
    "event": "Does not exist",
    "output": "process is not running",
    "time": "1795604400",
}

CRON: dict[str, Any] = {
    "notify": "cron",
    "host": "db01",
    "name": "backup",
    "state": "failed",
    "output": "rsync ended with 23",
    "time": "1795604400",
}

FIRING: dict[str, Any] = {
    "alertmanager": ALERTMANAGER,
    "prometheus": PROMETHEUS,
    "grafana": GRAFANA,
    "uptime_kuma": UPTIME_KUMA,
    "healthchecks": HEALTHCHECKS,
    "sentry": SENTRY,
    "apprise": APPRISE,
    "pagerduty_events_v2": PAGERDUTY,
    "zabbix": ZABBIX,
    "nagios": NAGIOS,
    "icinga": {**NAGIOS, "notify": "icinga"},
    "monit": MONIT,
    "cron": CRON,
}
"""By type of source."""


def over(webhook: dict[str, Any], ends_at: str = "2026-11-25T11:30:00Z") -> dict[str, Any]:
    """The same group when it is over, as Alertmanager and Grafana say it."""
    alerts = [{**alert, "status": "resolved", "endsAt": ends_at} for alert in webhook["alerts"]]
    return {**webhook, "status": "resolved", "alerts": alerts}


RESOLVED: dict[str, Any] = {
    "alertmanager": over(ALERTMANAGER),
    "prometheus": [{**PROMETHEUS[0], "endsAt": "2026-11-25T11:30:00Z"}],
    "grafana": {**over(GRAFANA), "state": "ok"},
    "uptime_kuma": {**UPTIME_KUMA, "heartbeat": {**UPTIME_KUMA["heartbeat"], "status": 1, "msg": "200 - OK"}},
    "healthchecks": {**HEALTHCHECKS, "status": "up", "exit": "0"},
    "sentry": {
        **SENTRY,
        "action": "resolved",
        "data": {"issue": {"id": "1170820242", "title": "TypeError: x is undefined", "level": "error"}},
    },
    "apprise": {**APPRISE, "message": "done", "type": "success"},
    "nagios": NAGIOS_OVER,
    "icinga": {**NAGIOS_OVER, "notify": "icinga"},
    "monit": {**MONIT, "type": "RECOVERY", "event": "Exists", "output": "process is running"},
    "cron": {**CRON, "state": "ok", "output": "done"},
    "zabbix": {
        **ZABBIX,
        "event_value": "0",
        "event_recovery_date": "2026.11.25",
        "event_recovery_time": "14:30:00",
    },
    "pagerduty_events_v2": {
        "routing_key": PAGERDUTY["routing_key"],
        "event_action": "resolve",
        "dedup_key": "db01/disk",
    },
}
"""The end of what FIRING says, by type of source."""
