"""Reads Alertmanager's webhook, version 4.

It owns the shape of that body and nothing else: Prometheus's own posts and Grafana's webhook look alike and
are told apart with a sentence. Facts: ``notify/webhook/webhook.go``, captures of version 0.25.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from pilotbridge import (
    Alert,
    AlertState,
    Incoming,
    Labels,
    Malformed,
    Parsed,
    Severity,
    Unreadable,
    hookimpl,
)

VERSION = "4"
FIRST_YEAR, LAST_YEAR = 1970, 9998
"""Go writes the year 1 for a time that is not set; the last year has no room for time zones."""

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


class _AnySender(msgspec.Struct, rename="camel"):
    """What tells one sender from another when the body is not read as Alertmanager's."""

    org_id: Any = None
    state: Any = None


_decode = msgspec.json.Decoder(_Webhook).decode
_decode_any = msgspec.json.Decoder(_AnySender).decode
_decode_anything = msgspec.json.Decoder().decode


class Alertmanager:
    """The source type ``alertmanager``."""

    type = "alertmanager"
    options = None
    groups = True
    severities: Mapping[str, Severity] = {
        "critical": Severity.CRITICAL,
        "crit": Severity.CRITICAL,
        "page": Severity.CRITICAL,
        "emergency": Severity.CRITICAL,
        "disaster": Severity.CRITICAL,
        "error": Severity.CRITICAL,
        "high": Severity.CRITICAL,
        "major": Severity.CRITICAL,
        "warning": Severity.WARNING,
        "warn": Severity.WARNING,
        "minor": Severity.WARNING,
        "average": Severity.WARNING,
        "medium": Severity.WARNING,
        "info": Severity.INFO,
        "informational": Severity.INFO,
        "information": Severity.INFO,
        "notice": Severity.INFO,
        "low": Severity.INFO,
        "none": Severity.INFO,
        "debug": Severity.INFO,
    }

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when this is not Alertmanager's webhook of version 4."""
        webhook = _read(incoming.body)
        # The external URL is left out: both of a pair of Alertmanagers send the same group.
        group = f"{webhook.receiver} {webhook.group_key}"
        alerts = tuple(
            _alert(written, index, group, incoming) for index, written in enumerate(webhook.alerts)
        )
        ended = group if webhook.status == "resolved" else ""
        return Parsed(alerts, group_ended=ended, left_out=webhook.truncated_alerts)


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
        starts_at=_moment(written.starts_at) or incoming.received_at,
        ends_at=None if firing else _moment(written.ends_at) or incoming.received_at,
        sender_group=group,
        url=written.generator_url,
    )


def _moment(written: datetime | None) -> datetime | None:
    """The time in UTC; None when it is not set."""
    if written is None or written.year <= FIRST_YEAR:
        return None
    if written.tzinfo is UTC or written.year > LAST_YEAR:
        return written
    return written.astimezone(UTC)


# --- what else it may be ----------------------------------------------------------------------------


def _read(body: bytes) -> _Webhook:
    try:
        webhook = _decode(body)
    except msgspec.ValidationError as error:
        raise _otherwise(body) or _unreadable(error) from error
    except msgspec.DecodeError as error:
        raise Malformed(f"the body is no JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise Malformed(f"the body is not UTF-8 (byte {error.start} of a text)") from error
    except RecursionError as error:
        raise Malformed("the body is nested too deeply") from error
    if webhook.version != VERSION:
        raise _otherwise(body) or _other_version(webhook.version)
    return webhook


def _otherwise(body: bytes) -> Unreadable | None:
    """Whose body this is, when that can be told."""
    try:
        seen = _decode_any(body)
    except msgspec.ValidationError:
        return _list_or_nothing(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if seen.org_id is not None and seen.state is not None:
        return Unreadable(
            "this is Grafana's webhook; give Grafana a source of its own, of the type generic_json",
            at="orgId",
        )
    return None


def _list_or_nothing(body: bytes) -> Unreadable | None:
    try:
        is_list = isinstance(_decode_anything(body), list)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    told = "this is a list, as Prometheus posts to /api/v2/alerts; here an Alertmanager posts its webhook"
    return Unreadable(told) if is_list else None


def _other_version(version: str) -> Unreadable:
    told = f"the webhook has version {version[:20]!r}, and this source reads version {VERSION!r}"
    return Unreadable(told, at="version")


def _unreadable(error: msgspec.ValidationError) -> Unreadable:
    """From msgspec's ``Expected ... - at `$.alerts[0].labels` ``."""
    told, _, place = str(error).partition(" - at `")
    return Unreadable(told, at=place.strip("`").removeprefix("$").removeprefix("."))
