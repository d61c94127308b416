"""What arrived at the gateway, in order, each with what became of it.

Old requests are forgotten by size, newest kept; the count of all stays true.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from pilotbridge.sandbox.http import Request
from pilotbridge.smspilot.wire import Asked, read_request

BYTES_MAX = 64 * 1024 * 1024
REQUESTS_MAX = 50_000


@dataclass(slots=True)
class Arrival:
    """One request. ``outcome`` is ``answered``, ``error``, a fault's kind; ``error`` the top-level code."""

    number: int
    at_ms: int
    request: Request
    command: str
    messages: int
    outcome: str = ""
    taken: bool = False
    error: int = 0
    server_ids: tuple[int, ...] = ()

    @property
    def asked(self) -> Asked:
        """The request, read again; keeping it read would cost far more memory."""
        return read_request(self.request.query, self.request.body)


class Journal:
    """The newest requests within a bound of memory."""

    def __init__(self) -> None:
        self.total = 0
        self._arrivals: deque[Arrival] = deque()
        self._bytes = 0

    def add(self, request: Request, at_ms: int, command: str, messages: int) -> Arrival:
        self.total += 1
        arrival = Arrival(self.total, at_ms, request, command, messages)
        self._arrivals.append(arrival)
        self._bytes += _size(request)
        while self._bytes > BYTES_MAX or len(self._arrivals) > REQUESTS_MAX:
            self._bytes -= _size(self._arrivals.popleft().request)
        return arrival

    def clear(self) -> None:
        self._arrivals.clear()
        self._bytes = 0

    def __iter__(self) -> Iterator[Arrival]:
        return iter(self._arrivals)

    def __reversed__(self) -> Iterator[Arrival]:
        return reversed(self._arrivals)

    def __len__(self) -> int:
        return len(self._arrivals)


def _size(request: Request) -> int:
    return len(request.body) + len(request.query)
