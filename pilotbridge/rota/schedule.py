"""Who is on call at a moment, from when to when and why; who is next, and when nobody is.

What people decided comes before what a calendar says, and that before rotations; of rotations a later one
comes first, and of decisions the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pilotbridge.rota.rotation import Rotation

AHEAD = timedelta(days=400)
"""What does not change within this time does not change at all, as far as anybody here knows."""
_LOOKS = (timedelta(days=8), timedelta(days=64), AHEAD)
_INSTANT = timedelta(microseconds=1)


class Kind(StrEnum):
    """How a decision came: it was made for somebody, somebody took over, two traded places, or whoever comes
    is not proved to be reachable, so that whoever leaves is kept."""

    OVERRIDE = "override"
    TAKE = "take"
    SWAP = "swap"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Override:
    """``contact`` is on call in [``starts``, ``ends``), whatever else says so, in place of ``stands_for``."""

    contact: str
    starts: datetime
    ends: datetime
    kind: Kind = Kind.OVERRIDE
    made_by: str = ""
    stands_for: str = ""
    id: int = 0

    def holds(self, at: datetime) -> bool:
        return self.starts <= at < self.ends


@dataclass(frozen=True, slots=True)
class Event:
    """A calendar says that ``contact`` is on call in [``starts``, ``ends``)."""

    contact: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Rota:
    """One schedule: ``layers`` of rotations and ``events`` of a calendar, all times in UTC."""

    name: str
    layers: tuple[Rotation, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """``contact`` is on call from ``starts`` to ``ends``; None: for ever, as far as :data:`AHEAD` tells.

    A gap is a shift of nobody: its contact is empty. ``override``: the decision by which it began.
    """

    contact: str
    starts: datetime | None
    ends: datetime | None
    why: str
    override: Override | None = None

    @property
    def is_gap(self) -> bool:
        return not self.contact


@dataclass(frozen=True, slots=True)
class Named:
    """Who is on call at one moment, and by what; empty: nobody."""

    contact: str
    why: str
    override: Override | None = None


def on_call(rota: Rota, overrides: Sequence[Override], at: datetime) -> Named:
    """Who is on call at ``at``, and nothing else; ``overrides`` stand newest first."""
    for override in overrides:
        if override.holds(at):
            return Named(override.contact, _decided(override), override)
    held = [event for event in rota.events if event.starts <= at < event.ends]
    if held:
        return Named(max(held, key=lambda event: (event.starts, event.contact)).contact, "by the calendar")
    for number, layer in reversed(tuple(enumerate(rota.layers, 1))):
        member = layer.member(at)
        if member:
            return Named(member, f"by rotation {number}" if len(rota.layers) > 1 else "by rotation")
    return Named("", "nobody is named")


def _decided(override: Override) -> str:
    by = f" by {override.made_by}" if override.made_by else ""
    words = {
        Kind.OVERRIDE: f"put there{by}",
        Kind.TAKE: f"taken over{by}",
        Kind.SWAP: f"in place of {override.stands_for}, as agreed",
        Kind.KEPT: f"stays, for {override.stands_for}'s phone is not proved",
    }
    return words[override.kind]


def shifts(rota: Rota, overrides: Sequence[Override], start: datetime, end: datetime) -> list[Shift]:
    """Everybody's time in [``start``, ``end``), gaps too, one after the other without a hole.

    The first is cut off at ``start`` and the last at ``end``.
    """
    found: list[Shift] = []
    for edge in sorted({start, *_edges(rota, overrides, start, end)}):
        named = on_call(rota, overrides, edge)
        if found and found[-1].contact == named.contact:
            continue
        if found:
            found[-1] = _until(found[-1], edge)
        found.append(Shift(named.contact, edge, end, named.why, named.override))
    return found


def who(rota: Rota, overrides: Sequence[Override], at: datetime) -> Shift:
    """The shift that ``at`` lies in, with its true beginning and end."""
    named = on_call(rota, overrides, at)
    return Shift(
        named.contact, _begins(rota, overrides, at), _ends(rota, overrides, at), named.why, named.override
    )


def upcoming(rota: Rota, overrides: Sequence[Override], at: datetime) -> Iterator[Shift]:
    """The shifts after the one at ``at``, gaps too, as long as there is a change to come."""
    ends = _ends(rota, overrides, at)
    while ends is not None:
        shift = who(rota, overrides, ends)
        yield Shift(shift.contact, ends, shift.ends, shift.why, shift.override)
        ends = shift.ends


def gaps(rota: Rota, overrides: Sequence[Override], start: datetime, end: datetime) -> list[Shift]:
    """When nobody is on call in [``start``, ``end``)."""
    return [shift for shift in shifts(rota, overrides, start, end) if shift.is_gap]


def stand_in(rota: Rota, overrides: Sequence[Override], at: datetime) -> str:
    """Whom to call while nobody is on call: who was last, else who is next, else anybody it names."""
    begins = _begins(rota, overrides, at)
    if begins is not None:
        return on_call(rota, overrides, begins - _INSTANT).contact
    following = (shift.contact for shift in upcoming(rota, overrides, at) if not shift.is_gap)
    named = (
        *(event.contact for event in rota.events),
        *(name for each in rota.layers for name in each.members),
    )
    return next(following, "") or next(iter(named), "")


def _until(shift: Shift, ends: datetime) -> Shift:
    return Shift(shift.contact, shift.starts, ends, shift.why, shift.override)


def _ends(rota: Rota, overrides: Sequence[Override], at: datetime) -> datetime | None:
    for look in _LOOKS:
        found = shifts(rota, overrides, at, at + look)
        if len(found) > 1:
            return found[0].ends
    return None


def _begins(rota: Rota, overrides: Sequence[Override], at: datetime) -> datetime | None:
    for look in _LOOKS:
        found = shifts(rota, overrides, at - look, at + _INSTANT)
        if len(found) > 1:
            return found[-1].starts
    return None


def _edges(rota: Rota, overrides: Sequence[Override], start: datetime, end: datetime) -> Iterator[datetime]:
    """Every moment in (``start``, ``end``) at which somebody else may be on call."""
    held = [(each.starts, each.ends) for each in overrides] + [
        (each.starts, each.ends) for each in rota.events
    ]
    yield from (edge for span in held for edge in span if start < edge < end)
    for layer in rota.layers:
        yield from layer.edges(start, end)
