"""Caps in messages, parts and roubles: who or what has had enough for now.

Critical messages are never asked about. What is on its way counts as spent: else many at once, or all that
waited for a gateway, would go together. It holds nothing back itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pilotbridge.config.settings import Allowance
from pilotbridge.model import IncidentId
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.store.records import Spent

REACHED = "cap reached: "
"""So begins the reason of everything that a cap holds."""
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent in a day: in all, on one phone, and on the incidents of a route (by its path) and of
    those below it."""

    sms_per_contact_per_hour: int | None = None
    in_all: Allowance = field(default_factory=Allowance)
    contact: Allowance = field(default_factory=Allowance)
    routes: Mapping[str, Allowance] = field(default_factory=dict)


def over_budget(
    read: ReadVerbs,
    recipient: PhoneNumber,
    budget: Budget,
    now_ms: int,
    *,
    incident: IncidentId | None = None,
) -> str:
    """Why this number may not get another message now; empty when it may."""
    cap, since_ms = budget.sms_per_contact_per_hour, now_ms - DAY_MS
    if cap is not None and _has_had(read, recipient, now_ms - HOUR_MS, cap):
        return f"{REACHED}limits.sms_per_contact_per_hour is {cap}"
    if budget.in_all and (why := _over(budget.in_all, read.committed_since(since_ms))):
        return f"{REACHED}limits.{why}"
    if budget.contact and (why := _over(budget.contact, read.spent_on(recipient, since_ms))):
        return f"{REACHED}limits.per_contact.{why}"
    return _over_route(read, budget, incident, since_ms)


def stops_everybody(reason: str) -> bool:
    """Whether the reason of a message that is held names a cap on all messages."""
    return reason.startswith((f"{REACHED}limits.parts_per_day", f"{REACHED}limits.rub_per_day"))


def _over_route(read: ReadVerbs, budget: Budget, incident: IncidentId | None, since_ms: int) -> str:
    if not budget.routes or incident is None:
        return ""
    row = read.incidents([incident]).get(incident)
    route = row.incident.group.route if row else ""
    for path, allowance in budget.routes.items():
        is_below = f"{route}/".startswith(f"{path}/")
        if is_below and (why := _over(allowance, read.committed_on_route(path, since_ms))):
            return f"{REACHED}the budget of {path}, {why}"
    return ""


def _over(allowance: Allowance, spent: Spent) -> str:
    if allowance.parts_per_day is not None and spent.parts >= allowance.parts_per_day:
        return f"parts_per_day is {allowance.parts_per_day}"
    if allowance.rub_per_day is not None and spent.cost_rub >= allowance.rub_per_day:
        return f"rub_per_day is {allowance.rub_per_day}"
    return ""


def _has_had(read: ReadVerbs, recipient: PhoneNumber, since_ms: int, cap: int) -> bool:
    """Asked for every message, so first the question that an index alone can answer."""
    return read.written_to(recipient, since_ms) >= cap and read.spent_on(recipient, since_ms).messages >= cap
