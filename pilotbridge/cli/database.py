"""How a command gets at the facts: the database read-only, beside a running bridge or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pilotbridge.cli.invocation import Invocation
from pilotbridge.errors import NotFound

if TYPE_CHECKING:
    from pilotbridge.store.protocol import ReadVerbs


@contextmanager
def facts(invocation: Invocation) -> Iterator[ReadVerbs]:
    """One consistent view of the database that the configuration names; nothing is locked or changed.

    :raises NotFound: when there is no database yet.
    """
    from pilotbridge.store.sqlite import SqliteEngine

    path = invocation.settings().store.sqlite_path
    if not path.exists():
        raise NotFound(
            f"there is no database at {path} yet; it is made when the bridge runs for the first time"
        )
    engine = SqliteEngine(path)
    try:
        with engine.read() as read:
            yield read
    finally:
        engine.close()
