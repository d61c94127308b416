"""Texts of the configuration: ``filling`` fills them in. Alerts are data here and never templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OUTPUT_MAX = 2048


class BadTemplate(ValueError):
    """A text of the configuration could not be filled in."""


def render(source: str, facts: Mapping[str, Any]) -> str:
    """Fill ``facts`` into ``source``.

    :raises BadTemplate: when it raises, or writes more than 2 KB.
    """
    from pilotbridge.alerting.filling import fill

    return fill(source, facts)
