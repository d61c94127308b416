"""Who is told of so many incidents at once that one SMS has to speak for all of them.

It remembers lately told incidents of each phone and which storms rage; a storm itself is a row. After a
restart a phone's count begins anew, so that it may get as many single texts once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from pilotbridge.alerting.plan import Letter, Plan
from pilotbridge.config.settings import StormSettings
from pilotbridge.model import GroupId, IncidentId, Reason
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import WriteVerbs

GATHERS_MS = 3_000
"""So long a storm gathers before its first SMS, and its end before the last: so that the counts are right."""

_FIRST_WORDS = frozenset({Reason.FIRST, Reason.ESCALATION})
_Said = dict[PhoneNumber, dict[GroupId, int]]
"""When each phone heard of each group last."""


class StormWatch:
    """Belongs to the one thread that looks at groups.

    ``flooded`` are the phones at which so much is repeated at once that it is told by one SMS as well.
    """

    def __init__(self, raging: Iterable[PhoneNumber]) -> None:
        self._raging = set(raging)
        self._told: _Said = {}
        self._again: _Said = {}
        self._flooded: set[PhoneNumber] = set()

    def sort(self, plans: Sequence[Plan], storm: StormSettings, now_ms: int) -> list[Plan]:
        """The same plans; letters that go into a storm say so."""
        if storm.over is None:
            return list(plans)
        self._heed(plans, storm, storm.over, now_ms)
        return [self._sorted(plan) for plan in plans]

    @property
    def is_raging(self) -> bool:
        """Whether there is, or is about to be, a storm over any phone."""
        return bool(self._raging)

    def rage_over(self, phones: Iterable[PhoneNumber]) -> None:
        """These have a storm, and no others."""
        self._raging = set(phones)

    def _heed(self, plans: Sequence[Plan], storm: StormSettings, over: int, now_ms: int) -> None:
        """A storm begins for every phone that would get more first words, or more of others, than it may."""
        for plan in plans:
            said = self._said(plan)
            for letter in plan.letters if said is not None else ():
                assert said is not None
                said.setdefault(letter.person.phone, {})[plan.work.group.id] = now_ms
        since_ms = now_ms - int(storm.within.total_seconds() * 1000)
        for phone in {letter.person.phone for plan in plans for letter in plan.letters}:
            told, again = _lately(self._told, phone, since_ms), _lately(self._again, phone, since_ms)
            (self._flooded.add if again > over else self._flooded.discard)(phone)
            if max(told, again) > over:
                self._raging.add(phone)

    def _said(self, plan: Plan) -> _Said | None:
        """Where it is counted; an end is not, nor is what only whoever took it hears."""
        decision = plan.work.decision
        if decision.closes or decision.to_taker:
            return None
        return self._told if decision.reason in _FIRST_WORDS else self._again

    def _sorted(self, plan: Plan) -> Plan:
        is_calm = not any(letter.person.phone in self._raging for letter in plan.letters)
        if is_calm or plan.work.decision.to_taker:
            return plan
        return replace(plan, letters=tuple(self._sorted_letter(plan, letter) for letter in plan.letters))

    def _sorted_letter(self, plan: Plan, letter: Letter) -> Letter:
        phone = letter.person.phone
        if phone not in self._raging:
            return letter
        is_flood = phone in self._flooded and not plan.work.decision.closes
        joins = is_flood or plan.work.decision.reason in _FIRST_WORDS
        return replace(letter, in_storm="joins" if joins else "if_member")


def _lately(said: _Said, phone: PhoneNumber, since_ms: int) -> int:
    """How many incidents this phone heard of since then; what is older is forgotten."""
    found = {group: at_ms for group, at_ms in said.get(phone, {}).items() if at_ms > since_ms}
    if found:
        said[phone] = found
    else:
        said.pop(phone, None)
    return len(found)


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
    if joins and not tx.is_in_storm(number, incident):
        tx.join_storm(number, incident, now_ms)
        why = f"{phone} is told by one SMS for all of a storm"
        tx.add_event("incident", incident, now_ms, "storm", state="open", reason=why)
    elif not plan.work.decision.closes:
        tx.storm_has_news(number, incident)
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
