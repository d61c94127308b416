"""A world with a schedule: who is on call is told, by whatever way the schedule is named."""

from __future__ import annotations

from pilotbridge.testing.world import CONFIGURATION

WEEKLY = "rotation: { every: 7d, start: '2026-01-05T13:00', members: [anna, boris] }"
"""On call in a world's first hour (noon in Moscow on Monday the 12th): Anna, until 13:00; then Boris."""
VERA = '  vera: { phone: "+79087964783", language: ru }\n'
TOLD = "{ notify: [sms:schedule/primary] }"


def configured(schedule: str = WEEKLY, *, steps: str = TOLD, more: str = "") -> str:
    """The usual configuration, whose first receiver tells whoever is on call by ``schedule``."""
    block = f"schedules: {{ primary: {{ {schedule} }} }}\ncontacts:\n{VERA}"
    return CONFIGURATION.replace("contacts:\n", _plain(block)).replace(
        "steps: [ {{ notify: [sms:anna] }} ]", f"steps: [ {_plain(steps)} ]"
    ) + _plain(more)


def _plain(text: str) -> str:
    """Braces that the world does not fill in."""
    return text.replace("{", "{{").replace("}", "}}")
