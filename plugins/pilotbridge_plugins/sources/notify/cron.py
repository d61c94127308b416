"""Reads what `pilotbridge notify --from cron` posts: the outcome of a job or of any script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, hookimpl, read_moment
from pilotbridge_plugins.sources.notify.words import Words, is_from, read_words

FINE = ("ok", "up", "resolved", "success", "0")


class Cron:
    """The source type ``cron``."""

    type = "cron"
    sender = "what `pilotbridge notify --from cron` posts"
    options = None
    groups = False
    severities: Mapping[str, Severity] = {
        "failed": Severity.CRITICAL,
        "critical": Severity.CRITICAL,
        "warning": Severity.WARNING,
        "info": Severity.INFO,
    }

    def looks_like(self, body: Any) -> bool:
        return is_from(body, self.type)

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when it is another sender's, has no name, or says no state."""
        words = read_words(incoming, self.type, "name")
        if not words.state:
            raise Unreadable("there is no state; write --state ok, or failed, warning, info", at="state")
        return Parsed((_told(words).alert(incoming),))


@hookimpl
def register_sources() -> list[Cron]:
    return [Cron()]


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
