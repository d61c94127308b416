"""Reads PagerDuty's Events API v2, which every monitoring tool can already speak.

It owns that body and its answer; the routing key in it is this source's token, because senders of this API
have no header for one. Facts: docs "events-api-v2", what its clients read of the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, hookimpl, read_json, read_moment

MAX_KEY = 255

Key = Annotated[str, msgspec.Meta(max_length=MAX_KEY)]


class _Payload(msgspec.Struct, rename={"class_": "class"}):
    summary: str
    source: str
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: str | None = ""
    component: str | None = ""
    group: str | None = ""
    class_: str | None = ""


class _Link(msgspec.Struct):
    href: str = ""


class _Event(msgspec.Struct):
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: Key | None = None
    payload: _Payload | None = None
    client_url: str | None = ""
    links: list[_Link] | None = None


class _Routed(msgspec.Struct):
    routing_key: str = ""


_decoder = msgspec.json.Decoder(_Event)
_routed = msgspec.json.Decoder(_Routed)


class PagerDutyEvents:
    """The source type ``pagerduty_events_v2``."""

    type = "pagerduty_events_v2"
    sender = "an event for PagerDuty (Events API v2)"
    options = None
    groups = False
    tails = ("/v2/enqueue",)
    severities: Mapping[str, Severity] = {
        "critical": Severity.CRITICAL,
        "error": Severity.CRITICAL,
        "warning": Severity.WARNING,
        "info": Severity.INFO,
    }

    def looks_like(self, body: Any) -> bool:
        return isinstance(body, dict) and "event_action" in body

    def secret_in(self, body: bytes) -> str:
        try:
            return read_json(body, _routed).routing_key
        except Unreadable:
            return ""

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when this is no event of that API."""
        event = read_json(incoming.body, _decoder)
        told = _told(event, _key(event, incoming))
        if event.event_action == "acknowledge":
            return Parsed((), taken=(told.taken(incoming, by="PagerDuty's sender"),))
        return Parsed((told.alert(incoming),))

    def answer(self, incoming: Incoming, _parsed: Parsed) -> Mapping[str, Any]:
        """What clients of that API look for in a 202."""
        key = _key(read_json(incoming.body, _decoder), incoming)
        return {"status": "success", "message": "Event processed", "dedup_key": key}


@hookimpl
def register_sources() -> list[PagerDutyEvents]:
    return [PagerDutyEvents()]


def _told(event: _Event, key: str) -> Told:
    """:raises Unreadable: for a trigger without its payload."""
    payload = event.payload
    if payload is None and event.event_action == "trigger":
        raise Unreadable("a trigger needs a payload with summary, source and severity", at="payload")
    if payload is not None and not payload.summary.strip():
        raise Unreadable("the summary is empty", at="payload.summary")
    links = [link.href for link in event.links or ()]
    return Told(
        name=payload.summary if payload else key,
        identity={"dedup_key": key},
        resolved=event.event_action == "resolve",
        severity=payload.severity if payload else "",
        labels=_labels(payload) if payload else {},
        since=read_moment(payload.timestamp or "") if payload and event.event_action == "trigger" else None,
        url=event.client_url or next(iter(links), ""),
    )


def _labels(payload: _Payload) -> dict[str, str]:
    return {
        "instance": payload.source,
        "component": payload.component or "",
        "group": payload.group or "",
        "class": payload.class_ or "",
    }


def _key(event: _Event, incoming: Incoming) -> str:
    """The event's key; a trigger without one gets one that is told in the answer.

    :raises Unreadable: when there is none and there has to be.
    """
    if event.dedup_key:
        return event.dedup_key
    if event.event_action != "trigger":
        raise Unreadable(f"{event.event_action} needs the dedup_key of its trigger", at="dedup_key")
    when = str(int(incoming.received_at.timestamp() * 1000)).encode()
    return hashlib.blake2b(when + incoming.body, digest_size=16).hexdigest()
