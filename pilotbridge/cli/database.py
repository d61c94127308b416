"""How a command gets at the database: read-only for facts, or as its only owner when no bridge runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pilotbridge.cli.invocation import Invocation
from pilotbridge.errors import NotAllowed, NotFound, TryLater

if TYPE_CHECKING:
    from pilotbridge.runtime.writer import DirectStore
    from pilotbridge.store.protocol import ReadVerbs


@contextmanager
def facts(invocation: Invocation) -> Iterator[ReadVerbs]:
    """One consistent view of the database that the configuration names; nothing is locked or changed.

    :raises NotFound: when there is no database yet.
    :raises ConfigurationError: when there is one that cannot be read.
    """
    from pilotbridge.store.looking import look

    with look(existing(invocation)) as read:
        yield read


def existing(invocation: Invocation) -> Path:
    """The database that the configuration names.

    :raises NotFound: when there is none yet.
    :raises NotAllowed: when this user may not look at it.
    """
    path = invocation.settings().store.sqlite_path
    try:
        path.stat()
    except FileNotFoundError:
        raise NotFound(
            f"there is no database at {path} yet; it is made when the bridge runs for the first time"
        ) from None
    except PermissionError as error:
        raise NotAllowed(f"{path}: this user may not look at it; use the one the bridge runs as") from error
    return path


@contextmanager
def present_or_empty(path: Path) -> Iterator[Path]:
    """The database at ``path`` or, while there is none, an empty one that is gone after the block."""
    if path.exists():
        yield path
        return
    with TemporaryDirectory(prefix="pilotbridge-") as folder:
        empty = Path(folder) / "empty.db"
        with owned(empty):
            pass
        yield empty


@contextmanager
def owned(path: Path) -> Iterator[DirectStore]:
    """The database at ``path``, made when there is none, and nobody else's until the end of the block.

    :raises TryLater: when a bridge has it.
    """
    from pilotbridge.runtime.writer import DirectStore
    from pilotbridge.store.migrations import migrate
    from pilotbridge.store.sqlite import SqliteEngine

    refuse_beside_a_bridge(path)
    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))
    try:
        yield DirectStore(engine)
    finally:
        engine.close()


def refuse_beside_a_bridge(path: Path) -> None:
    """:raises TryLater: when a process has the database at ``path``."""
    from pilotbridge.store.looking import holder_of

    holder = holder_of(path)
    if holder:
        raise TryLater(f"process {holder} has {path}; stop it first, or try again in a moment")
