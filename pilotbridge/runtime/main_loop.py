"""The main thread's loop and the process's signals.

The first SIGTERM or SIGINT asks for an orderly end, the second ends at once; what ends in which order is
the app's business.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import uvloop


class Signals:
    """What the process was asked to do by signal."""

    def __init__(self, on_reload: Callable[[], Awaitable[object]]) -> None:
        self._stopping = asyncio.Event()
        self._on_reload = on_reload
        self._reloads: set[asyncio.Task[None]] = set()

    def install(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def stop(self) -> None:
        """Ask for an orderly end from within."""
        self._stopping.set()

    def stop_from_thread(self) -> None:
        """The same from any thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)

    async def wait(self) -> None:
        """Return once somebody asked for the end."""
        await self._stopping.wait()

    def _end(self, number: signal.Signals) -> None:
        if self._stopping.is_set():
            os._exit(128 + number)
        self._stopping.set()

    def _reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self._reload_once())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload_once(self) -> None:
        await self._on_reload()


def run_loop(main: Callable[[], Awaitable[int]]) -> int:
    """Run ``main`` on a loop of its own; return what it returns."""

    async def wrapped() -> int:
        return await main()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(wrapped())
