"""A question to trade places on call, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pilotbridge.model import MessageId


class SwapState(StrEnum):
    """Asked; then agreed or declined by the other, or lapsed when no answer came in time."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Swap:
    """``asker`` wants to trade places with ``other`` from ``starts_ms`` to ``ends_ms``.

    ``code`` is what an answer names. Without an answer by ``due_ms`` nothing changes.
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
