"""The table's language: one line for each thing that happens and for each text that a phone hears.

    0s        fires DiskFull db01            what monitoring says: a name, instances, label=value
    30s       anna CRIT DiskFull db01        a text to Anna that begins like this, taken by the gateway then
    30s..45s  anna CRIT DiskFull db01        the same, at a time between
    30s       am ops firing db01             what a real Alertmanager says then (a minute is its second)
    10m       am ops resolved db01 ~ name    a line that only one of the two has; docs/alerting.md says why

A story holds when each phone hears its lines in their order and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parent
START = "2026-01-12T09:00:00+00:00"
PEOPLE = ("anna", "boris", "vera")
ALERTMANAGER = "am"

_TIME = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_CONFIGURED = {
    "route",
    "receivers",
    "contacts",
    "inhibit_rules",
    "time_intervals",
    "limits",
    "gateway",
    "source",
}
_KEYS = _CONFIGURED | {"name", "story", "start", "zone", "unless_killed"}


@dataclass(frozen=True, slots=True)
class Line:
    """``at_s`` seconds after the start, or until ``until_s``. ``only`` is why the other has none."""

    at_s: int
    until_s: int
    word: str
    rest: str
    only: str = ""

    @property
    def is_heard(self) -> bool:
        return self.word in PEOPLE

    @property
    def is_event(self) -> bool:
        return not self.is_heard and self.word != ALERTMANAGER


@dataclass(frozen=True, slots=True)
class Story:
    """One row of the table. ``unless_killed`` is why it goes otherwise when the bridge is stopped."""

    name: str
    lines: tuple[Line, ...]
    configured: dict[str, Any] = field(default_factory=dict)
    start: datetime = datetime.fromisoformat(START)
    zone: str = "Europe/Moscow"
    unless_killed: str = ""

    def events(self) -> list[Line]:
        return [line for line in self.lines if line.is_event]

    def of(self, word: str) -> list[Line]:
        return [line for line in self.lines if line.word == word]

    @property
    def ends_s(self) -> int:
        """What happens after this is not its business."""
        return max(line.until_s for line in self.lines)

    @property
    def is_compared(self) -> bool:
        """Whether it says what a real Alertmanager does."""
        return bool(self.of(ALERTMANAGER))


def seconds(text: str) -> int:
    """``1d2h3m4s`` as seconds."""
    found = _TIME.fullmatch(text)
    if not text or found is None:
        raise ValueError(f"{text!r} is no time; write it like 5m30s")
    units = zip(found.groups(), (86_400, 3600, 60, 1), strict=True)
    return sum(int(number or 0) * unit for number, unit in units)


def read_line(text: str) -> Line:
    time, word, rest = (*text.split(maxsplit=2), "")[:3]
    start, _, end = time.partition("..")
    said, _, only = rest.partition(" ~ ")
    return Line(seconds(start), seconds(end or start), word, said.strip(), only.strip())


def read_story(written: dict[str, Any]) -> Story:
    unknown = set(written) - _KEYS
    if unknown:
        raise ValueError(f"{written['name']}: unknown {', '.join(sorted(unknown))}")
    texts = (text.strip() for text in written["story"].splitlines())
    lines = tuple(read_line(text) for text in texts if text and not text.startswith("#"))
    if list(lines) != sorted(lines, key=lambda line: line.at_s):
        raise ValueError(f"{written['name']}: its lines are not in the order of their times")
    return Story(
        name=written["name"],
        lines=lines,
        configured={key: written[key] for key in _CONFIGURED if key in written},
        start=datetime.fromisoformat(written.get("start", START)).astimezone(UTC),
        zone=written.get("zone", "Europe/Moscow"),
        unless_killed=written.get("unless_killed", ""),
    )


def stories() -> Iterator[tuple[str, Story]]:
    """Every row with the name of its file, in order."""
    for file in sorted(HERE.glob("*.yaml")):
        for written in YAML(typ="safe", pure=True).load(file):
            yield file.stem, read_story(written)
