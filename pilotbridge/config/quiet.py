"""When routes are quiet, and which alerts keep others quiet: Alertmanager's blocks as they are.

It judges that every name has a time and every rule a meaning; the clock is alerting's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotbridge.config.diagnostics import Path, suggest
from pilotbridge.config.reading import Reading
from pilotbridge.config.routes import matchers_of, place_of
from pilotbridge.config.schema import InhibitBlock, IntervalBlock
from pilotbridge.config.settings import BridgeSettings, InhibitRule, RouteNode
from pilotbridge.intervals import TimeInterval, span
from pilotbridge.matcher import Matchers

_WORDS = ("matchers", "match", "match_re")

Intervals = Mapping[str, tuple[TimeInterval, ...]]


def read_intervals(reading: Reading, bridge: BridgeSettings) -> dict[str, tuple[TimeInterval, ...]]:
    """By name; clock times are in ``bridge.zone`` unless a location says otherwise."""
    reading.expect(("time_intervals",), list)
    found: dict[str, tuple[TimeInterval, ...]] = {}
    for index in range(reading.count(("time_intervals",))):
        path: Path = ("time_intervals", index)
        block = reading.block(IntervalBlock, path)
        if block is None:
            continue
        if block.name in found:
            cause = f"there is a time interval {block.name} already"
            reading.fault("duplicate-name", (*path, "name"), cause, "give it another name")
        read = (
            _interval(reading, (*path, "time_intervals", at), written, bridge.zone)
            for at, written in enumerate(block.time_intervals)
        )
        found[block.name] = tuple(interval for interval in read if interval is not None)
    return found


def _interval(reading: Reading, path: Path, written: Any, zone: str) -> TimeInterval | None:
    if not isinstance(written, Mapping):
        cause = "a time interval is a block of keys"
        reading.fault("bad-interval", path, cause, "write { weekdays: [saturday] }")
        return None
    try:
        return TimeInterval.parse(written, zone=zone)
    except ValueError as error:
        cause, key = error.args[0], error.args[1]
        reading.fault("bad-interval", (*path, key), str(cause), "")
        return None


def read_quiet_hours(reading: Reading, path: Path, written: Any, zone: str) -> tuple[TimeInterval, ...]:
    """A person's: ``22:00-07:00`` over midnight, blocks as in ``time_intervals``, or several of both."""
    if written is None:
        return ()
    several = written if isinstance(written, list | tuple) else [written]
    found = (_quiet(reading, path, each, zone) for each in several)
    return tuple(interval for interval in found if interval is not None)


def _quiet(reading: Reading, path: Path, written: Any, zone: str) -> TimeInterval | None:
    if isinstance(written, Mapping):
        return _interval(reading, path, written, zone)
    try:
        return span(str(getattr(written, "text", written)), zone=zone)
    except ValueError as error:
        reading.fault("bad-interval", path, str(error.args[0]), "write 22:00-07:00")
        return None


def judge_intervals(reading: Reading, root: RouteNode, intervals: Intervals) -> None:
    """Every name that a route uses has to be there."""
    for node in root.walk():
        for key in ("mute_time_intervals", "active_time_intervals"):
            for index, name in enumerate(getattr(node, key)):
                if name not in intervals:
                    path: Path = (*place_of(node), key, index)
                    fix = suggest(name, intervals, what="time intervals")
                    reading.fault("unknown-interval", path, f"there is no time interval {name!r}", fix)
    if root.mute_time_intervals or root.active_time_intervals:
        cause = "the root route must not be quiet at any time: it takes what no other route does"
        reading.fault("root-matchers", ("route",), cause, "move the intervals into routes below it", key=True)


def read_inhibit_rules(reading: Reading) -> tuple[InhibitRule, ...]:
    reading.expect(("inhibit_rules",), list)
    rules = (_rule(reading, ("inhibit_rules", index)) for index in range(reading.count(("inhibit_rules",))))
    return tuple(rule for rule in rules if rule is not None)


def _rule(reading: Reading, path: Path) -> InhibitRule | None:
    block = reading.block(InhibitBlock, path)
    if block is None:
        return None
    source = _side(reading, block, "source", path)
    target = _side(reading, block, "target", path)
    for side in ("source", "target"):
        if not any(getattr(block, f"{side}_{word}") for word in _WORDS):
            cause = f"the rule has no {side}_matchers, so that every alert is one"
            reading.fault("bad-inhibition", path, cause, f"write {side}_matchers", key=True)
    return InhibitRule(source, target, tuple(dict.fromkeys(block.equal)))


def _side(reading: Reading, block: InhibitBlock, side: str, path: Path) -> Matchers:
    new, old, old_re = (getattr(block, f"{side}_{word}") for word in _WORDS)
    keys = (f"{side}_match", f"{side}_match_re")
    return matchers_of(reading, new, (old, old_re), path, keys)
