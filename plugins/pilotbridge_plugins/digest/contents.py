"""What a digest says of each alert, by comparing what is known now with what was told the last time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pilotbridge import Alert

Told = Sequence[str]
"""When an alert began, and ``firing`` or ``over``: what the last digest said of it."""
OVER = "over"


@dataclass(frozen=True, slots=True)
class Entry:
    """One alert; ``was_told`` says that a digest has named it before."""

    alert: Alert
    was_told: bool

    @property
    def is_over(self) -> bool:
        return not self.alert.firing

    @property
    def is_news(self) -> bool:
        """It has begun since, or ended."""
        return self.is_over or not self.was_told


def compare(alerts: Iterable[Alert], told: Mapping[str, Told]) -> list[Entry]:
    """Every alert that fires, and those that ended since; what was told as over is over for good."""
    entries = []
    for alert in alerts:
        began, said = told.get(alert.fingerprint.hex()) or ("", "")
        is_same = began == alert.starts_at.isoformat()
        if not (is_same and said == OVER and not alert.firing):
            entries.append(Entry(alert, was_told=is_same))
    return entries


def told_by(entries: Iterable[Entry]) -> dict[str, Told]:
    """What is remembered of a digest for the next one."""
    return {
        entry.alert.fingerprint.hex(): [
            entry.alert.starts_at.isoformat(),
            OVER if entry.is_over else "firing",
        ]
        for entry in entries
    }
