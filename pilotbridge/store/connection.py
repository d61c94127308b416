"""What the SQL verbs need of an engine's connection, and the named queries they run on it.

A query is known here by its name only; its text and its reason stand in ``queries.sql`` and its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Protocol

Params = Sequence[Any] | Mapping[str, Any]
_ENTRY = re.compile(r"^-- (name|fragment): (\w+)$", re.MULTILINE)
_CHUNKS = (1, 8, 64, 512)


class Connection(Protocol):
    """One connection to the database. ``execute`` returns an iterable of tuples."""

    def execute(self, sql: str, params: Params = (), /) -> Iterable[tuple[Any, ...]]: ...
    def executemany(self, sql: str, rows: Iterable[Params], /) -> Any: ...
    def changes(self) -> int:
        """How many rows the last statement changed."""
        ...

    def new_id(self) -> int:
        """The number of the row that the last statement added."""
        ...


def read_queries(text: str) -> dict[str, str]:
    """The named queries in ``text``: a line ``-- name: x``, a sentence, the statement."""
    parts = _ENTRY.split(text)[1:]
    fragments: dict[str, str] = {}
    queries: dict[str, str] = {}
    for kind, name, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        (fragments if kind == "fragment" else queries)[name] = _statement(body)
    return {name: _filled(sql, fragments) for name, sql in queries.items()}


def _statement(body: str) -> str:
    return "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip().rstrip(";")


def _filled(sql: str, fragments: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: fragments[found[1]], sql)


_FILES = (
    "queries.sql",
    "relay.sql",
    "people.sql",
    "privacy.sql",
    "escalation.sql",
    "oncall.sql",
    "storm.sql",
    "replay.sql",
    "notices.sql",
)
QUERIES = read_queries(
    "\n".join(files("pilotbridge.store").joinpath(name).read_text("utf-8") for name in _FILES)
)


class Statements:
    """Runs named queries on one connection.

    What a job only adds and never reads can wait until the job ends (:meth:`later`): a hundred rows in one
    go cost a third of a hundred statements.
    """

    __slots__ = ("_connection", "_waiting")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[str, list[Params]] = {}

    def rows(self, name: str, params: Params = ()) -> Iterator[tuple[Any, ...]]:
        return iter(self._connection.execute(QUERIES[name], params))

    def row(self, name: str, params: Params = ()) -> tuple[Any, ...] | None:
        return next(self.rows(name, params), None)

    def run(self, name: str, params: Params = ()) -> int:
        """Run a statement that changes rows; return how many it changed."""
        self._connection.execute(QUERIES[name], params)
        return self._connection.changes()

    def insert(self, name: str, params: Params) -> int:
        """Add a row; return its number."""
        self._connection.execute(QUERIES[name], params)
        return self._connection.new_id()

    def later(self, name: str, *rows: Params) -> None:
        """Run it for each of ``rows`` when the job ends, after what already waits under this name."""
        self._waiting.setdefault(name, []).extend(rows)

    def carry_out(self) -> None:
        """Run what waits: at the end of a job, or before it reads what it has added."""
        if self._waiting:
            waiting, self._waiting = self._waiting, {}
            for name, rows in waiting.items():
                self.run_many(name, rows)

    def forget(self) -> None:
        """The job has failed: nothing of it is carried out."""
        self._waiting = {}

    def run_many(self, name: str, rows: Iterable[Params]) -> None:
        listed = rows if isinstance(rows, list) else list(rows)
        if listed:
            self._connection.executemany(QUERIES[name], listed)

    def rows_in(self, name: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Rows of a query with ``IN (:values)``, asked in chunks of few sizes so that it stays prepared."""
        for start in range(0, len(values), _CHUNKS[-1]):
            chunk = values[start : start + _CHUNKS[-1]]
            size = next(n for n in _CHUNKS if n >= len(chunk))
            padded = [*chunk, *[chunk[-1]] * (size - len(chunk))]
            yield from self._connection.execute(
                QUERIES[name].replace(":values", ",".join("?" * size)), padded
            )
