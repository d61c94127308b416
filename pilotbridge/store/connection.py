"""What the SQL verbs need of an engine's connection, and the named queries they run on it.

A query is known here by its name only; its text and its reason stand in ``queries.sql`` and its neighbours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

Params = Sequence[Any] | Mapping[str, Any]
_ENTRY = re.compile(r"^-- (name|fragment): (\w+)$", re.MULTILINE)
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE(?:\s+OR\s+\w+)?)\s+(\w+)")
_CHUNKS = (1, 8, 16, 32, 64, 128, 512)


class Connection(Protocol):
    """One connection to the database. ``query`` and ``execute`` return an iterable of tuples."""

    def query(self, sql: str, params: Params = (), /) -> Iterable[tuple[Any, ...]]:
        """As ``execute``, where nobody asks for :meth:`changes` or :meth:`new_id` after it."""
        ...

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

TABLES = {name: frozenset(_TABLE.findall(sql)) for name, sql in QUERIES.items()}
"""The tables that a query reads or changes."""


class Statements:
    """Runs named queries on one connection.

    What need not be known at once can wait (:meth:`later`), at most until the job ends: whatever asks for one
    of its tables meanwhile is preceded by it. A hundred rows in one go cost a third of a hundred statements,
    and far less where other threads want Python's lock, which every statement lets go.
    """

    __slots__ = ("_connection", "_numbers", "_sums", "_touched", "_waiting")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[str, list[Params]] = {}
        self._touched: set[str] = set()
        self._sums: Counter[tuple[str, str]] = Counter()
        self._numbers: dict[str, int] = {}

    def rows(self, name: str, params: Params = ()) -> Iterator[tuple[Any, ...]]:
        self._catch_up(name)
        return iter(self._connection.query(QUERIES[name], params))

    def row(self, name: str, params: Params = ()) -> tuple[Any, ...] | None:
        return next(self.rows(name, params), None)

    def row_stored(self, name: str, params: Params = ()) -> tuple[Any, ...] | None:
        """As :meth:`row`, without what :meth:`waits`: for questions whose answer is easily added up."""
        return next(iter(self._connection.query(QUERIES[name], params)), None)

    def waits(self, name: str) -> Sequence[Any]:
        """What this job has still to run under this name: the parameters, as :meth:`later` was given them."""
        return self._waiting.get(name, ())

    def run(self, name: str, params: Params = ()) -> int:
        """Run a statement that changes rows; return how many it changed."""
        self._catch_up(name)
        self._connection.execute(QUERIES[name], params)
        return self._connection.changes()

    def insert(self, name: str, params: Params) -> int:
        """Add a row; return its number."""
        self._catch_up(name)
        self._connection.execute(QUERIES[name], params)
        return self._connection.new_id()

    def new_number(self, last: str) -> int:
        """A number for a row that is still to be added; ``last`` is the query for the last one given out.

        All rows of that table have to get theirs here.
        """
        number = self._numbers.get(last)
        if number is None:
            found = self.row(last)
            number = (found[0] if found else None) or 0
        self._numbers[last] = number + 1
        return number + 1

    def later(self, name: str, *rows: Params) -> None:
        """Run it for each of ``rows`` before anything else asks for its tables, or when the job ends."""
        if not rows:
            return
        waiting = self._waiting.get(name)
        if waiting is None:
            self._catch_up(name)
            waiting = self._waiting[name] = []
            self._touched |= TABLES[name]
        waiting.extend(rows)

    def add_up(self, name: str, key: str, amount: int) -> None:
        """Run it with (amount, key) when the job ends, once for all amounts of one key."""
        self._sums[name, key] += amount

    def _catch_up(self, name: str) -> None:
        """What waits and concerns the same tables comes first."""
        if self._touched and not self._touched.isdisjoint(TABLES[name]):
            self.carry_out()

    def carry_out(self) -> None:
        """Run what waits."""
        waiting, self._waiting, self._touched = self._waiting, {}, set()
        for name, rows in waiting.items():
            self._connection.executemany(QUERIES[name], rows)
        if self._sums:
            sums, self._sums = self._sums, Counter()
            for (name, key), amount in sums.items():
                if amount:
                    self.run(name, (amount, key))

    def end_job(self) -> None:
        """The job is done: nothing of it waits any longer, and others may number rows after it."""
        self.carry_out()
        self._numbers.clear()

    def forget(self) -> None:
        """The job has failed: nothing of it is carried out."""
        self._waiting, self._touched = {}, set()
        self._sums.clear()
        self._numbers.clear()

    def run_many(self, name: str, rows: Iterable[Params]) -> None:
        listed = rows if isinstance(rows, list) else list(rows)
        if listed:
            self._catch_up(name)
            self._connection.executemany(QUERIES[name], listed)

    def rows_in(self, name: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Rows of a query with ``IN (:values)``."""
        self._catch_up(name)
        for sql, chunk in _chunked(name, values):
            yield from self._connection.query(sql, chunk)

    def run_in(self, name: str, values: Sequence[Any], *before: Any) -> None:
        """Run a statement that ends in ``IN (:values)`` and asks for ``before`` ahead of them."""
        if values:
            self._catch_up(name)
        for sql, chunk in _chunked(name, values):
            self._connection.execute(sql, [*before, *chunk])


def _chunked(name: str, values: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """A query in chunks of few sizes so that it stays prepared; what a chunk lacks repeats its last value."""
    if len(values) == 1:
        yield _with_values(name, 1), [values[0]]
        return
    for start in range(0, len(values), _CHUNKS[-1]):
        chunk = values[start : start + _CHUNKS[-1]]
        size = next(n for n in _CHUNKS if n >= len(chunk))
        padded = [*chunk, *[chunk[-1]] * (size - len(chunk))]
        yield _with_values(name, size), padded


@cache
def _with_values(name: str, size: int) -> str:
    return QUERIES[name].replace(":values", ",".join("?" * size))
