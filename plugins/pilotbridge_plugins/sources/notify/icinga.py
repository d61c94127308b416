"""Registers Icinga 2, whose notifications `pilotbridge notify --from icinga` posts."""

from __future__ import annotations

from pilotbridge import hookimpl
from pilotbridge_plugins.sources.notify.checks import Checks


@hookimpl
def register_sources() -> list[Checks]:
    return [Checks("icinga", "Icinga")]
