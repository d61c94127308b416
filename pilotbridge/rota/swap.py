"""A question to trade places on call, what exactly it was about, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from pilotbridge.model import MessageId


class SwapState(StrEnum):
    """Asked; then agreed or declined by the other.

    Lapsed when no answer came in time, or the schedule has changed so that it means something else.
    """

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time at which ``giver`` is on call, and which the other of the two takes."""

    giver: str
    starts_ms: int
    ends_ms: int


@dataclass(frozen=True, slots=True)
class Swap:
    """``asker`` wants to trade places with ``other`` from ``starts_ms`` to ``ends_ms``.

    ``code`` is what an answer names. Without an answer by ``due_ms`` nothing changes.
    ``traded`` is what was asked, in order; empty for one that was asked before this was noted.
    """

    code: str
    schedule: str
    asker: str
    other: str
    starts_ms: int
    ends_ms: int
    made_by: str
    asked_ms: int
    due_ms: int
    state: SwapState = SwapState.ASKED
    answered_ms: int | None = None
    message: MessageId | None = None
    id: int = 0
    traded: tuple[Stretch, ...] = ()

    def still_means(self, found: Iterable[Stretch], now_ms: int) -> bool:
        """Whether ``found``, what would be traded now, is what is left of what was asked."""
        return not self.traded or _ahead(self.traded, now_ms) == _ahead(found, now_ms)


def _ahead(stretches: Iterable[Stretch], now_ms: int) -> list[Stretch]:
    """What lies ahead, with stretches of one giver that touch as one."""
    found: list[Stretch] = []
    for each in stretches:
        if found and (found[-1].giver, found[-1].ends_ms) == (each.giver, each.starts_ms):
            found[-1] = replace(found[-1], ends_ms=each.ends_ms)
        elif each.ends_ms > now_ms:
            found.append(replace(each, starts_ms=max(each.starts_ms, now_ms)))
    return found
