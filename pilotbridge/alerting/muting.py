"""Why nobody is told although there is something to tell: every mute has a kind and a reason.

Pure; whoever asks shows the reason on the group and counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pilotbridge.clock import to_ms
from pilotbridge.matcher import Matchers
from pilotbridge.model import Silence


@dataclass(frozen=True, slots=True)
class Mute:
    """What keeps a group quiet. ``until_ms``: when that ends by itself; None: not by a time we know."""

    kind: str
    reason: str
    until_ms: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


class Quiet:
    """The silences that hold at one moment, compiled."""

    def __init__(self, silences: Iterable[Silence], now_ms: int) -> None:
        self._active = [
            (Matchers.parse("{" + ",".join(silence.matchers) + "}"), silence)
            for silence in silences
            if to_ms(silence.starts_at) <= now_ms < to_ms(silence.ends_at)
        ]

    def silence_of(self, labels: Mapping[str, str]) -> Silence | None:
        """The silence that keeps an alert with these labels quiet, if any does."""
        for matchers, silence in self._active:
            if matchers.matches(labels):
                return silence
        return None


def mute_by(silences: Mapping[str, Silence], silenced: int, firing: int) -> Mute:
    """The mute of a group of which ``silenced`` out of ``firing`` alerts are silenced."""
    soonest = min(silences.values(), key=lambda silence: (silence.ends_at, silence.id))
    comment = f": {soonest.comment}" if soonest.comment else ""
    reason = f"{silenced} of {firing} alerts, silence {soonest.id} by {soonest.author}{comment}"
    return Mute("silence", reason, to_ms(soonest.ends_at))
