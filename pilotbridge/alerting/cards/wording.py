"""The words of a card and of its buttons, in each language, and what whoever presses one is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pilotbridge.chat import Button, Buttons
from pilotbridge.lifecycle import State
from pilotbridge.model import Severity

ICONS = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟠", Severity.INFO: "🔵"}
CLEAR, STALE = "🟢", "⚪"


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words; ``fate`` is what became of an SMS, ``units`` are days to seconds.

    What is on its way has one word, so that a card is not edited for each step.
    """

    severity: Mapping[Severity, str]
    clear: str
    stale: str
    firing: str
    over: str
    since: str
    lasted: str
    taken: str
    silent: str
    told: str
    more: str
    units: str
    fate: Mapping[State, str]


ENGLISH = Words(
    severity={Severity.CRITICAL: "CRIT", Severity.WARNING: "WARN", Severity.INFO: "INFO"},
    clear="CLEAR",
    stale="STALE",
    firing="{} firing",
    over="{} over",
    since="since {}",
    lasted="after {}",
    taken="Taken by {} at {}",
    silent="Silent until {} by {}",
    told="SMS",
    more="and {} more",
    units="dhms",
    fate={
        State.QUEUED: "on its way",
        State.HELD: "held: {}",
        State.SENDING: "on its way",
        State.IN_DOUBT: "in doubt",
        State.PARKED: "in doubt: {}",
        State.ACCEPTED: "on its way",
        State.DELIVERED: "delivered",
        State.UNDELIVERED: "not delivered: {}",
        State.UNCONFIRMED: "never confirmed",
        State.REFUSED: "refused: {}",
        State.CANCELLED: "not sent: {}",
        State.LAPSED: "too late: {}",
    },
)
RUSSIAN = Words(
    severity={Severity.CRITICAL: "КРИТ", Severity.WARNING: "ВНИМ", Severity.INFO: "ИНФО"},
    clear="СНЯТО",
    stale="НЕТ ВЕСТЕЙ",
    firing="горит: {}",
    over="снято: {}",
    since="с {}",
    lasted="через {}",
    taken="{} взял(а) в {}",
    silent="Тишина до {}, {}",
    told="SMS",
    more="и ещё {}",
    units="дчмс",
    fate={
        State.QUEUED: "в пути",
        State.HELD: "задержано: {}",
        State.SENDING: "в пути",
        State.IN_DOUBT: "неясно, дошло ли",
        State.PARKED: "неясно, дошло ли: {}",
        State.ACCEPTED: "в пути",
        State.DELIVERED: "доставлено",
        State.UNDELIVERED: "не доставлено: {}",
        State.UNCONFIRMED: "отправлено, без отчёта",
        State.REFUSED: "отказ: {}",
        State.CANCELLED: "не отправлено: {}",
        State.LAPSED: "опоздало: {}",
    },
)


def words_of(language: str) -> Words:
    """A language we have none for gets English."""
    return RUSSIAN if language == "ru" else ENGLISH


class Action(StrEnum):
    """What a button does; the word travels in its token."""

    TAKE = "take"
    GIVE_BACK = "back"
    QUIET_HOUR = "hour"
    QUIET = "clear"
    DETAILS = "more"


_EN = {
    Action.TAKE: "Take",
    Action.GIVE_BACK: "Give back",
    Action.QUIET_HOUR: "Silence 1 h",
    Action.QUIET: "Silence until clear",
    Action.DETAILS: "Details",
}
_RU = {
    Action.TAKE: "Беру",
    Action.GIVE_BACK: "Отдать",
    Action.QUIET_HOUR: "Тишина 1 ч",
    Action.QUIET: "Тишина до конца",
    Action.DETAILS: "Подробно",
}

FORGED = "This button means nothing"
VIEWER = "You may read here, not act"


def buttons_of(actions: tuple[tuple[Action, ...], ...], token: str, language: str) -> Buttons:
    """Rows of buttons; each carries the card's token and its action."""
    words = _RU if language == "ru" else _EN
    return tuple(tuple(Button(words[each], f"{token}.{each.value}") for each in row) for row in actions)
