"""Reads the webhook of Grafana's own alerting.

It owns the default payload of a webhook contact point; a payload that a template of Grafana's makes has any
shape and is read by ``generic_json``. Facts: grafana/alerting ``receivers/webhook/v1``, ``template_data.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from pilotbridge import (
    USUAL_SEVERITIES,
    Alert,
    Incoming,
    Parsed,
    Severity,
    Told,
    Unreadable,
    given_moment,
    hookimpl,
    read_json,
)

TEST_ALERT = "TestAlert"
"""What the contact point's test button posts."""
STATE_REASON = "grafana_state_reason"
"""The annotation that says why an alert fires when not by its query: NoData, Error."""
OF_DATASOURCE = {"DatasourceNoData": "no data", "DatasourceError": "query failed"}
"""Alerts that Grafana makes itself when a rule cannot be evaluated; ``rulename`` says which."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class _Alert(msgspec.Struct, rename="camel", gc=False):
    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    starts_at: Moment
    annotations: dict[str, str] = {}
    ends_at: Moment | None = None
    fingerprint: str = ""
    values: dict[str, float | None] | None = None
    generator_url: str = msgspec.field(default="", name="generatorURL")
    panel_url: str = msgspec.field(default="", name="panelURL")


class _Webhook(msgspec.Struct, rename="camel"):
    receiver: str
    status: Literal["firing", "resolved"]
    org_id: int
    state: str
    group_key: str
    alerts: list[_Alert]
    truncated_alerts: Amount = 0


_decoder = msgspec.json.Decoder(_Webhook)


class Grafana:
    """The source type ``grafana``."""

    type = "grafana"
    sender = "Grafana's webhook"
    options = None
    groups = True
    severities: Mapping[str, Severity] = USUAL_SEVERITIES

    def looks_like(self, body: Any) -> bool:
        return isinstance(body, dict) and {"orgId", "state", "alerts"} <= body.keys()

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when this is not the default payload of Grafana's webhook."""
        webhook = read_json(incoming.body, _decoder)
        group = f"{webhook.org_id} {webhook.receiver} {webhook.group_key}"
        alerts = tuple(
            _alert(written, f"alerts[{index}]", webhook.org_id, group, incoming)
            for index, written in enumerate(webhook.alerts)
        )
        ended = group if webhook.status == "resolved" else ""
        return Parsed(alerts, group_ended=ended, left_out=webhook.truncated_alerts)


@hookimpl
def register_sources() -> list[Grafana]:
    return [Grafana()]


def _alert(written: _Alert, at: str, org_id: int, group: str, incoming: Incoming) -> Alert:
    labels = {name: value for name, value in written.labels.items() if name and value}
    if not labels:
        raise Unreadable("an alert without labels has no identity", at=f"{at}.labels")
    identity = {"fingerprint": written.fingerprint} if written.fingerprint else labels
    return Told(
        name=labels.get("alertname", ""),
        identity={**identity, "orgId": str(org_id)},
        resolved=written.status == "resolved",
        labels=labels,
        value=_value(written),
        annotations=written.annotations,
        since=given_moment(written.starts_at),
        until=given_moment(written.ends_at),
        url=written.generator_url or written.panel_url,
        sender_group=group,
        is_test=labels.get("alertname") == TEST_ALERT,
    ).alert(incoming)


def _value(written: _Alert) -> str:
    """What a text shows: which rule could not be evaluated and why, or the one value there is."""
    own = OF_DATASOURCE.get(written.labels.get("alertname", ""))
    if own:
        return f"{written.labels.get('rulename', '')} {own}".strip()
    if written.status == "firing" and written.annotations.get(STATE_REASON):
        return written.annotations[STATE_REASON]
    values = [value for value in (written.values or {}).values() if value is not None]
    return f"{values[0]:.6g}" if len(values) == 1 else ""
