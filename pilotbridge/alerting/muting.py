"""Why nobody is told although there is something to tell: every mute has a kind and a reason.

Pure; whoever asks shows the reason on the group and counts it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pilotbridge.clock import to_ms
from pilotbridge.config.settings import Flapping, RouteNode
from pilotbridge.intervals import TimeInterval, contains, next_change
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


class Inhibits(Protocol):
    """Alerts that keep others quiet; see :mod:`inhibition`."""

    def mute_of(self, labels: Mapping[str, str]) -> Mute | None: ...


class Quiet:
    """What holds at one moment: silences, compiled, and alerts that keep others quiet."""

    def __init__(self, silences: Iterable[Silence], now_ms: int, inhibition: Inhibits | None = None) -> None:
        self._inhibition = inhibition
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

    def silences_of(self, labels: Mapping[str, str]) -> list[Silence]:
        """Every silence that keeps an alert with these labels quiet."""
        return [silence for matchers, silence in self._active if matchers.matches(labels)]

    def mute_of(self, labels: Mapping[str, str]) -> Mute | None:
        """Why an alert with these labels is not told of."""
        silence = self.silence_of(labels)
        if silence is not None:
            comment = f": {silence.comment}" if silence.comment else ""
            reason = f"silence {silence.id} by {silence.author}{comment}"
            return Mute("silence", reason, to_ms(silence.ends_at))
        return self._inhibition.mute_of(labels) if self._inhibition else None


def mute_by(mutes: Collection[Mute], muted: int, firing: int) -> Mute:
    """The mute of a group of which ``muted`` out of ``firing`` alerts are kept quiet, by any of ``mutes``."""
    soonest = min(mutes, key=lambda mute: (mute.until_ms is None, mute.until_ms, mute.reason))
    return Mute(soonest.kind, f"{muted} of {firing} alerts, {soonest.reason}", soonest.until_ms)


def quiet_times(
    node: RouteNode, intervals: Mapping[str, Sequence[TimeInterval]], now: datetime
) -> tuple[str, ...]:
    """By name the times that keep a route quiet now: those it is quiet in, else all it should speak in."""
    quiet = tuple(name for name in node.mute_time_intervals if contains(intervals.get(name, ()), now))
    speaks = any(contains(intervals.get(name, ()), now) for name in node.active_time_intervals)
    return quiet or (() if speaks else node.active_time_intervals)


def mute_of_flapping(rule: Flapping, opened: int, since: datetime, now: datetime) -> Mute | None:
    """Why a group that came and went ``opened`` times is not told now; ``since`` is when it began to fire."""
    if opened < rule.after or now - since >= rule.hold:
        return None
    minutes = int(rule.within.total_seconds()) // 60
    why = f"it came and went {opened} times in {minutes} min; told once it has fired for "
    return Mute("flapping", f"{why}{int(rule.hold.total_seconds()) // 60} min", to_ms(since + rule.hold))


def mute_by_time(
    node: RouteNode, intervals: Mapping[str, Sequence[TimeInterval]], now: datetime
) -> Mute | None:
    """Why a route says nothing at this time; it speaks again, or may, at the mute's end."""
    for name in node.mute_time_intervals:
        found = intervals.get(name, ())
        if contains(found, now):
            return Mute("window", f"it is {name}", to_ms(next_change(found, now)))
    active = [each for name in node.active_time_intervals for each in intervals.get(name, ())]
    if node.active_time_intervals and not contains(active, now):
        names = ", ".join(node.active_time_intervals)
        return Mute("window", f"it is not {names}", to_ms(next_change(active, now)))
    return None
