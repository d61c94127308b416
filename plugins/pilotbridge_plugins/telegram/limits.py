"""When a call may be made within Telegram's limits, and whose turn it is when not all may.

It knows no clock and makes no call: the time is handed in, in seconds that nobody can set. Telegram calls its
figures approximate, so each window is a little longer here, and what it says itself (429) counts above all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from pilotbridge import Lane, RoomId

_ROOMS_MAX = 10_000
"""Above so many the windows of rooms that have been silent are forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``calls`` within any ``within_s``; ``kept`` of them are kept free for better lanes, by lane."""

    calls: int
    within_s: float
    kept: tuple[int, int, int] = (0, 0, 0)

    def room_for(self, lane: Lane) -> int:
        return self.calls - self.kept[lane]


ALL = Limit(22, 1.05, kept=(0, 2, 8))
"""Telegram allows 30; the bridge may have asked for several rooms before the first of its calls counts."""
CHAT = Limit(1, 1.05)
GROUP = Limit(20, 60.5, kept=(0, 2, 6))
"""All topics of a group and all kinds of calls together; a private chat has no such limit."""


class Limits:
    """Sliding windows over all chats, each chat, each group; and the chats that were told to wait."""

    def __init__(self) -> None:
        self._all: deque[float] = deque(maxlen=ALL.calls)
        self._rooms: dict[RoomId, deque[float]] = {}
        self._told_s: dict[RoomId, float] = {}

    def wait_s(self, room: RoomId, lane: Lane, now_s: float) -> float:
        """Seconds until a call of ``lane`` may be made in ``room``; 0: now."""
        free_s = [self._told_s.get(room, 0.0)]
        free_s += [_free_s(limit, times, lane) for limit, times in self._windows(room)]
        return max(0.0, max(free_s) - now_s)

    def took(self, room: RoomId, now_s: float) -> None:
        """A call is being made."""
        if len(self._rooms) >= _ROOMS_MAX:
            self._forget_before(now_s - GROUP.within_s)
        self._all.append(now_s)
        self._rooms.setdefault(room, deque(maxlen=GROUP.calls)).append(now_s)

    def landed(self, room: RoomId, now_s: float) -> None:
        """The last call in ``room`` was answered: it may have arrived as late as now."""
        times = self._rooms.get(room)
        if times:
            times[-1] = max(times[-1], now_s)

    def must_wait(self, room: RoomId, seconds: float, now_s: float) -> None:
        """Telegram said how long no call may be made in ``room``."""
        self._told_s[room] = max(self._told_s.get(room, 0.0), now_s + seconds)

    def _windows(self, room: RoomId) -> Iterator[tuple[Limit, deque[float]]]:
        yield ALL, self._all
        times = self._rooms.get(room)
        if times:
            yield CHAT, times
            if is_group(room):
                yield GROUP, times

    def _forget_before(self, moment_s: float) -> None:
        self._rooms = {room: times for room, times in self._rooms.items() if times[-1] > moment_s}
        self._told_s = {room: until_s for room, until_s in self._told_s.items() if until_s > moment_s}


def is_group(room: RoomId) -> bool:
    """Groups, supergroups and channels have ids below zero."""
    return room.startswith("-")


def _free_s(limit: Limit, times: deque[float], lane: Lane) -> float:
    """When the window has room again for one more of ``lane``."""
    room = limit.room_for(lane)
    return times[-room] + limit.within_s if len(times) >= room else 0.0
