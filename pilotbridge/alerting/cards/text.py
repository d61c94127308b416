"""What a card says: the incident, its alerts, who was told and who took it, as plain text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pilotbridge.alerting.cards.wording import CLEAR, ICONS, STALE, Words, words_of
from pilotbridge.alerting.facts import VALUE_MAX, duration, shorten, what_differs
from pilotbridge.lifecycle import State
from pilotbridge.model import Alert, AlertState, Incident, Message, Silence

TEXT_MAX = 4096
"""UTF-16 units; more no chat of ours takes."""
NAMED_MAX = 20
SUMMARY_MAX = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a card is made of. ``alerts`` are as many as were loaded, those that fire first."""

    incident: Incident
    alerts: Sequence[Alert]
    messages: Sequence[Message]
    zone: str
    language: str
    now: datetime
    silence: Silence | None = None

    @property
    def words(self) -> Words:
        return words_of(self.language)


def card_text(shown: Shown) -> str:
    """At most :data:`TEXT_MAX` UTF-16 units; what does not fit is counted, not cut in the middle."""
    head, tail = _head(shown), _tail(shown)
    lines = [_alert_line(alert) for alert in shown.alerts[:NAMED_MAX]]
    hidden = max(shown.incident.alerts, len(shown.alerts)) - len(lines)
    while True:
        more = [shown.words.more.format(hidden)] if hidden > 0 else []
        text = "\n".join([*head, *lines, *more, *tail])
        if not lines or _units(text) <= TEXT_MAX:
            return text if _units(text) <= TEXT_MAX else shorten(text, TEXT_MAX // 2)
        lines.pop()
        hidden += 1


def details_text(shown: Shown) -> str:
    """Every label and annotation of as many alerts as fit."""
    text = f"#{shown.incident.ref} {shown.incident.name}"
    for number, alert in enumerate(shown.alerts):
        more = f"\n\n{_alert_line(alert)}\n" + "\n".join(_fields(alert))
        if _units(text + more) > TEXT_MAX - 100:
            return text + "\n\n" + shown.words.more.format(len(shown.alerts) - number)
        text += more
    return text


def _fields(alert: Alert) -> Iterable[str]:
    yield from (f"{name}={value}" for name, value in alert.labels.items())
    yield from (f"{name}: {shorten(value, 500)}" for name, value in alert.annotations.items())
    if alert.url:
        yield alert.url


# --- lines ------------------------------------------------------------------------------------------


def _head(shown: Shown) -> list[str]:
    incident, words = shown.incident, shown.words
    since = words.since.format(_clock(incident.opened_at, shown))
    firing = sum(alert.state is AlertState.FIRING for alert in shown.alerts)
    if incident.closed_at is not None:
        is_stale = incident.ended == "stale"
        icon, word = (STALE, words.stale) if is_stale else (CLEAR, words.clear)
        counts = words.lasted.format(_lasted(incident, shown.language))
    else:
        icon, word = ICONS[incident.severity], words.severity[incident.severity]
        over = len(shown.alerts) - firing
        known = max(incident.alerts, firing)
        counts = ", ".join([words.firing.format(known), *([words.over.format(over)] if over else [])])
    lines = [f"{icon} {word} {incident.name} #{incident.ref}", f"{counts}, {since}"]
    if incident.acknowledged_at is not None:
        taken = words.taken.format(incident.acknowledged_by, _clock(incident.acknowledged_at, shown))
        lines.append(f"✋ {taken}" + (f": {incident.note}" if incident.note else ""))
    if shown.silence is not None and incident.closed_at is None:
        until, author = _clock(shown.silence.ends_at, shown), shown.silence.author
        lines.append(f"🔕 {words.silent.format(until, author)}")
    return [*lines, ""]


def _alert_line(alert: Alert) -> str:
    mark = "•" if alert.state is AlertState.FIRING else "✓"
    said = alert.annotations.get("value") or alert.annotations.get("summary")
    most = VALUE_MAX if alert.annotations.get("value") else SUMMARY_MAX
    return " ".join(filter(None, (mark, alert.name, what_differs([alert]), shorten(said, most))))


def _tail(shown: Shown) -> list[str]:
    """What became of the newest SMS to each person."""
    newest = {message.contact or str(message.recipient): message for message in shown.messages}
    if not newest:
        return []
    fates = ", ".join(f"{who} {_fate(message, shown)}" for who, message in newest.items())
    return ["", f"{shown.words.told}: {shorten(fates, 700)}"]


def _fate(message: Message, shown: Shown) -> str:
    said = shown.words.fate[message.state].format(shorten(message.reason, 60))
    at = message.settled_at if message.state is State.DELIVERED else None
    return f"{said} {_clock(at, shown)}" if at else said


def _clock(moment: datetime, shown: Shown) -> str:
    zone = ZoneInfo(shown.zone)
    local, today = moment.astimezone(zone), shown.now.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%d.%m. %H:%M}"


def _lasted(incident: Incident, language: str) -> str:
    assert incident.closed_at is not None
    lasted = duration(incident.closed_at - incident.opened_at)
    letters = words_of(language).units
    parts = [f"{lasted[unit]}{letter}" for unit, letter in zip("dhms", letters, strict=True) if lasted[unit]]
    return "".join(parts[:2]) or f"0{letters[-1]}"


def _units(text: str) -> int:
    return len(text) + sum(ord(char) > 0xFFFF for char in text)
