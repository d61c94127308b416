"""Every call of the Bot API as it arrived, with what became of it; the newest are kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

CALLS_MAX = 20_000


@dataclass(slots=True)
class BotCall:
    """One call. ``taken`` tells whether it had its effect, ``exceeded`` which limits it went over."""

    number: int
    at_ms: int
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    chat_id: int = 0
    outcome: str = ""
    taken: bool = False
    error_code: int = 0
    description: str = ""
    message_id: int = 0
    exceeded: list[str] = field(default_factory=list)


class BotJournal:
    """The newest calls; the count of all stays true."""

    def __init__(self) -> None:
        self.total = 0
        self._calls: deque[BotCall] = deque(maxlen=CALLS_MAX)

    def add(self, at_ms: int, method: str) -> BotCall:
        self.total += 1
        call = BotCall(self.total, at_ms, method)
        self._calls.append(call)
        return call

    def find(self, number: int) -> BotCall | None:
        return next((call for call in reversed(self._calls) if call.number == number), None)

    def clear(self) -> None:
        self._calls.clear()

    def __iter__(self) -> Iterator[BotCall]:
        return iter(self._calls)

    def __reversed__(self) -> Iterator[BotCall]:
        return reversed(self._calls)
