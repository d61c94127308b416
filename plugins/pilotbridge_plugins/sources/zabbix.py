"""Reads what our media type for Zabbix posts (``config/zabbix/media_pilotbridge.yaml``).

It owns that body: all of it texts, macros that Zabbix could not fill in left as they are. Facts: Zabbix's
manual "media/webhook" and "macros/supported_by_location", its own media types.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, Zone, hookimpl, read_json

TRIGGER, DISCOVERY, AUTOREGISTRATION, INTERNAL, SERVICE = "01234"
MERE_NEWS = (DISCOVERY, AUTOREGISTRATION, INTERNAL)
"""Events that have no severity of their own."""
SEVERITIES = ("not classified", "information", "warning", "average", "high", "disaster")
"""By Zabbix's number, because the words may have been changed there."""
DEFAULT = ("default", "-")
OWN_LABELS = ("alertname", "severity", "severity_raw", "instance", "host_ip", "to")

QUARTER, CLOCKS_DIFFER = timedelta(minutes=15), timedelta(minutes=1)

_UNFILLED = re.compile(r"\{[$#]?[A-Z][A-Z0-9_.:\"]*\}|\*UNKNOWN\*")
"""A macro that Zabbix does not know in this place, or had no value for."""


class ZabbixServer(BaseModel):
    """What may stand beside ``type: zabbix`` in ``sources.<name>``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Zone | None = Field(
        default=None,
        description="The zone of the Zabbix server's clock; without it, one by which it began lately.",
    )


class _Body(msgspec.Struct):
    event_id: str
    event_value: str
    event_source: str = TRIGGER
    event_update_status: str = ""
    event_update_user: str = ""
    event_update_message: str = ""
    event_ack_status: str = ""
    event_name: str = ""
    event_severity: str = ""
    event_nseverity: str = ""
    event_date: str = ""
    event_time: str = ""
    event_recovery_date: str = ""
    event_recovery_time: str = ""
    event_opdata: str = ""
    event_tags_json: str = ""
    trigger_id: str = ""
    host_name: str = ""
    host_ip: str = ""
    alert_subject: str = ""
    alert_message: str = ""
    to: str = ""
    zabbix_url: str = ""


class _Tag(msgspec.Struct):
    tag: str
    value: str = ""


_decoder = msgspec.json.Decoder(_Body)
_tags = msgspec.json.Decoder(list[_Tag])


class Zabbix:
    """The source type ``zabbix``."""

    type = "zabbix"
    sender = "what our media type for Zabbix posts"
    options = ZabbixServer
    groups = False
    severities: Mapping[str, Severity] = {
        "disaster": Severity.CRITICAL,
        "high": Severity.CRITICAL,
        "average": Severity.WARNING,
        "warning": Severity.WARNING,
        "information": Severity.INFO,
        "not classified": Severity.INFO,
    }

    def looks_like(self, body: Any) -> bool:
        return isinstance(body, dict) and {"event_id", "event_value"} <= body.keys()

    def parse(self, incoming: Incoming, options: ZabbixServer | None) -> Parsed:
        """:raises Unreadable: when this is not our media type's body, or its macros were not filled in."""
        written = read_json(incoming.body, _decoder)
        body = _Body(*[_filled(getattr(written, name)) for name in _Body.__struct_fields__])
        if _is_test(written):
            return Parsed((_test(body).alert(incoming),))
        if not body.event_id:
            told = _not_filled("event_id", written.event_id, "the problem has no identity.")
            raise Unreadable(told, at="event_id")
        zone = ZoneInfo(options.zone) if options and options.zone else None
        return _read(body, written.event_value, zone, incoming)


@hookimpl
def register_sources() -> list[Zabbix]:
    return [Zabbix()]


def _read(body: _Body, value: str, zone: tzinfo | None, incoming: Incoming) -> Parsed:
    told = _told(body, zone)
    if zone is None and not told.resolved:
        told = replace(told, since=_lately(body.event_date, body.event_time, incoming.received_at))
    if body.event_source in (DISCOVERY, AUTOREGISTRATION):
        return Parsed((told.alert(incoming),))
    if value not in ("0", "1"):
        raise Unreadable(_not_filled("event_value", value, "is it a problem or over?"), at="event_value")
    is_taken = body.event_update_status == "1" and body.event_ack_status.lower() == "yes"
    if is_taken and not told.resolved:
        by = body.event_update_user or "Zabbix"
        return Parsed((), taken=(told.taken(incoming, by=by, note=body.event_update_message),))
    return Parsed((told.alert(incoming),))


def _not_filled(field: str, value: str, what: str) -> str:
    return f"{field} is {value[:40]!r}: {what} Zabbix did not fill it in; import our media type again"


def _is_test(written: _Body) -> bool:
    """The media type's test button posts the macros themselves."""
    return bool(_UNFILLED.fullmatch(written.event_id) and _UNFILLED.fullmatch(written.event_value))


def _test(body: _Body) -> Told:
    return Told(
        name=body.alert_subject or "ZabbixTest",
        identity={"event": "test"},
        severity="average",
        value=body.alert_message,
        is_test=True,
        to=_asked_for(body.to),
    )


def _told(body: _Body, zone: tzinfo | None) -> Told:
    is_over = body.event_value == "0" and body.event_source not in (DISCOVERY, AUTOREGISTRATION)
    number = body.event_nseverity
    severity = SEVERITIES[int(number)] if number in tuple("012345") else body.event_severity
    return Told(
        name=body.event_name or body.alert_subject or f"problem {body.event_id}",
        identity={"event": body.event_id},
        resolved=is_over,
        severity=severity or ("information" if body.event_source in MERE_NEWS else ""),
        labels={
            **_labels(body.event_tags_json),
            "instance": body.host_name,
            "host_ip": body.host_ip,
            "trigger": body.trigger_id,
            "severity_raw": body.event_severity,
        },
        value=body.event_opdata,
        summary=body.alert_message,
        since=_moment(body.event_date, body.event_time, zone),
        until=_moment(body.event_recovery_date, body.event_recovery_time, zone),
        url=_url(body),
        to=_asked_for(body.to),
    )


def _labels(tags_json: str) -> dict[str, str]:
    """Tags by name, several values of one joined; none changes what an alert is called or how bad it is."""
    try:
        tags = _tags.decode(tags_json.encode()) if tags_json else []
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {"tags": tags_json}
    found: dict[str, list[str]] = {}
    for tag in tags:
        found.setdefault(f"tag_{tag.tag}" if tag.tag in OWN_LABELS else tag.tag, []).append(
            tag.value or "yes"
        )
    return {name: ",".join(values) for name, values in found.items() if name}


def _moment(date: str, time: str, zone: tzinfo | None) -> datetime | None:
    """From ``2026.01.02`` and ``03:04:05`` of the server's clock; None when its zone is not known."""
    if zone is None:
        return None
    try:
        return datetime.strptime(f"{date} {time}", "%Y.%m.%d %H:%M:%S").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _lately(date: str, time: str, received_at: datetime) -> datetime | None:
    """The last quarter of an hour in which the server's clock may have shown that, in whatever zone.

    All zones are quarters of an hour apart. So a problem that is posted once more seconds later has the start
    that it had, and is known to be late when its recovery came in between.
    """
    shown = _moment(date, time, UTC)
    if shown is None:
        return None
    quarters = math.ceil((shown - received_at - CLOCKS_DIFFER) / QUARTER)
    return shown - quarters * QUARTER


def _url(body: _Body) -> str:
    if not body.zabbix_url or not body.trigger_id:
        return ""
    address = body.zabbix_url.rstrip("/")
    return f"{address}/tr_events.php?triggerid={body.trigger_id}&eventid={body.event_id}"


def _asked_for(to: str) -> str:
    """Zabbix wants something there for every user; these words leave it to the routes."""
    return "" if to.lower() in DEFAULT else to


def _filled(text: str) -> str:
    return "" if _UNFILLED.fullmatch(text.strip()) else text.strip()
