"""Reads Alertmanager's webhook, version 4.

It owns the shape of that body and nothing else. Facts: ``notify/webhook/webhook.go``, captures of 0.25.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from pilotbridge import (
    USUAL_SEVERITIES,
    Alert,
    AlertState,
    Incoming,
    Labels,
    Parsed,
    Severity,
    Unreadable,
    given_moment,
    hookimpl,
    read_json,
)

VERSION = "4"
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class _Alert(msgspec.Struct, rename="camel", gc=False):
    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    starts_at: Moment
    annotations: dict[str, str] = {}
    ends_at: Moment | None = None
    generator_url: str = msgspec.field(default="", name="generatorURL")


class _Webhook(msgspec.Struct, rename="camel"):
    version: str
    receiver: str
    status: Literal["firing", "resolved"]
    group_key: str
    alerts: list[_Alert]
    truncated_alerts: Amount = 0


_decoder = msgspec.json.Decoder(_Webhook)


class Alertmanager:
    """The source type ``alertmanager``."""

    type = "alertmanager"
    sender = "Alertmanager's webhook"
    options = None
    groups = True
    severities: Mapping[str, Severity] = USUAL_SEVERITIES

    def looks_like(self, body: Any) -> bool:
        is_like = isinstance(body, dict) and {"groupKey", "alerts", "version"} <= body.keys()
        return is_like and "orgId" not in body

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when this is not Alertmanager's webhook of version 4."""
        webhook = _read(incoming.body)
        # The external URL is left out: both of a pair of Alertmanagers send the same group.
        group = f"{webhook.receiver} {webhook.group_key}"
        alerts = [_alert(written, index, group, incoming) for index, written in enumerate(webhook.alerts)]
        ended = group if webhook.status == "resolved" else ""
        return Parsed(tuple(alerts), group_ended=ended, left_out=webhook.truncated_alerts)


@hookimpl
def register_sources() -> list[Alertmanager]:
    return [Alertmanager()]


def _alert(written: _Alert, index: int, group: str, incoming: Incoming) -> Alert:
    labels = written.labels
    if "" in labels.values() or "" in labels:
        labels = {name: value for name, value in labels.items() if name and value}
    if not labels:
        raise Unreadable("an alert without labels has no identity", at=f"alerts[{index}].labels")
    firing = written.status == "firing"
    return Alert(
        source=incoming.source,
        labels=Labels(labels),
        annotations=Labels(written.annotations),
        state=AlertState.FIRING if firing else AlertState.RESOLVED,
        starts_at=given_moment(written.starts_at) or incoming.received_at,
        ends_at=None if firing else given_moment(written.ends_at) or incoming.received_at,
        sender_group=group,
        url=written.generator_url,
    )


def _read(body: bytes) -> _Webhook:
    webhook = read_json(body, _decoder)
    if webhook.version != VERSION:
        told = f"the webhook has version {webhook.version[:20]!r}, and this source reads version {VERSION!r}"
        raise Unreadable(told, at="version")
    return webhook
