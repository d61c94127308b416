"""Work that lives on the event loop: steps taken for ever, and single calls from other threads.

It starts, spaces and ends them; it refuses to know what a step does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from pilotbridge.errors import Closed, PilotBridgeError
from pilotbridge.logs import get_logger
from pilotbridge.protocols import Step

T = TypeVar("T")

FIRST_REST_S, LONGEST_REST_S = 1.0, 60.0
"""After one failed step, and after many in a row."""

log = get_logger(__name__)


class Supervised:
    """One step taken again and again; whatever it raises is told and followed by an ever longer rest."""

    def __init__(self, name: str, step: Step) -> None:
        self.name = name
        self._step = step
        self._failures = 0

    async def once(self) -> float:
        """Take the step; returns the seconds to rest before the next."""
        try:
            rest_s = await self._step()
        except PilotBridgeError as error:
            log.warning("a step could not be done", step=self.name, reason=error.reason)
        except Exception:
            log.exception("a step failed", step=self.name)
        else:
            self._failures = 0
            return max(rest_s, 0.0)
        self._failures += 1
        return float(min(FIRST_REST_S * 2 ** (self._failures - 1), LONGEST_REST_S))

    async def run(self) -> None:
        """For ever, until it is cancelled."""
        while True:
            await asyncio.sleep(await self.once())


class LoopTasks:
    """What runs on one loop. Steps that are added before :meth:`open` begin then."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._early: list[Supervised] = []
        self._steps: set[asyncio.Task[Any]] = set()
        self._calls: set[asyncio.Task[Any]] = set()
        self._is_ending = False

    def open(self) -> None:
        """Take the running loop."""
        self._loop = asyncio.get_running_loop()
        for supervised in self._early:
            self._begin(supervised)
        self._early.clear()

    def run_forever(self, name: str, step: Step) -> None:
        """From any thread."""
        supervised = Supervised(name, step)
        if self._loop is None:
            self._early.append(supervised)
        else:
            self._loop.call_soon_threadsafe(self._begin, supervised)

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """From any thread."""
        if self._loop is None:
            coroutine.close()
            return refused(Closed("there is no event loop to run this on"))
        return asyncio.run_coroutine_threadsafe(self._known(coroutine), self._loop)

    async def end_steps(self) -> None:
        """No more steps; the one that is being taken is cancelled. Calls go on."""
        self._is_ending = True
        await _cancel(self._steps)

    async def stop(self) -> None:
        """End everything; a call that is under way is cancelled."""
        self._loop = None
        await _cancel(self._steps | self._calls)

    async def _known(self, coroutine: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        _keep(self._calls, task)
        return await coroutine

    def _begin(self, supervised: Supervised) -> None:
        if not self._is_ending:
            _keep(self._steps, asyncio.ensure_future(supervised.run()))


def _keep(tasks: set[asyncio.Task[Any]], task: asyncio.Task[Any]) -> None:
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


def refused(error: Exception) -> Future[Any]:
    """A future that has failed already."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


class SteppedTasks:
    """The same without a running loop: each call runs to its end at once, on a loop of its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        async def ended() -> asyncio.Task[T]:
            task = asyncio.ensure_future(coroutine)
            await asyncio.wait([task])
            return task

        task, future = self._run(ended()), Future[T]()
        error = task.exception()
        future.set_exception(error) if error else future.set_result(task.result())
        return future

    def turn_of(self, name: str, step: Step) -> Callable[[], float]:
        """One turn of ``step``; returns the seconds to rest."""
        supervised = Supervised(name, step)
        return lambda: self._run(supervised.once())

    def close(self) -> None:
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(coroutine)
