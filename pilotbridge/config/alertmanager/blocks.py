"""The route, the rules and the times of an Alertmanager: judged by our own readers, carried as they are.

What Alertmanager takes and we refuse is mended here with a note; what both refuse is a fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pilotbridge.config.alertmanager.integrations import INTERVALS, TOP_LEVEL
from pilotbridge.config.alertmanager.notes import Notes
from pilotbridge.config.alertmanager.receivers import Receiver, is_true
from pilotbridge.config.diagnostics import Path, spell
from pilotbridge.config.quiet import judge_intervals, read_inhibit_rules
from pilotbridge.config.reading import Reading
from pilotbridge.config.routes import read_route
from pilotbridge.config.schema import IntervalBlock
from pilotbridge.intervals import TimeInterval

EVERYTHING = 'alertname=~".*"'
UNREACHABLE = "unreachable-route"
_SIDES = {side: (f"{side}_matchers", f"{side}_match", f"{side}_match_re") for side in ("source", "target")}
_HERE = "Local"
"""The zone of the machine that Alertmanager runs on."""


def mend(reading: Reading, notes: Notes) -> None:
    """Change in the document what means nothing, or what we write otherwise."""
    values = reading.document.values
    route = values.get("route")
    if isinstance(route, dict) and "continue" in route:
        notes.left_out(("route", "continue"), "it means nothing at the root")
        del route["continue"]
    for index, rule in enumerate(_listed(values.get("inhibit_rules"))):
        for side, words in _SIDES.items():
            if isinstance(rule, dict) and not any(rule.get(word) for word in words):
                says = f"without {side}_matchers every alert is one: written as {EVERYTHING}"
                notes.changed(("inhibit_rules", index), says)
                rule[f"{side}_matchers"] = [EVERYTHING]


def judge(reading: Reading) -> None:
    """Note as faults what neither program can read."""
    if reading.document.get(("apiVersion",)):
        cause = "this is an object of Kubernetes, not Alertmanager's own file"
        fix = "take the file out of it: kubectl get secret NAME -o jsonpath='{.data.alertmanager\\.yaml}'"
        reading.fault("bad-type", ("apiVersion",), cause, fix, key=True)
        return
    for name in reading.names(()):
        if name not in TOP_LEVEL:
            reading.unknown_key((name,), name, TOP_LEVEL)
    names = _receiver_names(reading)
    root = read_route(reading, names)
    read_inhibit_rules(reading)
    intervals = _judge_intervals(reading)
    if root is not None:
        judge_intervals(reading, root, intervals)


def _receiver_names(reading: Reading) -> set[str]:
    reading.expect(("receivers",), list)
    found: set[str] = set()
    for index in range(reading.count(("receivers",))):
        path: Path = ("receivers", index)
        name = reading.text((*path, "name"))
        reading.expect(path, dict)
        if not name:
            reading.fault("missing-key", path, "a receiver without a name", "add name", key=True)
        elif name in found:
            cause = f"there is a receiver {name} already"
            reading.fault("duplicate-name", (*path, "name"), cause, "give it another name")
        found.add(name)
        for key in reading.names(path):
            if key != "name" and not key.endswith("_configs"):
                reading.unknown_key((*path, key), key, ("name", "webhook_configs"))
            elif key != "name":
                reading.expect((*path, key), list)
    return found - {""}


def _judge_intervals(reading: Reading) -> dict[str, tuple[TimeInterval, ...]]:
    found: dict[str, tuple[TimeInterval, ...]] = {}
    for key in INTERVALS:
        reading.expect((key,), list)
        for index in range(reading.count((key,))):
            path: Path = (key, index)
            block = reading.block(IntervalBlock, path)
            if block is None:
                continue
            if block.name in found:
                cause = f"there is a time interval {block.name} already"
                reading.fault("duplicate-name", (*path, "name"), cause, "give it another name")
            found[block.name] = ()
            for at, written in enumerate(block.time_intervals):
                _judge_interval(reading, (*path, "time_intervals", at), written)
    return found


def _judge_interval(reading: Reading, path: Path, written: Any) -> None:
    try:
        TimeInterval.parse(_without_here(written), zone="UTC")
    except ValueError as error:
        cause, key = error.args[0], error.args[1]
        reading.fault("bad-interval", (*path, key), str(cause), "")
    except (AttributeError, TypeError):
        reading.fault("bad-interval", path, "a time interval is a block of keys", "")


def _without_here(written: Mapping[str, Any]) -> dict[str, Any]:
    present = {key: value for key, value in written.items() if value is not None}
    return {key: value for key, value in present.items() if (key, value) != ("location", _HERE)}


# --- as they are ------------------------------------------------------------------------------------


def carried_route(
    reading: Reading, receivers: Mapping[str, Receiver], unreachable: Collection[str], notes: Notes
) -> dict[str, Any]:
    """The tree with our receivers' names. A route that no alert ever reached is left out."""

    def carried(written: Mapping[str, Any], path: Path) -> dict[str, Any]:
        node = {key: value for key, value in written.items() if value is not None and key != "routes"}
        if "receiver" in node:
            node["receiver"] = receivers[node["receiver"]].name
        if "continue" in node:
            node["continue"] = is_true(node["continue"])
        below = []
        for index, child in enumerate(_listed(written.get("routes"))):
            here: Path = (*path, "routes", index)
            if spell(here) in unreachable:
                notes.left_out(here, "no alert has ever reached this route: one before it takes them all")
            else:
                below.append(carried(child, here))
        return node | ({"routes": below} if below else {})

    return carried(reading.document.values["route"], ("route",))


def carried_rules(reading: Reading) -> list[dict[str, Any]]:
    rules = _listed(reading.document.get(("inhibit_rules",)))
    return [{key: value for key, value in rule.items() if value is not None} for rule in rules]


def carried_intervals(reading: Reading, notes: Notes) -> Iterator[dict[str, Any]]:
    """All of both lists; Alertmanager's clock is UTC where no location is written."""
    for key in INTERVALS:
        for index, block in enumerate(_listed(reading.document.get((key,)))):
            path: Path = (key, index)
            if key != INTERVALS[0]:
                notes.changed((*path, "name"), f"stands under {INTERVALS[0]} now")
            read = _listed(block.get("time_intervals"))
            yield {"name": block["name"], "time_intervals": [_located(each, path, notes) for each in read]}


def _located(written: Mapping[str, Any], path: Path, notes: Notes) -> dict[str, Any]:
    if written.get("location") == _HERE:
        notes.changed(path, "its zone was that of Alertmanager's machine; here it is bridge.zone")
        return _without_here(written)
    return _without_here(written) | {"location": written.get("location") or "UTC"}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
