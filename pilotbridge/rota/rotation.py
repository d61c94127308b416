"""One rotation: members who take turns, each as long as the other, at one time of the local day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotbridge.intervals import TimeInterval, contains, edges
from pilotbridge.rota.local import moment, shown

_LAST_YEAR = 9000
"""No clock time beyond it is reckoned with; Python ends at 9999."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """``members`` take turns of ``every``, the first from ``start`` on, a naive clock time of ``zone``.

    Turns are counted on the clock, so that what changes hands at ten does so in summer and in winter.
    ``only`` are the times at which it counts; none: always.
    """

    members: tuple[str, ...]
    start: datetime
    every: timedelta
    zone: str
    only: tuple[TimeInterval, ...] = ()

    @property
    def is_of_one(self) -> bool:
        """Whether every turn is the same person's, so that none of them is an edge."""
        return len(set(self.members)) == 1

    def begins(self, turn: int) -> datetime:
        """When that turn begins; the first is 0."""
        return moment(self.start + turn * self.every, self.zone)

    def turn_at(self, at: datetime) -> int:
        """The newest turn that has begun by ``at``; below 0 before the first."""
        turn = (shown(at, self.zone) - self.start) // self.every
        while self.begins(turn) > at:
            turn -= 1
        while self.begins(turn + 1) <= at:
            turn += 1
        return turn

    def holds(self, at: datetime) -> bool:
        """Whether it names anybody at ``at``."""
        return self.begins(0) <= at and (not self.only or contains(self.only, at))

    def member(self, at: datetime) -> str:
        """Whose turn it is; empty while it names nobody."""
        return self.members[self.turn_at(at) % len(self.members)] if self.holds(at) else ""

    def names(self, start: datetime, end: datetime) -> frozenset[str]:
        """Everybody whose turn it is in [``start``, ``end``], also when it does not count then."""
        first, last = max(self.turn_at(start), 0), self.turn_at(end)
        turns = range(first, min(last + 1, first + len(self.members)))
        return frozenset(self.members[turn % len(self.members)] for turn in turns)

    def edges(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Every moment in (``start``, ``end``) at which it may name somebody else, in no order."""
        turn = max(self.turn_at(start) + 1, 0)
        edge = self.begins(turn)
        while edge < end and edge.year < _LAST_YEAR:
            if edge > start:
                yield edge
            if self.is_of_one:
                break
            turn += 1
            edge = self.begins(turn)
        yield from (edge for edge in edges(self.only, start, end) if edge < end)
