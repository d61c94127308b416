"""Caps in messages and roubles: who has had enough for now. Critical messages are never asked about here.

It counts what the store knows; holding and releasing is not its business.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import ReadVerbs

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Budget:
    """``limits`` of the configuration; None means no cap."""

    sms_per_contact_per_hour: int | None = None
    rub_per_day: Decimal | None = None


def over_budget(read: ReadVerbs, recipient: PhoneNumber, budget: Budget, now_ms: int) -> str:
    """Why this number may not get another message now; empty when it may."""
    cap = budget.sms_per_contact_per_hour
    if cap is not None and _has_had(read, recipient, now_ms - HOUR_MS, cap):
        return f"cap reached: limits.sms_per_contact_per_hour is {cap}"
    money = budget.rub_per_day
    if money is not None and read.spent_since(now_ms - DAY_MS).cost_rub >= money:
        return f"cap reached: limits.rub_per_day is {money}"
    return ""


def _has_had(read: ReadVerbs, recipient: PhoneNumber, since_ms: int, cap: int) -> bool:
    """Asked for every message, so first the question that an index alone can answer."""
    return read.written_to(recipient, since_ms) >= cap and read.spent_on(recipient, since_ms).messages >= cap
