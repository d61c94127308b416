"""The product's runtime: the writer, one thread a worker, the plugins' threads, and the order of the end.

It starts and stops; what the workers do is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from time import monotonic
from typing import Any, TypeVar

from pilotbridge.clock import SteadyClock, SystemClock
from pilotbridge.logs import get_logger
from pilotbridge.protocols import Duty, Step, Worker
from pilotbridge.runtime.aside import do_aside
from pilotbridge.runtime.hook_thread import PluginThreads
from pilotbridge.runtime.loop_tasks import LoopTasks
from pilotbridge.runtime.workers import WorkerThread

T = TypeVar("T")

log = get_logger(__name__)


class ThreadedRuntime:
    """Threads for the workers that are added; none runs before :meth:`start`."""

    has_threads = True

    def __init__(self) -> None:
        self.clock = SteadyClock(SystemClock())
        self.hook_thread = PluginThreads()
        self.loop_tasks = LoopTasks()
        self.duties: list[Duty] = []
        self.on_rearm: Callable[[], object] = lambda: None
        self.on_hurry: Callable[[str], object] = lambda _name: None
        self.on_duty: Callable[[Duty], object] = self.duties.append
        self._workers: list[WorkerThread] = []
        self._started = False

    def add_worker(self, worker: Worker, *, unhurried: bool = False) -> Callable[[], None]:
        """Returns what wakes it."""
        thread = WorkerThread(worker, self.clock, unhurried=unhurried)
        self._workers.append(thread)
        if self._started:
            thread.start()
        return thread.wake

    def add_duty(self, duty: Duty) -> None:
        """Keep it for whoever rings, or hand it over to them: see ``schedule``."""
        self.on_duty(duty)

    def hurry(self, name: str) -> None:
        """Whoever rings is asked to."""
        self.on_hurry(name)

    def do_aside(self, name: str, work: Callable[[], object]) -> None:
        do_aside(name, work)

    def run_forever(self, name: str, step: Step) -> None:
        self.loop_tasks.run_forever(name, step)

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        return self.loop_tasks.call_async(coroutine)

    def rearm(self) -> None:
        """Wake everybody, and whoever rings for the duties."""
        for thread in self._workers:
            thread.wake()
        self.on_rearm()

    def start(self) -> None:
        """Begin; called on the loop."""
        self._started = True
        self.loop_tasks.open()
        for thread in self._workers:
            thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Let every worker finish its turn; whether all did in time."""
        for thread in self._workers:
            thread.stop()
        deadline_s = monotonic() + timeout_s
        ended = [thread.join(max(deadline_s - monotonic(), 0.0)) for thread in self._workers]
        self.hook_thread.close()
        return all(ended)
