"""What a notification of Nagios or Icinga means: both have hosts, services, and the same kinds of them.

It owns the kinds and states; it refuses to guess at one it does not know. Facts: a captured run of Nagios
4.4.6, Icinga's ``lib/icinga/notification.cpp``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, read_moment
from pilotbridge_plugins.sources.notify.words import NotifySource, Words

PROBLEM, RECOVERY, ACKNOWLEDGEMENT, CUSTOM = "PROBLEM", "RECOVERY", "ACKNOWLEDGEMENT", "CUSTOM"
FLAPS, FLAPS_NO_MORE = "FLAPPINGSTART", ("FLAPPINGSTOP", "FLAPPINGEND", "FLAPPINGDISABLED")
DOWNTIME = ("DOWNTIMESTART", "DOWNTIMEEND", "DOWNTIMECANCELLED", "DOWNTIMEREMOVED")
FINE = ("OK", "UP")
HOST_NAME = "Host"
"""What an alert about a host itself is called."""
CUSTOM_LASTS = timedelta(minutes=5)
"""What a person sends by hand has no end that anybody tells."""


SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "down": Severity.CRITICAL,
    "unreachable": Severity.CRITICAL,
    "warning": Severity.WARNING,
    "unknown": Severity.WARNING,
    "flapping": Severity.WARNING,
    "ok": Severity.INFO,
    "up": Severity.INFO,
}


def checks(sender: str, called: str) -> NotifySource:
    """The source type of a monitoring with checks, which calls itself ``called``."""
    return NotifySource(sender, SEVERITIES, "host", lambda words, incoming: _read(words, incoming, called))


def _read(words: Words, incoming: Incoming, called: str) -> Parsed:
    """:raises Unreadable: for an unknown kind."""
    kind = words.type.upper() or (RECOVERY if words.state.upper() in FINE else PROBLEM)
    if kind in DOWNTIME:
        return Parsed((), warnings=(f"{kind}: {called} keeps quiet by itself",))
    if kind == ACKNOWLEDGEMENT:
        by = words.author or called
        return Parsed((), taken=(_told(words).taken(incoming, by=by, note=words.comment),))
    return Parsed((_of_kind(kind, words).alert(incoming),))


def _of_kind(kind: str, words: Words) -> Told:
    """:raises Unreadable: for a kind that neither of them has."""
    if kind in (PROBLEM, RECOVERY):
        return _told(words, resolved=kind == RECOVERY)
    if kind == FLAPS or kind in FLAPS_NO_MORE:
        return _flaps(words, resolved=kind != FLAPS)
    if kind == CUSTOM:
        return _by_hand(words)
    raise Unreadable(f"there is no notification of the type {words.type[:40]!r}", at="type")


def _told(words: Words, *, resolved: bool = False) -> Told:
    moment = read_moment(words.time)
    return Told(
        name=words.service or HOST_NAME,
        identity=_identity(words),
        resolved=resolved,
        severity=words.severity or words.state,
        labels=_labels(words),
        value=words.output.splitlines()[0] if words.output else "",
        summary=words.output,
        since=moment,
        until=moment,
        to=words.contact,
    )


def _flaps(words: Words, *, resolved: bool) -> Told:
    """That it changes too often is a condition of its own, beside what it changes to."""
    moment = read_moment(words.time)
    return Told(
        name=f"{words.service or HOST_NAME} flapping",
        identity={**_identity(words), "condition": "flapping"},
        resolved=resolved,
        severity="flapping",
        labels=_labels(words),
        value=words.output,
        since=moment,
        until=moment,
        to=words.contact,
    )


def _by_hand(words: Words) -> Told:
    return Told(
        name=words.service or HOST_NAME,
        identity={**_identity(words), "condition": "by hand", "time": words.time, "comment": words.comment},
        severity=words.state,
        labels=_labels(words),
        value=" ".join(part for part in (words.author, words.comment or words.output) if part),
        since=read_moment(words.time),
        lasts=CUSTOM_LASTS,
        to=words.contact,
    )


def _identity(words: Words) -> dict[str, str]:
    """The problem's number is none: it differs from version to version when it is over."""
    return {"host": words.host, "service": words.service}


def _labels(words: Words) -> dict[str, str]:
    return {"instance": words.host, "service": words.service, "host_ip": words.address}
