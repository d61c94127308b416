"""Taking incidents by SMS: ``417`` takes #417, ``no 417`` passes on, ``undo 417`` gives back, ``?`` lists.

``yes K41`` and ``no K41`` answer whoever asked to trade shifts. It answers contacts only, about what was told
to their number; everything else is not for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pilotbridge import (
    Bridge,
    Contact,
    InboundSms,
    Incident,
    ListOpen,
    NotAReply,
    PassOn,
    Reply,
    SwapReply,
    Take,
    Undo,
    hookimpl,
    read_reply,
    read_swap_reply,
)
from pilotbridge_plugins.ack_by_text.words import Words, words_in

ANSWERS_PER_HOUR = 10
UNDO_WITHIN = timedelta(minutes=30)


@hookimpl
def answer_inbound(inbound: InboundSms, bridge: Bridge) -> Reply | None:
    """Do what the text says, and always say what happened."""
    wanted = read_reply(inbound.text)
    contact = _sender(inbound, bridge)
    if contact is None:
        return None
    if isinstance(wanted, NotAReply):
        about = read_swap_reply(inbound.text)
        return None if about is None else _answered(_swap(about, contact, bridge), inbound, contact, bridge)
    talk = _Talk(inbound, contact, bridge)
    match wanted:
        case Take(ref, note):
            text = talk.take(ref, note)
        case PassOn(ref):
            text = talk.pass_on(ref)
        case Undo(ref):
            text = talk.give_back(ref)
        case ListOpen():
            text = talk.open_ones()
    return _answered(text, inbound, contact, bridge)


def _answered(text: str, inbound: InboundSms, contact: Contact, bridge: Bridge) -> Reply:
    if not _may_answer(inbound, bridge):
        return Reply("", reason=f"{contact.name}: {text} (not told: {ANSWERS_PER_HOUR} answers in this hour)")
    return Reply(text, reason=f"{contact.name}: {text}")


def _swap(about: SwapReply, contact: Contact, bridge: Bridge) -> str:
    """Yes or no to trading shifts; only whoever was asked can say it, once, and with the code."""
    words, swap = words_in(contact.language), bridge.swap(about.code)
    if swap is None or swap.other != contact.name:
        return words.swap_unknown(about.code)
    if swap.state != "asked":
        return words.swap_over(about.code, swap.state)
    if about.agrees is None:
        return words.swap_unclear(about.code)
    bridge.answer_swap(about.code, contact.name, agrees=about.agrees)
    return words.swap_agreed(about.code) if about.agrees else words.swap_declined(about.code)


def _sender(inbound: InboundSms, bridge: Bridge) -> Contact | None:
    phone = inbound.phone
    contacts = bridge.contacts.values()
    return (
        next((each for each in contacts if phone in (each.phone, each.second_phone)), None) if phone else None
    )


def _may_answer(inbound: InboundSms, bridge: Bridge) -> bool:
    """At most ten answers an hour to one number; a machine that answers machines must come to an end."""
    answered = bridge.storage("answers")
    now = bridge.clock.utc_now()
    earlier = [
        at
        for at in answered.get(inbound.sender) or ()
        if timedelta(0) <= now - datetime.fromisoformat(at) < timedelta(hours=1)  # a clock may be set back
    ]
    if len(earlier) >= ANSWERS_PER_HOUR:
        return False
    answered.set(inbound.sender, [*earlier, now.isoformat()])
    return True


class _Talk:
    """One contact's text, and the incidents that were told to the number it came from."""

    def __init__(self, inbound: InboundSms, contact: Contact, bridge: Bridge) -> None:
        assert inbound.phone is not None
        self._bridge = bridge
        self._contact = contact
        self._words: Words = words_in(contact.language)
        self._told: Sequence[Incident] = bridge.incidents(told_to=inbound.phone)
        self._open = [incident for incident in self._told if incident.closed_at is None]

    def take(self, ref: str, note: str) -> str:
        incident = self._meant(ref)
        if isinstance(incident, str):
            return incident
        if incident.closed_at is not None:
            return self._words.over(incident)
        if incident.acknowledged_at is not None:
            mine = incident.acknowledged_by == self._contact.name
            return self._words.yours(incident) if mine else self._words.taken_by(incident)
        self._bridge.acknowledge(incident.ref, by=self._contact.name, note=note)
        return self._words.taken(incident)

    def pass_on(self, ref: str) -> str:
        """The next step is told now; one that was taken is given back first."""
        incident = self._meant(ref)
        if isinstance(incident, str):
            return incident
        if incident.closed_at is not None:
            return self._words.over(incident)
        if incident.acknowledged_at is not None and incident.acknowledged_by != self._contact.name:
            return self._words.taken_by(incident)
        names = self._bridge.who_is_next(incident)
        if not names:
            return self._words.nobody_next(incident)
        if incident.acknowledged_at is not None:
            self._bridge.unacknowledge(incident.ref, by=self._contact.name)
        self._bridge.pass_on(incident.ref, by=self._contact.name)
        return self._words.passed_on(incident, names)

    def give_back(self, ref: str) -> str:
        mine = [each for each in self._open if each.acknowledged_by == self._contact.name]
        incident = self._meant(ref, among=mine)
        if isinstance(incident, str):
            return incident
        since = incident.acknowledged_at
        if incident not in mine or since is None:
            return self._words.not_yours(incident)
        if self._bridge.clock.utc_now() - since > UNDO_WITHIN:
            return self._words.too_late(incident)
        self._bridge.unacknowledge(incident.ref, by=self._contact.name)
        return self._words.given_back(incident)

    def open_ones(self) -> str:
        return self._words.listed(self._open) if self._open else self._words.nothing_open

    def _unknown(self, ref: str) -> str:
        """It may be mistyped: what is open stands beside it."""
        said = self._words.unknown(ref)
        return f"{said}. {self._words.listed(self._open)}" if self._open else said

    def _meant(self, ref: str, *, among: Sequence[Incident] | None = None) -> Any:
        """The incident, or a sentence that says why there is none; a bare word needs exactly one."""
        if ref:
            found = next((incident for incident in self._told if incident.ref == ref), None)
            return found or self._unknown(ref)
        candidates = self._open if among is None else among
        if len(candidates) == 1:
            return candidates[0]
        return self._words.which(candidates) if candidates else self._words.nothing_open
