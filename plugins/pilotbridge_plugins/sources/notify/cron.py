"""Reads what `pilotbridge notify --from cron` posts: the outcome of a job or of any script."""

from __future__ import annotations

from collections.abc import Mapping

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, hookimpl, read_moment
from pilotbridge_plugins.sources.notify.words import NotifySource, Words

FINE = ("ok", "up", "resolved", "success", "0")


SEVERITIES: Mapping[str, Severity] = {
    "failed": Severity.CRITICAL,
    "critical": Severity.CRITICAL,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
}


@hookimpl
def register_sources() -> list[NotifySource]:
    return [NotifySource("cron", SEVERITIES, "name", _read)]


def _read(words: Words, incoming: Incoming) -> Parsed:
    """:raises Unreadable: when it says no state."""
    if not words.state:
        raise Unreadable("there is no state; write --state ok, or failed, warning, info", at="state")
    return Parsed((_told(words).alert(incoming),))


def _told(words: Words) -> Told:
    moment = read_moment(words.time)
    state = words.state.lower()
    return Told(
        name=words.name,
        identity={"host": words.host, "name": words.name},
        resolved=state in FINE,
        severity=words.severity or ("failed" if state.isdigit() else state),
        labels={"instance": words.host},
        value=words.output,
        since=moment,
        until=moment,
        to=words.contact,
    )
