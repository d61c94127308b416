"""The store as flows know it: consistent reads, and jobs that are on disk when their future resolves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from pilotbridge.store.sql import ReadVerbs, WriteVerbs

T = TypeVar("T")


class Store(Protocol):
    """What every engine gives. One process owns the database; ``epoch`` is the number of that ownership."""

    @property
    def epoch(self) -> int: ...

    def read(self) -> AbstractContextManager[ReadVerbs]:
        """One consistent view of what is committed. Not across a network call."""
        ...

    def write(self, job: Callable[[WriteVerbs], T], *, carries: bool = False) -> Future[T]:
        """Run ``job`` in a transaction on the writer; the future resolves after the commit.

        It fails with what ``job`` raised, or with :class:`~pilotbridge.errors.StoreUnavailable` when
        nothing of it is on disk. With ``carries`` its transaction takes along whoever waits to :meth:`ride`.
        """
        ...

    def commit(self, job: Callable[[WriteVerbs], T], *, carries: bool = False) -> T:
        """As :meth:`write`, for whoever waits for it at once: where nobody else writes, on their own thread.

        It raises what the future would fail with.
        """
        ...

    def ride(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        """Run ``job`` behind the next one that carries, in its transaction: one commit does for both.

        The future is as that of :meth:`write`. Until ``job`` has begun it can be cancelled.
        """
        ...


__all__ = ["ReadVerbs", "Store", "WriteVerbs"]
