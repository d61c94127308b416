"""The one thread that writes: it drains a queue of jobs into one transaction and then resolves them all.

Group commit: whatever arrives while a commit is on its way to the disk shares the next one. Whoever follows
from others' jobs anyway may wait for one of them, and ride along in its transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from queue import SimpleQueue
from time import perf_counter
from typing import Any, Protocol, TypeVar

from pilotbridge.errors import Closed, StoreUnavailable
from pilotbridge.protocols import Meter
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

T = TypeVar("T")

MAX_JOBS = 512

Job = Callable[[WriteVerbs], Any]


class Engine(Protocol):
    """A database that runs jobs in one transaction; see ``store/sqlite.py``."""

    @property
    def epoch(self) -> int: ...
    def read(self) -> AbstractContextManager[ReadVerbs]: ...
    def commit(self, jobs: Sequence[Job]) -> list[tuple[Any, BaseException | None]]: ...


Waiting = tuple[Job, Future[Any]]


class Riders:
    """Jobs that wait to share somebody else's transaction. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Waiting] = []

    def wait(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        """``job`` is among the next that are taken, unless it is cancelled before."""
        future: Future[T] = Future()
        with self._lock:
            still = [each for each in self._waiting if not each[1].cancelled()]
            self._waiting = [*still, (job, future)]
        return future

    def take(self) -> list[Waiting]:
        """All who wait, in the order they came; nobody can take theirs back any more."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return _still_wanted(taken)


class DirectStore:
    """The store of tests and single commands: every job is its own commit, in the caller's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._riders = Riders()

    @property
    def epoch(self) -> int:
        return self._engine.epoch

    def read(self) -> AbstractContextManager[ReadVerbs]:
        return self._engine.read()

    def write(self, job: Callable[[WriteVerbs], T], *, carries: bool = False) -> Future[T]:
        future: Future[T] = Future()
        batch = [(job, future), *(self._riders.take() if carries else ())]
        resolve(batch, self._engine.commit([each for each, _ in batch]))
        return future

    def ride(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        return self._riders.wait(job)


class ThreadedStore:
    """The store of the running bridge. ``failing`` is why nothing can be kept just now; empty: it can."""

    def __init__(self, engine: Engine, meter: Meter, on_fatal: Callable[[BaseException], None]) -> None:
        self._engine = engine
        self._meter = meter
        self._on_fatal = on_fatal
        self._queue: SimpleQueue[tuple[Waiting, bool] | None] = SimpleQueue()
        self._riders = Riders()
        self._closed = False
        self._door = threading.Lock()
        self.failing = ""
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    @property
    def epoch(self) -> int:
        return self._engine.epoch

    def start(self) -> None:
        self._thread.start()

    def read(self) -> AbstractContextManager[ReadVerbs]:
        return self._engine.read()

    def write(self, job: Callable[[WriteVerbs], T], *, carries: bool = False) -> Future[T]:
        """See :meth:`pilotbridge.store.protocol.Store.write`.

        :raises RuntimeError: on the writer thread itself, where waiting would be for ever.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a job on the writer thread may not write through the store")
        future: Future[T] = Future()
        with self._door:
            if not self._closed:
                self._queue.put(((job, future), carries))
                return future
        future.set_exception(Closed())
        return future

    def ride(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        """See :meth:`pilotbridge.store.protocol.Store.ride`. Nobody is told when nothing comes any more."""
        return self._riders.wait(job)

    def close(self, timeout_s: float = 10.0) -> None:
        """Commit what is queued, then end the thread."""
        self._shut()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _shut(self) -> None:
        """Nothing comes in behind what is queued now."""
        with self._door:
            self._closed = True
            self._queue.put(None)

    def _work(self) -> None:
        batch: list[Waiting] = []
        try:
            while (taken := self._next_batch()) is not None:
                batch = _still_wanted([each for each, _ in taken])
                if any(carries and each[1].running() for each, carries in taken):
                    batch += self._riders.take()
                if batch:
                    self._commit(batch)
        except Exception as fatal:  # noqa: BLE001 - a writer that ended in silence would keep everybody waiting
            self._end(batch, fatal)

    def _commit(self, batch: Sequence[Waiting]) -> None:
        started = perf_counter()
        results = self._engine.commit([job for job, _ in batch])
        self._meter.observe("store_commit_seconds", perf_counter() - started)
        self._meter.observe("store_commit_jobs", len(batch))
        lost = next((error for _, error in results if isinstance(error, StoreUnavailable)), None)
        self.failing = lost.reason if lost else ""
        resolve(batch, results)
        if lost:
            self._fail_behind(lost)

    def _end(self, batch: Sequence[Waiting], fatal: Exception) -> None:
        """Nothing can be written any more: whoever waits hears so, and whoever came behind them."""
        self._shut()
        waiting = [each for each in batch if not each[1].done()]
        while (behind := self._queue.get()) is not None:
            waiting += _still_wanted([behind[0]])
        resolve(waiting, [(None, Closed(str(fatal)))] * len(waiting))
        self._on_fatal(fatal)

    def _fail_behind(self, lost: StoreUnavailable) -> None:
        """What came while the store could not commit hears so now, not after a wait of its own."""
        while not self._queue.empty():
            waiting = self._queue.get()
            if waiting is None:
                self._queue.put(None)
                return
            for each in _still_wanted([waiting[0]]):
                resolve([each], [(None, lost)])

    def _next_batch(self) -> list[tuple[Waiting, bool]] | None:
        """What is queued, each with whether it carries; None: nothing comes any more."""
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < MAX_JOBS and not self._queue.empty():
            following = self._queue.get()
            if following is None:
                self._queue.put(None)
                break
            batch.append(following)
        return batch


def _still_wanted(batch: Sequence[Waiting]) -> list[Waiting]:
    """Those of ``batch`` that nobody has taken back, as a request may that is cut off; now nobody can."""
    return [each for each in batch if each[1].set_running_or_notify_cancel()]


def resolve(batch: Sequence[Waiting], results: Sequence[tuple[Any, BaseException | None]]) -> None:
    """Tell whoever waits; only called after the commit returned."""
    for (_, future), (result, error) in zip(batch, results, strict=True):
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
