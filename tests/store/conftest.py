"""A real SQLite engine in a temporary folder, and bodies to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pilotbridge.protocols import Incoming
from pilotbridge.store.migrations import migrate
from pilotbridge.store.records import Body
from pilotbridge.store.sqlite import SqliteEngine

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "pilotbridge.db"


@pytest.fixture
def engines(path) -> Iterator[Callable[..., SqliteEngine]]:
    opened: list[SqliteEngine] = []

    def open_engine(**options) -> SqliteEngine:
        engine = SqliteEngine(path, **options)
        opened.append(engine)
        engine.open(lambda connection: migrate(connection.raw, path))
        return engine

    yield open_engine
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(engines) -> SqliteEngine:
    return engines()


@pytest.fixture
def body() -> Callable[..., Body]:
    def make(text: bytes = b"{}", *, once: str | None = None) -> Body:
        return Body(Incoming("zabbix", text, {"a": "b"}, {}, AT), alerts=1, once=once)

    return make


class Wrapped:
    """An engine around another one, for a test to change what a commit does."""

    def __init__(self, engine):
        self._engine = engine

    @property
    def epoch(self):
        return self._engine.epoch

    def read(self):
        return self._engine.read()

    def commit(self, jobs):
        return self._engine.commit(jobs)
