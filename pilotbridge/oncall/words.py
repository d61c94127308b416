"""What people on call are texted about their shifts, in English and Russian, and in the letters they want.

Short, on one line, without characters that cost two places; who is told when is others' business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pilotbridge.config.settings import Settings
from pilotbridge.model import Contact, Line
from pilotbridge.phone import is_answerable
from pilotbridge.sms_text import clean, transliterate, unmix

PIECES_NAMED = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of time that changes hands: ``giver`` gives it to ``taker``."""

    giver: str
    taker: str
    starts: datetime
    ends: datetime


class Words:
    """English. Times are those of the contact's own clock."""

    yes, no = "YES", "NO"

    def __init__(self, contact: Contact) -> None:
        self._zone = ZoneInfo(contact.zone)

    def at(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%d.%m %H:%M}"

    def span(self, starts: datetime, ends: datetime) -> str:
        return f"{self.at(starts)}-{self.at(ends)}"

    def until(self, moment: datetime | None) -> str:
        return f"until {self.at(moment)}" if moment else "until further notice"

    def begins(self, schedule: str, until: datetime | None) -> str:
        return f"You are on call for {schedule} {self.until(until)}"

    def ended(self, schedule: str, name: str) -> str:
        return f"Your shift for {schedule} has ended, {name} is on call"

    def tested(self, schedule: str, at: datetime) -> str:
        return f"Test of your phone: your shift for {schedule} begins {self.at(at)}. No answer needed"

    def stays(self, schedule: str, comer: str) -> str:
        return f"You stay on call for {schedule}: the phone of {comer} is not proved. You hear when it is"

    def not_proved(self, schedule: str, leaver: str) -> str:
        return f"{leaver} stays on call for {schedule} until our test SMS reaches your phone"

    def asked(self, asker: str, schedule: str, pieces: Sequence[Piece], me: str) -> str:
        trades = ", ".join(
            f"{'you' if piece.taker == me else piece.taker} {self.span(piece.starts, piece.ends)}"
            for piece in pieces[:PIECES_NAMED]
        )
        more = f", and {len(pieces) - PIECES_NAMED} more" if len(pieces) > PIECES_NAMED else ""
        return f"{asker} asks to trade shifts of {schedule}: {trades}{more}"

    def how(self, code: str, line: Line | None, due: datetime) -> str:
        answer = f"YES {code} or NO {code}"
        if line is None:
            return f". Answer {answer} by {self.at(due)}"
        prefix = f"{line.prefix} " if line.prefix else ""
        return f". SMS {prefix}{answer} to +{line.number.removeprefix('+')} by {self.at(due)}"

    def agreed(self, other: str, code: str, schedule: str) -> str:
        return f"{other} agreed to {code}: your shifts of {schedule} are traded"

    def declined(self, other: str, code: str) -> str:
        return f"{other} declined {code}: nothing has changed"

    def lapsed(self, other: str, code: str) -> str:
        return f"{other} has not answered {code} in time: nothing has changed"

    def withdrawn(self, asker: str, code: str) -> str:
        return f"{code} is off: {asker} needs no answer any more"

    def called_off(self, code: str, schedule: str) -> str:
        return f"{code} is off: {schedule} has changed since it was asked. Nothing is traded, ask again"


class Russian(Words):
    """Russian."""

    yes, no = "ДА", "НЕТ"

    def until(self, moment: datetime | None) -> str:
        return f"до {self.at(moment)}" if moment else "до отмены"

    def begins(self, schedule: str, until: datetime | None) -> str:
        return f"Вы дежурите: {schedule} {self.until(until)}"

    def ended(self, schedule: str, name: str) -> str:
        return f"Ваша смена {schedule} окончена, дежурит {name}"

    def tested(self, schedule: str, at: datetime) -> str:
        return f"Проверка телефона: ваша смена {schedule} с {self.at(at)}. Отвечать не нужно"

    def stays(self, schedule: str, comer: str) -> str:
        return f"Вы остаётесь дежурить: {schedule}. Телефон {comer} не проверен, сообщим, когда будет"

    def not_proved(self, schedule: str, leaver: str) -> str:
        return f"{schedule}: дежурит {leaver}, пока до вас не дойдёт проверочная СМС"

    def asked(self, asker: str, schedule: str, pieces: Sequence[Piece], me: str) -> str:
        trades = ", ".join(
            f"{'вы' if piece.taker == me else piece.taker} {self.span(piece.starts, piece.ends)}"
            for piece in pieces[:PIECES_NAMED]
        )
        more = f", и еще {len(pieces) - PIECES_NAMED}" if len(pieces) > PIECES_NAMED else ""
        return f"{asker} просит поменяться, {schedule}: {trades}{more}"

    def how(self, code: str, line: Line | None, due: datetime) -> str:
        answer = f"ДА {code} или НЕТ {code}"
        if line is None:
            return f". Ответ {answer} до {self.at(due)}"
        prefix = f"{line.prefix} " if line.prefix else ""
        return f". СМС {prefix}{answer} на +{line.number.removeprefix('+')} до {self.at(due)}"

    def agreed(self, other: str, code: str, schedule: str) -> str:
        return f"{code}: {other} согласен, смены {schedule} обменены"

    def declined(self, other: str, code: str) -> str:
        return f"{code}: {other} отказался, всё по-старому"

    def lapsed(self, other: str, code: str) -> str:
        return f"{code}: {other} не ответил вовремя, всё по-старому"

    def withdrawn(self, asker: str, code: str) -> str:
        return f"{code} отменено: {asker} больше не ждёт ответа"

    def called_off(self, code: str, schedule: str) -> str:
        return f"{code} отменено: {schedule} с тех пор изменилось. Всё по-старому, спросите заново"


def words_for(contact: Contact) -> Words:
    """In the language of the contact; whoever wants Russian letters wants Russian."""
    is_russian = contact.sms_text == "ru" or contact.language == "ru"
    return Russian(contact) if is_russian else Words(contact)


def in_letters_of(contact: Contact, body: str) -> str:
    """``body`` as an SMS to the contact: in Latin letters unless they want Russian ones."""
    text = clean(body)
    return unmix(text) if contact.sms_text == "ru" else transliterate(text)


def line_to_answer(settings: Settings) -> Line | None:
    """Where an SMS is answered to, when its own sender cannot be."""
    gateway = next(iter(settings.gateways.values()), None)
    if gateway is None or is_answerable(gateway.sender):
        return None
    return gateway.reply_to
