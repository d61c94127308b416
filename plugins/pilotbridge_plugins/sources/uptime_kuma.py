"""Reads Uptime Kuma's webhook notification, sent as JSON.

It owns that body, and what Kuma posts without a monitor: its test, and notices of certificates that run out.
Facts: ``server/notification-providers/webhook.js``, ``server/model/heartbeat.js``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, hookimpl, read_json, read_moment

DOWN, UP, PENDING, MAINTENANCE = range(4)
TEST_ENDING = "Testing"
"""The test button posts the notification's name and this word, without a monitor."""
NOTICE = "UptimeKumaNotice"


class _Tag(msgspec.Struct):
    name: str
    value: str | None = ""


class _Monitor(msgspec.Struct):
    id: int | str
    name: str
    url: str | None = ""
    hostname: str | None = ""
    type: str | None = ""
    tags: list[_Tag] = []


class _Heartbeat(msgspec.Struct):
    status: int
    time: str | None = ""
    msg: str | None = ""


class _Body(msgspec.Struct):
    msg: str
    monitor: _Monitor | None
    heartbeat: _Heartbeat | None


_decoder = msgspec.json.Decoder(_Body)


class UptimeKuma:
    """The source type ``uptime_kuma``."""

    type = "uptime_kuma"
    sender = "Uptime Kuma's notification"
    options = None
    groups = False
    severities: Mapping[str, Severity] = {"down": Severity.CRITICAL, "notice": Severity.WARNING}

    def looks_like(self, body: Any) -> bool:
        return isinstance(body, dict) and {"msg", "monitor", "heartbeat"} <= body.keys()

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when this is not what Uptime Kuma posts as JSON."""
        body = read_json(incoming.body, _decoder)
        if body.monitor is None or body.heartbeat is None:
            return Parsed((_notice(body.msg).alert(incoming),))
        if body.heartbeat.status in (PENDING, MAINTENANCE):
            return Parsed((), warnings=("neither down nor up: being tried again, or under maintenance",))
        return Parsed((_beat(body.monitor, body.heartbeat).alert(incoming),))


@hookimpl
def register_sources() -> list[UptimeKuma]:
    return [UptimeKuma()]


def _beat(monitor: _Monitor, beat: _Heartbeat) -> Told:
    """:raises Unreadable: for a status that Kuma does not have."""
    if beat.status not in (DOWN, UP):
        raise Unreadable(f"there is no status {beat.status}; 0 is down, 1 is up", at="heartbeat.status")
    moment = read_moment(beat.time or "")  # Kuma writes UTC without saying so
    return Told(
        name=monitor.name or f"monitor {monitor.id}",
        identity={"monitor": str(monitor.id)},
        resolved=beat.status == UP,
        severity="down",
        labels={
            **{
                tag.name: tag.value or "" for tag in monitor.tags if tag.name not in ("alertname", "severity")
            },
            "instance": monitor.hostname or monitor.url or "",
            "monitor_type": monitor.type or "",
        },
        value=beat.msg or "",
        since=moment,
        until=moment,
        url=monitor.url or "",
    )


def _notice(words: str) -> Told:
    """What comes without a monitor; nobody will say that it is over.

    :raises Unreadable: when it says nothing.
    """
    if not words.strip():
        raise Unreadable("there is neither a monitor nor a message", at="msg")
    is_test = words.rstrip().endswith(TEST_ENDING)
    return Told(
        name=NOTICE,
        identity={"notice": words},
        severity="down" if is_test else "notice",
        value=words,
        is_test=is_test,
    )
