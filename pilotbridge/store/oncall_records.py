"""The rows of who is on call: overrides, swaps that were asked for, and hand-overs on their way.

Everything is frozen; a name that ends in ``_ms`` is milliseconds since 1970 (UTC).
"""

from __future__ import annotations

from enum import StrEnum

from pilotbridge.model import MessageId
from pilotbridge.rota import Kind, Override, Swap, SwapState
from pilotbridge.store.records import Record

__all__ = [
    "HandOverRow",
    "HandOverState",
    "Holder",
    "NewOverride",
    "OverrideRow",
    "Swap",
    "SwapState",
]


class NewOverride(Record, frozen=True):
    """A decision to be written down; ``swap`` is the number of the one that was agreed."""

    schedule: str
    contact: str
    starts_ms: int
    ends_ms: int
    kind: Kind
    made_by: str
    stands_for: str = ""
    swap: int | None = None


class OverrideRow(Record, frozen=True):
    """A decision as it stands; ``ended_ms``: somebody ended it before its time."""

    schedule: str
    override: Override
    made_ms: int
    ended_ms: int | None


class Holder(Record, frozen=True):
    """Who was last said to be on call, since when; None: with no end that anybody knew."""

    contact: str
    since_ms: int
    until_ms: int | None


class HandOverState(StrEnum):
    """Asked: the comer's phone is being proved. Kept: it was not when the shift began, the leaver stays.

    Done: proved and begun. Dropped: the shift is another's now, or over.
    """

    ASKED = "asked"
    KEPT = "kept"
    DONE = "done"
    DROPPED = "dropped"


class HandOverRow(Record, frozen=True):
    """A shift that begins at ``at_ms`` and whose comer is proved first, by an SMS after ``asked_ms``.

    ``override`` is the row that keeps the leaver on call.
    """

    schedule: str
    at_ms: int
    until_ms: int | None
    leaver: str
    comer: str
    asked_ms: int
    asked_again_ms: int
    message: MessageId | None = None
    state: HandOverState = HandOverState.ASKED
    override: int | None = None
    id: int = 0
