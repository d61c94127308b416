"""Every alert learns who owns its host, from the configuration; routes and texts can use the label then.

    plugins: { owners: { hosts: { db01: anna, db02: boris } } }
"""

from dataclasses import replace

from pydantic import BaseModel

from pilotbridge import hookimpl


class Owners(BaseModel):
    hosts: dict[str, str]


@hookimpl
def register_config():
    return Owners


@hookimpl
def enrich_alerts(alerts, bridge):
    owner_of = bridge.config(Owners).hosts
    return {
        alert: replace(alert, labels=alert.labels.with_(owner=owner_of[alert.labels["instance"]]))
        for alert in alerts
        if alert.labels.get("instance") in owner_of
    }
