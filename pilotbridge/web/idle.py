"""When a connection has been silent for too long.

A timer for each request is made and thrown away thousands of times a second, and never fires. Here one timer
of a connection looks, when it fires, how long the silence has lasted by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Idle:
    """Calls ``end`` once nothing has been heard for ``lasts_s`` after an answer."""

    __slots__ = ("_end", "_lasts_s", "_loop", "_since_s", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, lasts_s: float, end: Callable[[], None]) -> None:
        self._loop = loop
        self._lasts_s = lasts_s
        self._end = end
        self._since_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begins(self) -> None:
        """All that was asked has been answered."""
        self._since_s = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._lasts_s, self._look)

    def ends(self) -> None:
        """Something was heard."""
        self._since_s = None

    def stop(self) -> None:
        """The connection is no more."""
        self._since_s = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._since_s is None:
            return
        left_s = self._since_s + self._lasts_s - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look)
        else:
            self._end()
