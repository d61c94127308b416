"""The texts that we send unless the configuration has its own, in both languages.

Pure. They are what ``templates`` of the configuration stand in for.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pilotbridge.alerting.facts import Facts
from pilotbridge.model import Reason, Severity


class Words(msgspec.Struct, frozen=True):
    """One language's words; ``more`` and ``unheard`` have a place for what they speak of."""

    severities: Mapping[Severity, str]
    units: Mapping[str, str]
    test: str
    still: str
    worse: str
    now: str
    more: str
    step: str
    nobody: str
    silent: str
    passed_on: str
    not_reached: str
    clear: str
    after: str
    stale: str
    unheard: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        severities={Severity.CRITICAL: "CRIT", Severity.WARNING: "WARN", Severity.INFO: "INFO"},
        units={"d": "d", "h": "h", "m": "m", "s": "s"},
        test="TEST",
        still="STILL",
        worse="WORSE",
        now="now",
        more="({} more cut off by the sender)",
        step="ESC",
        nobody="nobody took it,",
        silent="silent",
        passed_on="passed it on",
        not_reached="not reached",
        clear="CLEAR",
        after="after",
        stale="STALE",
        unheard=" no more word of it, firing since {}",
    ),
    "ru": Words(
        severities={Severity.CRITICAL: "КРИТ", Severity.WARNING: "ВНИМ", Severity.INFO: "ИНФО"},
        units={"d": "д", "h": "ч", "m": "м", "s": "с"},
        test="ТЕСТ",
        still="ВСЁ ЕЩЁ",
        worse="ХУЖЕ",
        now="всего",
        more="(ещё {} отрезал отправитель)",
        step="ЭСК",
        nobody="никто не взял,",
        silent="молчит",
        passed_on="передал дальше",
        not_reached="вне связи",
        clear="СНЯТО",
        after="через",
        stale="НЕТ ВЕСТЕЙ",
        unheard=", горит с {}",
    ),
}


def built_in(facts: Facts, value: str) -> str:
    """The text for this notification, with ``value`` where its alerts say what is wrong.

    A language we have no words of gets English.
    """
    words = WORDS.get(facts.language) or WORDS["en"]
    match facts.notification.reason:
        case Reason.REPEAT:
            return f"{words.still} {_firing(facts, value, words)}"
        case Reason.NEW_ALERTS:
            said = _new(facts, value, words)
        case Reason.ESCALATION:
            said = f"{_step(facts, words)} {_firing(facts, value, words)}{_why(facts, words)}"
        case Reason.ALL_RESOLVED:
            said = _over(facts, words)
        case _:
            said = _firing(facts, value, words)
    return f"{words.test} {said}" if facts.test else said


def _firing(facts: Facts, value: str, words: Words) -> str:
    count = f" x{facts.count}" if facts.count > 1 else ""
    said = f"{words.severities[facts.severity]}{count}{_about(facts)}{_after_space(value)} {facts.time}"
    return f"{said}{_more(facts, words)}"


def _new(facts: Facts, value: str, words: Words) -> str:
    if facts.worse:
        return f"{words.worse} {_firing(facts, value, words)}"
    risen = f" {words.severities[facts.severity]}" if facts.risen else ""
    now = f"({words.now} {facts.notification.firing_count})"
    said = f"+{facts.count}{risen}{_about(facts)}{_after_space(value)} {now} {facts.time}"
    return f"{said}{_more(facts, words)}"


def _over(facts: Facts, words: Words) -> str:
    if facts.notification.stale:
        return f"{words.stale}{_about(facts)}{words.unheard.format(facts.time)}"
    return f"{words.clear}{_about(facts)} {words.after} {_duration(facts.after, words)}"


def _step(facts: Facts, words: Words) -> str:
    return f"{words.step} {facts.step['number']}/{facts.step['of']}"


def _why(facts: Facts, words: Words) -> str:
    """Why it is the next one's turn."""
    step = facts.step
    match step["cause"], step["who"]:
        case "silent", who:
            return f", {who or words.nobody} {words.silent} {_duration(step['waited'], words)}"
        case "passed_on", who:
            return f", {who} {words.passed_on}"
        case "time", _:
            return ""
        case _, who:
            return f", {who} {words.not_reached}" if who else ""


def _about(facts: Facts) -> str:
    return f" {facts.name}{_after_space(facts.what)}"


def _after_space(text: str) -> str:
    return f" {text}" if text else ""


def _more(facts: Facts, words: Words) -> str:
    left_out = facts.notification.left_out
    return f" {words.more.format(left_out)}" if left_out else ""


def _duration(lasted: Mapping[str, int], words: Words) -> str:
    """Days and hours, hours and minutes, or seconds."""
    shown = [unit for unit in "dhm" if lasted[unit] and not (unit == "m" and lasted["d"])]
    if not (lasted["d"] or lasted["h"] or lasted["m"]):
        shown = ["s"]
    return "".join(f"{lasted[unit]}{words.units[unit]}" for unit in shown)
