"""What the configuration says about every message: the first gateway, its sender and guard, the caps.

It reads settings once and answers no question about a single message.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from pilotbridge.config.settings import Settings
from pilotbridge.model import Contact
from pilotbridge.outbox.budget import Budget
from pilotbridge.phone import PhoneNumber

UNKNOWN_GUARD = timedelta(minutes=5)
"""How long an account whose duplicate window is not known is taken to refuse an equal text."""


@dataclass(frozen=True, slots=True)
class Postage:
    """``gateway`` is empty when none is configured. ``countries`` empty means any; ``contacts`` are by phone.

    ``parts`` is the most that an alert's SMS may cost.
    """

    gateway: str
    sender: str
    window: timedelta = timedelta()
    landing: timedelta = timedelta(seconds=60)
    ttl_min: int | None = None
    budget: Budget = field(default_factory=Budget)
    countries: frozenset[str] = frozenset()
    contacts: Mapping[PhoneNumber, Contact] = field(default_factory=dict)
    parts: int = 2

    @property
    def known(self) -> Collection[PhoneNumber]:
        """The phones of contacts."""
        return self.contacts

    @property
    def guard_ms(self) -> int:
        """How long after its last word a text may still stand in the way of an equal one."""
        guard = (self.window or UNKNOWN_GUARD) + self.landing
        return int(guard.total_seconds() * 1000)


def postage_of(settings: Settings) -> Postage:
    """The postage of a configuration; the first gateway takes every new message."""
    first = next(iter(settings.gateways.values()), None)
    limits = settings.limits
    contacts = {
        phone: contact
        for contact in settings.contacts.values()
        for phone in (contact.phone, contact.second_phone)
        if phone is not None
    }
    return Postage(
        gateway=first.name if first else "",
        sender=first.sender if first else "",
        window=first.duplicate_window if first else timedelta(),
        landing=first.landing if first else timedelta(),
        ttl_min=int(limits.sms_ttl.total_seconds() // 60),
        budget=Budget(
            limits.sms_per_contact_per_hour,
            limits.in_all,
            limits.per_contact,
            {node.path: node.budget for node in settings.route.walk() if node.budget},
        ),
        countries=limits.countries,
        contacts=contacts,
        parts=limits.parts_per_sms,
    )
