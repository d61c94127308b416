"""/who, /oncall and /swap in a chat: who is on call, and what whoever asks may do about their own shifts.

Each verb is that of the desk's other doors, in the transaction that ends the update.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from pilotbridge.clock import from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotAllowed, Refused
from pilotbridge.model import Contact
from pilotbridge.oncall.overrides import Placed, put_on_call, schedule_named, take_over
from pilotbridge.oncall.roster import Roster, roster_of
from pilotbridge.oncall.swap_replies import SwapReply, read_swap_reply
from pilotbridge.oncall.swaps import Desk, Trade, answer_swap, ask_swap
from pilotbridge.oncall.words import words_for
from pilotbridge.outbox.enqueue import Postage
from pilotbridge.rota import Shift, SwapState
from pilotbridge.store.protocol import WriteVerbs

VIEWER, ADMIN = "viewer", "admin"
SHIFTS_SHOWN = 2
_DIGITS = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered in a chat, in one language. ``{}`` are filled in."""

    nobody: str
    stands_in: str
    then: str
    none: str
    taken: str
    put: str
    asked: str
    agreed: str
    declined: str
    how_swap: str
    how_answer: str
    how_put: str
    viewer: str
    admins: str


ENGLISH = Said(
    nobody="nobody",
    stands_in="nobody is on call, {} stands in",
    then="then",
    none="No schedule is configured.",
    taken="You are on call for {} {}.",
    put="{} is on call for {} {}.",
    asked="{} is asked as {}, and has until {} to answer.",
    agreed="{}: agreed, your shifts are traded.",
    declined="{}: declined, nothing has changed.",
    how_swap="With whom? /oncall swap boris [SCHEDULE]",
    how_answer="Which one? /swap K41 yes, or /swap K41 no",
    how_put="Whom, and for how long? /oncall put SCHEDULE CONTACT 8h",
    viewer="You may read here, not act: your role is viewer.",
    admins="Only an admin puts others on call; /oncall take puts you there.",
)
RUSSIAN = Said(
    nobody="никто",
    stands_in="не дежурит никто, вместо них {}",
    then="потом",
    none="Расписаний нет.",
    taken="Вы дежурите: {} {}.",
    put="{} дежурит: {} {}.",
    asked="{} получил вопрос {}, ответ до {}.",
    agreed="{}: согласовано, смены обменены.",
    declined="{}: отказ, всё по-старому.",
    how_swap="С кем? /oncall swap boris [РАСПИСАНИЕ]",
    how_answer="Какой? /swap K41 да или /swap K41 нет",
    how_put="Кого и на сколько? /oncall put РАСПИСАНИЕ КОНТАКТ 8h",
    viewer="Здесь вы можете только читать: ваша роль viewer.",
    admins="Других ставит только admin; /oncall take ставит вас.",
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One command about who is on call, by whom."""

    tx: WriteVerbs
    text: str
    contact: Contact
    now_ms: int


class OnCallChat:
    """See the module."""

    def __init__(self, settings: Callable[[], Settings], postage: Callable[[], Postage]) -> None:
        self._settings = settings
        self._postage = postage

    def who(self, ask: Ask) -> str:
        """One line for each schedule: who is called now."""
        roster, said = self._roster(ask), _said(ask.contact)
        lines = [f"{name}: {_called(roster, name, said)}" for name in roster.settings.schedules]
        return "\n".join(lines) or said.none

    def oncall(self, ask: Ask) -> str:
        """Who, until when, and who then; or what is to be done: take, swap, put.

        :raises Refused: as the desk does.
        """
        word, _, rest = ask.text.strip().partition(" ")
        acts = {"take": self._take, "swap": self._swap, "put": self._put}.get(word.lower())
        if acts is None:
            return self._shown(ask, word)
        if ask.contact.role == VIEWER:
            return _said(ask.contact).viewer
        return acts(ask, rest.split())

    def answer(self, ask: Ask) -> str:
        """Yes or no to a swap that was asked of whoever writes.

        :raises Refused: as the desk does.
        """
        said, reply = _said(ask.contact), read_swap_reply(ask.text)
        match reply:
            case SwapReply(code, agrees) if agrees is not None:
                swap = answer_swap(ask.tx, code, self._desk(ask), by=ask.contact.name, agrees=agrees)
                if swap.state is SwapState.LAPSED:
                    return words_for(ask.contact).called_off(swap.code, swap.schedule)
                agreed = swap.state is SwapState.AGREED
                return (said.agreed if agreed else said.declined).format(swap.code)
        return said.how_answer

    # -- looking ---------------------------------------------------------------------------------

    def _shown(self, ask: Ask, name: str) -> str:
        roster, said = self._roster(ask), _said(ask.contact)
        names = [schedule_named(name, roster.settings).name] if name else list(roster.settings.schedules)
        return "\n".join(self._line(roster, each, ask.contact) for each in names) or said.none

    def _line(self, roster: Roster, name: str, contact: Contact) -> str:
        said, words = _said(contact), words_for(contact)

        def named(shift: Shift) -> str:
            return f"{shift.contact or said.nobody} {words.until(shift.ends)}"

        first = f"{_called(roster, name, said)} {words.until(roster.shift(name).ends)}"
        following = [named(shift) for shift in islice(roster.upcoming(name), SHIFTS_SHOWN)]
        return f", {said.then} ".join([f"{name}: {first}", *following])

    # -- acting ----------------------------------------------------------------------------------

    def _take(self, ask: Ask, words: list[str]) -> str:
        lasts = duration_of(words[-1]) if words else None
        named = words[:-1] if lasts else words
        schedule = self._one(ask, named[0] if named else "")
        row = take_over(ask.tx, schedule, ask.contact.name, lasts, self._roster(ask))
        until = words_for(ask.contact).until(row.override.ends)
        return _said(ask.contact).taken.format(schedule, until)

    def _swap(self, ask: Ask, words: list[str]) -> str:
        if not words:
            return _said(ask.contact).how_swap
        desk = self._desk(ask)
        schedule = words[1] if len(words) > 1 else ""
        wanted = Trade(ask.contact.name, words[0], desk.roster.at, schedule=schedule)
        swap = ask_swap(ask.tx, wanted, desk, by=ask.contact.name)
        due = words_for(ask.contact).at(from_ms(swap.due_ms))
        return _said(ask.contact).asked.format(swap.other, swap.code, due)

    def _put(self, ask: Ask, words: list[str]) -> str:
        said = _said(ask.contact)
        if ask.contact.role != ADMIN:
            raise NotAllowed(said.admins)
        lasts = duration_of(words[2]) if len(words) == 3 else None
        if lasts is None:
            return said.how_put
        roster = self._roster(ask)
        wanted = Placed(words[0], words[1], roster.at, roster.at + lasts)
        row = put_on_call(ask.tx, wanted, roster, by=ask.contact.name)
        until = words_for(ask.contact).until(row.override.ends)
        return said.put.format(row.override.contact, row.schedule, until)

    def _one(self, ask: Ask, name: str) -> str:
        """The schedule that is named, or the only one there is."""
        known = self._settings().schedules
        if name or len(known) != 1:
            if not name:
                raise Refused(f"which schedule? {', '.join(known) or _said(ask.contact).none}")
            return schedule_named(name, self._settings()).name
        return next(iter(known))

    def _desk(self, ask: Ask) -> Desk:
        return Desk(self._roster(ask), self._postage())

    def _roster(self, ask: Ask) -> Roster:
        return roster_of(ask.tx, self._settings(), ask.now_ms)


def _called(roster: Roster, name: str, said: Said) -> str:
    called = roster.called(name)
    return said.stands_in.format(called.contact) if called.is_gap else called.contact


def _said(contact: Contact) -> Said:
    return RUSSIAN if contact.language == "ru" else ENGLISH


def duration_of(text: str) -> timedelta | None:
    """``30m``, ``2h``, ``1d``; None when it is none of these."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    number, unit = text[:-1], text[-1:].lower()
    if unit not in units or not _DIGITS.fullmatch(number) or not int(number):
        return None
    return timedelta(**{units[unit]: int(number)})
