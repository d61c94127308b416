"""The one thread that writes: it drains a queue of jobs into one transaction and then resolves them all.

Group commit: whatever arrives while a commit is on its way to the disk shares the next one.
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


class DirectStore:
    """The store of tests and single commands: every job is its own commit, in the caller's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def epoch(self) -> int:
        return self._engine.epoch

    def read(self) -> AbstractContextManager[ReadVerbs]:
        return self._engine.read()

    def write(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        future: Future[T] = Future()
        resolve([(job, future)], self._engine.commit([job]))
        return future


class ThreadedStore:
    """The store of the running bridge. ``failing`` is why nothing can be kept just now; empty: it can."""

    def __init__(self, engine: Engine, meter: Meter, on_fatal: Callable[[BaseException], None]) -> None:
        self._engine = engine
        self._meter = meter
        self._on_fatal = on_fatal
        self._queue: SimpleQueue[tuple[Job, Future[Any]] | None] = SimpleQueue()
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

    def write(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        """See :meth:`pilotbridge.store.protocol.Store.write`.

        :raises RuntimeError: on the writer thread itself, where waiting would be for ever.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a job on the writer thread may not write through the store")
        future: Future[T] = Future()
        with self._door:
            if not self._closed:
                self._queue.put((job, future))
                return future
        future.set_exception(Closed())
        return future

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
        batch: list[tuple[Job, Future[Any]]] = []
        try:
            while (taken := self._next_batch()) is not None:
                batch = _still_wanted(taken)
                if batch:
                    self._commit(batch)
        except Exception as fatal:  # noqa: BLE001 - a writer that ended in silence would keep everybody waiting
            self._end(batch, fatal)

    def _commit(self, batch: Sequence[tuple[Job, Future[Any]]]) -> None:
        started = perf_counter()
        results = self._engine.commit([job for job, _ in batch])
        self._meter.observe("store_commit_seconds", perf_counter() - started)
        self._meter.observe("store_commit_jobs", len(batch))
        lost = next((error for _, error in results if isinstance(error, StoreUnavailable)), None)
        self.failing = lost.reason if lost else ""
        resolve(batch, results)
        if lost:
            self._fail_behind(lost)

    def _end(self, batch: Sequence[tuple[Job, Future[Any]]], fatal: Exception) -> None:
        """Nothing can be written any more: whoever waits hears so, and whoever came behind them."""
        self._shut()
        waiting = [each for each in batch if not each[1].done()]
        while (behind := self._queue.get()) is not None:
            waiting += _still_wanted([behind])
        resolve(waiting, [(None, Closed(str(fatal)))] * len(waiting))
        self._on_fatal(fatal)

    def _fail_behind(self, lost: StoreUnavailable) -> None:
        """What came while the store could not commit hears so now, not after a wait of its own."""
        while not self._queue.empty():
            waiting = self._queue.get()
            if waiting is None:
                self._queue.put(None)
                return
            for each in _still_wanted([waiting]):
                resolve([each], [(None, lost)])

    def _next_batch(self) -> list[tuple[Job, Future[Any]]] | None:
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


def _still_wanted(batch: Sequence[tuple[Job, Future[Any]]]) -> list[tuple[Job, Future[Any]]]:
    """Those of ``batch`` that nobody has taken back, as a request may that is cut off; now nobody can."""
    return [each for each in batch if each[1].set_running_or_notify_cancel()]


def resolve(
    batch: Sequence[tuple[Job, Future[Any]]], results: Sequence[tuple[Any, BaseException | None]]
) -> None:
    """Tell whoever waits; only called after the commit returned."""
    for (_, future), (result, error) in zip(batch, results, strict=True):
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
