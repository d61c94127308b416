"""One message the gateway has taken, one text a phone has written: what they are at a given moment.

A status is read off the plan and the clock, so moving time moves every status without any work.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pilotbridge.sandbox.network import DELAYED, DELIVERED, Plan


@dataclass(frozen=True, slots=True)
class Status:
    """What the network says of a message, and since when."""

    since_ms: int
    status: int
    error: int


@dataclass(slots=True)
class SentSms:
    """A message the gateway has. ``release_ms`` is when it sets out; before that a delayed one waits."""

    server_id: int
    packet_id: int
    account: str
    client_id: int
    to: str
    sender: str
    text: str
    parts: int
    price: Decimal
    taken_ms: int
    release_ms: int
    plan: Plan
    callback: str = ""
    callback_method: str = "get"
    send_datetime: str = ""
    is_test: bool = False

    def status_at(self, at_ms: int) -> Status:
        if at_ms < self.release_ms:
            return Status(self.taken_ms, DELAYED, 0)
        passed_ms = at_ms - self.release_ms
        offset_ms, status, error = next(step for step in reversed(self.plan) if step[0] <= passed_ms)
        return Status(self.release_ms + offset_ms, status, error)

    def changes(self) -> list[Status]:
        """Every change of status that is told by callback; being taken is none."""
        steps = self.plan if self.release_ms > self.taken_ms else self.plan[1:]
        return [Status(self.release_ms + offset, status, error) for offset, status, error in steps]

    def set_status(self, status: int, error: int, at_ms: int) -> None:
        """Overrule the plan from ``at_ms`` on; what lies ahead no longer happens."""
        self.release_ms = min(self.release_ms, at_ms)
        passed_ms = at_ms - self.release_ms
        past = tuple(step for step in self.plan if step[0] < passed_ms)
        self.plan = (*past, (passed_ms, status, error))

    def is_on_phone(self, at_ms: int) -> bool:
        return self.status_at(at_ms).status == DELIVERED


@dataclass(frozen=True, slots=True)
class WrittenSms:
    """A text that a phone sent to a service number; the gateway shows it from ``visible_ms`` on."""

    id: int
    account: str
    phone: str
    number: str
    text: str
    created_ms: int
    visible_ms: int
