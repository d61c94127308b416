"""Reads what `pilotbridge notify --from monit` posts.

Monit tells no up and no down: the line of its configuration says ``--type RECOVERY`` where it is over, else
every event fires. Facts: a captured run.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, hookimpl, read_moment
from pilotbridge_plugins.sources.notify.words import NotifySource, Words

KINDS = {"PROBLEM": False, "": False, "RECOVERY": True}
"""Whether it is over."""


SEVERITIES: Mapping[str, Severity] = {
    "critical": Severity.CRITICAL,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
}


@hookimpl
def register_sources() -> list[NotifySource]:
    return [NotifySource("monit", SEVERITIES, "service", _read)]


def _read(words: Words, incoming: Incoming) -> Parsed:
    """:raises Unreadable: for a type that is none."""
    if words.type.upper() not in KINDS:
        raise Unreadable(f"the type is {words.type[:40]!r}; write PROBLEM or RECOVERY", at="type")
    return Parsed((_told(words, resolved=KINDS[words.type.upper()]).alert(incoming),))


def _told(words: Words, *, resolved: bool) -> Told:
    """The event's name changes when it is over, so it identifies nothing; ``--name`` tells checks apart."""
    moment = read_moment(words.time)
    return Told(
        name=words.name or words.service,
        identity={"host": words.host, "service": words.service, "name": words.name},
        resolved=resolved,
        severity=words.severity or "critical",
        labels={"instance": words.host, "service": words.service},
        value=words.output or words.event,
        summary=words.event,
        since=moment,
        until=moment,
        to=words.contact,
    )
