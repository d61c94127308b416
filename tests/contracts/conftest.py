"""Every engine the store runs on, by its factory; a new engine is one more line here and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.runtime.writer import DirectStore, Engine
from pilotbridge.store.migrations import migrate
from pilotbridge.store.sqlite import SqliteEngine


def sqlite(folder: Path) -> tuple[Engine, Callable[[], None]]:
    path = folder / "pilotbridge.db"
    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))
    return engine, engine.close


ENGINES = {"sqlite": sqlite}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def reopen(request, tmp_path) -> Iterator[Callable[[], Engine]]:
    """Opens the database; the owner before is gone."""
    closing: list[Callable[[], None]] = []

    def open_again() -> Engine:
        while closing:
            closing.pop()()
        engine, close = request.param(tmp_path)
        closing.append(close)
        return engine

    yield open_again
    while closing:
        closing.pop()()


@pytest.fixture
def engine(reopen) -> Engine:
    return reopen()


@pytest.fixture
def store(engine) -> DirectStore:
    return DirectStore(engine)


@pytest.fixture
def write(store) -> Callable[[Callable[[Any], Any]], Any]:
    return lambda job: store.write(job).result()
