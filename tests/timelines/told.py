"""A source of one file: alerts in our own words, so that a timeline depends on no sender's shape."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from types import MappingProxyType

from pilotbridge import Alert, AlertState, Labels, Parsed, hookimpl


class Told:
    """``groups``: whoever posts has grouped its alerts already."""

    options = None
    severities = MappingProxyType({})
    sender = "a timeline"

    def __init__(self, kind, *, groups):
        self.type = kind
        self.groups = groups

    def parse(self, incoming, _options):
        body = json.loads(incoming.body)
        group = body["group"] if self.groups else ""
        alerts = tuple(alert(told, incoming, group) for told in body["alerts"])
        return Parsed(alerts, group_ended=body["ended"], left_out=body["cut_off"])


def alert(told, incoming, group):
    is_over = told["state"] == "resolved"
    lease = told["lease_s"] and incoming.received_at + timedelta(seconds=told["lease_s"])
    return Alert(
        source=incoming.source,
        labels=Labels(told["labels"]),
        annotations=Labels(),
        state=AlertState(told["state"]),
        starts_at=datetime.fromisoformat(told["starts"]),
        ends_at=incoming.received_at if is_over else None,
        expires_at=None if is_over else lease,
        sender_group=group,
        is_test=told["test"],
    )


@hookimpl
def register_sources():
    return [Told("told", groups=False), Told("told_in_groups", groups=True)]
