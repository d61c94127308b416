"""What two sets of SMS differ in, person by person. Pure.

An SMS counts when it went, or would have gone, out; at night is from 22 to 7 on its reader's clock, at the
time at which the gateway took it: one may have waited for a cap, or for the gateway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pilotbridge.config.settings import Settings
from pilotbridge.lifecycle import State
from pilotbridge.model import Message
from pilotbridge.sms_text import measure

NIGHT_BEGINS, NIGHT_ENDS = 22, 7
_NEVER_WENT = frozenset({State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Share:
    """What one person got."""

    sms: int = 0
    parts: int = 0
    at_night: int = 0
    nights: int = 0


@dataclass(slots=True)
class _Tally:
    """A share while it is counted. A night is named by the day on which it began."""

    zone: ZoneInfo
    sms: int = 0
    parts: int = 0
    at_night: int = 0
    nights: set[int] = field(default_factory=set)

    def add(self, message: Message) -> None:
        self.sms += 1
        self.parts += measure(message.text).parts
        moment = (message.accepted_at or message.created_at).astimezone(self.zone)
        if moment.hour >= NIGHT_BEGINS or moment.hour < NIGHT_ENDS:
            self.at_night += 1
            self.nights.add(moment.toordinal() - (moment.hour < NIGHT_ENDS))

    def share(self) -> Share:
        return Share(self.sms, self.parts, self.at_night, len(self.nights))


def shares(messages: Iterable[Message], settings: Settings) -> dict[str, Share]:
    """By contact, or masked number where nobody has it. No message is kept."""
    tallies: dict[str, _Tally] = {}
    for message in messages:
        if message.state not in _NEVER_WENT:
            person = message.contact or str(message.recipient)
            if person not in tallies:
                tallies[person] = _Tally(_zone(person, settings))
            tallies[person].add(message)
    return {person: tally.share() for person, tally in tallies.items()}


def _zone(person: str, settings: Settings) -> ZoneInfo:
    contact = settings.contacts.get(person)
    return ZoneInfo(contact.zone if contact else settings.bridge.zone)


def compare(
    before: Mapping[str, Share], after: Mapping[str, Share], price: Decimal | None
) -> list[dict[str, Any]]:
    """A row for each person who got anything either way, whoever changes most first."""
    people = sorted({*before, *after}, key=lambda name: (-abs(_sms(after, name) - _sms(before, name)), name))
    return [_row(person, before.get(person, Share()), after.get(person, Share()), price) for person in people]


def _sms(found: Mapping[str, Share], person: str) -> int:
    return found[person].sms if person in found else 0


def _row(person: str, before: Share, after: Share, price: Decimal | None) -> dict[str, Any]:
    return {
        "person": person,
        "sms_before": before.sms,
        "sms_after": after.sms,
        "parts_before": before.parts,
        "parts_after": after.parts,
        "at_night_before": before.at_night,
        "at_night_after": after.at_night,
        "nights_before": before.nights,
        "nights_after": after.nights,
        "rub_before": None if price is None else f"{price * before.parts:.2f}",
        "rub_after": None if price is None else f"{price * after.parts:.2f}",
    }
