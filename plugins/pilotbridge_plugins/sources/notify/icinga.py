"""Registers Icinga 2, whose notifications `pilotbridge notify --from icinga` posts."""

from __future__ import annotations

from pilotbridge import hookimpl
from pilotbridge_plugins.sources.notify.checks import checks
from pilotbridge_plugins.sources.notify.words import NotifySource


@hookimpl
def register_sources() -> list[NotifySource]:
    return [checks("icinga", "Icinga")]
