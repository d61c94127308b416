"""Who is told of so many incidents at once that one SMS has to speak for all of them.

It remembers lately told incidents of each phone and which storms rage; a storm itself is a row. After a
restart a phone's count begins anew, so that it may get as many single texts once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pilotbridge.alerting.plan import Letter, Plan
from pilotbridge.config.settings import StormSettings
from pilotbridge.model import GroupId, IncidentId, Reason
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import WriteVerbs

GATHERS_MS = 3_000
"""So long a storm gathers before its first SMS, and its end before the last: so that the counts are right."""

_FIRST_WORDS = frozenset({Reason.FIRST, Reason.ESCALATION})


class StormWatch:
    """Belongs to the one thread that looks at groups."""

    def __init__(self, raging: Iterable[PhoneNumber]) -> None:
        self._raging = set(raging)
        self._told: dict[PhoneNumber, dict[GroupId, int]] = {}

    def sort(self, plans: Sequence[Plan], storm: StormSettings, now_ms: int) -> list[Plan]:
        """The same plans; letters that go into a storm say so."""
        if storm.over is None:
            return list(plans)
        self._heed(plans, storm, storm.over, now_ms)
        return [self._sorted(plan) for plan in plans]

    def over(self, phone: PhoneNumber) -> None:
        """Its storm has ended."""
        self._raging.discard(phone)

    def _heed(self, plans: Sequence[Plan], storm: StormSettings, over: int, now_ms: int) -> None:
        """A storm begins for every phone that would get more first words than it may."""
        for plan in plans:
            if plan.work.decision.reason in _FIRST_WORDS:
                for letter in plan.letters:
                    self._told.setdefault(letter.person.phone, {})[plan.work.group.id] = now_ms
        since_ms = now_ms - int(storm.within.total_seconds() * 1000)
        for phone in {letter.person.phone for plan in plans for letter in plan.letters}:
            lately = {group: at_ms for group, at_ms in self._told.get(phone, {}).items() if at_ms > since_ms}
            self._told[phone] = lately
            if len(lately) > over:
                self._raging.add(phone)

    def _sorted(self, plan: Plan) -> Plan:
        if not any(letter.person.phone in self._raging for letter in plan.letters):
            return plan
        return replace(plan, letters=tuple(self._sorted_letter(plan, letter) for letter in plan.letters))

    def _sorted_letter(self, plan: Plan, letter: Letter) -> Letter:
        if letter.person.phone not in self._raging:
            return letter
        is_first = plan.work.decision.reason in _FIRST_WORDS
        return replace(letter, in_storm="joins" if is_first else "if_member")


def bundle_letter(
    tx: WriteVerbs, plan: Plan, letter: Letter, incident: IncidentId, now_ms: int, *, rules: StormSettings
) -> bool:
    """Let the storm over this phone speak for the letter; False: the letter goes out by itself."""
    phone, joins = letter.person.phone, letter.in_storm == "joins"
    raging = tx.storm_of(phone)
    if raging is None and not joins:
        return False
    if raging is None:
        number = tx.open_storm(phone, letter.person.contact.name, now_ms, now_ms + GATHERS_MS)
    elif joins or tx.is_in_storm(raging.id, incident):
        number = raging.id
        tx.stir_storm(number, _next_word_ms(plan, raging.told_at_ms, raging.names, rules, now_ms))
    else:
        return False
    if joins:
        tx.join_storm(number, incident, now_ms)
        why = f"{phone} is told by one SMS for all of a storm"
        tx.add_event("incident", incident, now_ms, "storm", state="open", reason=why)
    return True


def _next_word_ms(
    plan: Plan, told_at_ms: int | None, names: Sequence[str], rules: StormSettings, now_ms: int
) -> int:
    """When the storm may have something to say of this: sooner of a new critical name, and of an end."""
    soon_ms = now_ms + GATHERS_MS
    if told_at_ms is None or plan.work.decision.closes:
        return soon_ms
    name = plan.incident.name if plan.incident else ""
    is_new = plan.work.standing.critical and name not in names
    pause = rules.within if is_new else rules.then_every
    return max(soon_ms, told_at_ms + int(pause.total_seconds() * 1000))
