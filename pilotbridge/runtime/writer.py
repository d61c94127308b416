"""Who writes: one thread at a time runs queued jobs in one transaction and then resolves them all.

Group commit: whatever arrives while a commit is on its way to the disk shares the next one. Whoever waits for
a job anyway runs it on their own thread when nothing is queued. Whoever follows from others' jobs may wait
for one of them, and ride along in its transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any, NamedTuple, Protocol, TypeVar

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


class _Asked(NamedTuple):
    """A job, and whether riders go with it."""

    waiting: Waiting
    carries: bool


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

    def commit(self, job: Callable[[WriteVerbs], T], *, carries: bool = False) -> T:
        return self.write(job, carries=carries).result()

    def ride(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        return self._riders.wait(job)


class ThreadedStore:
    """The store of the running bridge: one thread commits at a time, the writer or whoever waits anyway.

    ``failing`` is why nothing can be kept just now; empty: it can.
    """

    def __init__(self, engine: Engine, meter: Meter, on_fatal: Callable[[BaseException], None]) -> None:
        self._engine = engine
        self._meter = meter
        self._on_fatal = on_fatal
        self._queue: SimpleQueue[_Asked | None] = SimpleQueue()
        self._riders = Riders()
        self._door = threading.Lock()
        self._closed = False
        self._uncommitted = 0
        self._turn = threading.Lock()
        self._committer: int | None = None
        self._fatal: Exception | None = None
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

        :raises RuntimeError: from within a job, where waiting would be for ever.
        """
        if threading.get_ident() == self._committer:
            raise RuntimeError("a job may not write through the store: it would wait for itself")
        future: Future[T] = Future()
        with self._door:
            if not self._closed:
                self._uncommitted += 1
                self._queue.put(_Asked((job, future), carries))
                return future
        future.set_exception(Closed())
        return future

    def commit(self, job: Callable[[WriteVerbs], T], *, carries: bool = False) -> T:
        """See :meth:`pilotbridge.store.protocol.Store.commit`. It overtakes nobody."""
        with self._door:
            is_free = not self._closed and not self._uncommitted and self._turn.acquire(blocking=False)
        if not is_free:
            return self.write(job, carries=carries).result()
        future: Future[T] = Future()
        try:
            self._take_turn([_Asked((job, future), carries)])
        finally:
            self._turn.release()
        return future.result()

    def ride(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        """See :meth:`pilotbridge.store.protocol.Store.ride`. Nobody is told when nothing comes any more."""
        return self._riders.wait(job)

    def close(self, timeout_s: float = 10.0) -> None:
        """Commit what is queued, then end the thread."""
        self._shut()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._turn.acquire(timeout=timeout_s):
            self._turn.release()

    def _shut(self) -> None:
        """Nothing comes in behind what is queued now."""
        with self._door:
            self._closed = True
            self._queue.put(None)

    def _work(self) -> None:
        while self._fatal is None and (asked := self._next_batch()) is not None:
            with self._turn:
                self._take_turn(asked)
            with self._door:
                self._uncommitted -= len(asked)

    def _take_turn(self, asked: Sequence[_Asked]) -> None:
        """Commit what is asked for, with whoever rides along. A store that is lost is lost to all."""
        batch = _still_wanted([each.waiting for each in asked])
        if any(each.carries and each.waiting[1].running() for each in asked):
            batch += self._riders.take()
        if not batch:
            return
        self._committer = threading.get_ident()
        try:
            if self._fatal is None:
                self._commit(batch)
        except Exception as fatal:  # noqa: BLE001 - a writer that ended in silence would keep everybody waiting
            self._end(fatal)
        finally:
            self._committer = None
        if self._fatal is not None:
            _refuse([each for each in batch if not each[1].done()], Closed(str(self._fatal)))

    def _commit(self, batch: Sequence[Waiting]) -> None:
        started = perf_counter()
        results = self._engine.commit([job for job, _ in batch])
        self._meter.observe("store_commit_seconds", perf_counter() - started)
        self._meter.observe("store_commit_jobs", len(batch))
        lost = next((error for _, error in results if isinstance(error, StoreUnavailable)), None)
        self.failing = lost.reason if lost else ""
        resolve(batch, results)
        if lost:
            # What came meanwhile hears so now, not after a wait of its own.
            _refuse(_still_wanted([each.waiting for each in self._behind()]), lost)

    def _end(self, fatal: Exception) -> None:
        """Nothing can be written any more: whoever is queued hears so."""
        self._fatal = fatal
        self._shut()
        _refuse(_still_wanted([each.waiting for each in self._behind()]), Closed(str(fatal)))
        self._on_fatal(fatal)

    def _behind(self) -> list[_Asked]:
        """What is queued just now; it is not any more."""
        found: list[_Asked] = []
        with suppress(Empty):
            while (asked := self._queue.get_nowait()) is not None:
                found.append(asked)
            self._queue.put(None)
        with self._door:
            self._uncommitted -= len(found)
        return found

    def _next_batch(self) -> list[_Asked] | None:
        """What is queued; None: nothing comes any more."""
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        with suppress(Empty):
            while len(batch) < MAX_JOBS:
                following = self._queue.get_nowait()
                if following is None:
                    self._queue.put(None)
                    break
                batch.append(following)
        return batch


def _refuse(waiting: Sequence[Waiting], error: Exception) -> None:
    resolve(waiting, [(None, error)] * len(waiting))


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
