"""What a text may say of a notification, as plain data: names, what differs, values, times.

Pure; it hands out strings, numbers, lists and dicts only, because templates are given nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pilotbridge.alerting.severity import GRADE, LABEL, OWN_WORD, RANK, WAS, severity_of
from pilotbridge.model import Alert, Notification, Reason, Severity, StepTold

NAME_MAX, WHAT_MAX, VALUE_MAX = 60, 60, 40
NAMED_ALERTS = 20
"""So many alerts a template gets with all their labels."""

# What people call the thing that is broken, the most telling first.
_TELLING = ("instance", "host", "hostname", "node", "server", "pod", "device", "service", "job", "what")
_UNTELLING = frozenset({"alertname", LABEL, OWN_WORD, GRADE})
_DAYS, _HOURS, _MINUTES = 86_400, 3_600, 60
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def facts_of(notification: Notification, language: str) -> dict[str, Any]:
    """Everything a template may use."""
    facts = Facts(notification, language)
    firing = _alerts(notification.firing, facts.clock)
    return {name: getattr(facts, name) for name in FACTS} | {
        "reason": notification.reason.value,
        "severity": facts.severity.value,
        "ref": str(notification.incident.ref),
        "number": notification.number,
        "labels": notification.incident.group.labels.as_dict(),
        "contact": {"name": notification.contact.name, "language": notification.contact.language},
        "firing": firing,
        # Of a new incident they are the same alerts; nothing in a text can change them.
        "new": firing if notification.new == notification.firing else _alerts(notification.new, facts.clock),
        "resolved": _alerts(notification.resolved, facts.clock),
        "now": notification.firing_count,
        "left_out": notification.left_out,
        "stale": notification.stale,
    }


class Facts:
    """What a text says of ``notification`` in ``language``; each fact is found out when it is asked for.

    ``shown`` are the alerts it is about, ``count`` how many they are in all.
    """

    __slots__ = ("_now", "_zone", "count", "language", "notification", "shown")

    def __init__(self, notification: Notification, language: str) -> None:
        self.notification = notification
        self.language = language
        self.shown, self.count = _shown(notification)
        self._zone = ZoneInfo(notification.contact.zone)
        self._now = notification.at.astimezone(self._zone)

    @property
    def severity(self) -> Severity:
        """The worst of what fires, or of what is over."""
        alerts = self.notification.firing or self.shown
        return max(map(_severity, alerts), key=RANK.__getitem__, default=Severity.CRITICAL)

    @property
    def name(self) -> str:
        shown = self.shown
        return shorten(name_of(shown, self.count) if shown else self.notification.incident.name, NAME_MAX)

    @property
    def what(self) -> str:
        return what_differs(self.shown, self.count)

    @property
    def value(self) -> str:
        return shorten(_joined(alert.annotations.get("value") for alert in self.shown), VALUE_MAX)

    @property
    def summary(self) -> str:
        return _joined(alert.annotations.get("summary") for alert in self.shown[:1])

    @property
    def time(self) -> str:
        """When the first of them began, as the contact's clock shows it."""
        return self.clock(self._began)

    @property
    def after(self) -> dict[str, int]:
        """How long it lasted."""
        ended = max((alert.ends_at or self.notification.at for alert in self.shown), default=None)
        return duration(max((ended or self.notification.at) - self._began, timedelta(0)))

    @property
    def step(self) -> dict[str, Any]:
        """What an escalation says of itself; of anything else an empty one."""
        return _step(self.notification.step)

    @property
    def test(self) -> bool:
        return any(alert.is_test for alert in self.shown)

    @property
    def risen(self) -> bool:
        """Whether the new alerts are worse than the others that fire."""
        return _has_risen(self.notification)

    @property
    def worse(self) -> bool:
        """Whether any of the new ones was known before, as less."""
        return any(WAS in alert.annotations for alert in self.notification.new)

    @property
    def _began(self) -> datetime:
        opened_at = self.notification.incident.opened_at
        return min((alert.starts_at for alert in self.shown), default=opened_at)

    def clock(self, moment: datetime) -> str:
        """A moment as the contact's clock shows it."""
        return clock_time(moment.astimezone(self._zone), self._now, self.language)


FACTS = ("name", "what", "value", "summary", "time", "after", "count", "step", "test", "risen", "worse")


def _has_risen(notification: Notification) -> bool:
    """Whether the new alerts are worse than the others that fire, as far as those are loaded."""
    new = {alert.labels for alert in notification.new}
    others = [RANK[_severity(alert)] for alert in notification.firing if alert.labels not in new]
    return bool(others and new) and max(RANK[_severity(each)] for each in notification.new) > max(others)


def _step(step: StepTold | None) -> dict[str, Any]:
    """What an escalation says of itself; of anything else an empty one."""
    if step is None:
        return {}
    who = [name[:1].upper() + name[1:] for name in step.who]
    return {
        "number": step.number,
        "of": step.of,
        "cause": step.cause,
        "who": _listed(who),
        "waited": duration(step.waited),
    }


def _shown(notification: Notification) -> tuple[tuple[Alert, ...], int]:
    """The alerts this notification is about, and how many they are in all."""
    match notification.reason:
        case Reason.NEW_ALERTS:
            return notification.new, notification.new_count
        case Reason.SOME_RESOLVED | Reason.ALL_RESOLVED:
            return notification.resolved, notification.resolved_count
        case _:
            return notification.firing, notification.firing_count


def name_of(alerts: Sequence[Alert], count: int) -> str:
    """The name of ``count`` alerts of which these are loaded, or the first of their names and how many more.

    How many more is only said where all are loaded.
    """
    names = list(dict.fromkeys(alert.name for alert in alerts))
    if len(names) == 1:
        return names[0]
    return names[0] + ("+.." if count > len(alerts) else f"+{len(names) - 1}")


def what_differs(alerts: Sequence[Alert], count: int = 0) -> str:
    """The values that tell ``count`` alerts apart of which these are loaded: ``db01,db02``.

    Of a single one it is the most telling label.
    """
    are_all = count <= len(alerts)
    names = sorted({name for alert in alerts for name in alert.labels} - _UNTELLING, key=_telling)
    for name in names:
        values = list(dict.fromkeys(_short_value(name, alert.labels.get(name)) for alert in alerts))
        if len(values) > 1 or (len(alerts) == 1 and name in _TELLING):
            return _listed([value for value in values if value], are_all=are_all)
    common = next((name for name in names if name in _TELLING), None)
    return _listed([_short_value(common, alerts[0].labels.get(common))]) if common else ""


def _telling(name: str) -> tuple[int, str]:
    return (_TELLING.index(name) if name in _TELLING else len(_TELLING), name)


def _short_value(name: str, value: str) -> str:
    """Without the port that exporters have: nobody looks for db01 by it."""
    host, colon, port = value.rpartition(":")
    return host if name == "instance" and colon and port.isdigit() and host else value


def _listed(values: Sequence[str], *, are_all: bool = True) -> str:
    """As many values as there is room for, and how many more there are, where that is known."""
    text, room = "", WHAT_MAX
    for index, value in enumerate(values):
        more = f",{value}" if text else shorten(value, WHAT_MAX)
        if len(more) > room:
            return text + (f"+{len(values) - index}" if are_all else ",..")
        text, room = text + more, room - len(more)
    return text if are_all else f"{text},.."


def _joined(values: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(value.strip() for value in values if value.strip()))


def _severity(alert: Alert) -> Severity:
    return severity_of(alert.labels)


def shorten(text: str, length: int) -> str:
    """``text`` within ``length`` characters, its cut visible."""
    return text if len(text) <= length else text[: length - 2].rstrip() + ".."


def clock_time(moment: datetime, now: datetime, language: str) -> str:
    """``03:14``, with the date when that is not today; both are local times already."""
    time = f"{moment.hour:02}:{moment.minute:02}"
    if moment.date() == now.date():
        return time
    date = f"{moment:%d.%m}" if language == "ru" else f"{moment.day} {_MONTHS[moment.month - 1]}"
    return f"{date} {time}"


def duration(lasted: timedelta) -> dict[str, int]:
    """Days, hours, minutes and seconds, for each language to write in its own letters."""
    seconds = int(lasted.total_seconds())
    return {
        "d": seconds // _DAYS,
        "h": seconds % _DAYS // _HOURS,
        "m": seconds % _HOURS // _MINUTES,
        "s": seconds % _MINUTES,
    }


def _alerts(alerts: Sequence[Alert], when: Callable[[datetime], str]) -> list[dict[str, Any]]:
    return [
        {
            "name": alert.name,
            "severity": alert.labels.get(GRADE) or alert.labels.get(LABEL),
            "labels": alert.labels.as_dict(),
            "annotations": alert.annotations.as_dict(),
            "time": when(alert.starts_at),
            "url": alert.url,
        }
        for alert in alerts[:NAMED_ALERTS]
    ]
