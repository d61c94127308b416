"""Whether a storm has something to say now, and how its SMS reads. Pure.

It decides from the storm's row and its incidents; sending is others' work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pilotbridge.alerting.facts import clock_time, duration
from pilotbridge.alerting.severity import RANK
from pilotbridge.alerting.storms.sharing import room_of, shared
from pilotbridge.config.settings import StormSettings
from pilotbridge.model import Contact, Severity
from pilotbridge.sms_text import transliterate
from pilotbridge.store.records import Storm, StormMember

NAMES_MAX = 6
REF_MAX = len(" #1234.99")


class Kind(StrEnum):
    """What there is to say."""

    BEGINS = "begins"
    GROWS = "grows"
    STILL = "still"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Word:
    """Say ``kind`` now (None: nothing), and look again at ``due_ms`` (None: it is over)."""

    kind: Kind | None
    due_ms: int | None


def decide(storm: Storm, members: Sequence[StormMember], rules: StormSettings, now_ms: int) -> Word:
    """What is due for ``storm``."""
    within_ms, every_ms = (int(each.total_seconds() * 1000) for each in (rules.within, rules.then_every))
    open_ones = sum(member.is_open for member in members)
    joined_ms = max((member.joined_at_ms for member in members), default=storm.opened_at_ms)
    if storm.told_at_ms is None:
        return Word(Kind.BEGINS, now_ms + every_ms) if open_ones else Word(None, None)
    if not open_ones and now_ms >= joined_ms + within_ms:
        return Word(Kind.OVER, None)
    if open_ones <= (rules.over or 0) and now_ms >= joined_ms + every_ms and open_ones:
        return Word(Kind.OVER, None)
    due_ms = storm.told_at_ms + every_ms
    if untold(storm, members):
        soon_ms = storm.told_at_ms + within_ms
        if now_ms >= due_ms or (new_names(storm, members) and now_ms >= soon_ms):
            kind = Kind.GROWS if len(members) > storm.told_count else Kind.STILL
            return Word(kind, now_ms + every_ms)
        return Word(None, soon_ms if new_names(storm, members) else due_ms)
    ends_ms = joined_ms + (every_ms if open_ones else within_ms)
    return Word(None, ends_ms if ends_ms > now_ms else now_ms + every_ms)


def untold(storm: Storm, members: Sequence[StormMember]) -> list[StormMember]:
    """Those that joined since its last SMS, and those in it that have something to say again."""
    before, joined = members[: storm.told_count], members[storm.told_count :]
    return [*(member for member in before if member.is_open and member.has_news), *joined]


def new_names(storm: Storm, members: Sequence[StormMember]) -> list[str]:
    """Names of critical incidents that no SMS of the storm has counted yet."""
    names = (member.name for member in members if member.severity is Severity.CRITICAL)
    return [name for name in dict.fromkeys(names) if name not in storm.names]


def text(
    kind: Kind, storm: Storm, members: Sequence[StormMember], contact: Contact, now: datetime, parts: int
) -> str:
    """Without the ref, which follows. Each name has its share of ``parts``, so that none hides the others."""
    language = "ru" if contact.sms_text == "ru" or contact.language == "ru" else "en"
    words = _RUSSIAN if language == "ru" else _ENGLISH
    open_ones = [member for member in members if member.is_open]
    if kind is Kind.OVER:
        return _over(words, members, open_ones, now, room_of(parts) - REF_MAX)
    zone = ZoneInfo(contact.zone)
    shown = open_ones if kind is Kind.BEGINS else untold(storm, members)
    worst = max((member.severity for member in shown), key=RANK.__getitem__, default=Severity.CRITICAL)
    began = min(member.opened_at for member in shown)
    time = clock_time(began.astimezone(zone), now.astimezone(zone), language)
    count = _count(kind, words, len(members) - storm.told_count, len(open_ones))
    head, tail = f"{words['storm']} {count} {words[worst.value]}: ", f" {time}"
    room = room_of(parts) - REF_MAX - len(transliterate(head + tail))
    return head + _names(shown, room) + tail


def _count(kind: Kind, words: dict[str, str], joined: int, open_now: int) -> str:
    match kind:
        case Kind.GROWS:
            return words["more"].format(joined, open_now)
        case Kind.STILL:
            return words["still"].format(open_now)
        case _:
            return f"x{open_now}"


def _over(
    words: dict[str, str],
    members: Sequence[StormMember],
    open_ones: Sequence[StormMember],
    now: datetime,
    room: int,
) -> str:
    lasted = _span(now - min(member.opened_at for member in members), words["units"])
    if not open_ones:
        return words["clear"].format(len(members), lasted)
    named = open_ones[:NAMES_MAX]
    more = f" +{len(open_ones) - NAMES_MAX}" if len(open_ones) > NAMES_MAX else ""
    frame = words["rest"].format(len(members) - len(open_ones), len(members), "{}" + more)
    left = room - len(transliterate(frame)) - sum(len(f", #{member.ref} ") for member in named)
    names = shared([member.name for member in named], left)
    rest = ", ".join(f"{name} #{member.ref}" for name, member in zip(names, named, strict=True))
    return frame.replace("{}", rest)


def _span(lasted: timedelta, units: str) -> str:
    """``17m``, ``2h5m``: the two largest of days, hours, minutes; seconds where nothing is larger."""
    spans = zip(duration(lasted).values(), units, strict=True)
    *large, seconds = [f"{count}{unit}" if count else "" for count, unit in spans]
    return "".join([span for span in large if span][:2]) or seconds or f"0{units[-1]}"


def _names(members: Sequence[StormMember], room: int) -> str:
    """The gravest and biggest first, within ``room`` characters: ``ApiDown x150, DiskFull, +12``."""
    counts = Counter(member.name for member in members)
    grave = {name: max(RANK[each.severity] for each in members if each.name == name) for name in counts}
    order = sorted(counts, key=lambda name: (-grave[name], -counts[name], name))
    named = order[:NAMES_MAX]
    times = [f" x{counts[name]}" if counts[name] > 1 else "" for name in named]
    more = [f"+{len(order) - NAMES_MAX}"] if len(order) > NAMES_MAX else []
    left = room - len(", ".join([*times, *more]))
    return ", ".join([*map(str.__add__, shared(named, left), times), *more])


_ENGLISH = {
    "storm": "STORM",
    "more": "+{} (now {})",
    "still": "still x{}",
    "clear": "STORM over: all {} clear after {}",
    "rest": "STORM over: {} of {} clear, still {}",
    "units": "dhms",
    "critical": "CRIT",
    "warning": "WARN",
    "info": "INFO",
}
_RUSSIAN = {
    "storm": "ШТОРМ",
    "more": "+{} (всего {})",
    "still": "всё ещё x{}",
    "clear": "ШТОРМ прошёл: снято {} через {}",
    "rest": "ШТОРМ прошёл: снято {} из {}, горит {}",
    "units": "дчмс",
    "critical": "КРИТ",
    "warning": "ВНИМ",
    "info": "ИНФО",
}
