"""What can be run and hardly makes sense: times that never come, rules that never hold, words nobody writes.

Everything here is a warning: Alertmanager would load it, and the bridge can be run with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotbridge.config.diagnostics import Path
from pilotbridge.config.exclusion import excluding, implied
from pilotbridge.config.fields import read_duration, write_duration
from pilotbridge.config.reading import Reading
from pilotbridge.config.routes import place_of
from pilotbridge.config.settings import SEVERITY, InhibitRule, Settings, When
from pilotbridge.intervals import LOOKS_AHEAD_DAYS, TimeInterval, comes, contains, next_change
from pilotbridge.matcher import Matcher, Matchers, Op
from pilotbridge.model import Severity, Way

_SECOND, _MINUTE, _HOUR, _DAY = (timedelta(seconds=each) for each in (1, 60, 3_600, 86_400))
_USUAL: Mapping[tuple[str, str], tuple[timedelta, timedelta, str]] = {
    ("route", "group_wait"): (timedelta(), _HOUR, "nobody hears of anything new before that"),
    ("route", "group_interval"): (_SECOND, _DAY, "news of a group wait so long"),
    ("route", "repeat_interval"): (_MINUTE, 3660 * _DAY, "the same is told again so often"),
    ("route", "within"): (_MINUTE, 30 * _DAY, "incidents are counted in that time"),
    ("route", "hold"): (_SECOND, _DAY, "what flaps has to fire so long to be told"),
    ("receivers", "after"): (timedelta(), _DAY, "most incidents are over before this step comes"),
    ("receivers", "acknowledged_for"): (_MINUTE, 30 * _DAY, "who takes it has quiet so long"),
    ("schedules", "every"): (_HOUR, 366 * _DAY, "whoever is on call stays so long"),
    ("storm", "within"): (_SECOND, _DAY, "incidents are counted in that time"),
    ("storm", "then_every"): (_SECOND, _DAY, "a storm that grows is told again so often"),
    ("sources", "stale_after"): (5 * _MINUTE, 365 * _DAY, "what is not heard of for so long ends as stale"),
    ("privacy", "texts"): (_DAY, 36_500 * _DAY, "finished messages are gone after that"),
    ("privacy", "journal"): (_HOUR, 36_500 * _DAY, "bodies are gone after that"),
}
"""By the first and the last key of a place: what people mean lies between; and what it does."""
_ENDLESS = timedelta(LOOKS_AHEAD_DAYS - 1)
_RUN_TOGETHER = re.compile(r"^[=~]|\s(?:and|or|&&|\|\|)\s+\S+?\s*(?:=|!)", re.IGNORECASE)


def warn_of_nonsense(reading: Reading, settings: Settings, now: datetime) -> None:
    _warn_of_durations(reading)
    _warn_of_repeats(reading, settings)
    _warn_of_intervals(reading, settings, now)
    _warn_of_quiet(reading, settings, now)
    _warn_of_silence(reading, settings)
    _warn_of_idle_steps(reading, settings)
    for condition in _conditions(settings):
        _warn_of_matchers(reading, condition, settings)
    are_all = len(settings.inhibit_rules) == reading.count(("inhibit_rules",))
    for index, rule in enumerate(settings.inhibit_rules if are_all else ()):
        if why := _why_idle(rule):
            reading.warn("idle-inhibition", ("inhibit_rules", index), why, "mend it or remove it", key=True)


# --- durations --------------------------------------------------------------------------------------


def _warn_of_durations(reading: Reading) -> None:
    for path in reading.document.paths():
        usual = _USUAL.get((str(path[0]), str(path[-1]))) if len(path) > 1 else None
        if usual is None or path[-2] in ("match", "match_re"):
            continue
        try:
            written = read_duration(reading.document.get(path))
        except ValueError:
            continue
        low, high, does = usual
        if written and not low <= written <= high:
            cause = f"{write_duration(written)} is {'little' if written < low else 'much'}: {does}"
            fix = f"{write_duration(low)} to {write_duration(high)} is usual"
            reading.warn("odd-duration", path, cause, fix)


def _warn_of_repeats(reading: Reading, settings: Settings) -> None:
    """Where either is written: what is inherited whole was told of above."""
    for node in settings.route.walk():
        place = place_of(node)
        written = [key for key in ("repeat_interval", "group_interval") if reading.has(place, key)]
        if not written or node.repeat_interval >= node.group_interval:
            continue
        repeat, news = write_duration(node.repeat_interval), write_duration(node.group_interval)
        cause = (
            f"the same is told again after {repeat}, and news wait {news}; Alertmanager repeats after {news}"
        )
        fix = f"repeat_interval: {news} or more, or a shorter group_interval"
        reading.warn("odd-duration", (*place, written[0]), cause, fix)


# --- times ------------------------------------------------------------------------------------------


def _warn_of_intervals(reading: Reading, settings: Settings, now: datetime) -> None:
    used = _words(reading, ("route", "relay", "schedules", "plugins"))
    for index in range(reading.count(("time_intervals",))):
        path: Path = ("time_intervals", index)
        name = reading.text((*path, "name"))
        intervals, written = settings.time_intervals.get(name, ()), reading.count((*path, "time_intervals"))
        if name and name not in used:
            reading.warn("unused-interval", (*path, "name"), f"nothing names {name}", "remove it")
        if name and not written:
            fix = "add { weekdays: ['saturday', 'sunday'] }"
            reading.warn("odd-interval", path, f"{name} has no time, so it never comes", fix, key=True)
        for at, each in enumerate(intervals if len(intervals) == written else ()):
            if not comes(each, now.date()):
                cause = f"no day of {name} comes any more"
                fix = "look at days_of_month, months and years"
                reading.warn("odd-interval", (*path, "time_intervals", at), cause, fix)


def _words(reading: Reading, blocks: Sequence[str]) -> set[str]:
    """Every text in ``blocks``."""
    paths = (path for path in reading.document.paths() if path and path[0] in blocks)
    return {text for path in paths if isinstance(text := reading.document.get(path), str)}


def _warn_of_quiet(reading: Reading, settings: Settings, now: datetime) -> None:
    """Routes and people that are quiet for good."""
    for node in settings.route.walk():
        muted, active = (
            [each for name in names for each in settings.time_intervals.get(name, ())]
            for names in (node.mute_time_intervals, node.active_time_intervals)
        )
        never = node.active_time_intervals and _lasts(active, now, inside=False)
        key = "active_time_intervals" if never else "mute_time_intervals"
        if never or _lasts(muted, now, inside=True):
            cause = f"{node.receiver} hears nothing by this route for more than a year"
            reading.warn(
                "silent-route", (*place_of(node), key), cause, "look at the time intervals", key=True
            )
    for contact in settings.contacts.values():
        if _lasts(contact.quiet_hours, now, inside=True):
            cause = f"{contact.name} is quiet at all times: what is not critical never comes"
            path: Path = ("contacts", contact.name, "quiet_hours")
            reading.warn("odd-interval", path, cause, "write when they sleep, like 22:00-07:00")


def _lasts(intervals: Sequence[TimeInterval], now: datetime, *, inside: bool) -> bool:
    """Whether it stays so, within (or outside of) the intervals, as far as one looks."""
    is_so = contains(intervals, now) is inside
    return is_so and next_change(intervals, now) - now > _ENDLESS


# --- who is told ------------------------------------------------------------------------------------


def _warn_of_silence(reading: Reading, settings: Settings) -> None:
    """Receivers that tell nobody, where somebody has to be told."""
    for path, name, of in (
        (("route", "receiver"), settings.route.receiver, "what no other route takes"),
        (("bridge", "troubles"), settings.bridge.troubles, "the bridge's own Troubles"),
    ):
        receiver = settings.receivers.get(name)
        if receiver is not None and not receiver.steps:
            reading.warn("nobody-told", path, f"{name} tells nobody: not of {of}", "give it steps")


def _warn_of_idle_steps(reading: Reading, settings: Settings) -> None:
    """A step that waits for a failed SMS where none is sent; a chat that is down leaves it untold, too."""
    for index in range(reading.count(("receivers",))):
        receiver = settings.receivers.get(reading.text(("receivers", index, "name")))
        steps = receiver.steps if receiver else ()
        for at, step in enumerate(steps):
            are_chats = all(each.way is Way.CHAT for told in steps[: at + 1] for each in told.notify)
            if step.when is When.FAILED and are_chats:
                cause = "it waits for an SMS that fails, and nobody is texted before it"
                path: Path = ("receivers", index, "steps", at, "when")
                reading.warn("idle-step", path, cause, "write when: unacknowledged and after: 5m")


# --- conditions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Condition:
    path: Path
    matchers: Matchers


def _conditions(settings: Settings) -> Iterator[_Condition]:
    for node in settings.route.walk():
        yield _Condition((*place_of(node), "matchers"), node.matchers)
    for index, rule in enumerate(settings.inhibit_rules):
        yield _Condition(("inhibit_rules", index, "source_matchers"), rule.source)
        yield _Condition(("inhibit_rules", index, "target_matchers"), rule.target)
    for index, matchers in enumerate(settings.limits.critical):
        yield _Condition(("limits", "critical", index), matchers)


def _warn_of_matchers(reading: Reading, condition: _Condition, settings: Settings) -> None:
    keeps = any(source.keep_severity for source in settings.sources.values())
    for matcher in condition.matchers:
        if matcher.op is Op.EQUAL and _RUN_TOGETHER.search(matcher.value):
            cause = f"the whole of {matcher.value!r} is what {matcher.name} would have to be"
            fix = "write each condition by itself: [a=b, c=d]"
            reading.warn("odd-matcher", condition.path, cause, fix)
        elif not keeps and _is_strange(matcher):
            cause = f"no alert has {matcher}: severity is critical, warning or info here"
            fix = "use one of them, or severity_raw for the sender's word; keep_severity leaves it"
            reading.warn("odd-severity", condition.path, cause, fix)


def _is_strange(matcher: Matcher) -> bool:
    if matcher.name != SEVERITY or matcher.op not in (Op.EQUAL, Op.MATCHES):
        return False
    return not any(matcher.matches({SEVERITY: each.value}) for each in Severity)


def _why_idle(rule: InhibitRule) -> str:
    """Why the rule keeps nothing quiet; empty when it may."""
    for side, matchers in (("source", rule.source), ("target", rule.target)):
        if clash := excluding(matchers):
            return f"it never holds: in its {side}, {' and '.join(map(str, clash))} exclude each other"
    equal = [each for each in (*rule.source, *rule.target) if each.name in rule.equal]
    if clash := excluding(equal):
        return f"it never holds: {' and '.join(map(str, clash))}, and {clash[0].name} has to be equal"
    if _are_same(rule.source, rule.target):
        return "it never holds: what is a target is a source too, and such ones keep each other loud"
    return ""


def _are_same(source: Iterable[Matcher], target: Iterable[Matcher]) -> bool:
    one, other = Matchers(tuple(source)), Matchers(tuple(target))
    return implied(one, other) and implied(other, one)
