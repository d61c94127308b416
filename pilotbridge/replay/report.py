"""What two sets of SMS differ in, person by person. Pure.

An SMS counts when it went, or would have gone, out; at night is from 22 to 7 on its reader's clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


def shares(messages: Iterable[Message], settings: Settings) -> dict[str, Share]:
    """By contact, or masked number where nobody has it."""
    by_person: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        if message.state not in _NEVER_WENT:
            by_person[message.contact or str(message.recipient)].append(message)
    return {person: _share(person, found, settings) for person, found in by_person.items()}


def _share(person: str, messages: Sequence[Message], settings: Settings) -> Share:
    contact = settings.contacts.get(person)
    zone = ZoneInfo(contact.zone if contact else settings.bridge.zone)
    moments = [message.created_at.astimezone(zone) for message in messages]
    night = [moment for moment in moments if moment.hour >= NIGHT_BEGINS or moment.hour < NIGHT_ENDS]
    # A night belongs to the day on which it began.
    nights = {(moment.date(), moment.hour < NIGHT_ENDS) for moment in night}
    woken = {(day.toordinal() - 1 if is_morning else day.toordinal()) for day, is_morning in nights}
    return Share(
        len(messages), sum(measure(message.text).parts for message in messages), len(night), len(woken)
    )


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
