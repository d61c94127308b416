"""Alerts of low severity once a day, in one SMS to each contact and one post to each room.

Until then they are silent, on the record. What is told is read from what the bridge knows, so that none is
lost; that it was told is written together with it, so that a restart neither loses nor repeats a digest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from pydantic import BaseModel

from pilotbridge import Alert, Bridge, PilotBridgeError, Refused, Route, Severity, Trouble, hookimpl, line_for
from pilotbridge_plugins.digest.contents import Entry, Told, compare, told_by
from pilotbridge_plugins.digest.options import Digest, last_due
from pilotbridge_plugins.digest.words import for_phone, for_room

LOOKS_EVERY = timedelta(seconds=20)
UNSENT = "DigestUnsent"


@hookimpl
def register_config() -> type[BaseModel]:
    return Digest


@hookimpl
def route_alerts(alerts: Sequence[Alert], bridge: Bridge) -> Mapping[Alert, Route]:
    """What matches waits for the digest; critical never does."""
    matchers = bridge.config(Digest).matchers
    waiting = [alert for alert in alerts if matchers.matches(alert.labels) and not _is_critical(alert)]
    return {alert: Route(None, reason="it is told in the digest") for alert in waiting}


def _is_critical(alert: Alert) -> bool:
    """By our own grade; it is beside the sender's word where that is kept."""
    labels = alert.labels
    return (labels.get("severity_grade") or labels.get("severity")) == Severity.CRITICAL.value


@hookimpl
def bridge_started(bridge: Bridge) -> None:
    bridge.every("look", LOOKS_EVERY, lambda: look(bridge))


def look(bridge: Bridge) -> None:
    """Tell the digest when its time has come, late rather than never; the first look only notes the time."""
    state, now = bridge.storage("state"), bridge.clock.utc_now()
    noted = state.get("last")
    last = None if noted is None else datetime.fromisoformat(noted)
    if last is None or last > now:  # the first look, or the clock was ahead then
        state.set("last", now.isoformat())
        return
    if last_due(bridge.config(Digest).at, bridge.clock.local()) <= last:
        return
    told: Mapping[str, Told] = state.get("told") or {}
    entries = compare(_found(bridge, last), told)
    if any(entry.is_news for entry in entries):
        _tell(entries, bridge)
    state.set("last", now.isoformat())
    state.set("told", told_by(entries))


def _found(bridge: Bridge, since: datetime) -> list[Alert]:
    sightings = bridge.alerts(bridge.config(Digest).matchers, since=since)
    return [each.alert for each in sightings if not _is_critical(each.alert)]


def _tell(entries: Sequence[Entry], bridge: Bridge) -> None:
    options, local = bridge.config(Digest), bridge.clock.local()
    for name in options.to:
        _try(name, partial(_text, name, entries, bridge), bridge)
    for room in options.rooms:
        _try(room, partial(bridge.post_to_chat, room, for_room(entries, local)), bridge)


def _text(name: str, entries: Sequence[Entry], bridge: Bridge) -> None:
    """:raises PilotBridgeError: when ``name`` is no contact with a phone that may be texted."""
    contact, options = bridge.contacts.get(name), bridge.config(Digest)
    if contact is None:
        raise Refused(f"there is no contact {name}")
    text = for_phone(entries, bridge.clock.local(), contact.language, options.parts)
    bridge.send_sms(f"sms:{name}", line_for(contact, text, options.parts), repeat=True)


def _try(name: str, send: Callable[[], object], bridge: Bridge) -> None:
    """One who cannot be told keeps the digest from nobody else."""
    try:
        send()
    except PilotBridgeError as error:
        _unsent(name, error.reason, bridge)
    else:
        bridge.clear_trouble(UNSENT, name)


def _unsent(name: str, why: str, bridge: Bridge) -> None:
    bridge.raise_trouble(Trouble(UNSENT, name, f"the digest cannot be told to {name}: {why}"))
