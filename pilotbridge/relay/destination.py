"""Where an SMS that came in is relayed to, and how it reads there. Pure: rows and clock are the caller's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.model import InboundSms
from pilotbridge.outbox.posts.rooms import Room, find_room
from pilotbridge.relay.lines import line_of
from pilotbridge.relay.rooms import line_named
from pilotbridge.sms_text import strip_invisible

LATE_AFTER = timedelta(minutes=10)
"""An SMS that is relayed later than this has its own time in front."""
NO_CHAT = "no chat is configured"


@dataclass(frozen=True, slots=True)
class Destination:
    """A line's room. ``aside`` is what an operator should know of the choice."""

    line: RelayLine
    room: Room
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Stays:
    """It stays in the inbox, and why."""

    reason: str


def destination_of(sms: InboundSms, chosen: str, settings: Settings, now: datetime) -> Destination | Stays:
    """Where ``sms`` goes; ``chosen`` is what a plugin said: a room, another line, or nothing."""
    if not settings.chats:
        return Stays(f"{chosen} was chosen, and {NO_CHAT}" if chosen else NO_CHAT)
    own = line_of(sms, settings)
    line = line_named(chosen, settings) or own
    if line is None:
        number = sms.number or "(none)"
        return Stays(f"no line has the number {number} and the prefix of this text; add it to relay.lines")
    named = find_room(chosen, settings) if chosen else None
    room = named or find_room(line.room, settings)
    if room is None:
        return Stays(f"the line {line.name} has no room; write one into relay.lines")
    if now - sms.created_at > line.max_age:
        age, most = _in_hours(now - sms.created_at), _in_hours(line.max_age)
        return Stays(f"it is {age} old, older than max_age of the line {line.name} ({most})")
    is_unknown = bool(chosen) and named is None and line.name != chosen
    aside = f"{chosen} was chosen, which is neither a room nor a line" if is_unknown else ""
    return Destination(line, room, aside)


def relayed_text(text: str, written_at: datetime, zone: str, now: datetime) -> str:
    """What people read: the text, after its own time when it comes late."""
    shown = text if strip_invisible(text).strip() else "(empty)"  # a chat takes no text that shows nothing
    if now - written_at <= LATE_AFTER:
        return shown
    at, today = written_at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    return f"[{at:%H:%M}] {shown}" if at.date() == today else f"[{at:%d.%m. %H:%M}] {shown}"


def cut(text: str, units_max: int) -> list[str]:
    """``text`` in posts of at most so many UTF-16 units, divided at spaces where there are any."""
    pieces = []
    while _units(text) > units_max:
        end = _fitting(text, units_max)
        space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        end = space if space > end // 2 else end
        pieces.append(text[:end])
        text = text[end:].removeprefix(" ")
    return [*pieces, text]


def _fitting(text: str, units_max: int) -> int:
    """How many characters of ``text`` fit."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > units_max:
            return max(at, 1)
    return len(text)


def _units(text: str) -> int:
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def _in_hours(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"
