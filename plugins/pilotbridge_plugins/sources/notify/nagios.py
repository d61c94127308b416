"""Registers Nagios, whose notifications `pilotbridge notify --from nagios` posts."""

from __future__ import annotations

from pilotbridge import hookimpl
from pilotbridge_plugins.sources.notify.checks import checks
from pilotbridge_plugins.sources.notify.words import NotifySource


@hookimpl
def register_sources() -> list[NotifySource]:
    return [checks("nagios", "Nagios")]
