"""A database for what is only reckoned: one connection, nobody else's, gone with it, and fast.

It keeps no promise: nothing of it is ever on disk for sure. What does not fit into its cache lies in a
file without a name, so that its memory is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pilotbridge.store.migrations import migrate
from pilotbridge.store.sql import ReadVerbs, WriteVerbs
from pilotbridge.store.sqlite import SqliteConnection

CACHE_KIB = 65_536
JOBS = 1_000

Job = Callable[[WriteVerbs], Any]


class ScratchEngine:
    """Used from one thread, as :class:`~pilotbridge.store.sqlite.SqliteEngine` is used from several.

    Readers share the writer's connection: between two jobs it shows what is done.
    """

    epoch = 1

    def __init__(self) -> None:
        self._connection = SqliteConnection(None, read_only=False)
        for pragma in ("journal_mode = MEMORY", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
            for _ in self._connection.execute(f"PRAGMA {pragma}"):
                pass
        migrate(self._connection.raw, Path("scratch.db"))
        self._reads = ReadVerbs(self._connection)
        self._verbs = WriteVerbs(self._connection)
        self._verbs.next_epoch()
        self._jobs = 0

    @contextmanager
    def read(self) -> Iterator[ReadVerbs]:
        """What is done."""
        yield self._reads

    def commit(self, jobs: Sequence[Job]) -> list[tuple[Any, BaseException | None]]:
        """Run ``jobs``; one that raises loses only its own changes."""
        return [self._run(job) for job in jobs]

    def _run(self, job: Job) -> tuple[Any, BaseException | None]:
        self._begin()
        self._connection.execute("SAVEPOINT job")
        result, failure = None, None
        try:
            result = job(self._verbs)
            self._verbs.end_job()
        except Exception as error:  # noqa: BLE001 - whoever waits for the job is told
            self._verbs.forget()
            self._connection.execute("ROLLBACK TO job")
            failure = error
        self._connection.execute("RELEASE job")
        return result, failure

    def _begin(self) -> None:
        """Many jobs share a transaction: to end one SQLite looks at everything that it has changed."""
        if self._jobs % JOBS == 0:
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")
            self._connection.execute("BEGIN")
        self._jobs += 1

    def close(self) -> None:
        self._connection.close()
