"""Telegram's flood limits, counted: how often a bot went over each, and what it would have been told.

It counts by default and refuses only what it is told to; the figures are those of the Bots FAQ.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    calls: int
    within_ms: int


ALL = Limit("all", 30, 1000)
CHAT = Limit("chat", 1, 1000)
GROUP = Limit("group", 20, 60_000)
LIMITS = (ALL, CHAT, GROUP)
_WINDOWS_MAX = 50_000


class Limits:
    """Sliding windows: all chats together, each chat, each group with all its topics."""

    def __init__(self) -> None:
        self.enforced: frozenset[str] = frozenset()
        self.clear()

    def clear(self) -> None:
        self.exceeded = {limit.name: 0 for limit in LIMITS}
        self.busiest = {limit.name: 0 for limit in LIMITS}
        self._times: dict[tuple[str, int], deque[int]] = {}

    def count(self, chat_id: int, at_ms: int, *, is_group: bool) -> tuple[list[str], int]:
        """Count one call: the limits it goes over, and the seconds to wait if one of them is enforced."""
        windows = list(self._windows(chat_id, at_ms, is_group=is_group))
        over = [(limit, times) for limit, times in windows if len(times) >= limit.calls]
        for limit, _ in over:
            self.exceeded[limit.name] += 1
        waits_ms = [times[0] + one.within_ms - at_ms for one, times in over if one.name in self.enforced]
        if not waits_ms:
            for limit, times in windows:
                times.append(at_ms)
                self.busiest[limit.name] = max(self.busiest[limit.name], len(times))
        return [limit.name for limit, _ in over], -(-max(waits_ms, default=0) // 1000)

    def _windows(self, chat_id: int, at_ms: int, *, is_group: bool) -> Iterator[tuple[Limit, deque[int]]]:
        keys: list[tuple[Limit, int]] = [(ALL, 0), (CHAT, chat_id), *([(GROUP, chat_id)] if is_group else [])]
        if len(self._times) > _WINDOWS_MAX:
            self._forget_before(at_ms - GROUP.within_ms)
        for limit, key in keys:
            times = self._times.setdefault((limit.name, key), deque())
            # The sandbox's clock may have been set back: what lies ahead counts no more than what is past.
            while times and not at_ms - limit.within_ms < times[0] <= at_ms:
                times.popleft()
            yield limit, times

    def _forget_before(self, ms: int) -> None:
        self._times = {key: times for key, times in self._times.items() if times and times[-1] > ms}
