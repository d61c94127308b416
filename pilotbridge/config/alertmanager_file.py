"""Writes what a configuration has in common with Alertmanager's as such a file: routes, rules, times, names.

amtool and Grafana read it. It is made of these parts only, so that no secret can come into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from pilotbridge.config.fields import write_duration
from pilotbridge.config.settings import InhibitRule, RouteNode, Settings
from pilotbridge.intervals import MONTHS, WEEKDAYS, Range, TimeInterval
from pilotbridge.matcher import Matchers

Written = dict[str, Any]


def as_alertmanager_file(settings: Settings) -> str:
    """YAML that Alertmanager's own tools load."""
    written: Written = {
        "route": _route(settings.route, None),
        "inhibit_rules": [_rule(rule) for rule in settings.inhibit_rules],
        "receivers": [{"name": name} for name in settings.receivers],
        "time_intervals": [
            {"name": name, "time_intervals": [_interval(each) for each in intervals]}
            for name, intervals in settings.time_intervals.items()
        ],
    }
    yaml, text = YAML(), StringIO()
    yaml.dump({name: value for name, value in written.items() if value}, text)
    return text.getvalue()


def _route(node: RouteNode, parent: RouteNode | None) -> Written:
    """A node with what it does not inherit."""
    written: Written = {"receiver": node.receiver, "matchers": _matchers(node.matchers)}
    if _group_by(node) != (_group_by(parent) if parent else []):
        written["group_by"] = _group_by(node)
    for name in ("group_wait", "group_interval", "repeat_interval"):
        own: timedelta = getattr(node, name)
        if parent is None or own != getattr(parent, name):
            written[name] = write_duration(own)
    written["mute_time_intervals"] = list(node.mute_time_intervals)
    written["active_time_intervals"] = list(node.active_time_intervals)
    written["continue"] = node.goes_on
    written["routes"] = [_route(child, node) for child in node.children]
    return _filled(written)


def _group_by(node: RouteNode) -> list[str]:
    return ["..."] if node.group_by_all else list(node.group_by)


def _rule(rule: InhibitRule) -> Written:
    return _filled(
        {
            "source_matchers": _matchers(rule.source),
            "target_matchers": _matchers(rule.target),
            "equal": list(rule.equal),
        }
    )


def _matchers(matchers: Matchers) -> list[str]:
    return [str(matcher) for matcher in matchers]


def _filled(written: Written) -> Written:
    return {name: value for name, value in written.items() if value}


# --- times ------------------------------------------------------------------------------------------


def _interval(interval: TimeInterval) -> Written:
    return _filled(
        {
            "times": [
                {"start_time": _clock(start), "end_time": _clock(end)} for start, end in interval.times
            ],
            "weekdays": _ranges(interval.weekdays, WEEKDAYS, 0),
            "days_of_month": _spans(interval.days_of_month),
            "months": _ranges(interval.months, MONTHS, 1),
            "years": _spans(interval.years),
            "location": interval.zone,
        }
    )


def _clock(minute: int) -> Any:
    """Quoted: older YAML takes 12:30 for a number."""
    return Quoted(f"{minute // 60:02d}:{minute % 60:02d}")


def _spans(ranges: Sequence[Range]) -> list[str]:
    return [Quoted(f"{start}:{end}") for start, end in ranges]


def _ranges(ranges: Sequence[Range], names: Sequence[str], first: int) -> list[str]:
    return [f"{names[start - first]}:{names[end - first]}" for start, end in ranges]
