"""Alerts that must keep coming, like Prometheus's Watchdog: nobody hears of them until they stay away.

It watches what the bridge knows of them; it refuses to count a beat that only says that the alert is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pilotbridge import (
    Alert,
    Bridge,
    MatcherList,
    Name,
    Positive,
    ReceiverName,
    Route,
    Severity,
    Trouble,
    hookimpl,
)

LOOKS_EVERY = timedelta(seconds=10)
MISSING = "HeartbeatMissing"
OWN_SOURCE = "pilotbridge"


class Expected(BaseModel):
    """One heartbeat: what it is called, its alerts, and how long it may stay away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    matchers: MatcherList = Field(min_length=1)
    within: Positive = timedelta(minutes=5)
    severity: Severity = Severity.CRITICAL
    receiver: ReceiverName = ""


class Heartbeat(BaseModel):
    """``plugins.heartbeat``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expect: tuple[Expected, ...] = Field(min_length=1)

    @field_validator("expect")
    @classmethod
    def _have_names_of_their_own(cls, expect: tuple[Expected, ...]) -> tuple[Expected, ...]:
        names = [each.name for each in expect]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"two heartbeats are called {twice}; rename one")
        return expect


@hookimpl
def register_config() -> type[BaseModel]:
    return Heartbeat


@hookimpl
def route_alerts(alerts: Sequence[Alert], bridge: Bridge) -> Mapping[Alert, Route]:
    """Nobody is told of a beat; that one is missing goes to the receiver it names."""
    expected = bridge.config(Heartbeat).expect
    found = ((alert, _route(alert, expected)) for alert in alerts)
    return {alert: route for alert, route in found if route is not None}


def _route(alert: Alert, expected: Sequence[Expected]) -> Route | None:
    if alert.source == OWN_SOURCE:
        missing = alert.labels.get("what") if alert.name == MISSING else ""
        named = next((each.receiver for each in expected if each.name == missing), "")
        return Route(named, reason="as the heartbeat names it") if named else None
    beats = next((each.name for each in expected if each.matchers.matches(alert.labels)), "")
    return Route(None, reason=f"it is the heartbeat {beats}") if beats else None


@hookimpl
def bridge_started(bridge: Bridge) -> None:
    bridge.every("look", LOOKS_EVERY, Watch(bridge).look)


class Watch:
    """One run's view of the heartbeats. How long one is late is told by a clock that nobody can set.

    A beat that was not heard because the bridge did not run is not late: the wait begins anew at a start.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._beats = bridge.storage("beats")
        self._waits_since_s: dict[str, float] = {}

    def look(self) -> None:
        expected = self._bridge.config(Heartbeat).expect
        for each in expected:
            self._look_for(each)
        for gone in self._waits_since_s.keys() - {each.name for each in expected}:
            del self._waits_since_s[gone]
            self._beats.delete(gone)
            self._bridge.clear_trouble(MISSING, gone)

    def _look_for(self, expected: Expected) -> None:
        now_s, known = self._bridge.clock.steady_s(), self._beats.get(expected.name)
        last = None if known is None else datetime.fromisoformat(known)
        if last is not None and last > self._bridge.clock.utc_now():
            last = None  # the clock was ahead then
        beat = self._newest(expected)
        if beat is not None and (last is None or beat > last):
            self._waits_since_s[expected.name] = now_s
            self._beats.set(expected.name, beat.isoformat())
            self._bridge.clear_trouble(MISSING, expected.name)
            return
        waited_s = now_s - self._waits_since_s.setdefault(expected.name, now_s)
        if waited_s > expected.within.total_seconds():
            self._bridge.raise_trouble(_missing(expected, last))

    def _newest(self, expected: Expected) -> datetime | None:
        """When one of its alerts last said that it fires; a time that is still to come is none."""
        now = self._bridge.clock.utc_now()
        seen = (each.last_seen_at for each in self._bridge.alerts(expected.matchers))
        return max((moment for moment in seen if moment <= now), default=None)


def _missing(expected: Expected, last: datetime | None) -> Trouble:
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "so far"
    minutes, odd_s = divmod(round(expected.within.total_seconds()), 60)
    within = f"{minutes * 60 + odd_s} s" if odd_s else f"{minutes} min"
    summary = (
        f"no heartbeat {expected.name} {since}, expected within {within}: "
        "its sender is down, or the way from there to here"
    )
    return Trouble(MISSING, expected.name, summary, expected.severity)
