"""The numbered changes of the schema, each a file of single statements, run once each in order.

sqlite-utils keeps the record of what was applied; a database newer than this program is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlite_utils import Database


def numbered() -> dict[int, str]:
    """Number -> SQL text of every migration."""
    found = sorted(entry.name for entry in files(__package__).iterdir() if entry.name.endswith(".sql"))
    texts = {int(name[:4]): files(__package__).joinpath(name).read_text("utf-8") for name in found}
    if len(texts) != len(found):
        raise AssertionError(f"two migrations share a number: {', '.join(found)}")
    return texts


def statements(text: str) -> Iterator[str]:
    """The single statements of ``text``; a trigger's inner semicolons do not end it."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def migrate(raw: sqlite3.Connection, path: Path, *, texts: Mapping[int, str] | None = None) -> list[int]:
    """Apply what is pending on the writer's own connection, all of it or nothing; return the numbers applied.

    A copy of an existing database is made first, beside it. ``texts`` are other migrations than the ones
    that come with this version.

    :raises ConfigurationError: when the database was made by a newer PilotBridge.
    """
    texts = numbered() if texts is None else texts
    version = next(raw.execute("PRAGMA user_version"))[0]
    if version > max(texts):
        raise ConfigurationError(
            f"{path} was made by a newer PilotBridge (schema {version}, this one knows {max(texts)}); "
            "install that version, or restore a backup from before the upgrade"
        )
    if version == max(texts):
        return []
    if version:
        _copy(raw, path.with_suffix(f".before-{max(texts):04d}.db"))
    return _apply(raw, texts, version)


def _apply(raw: sqlite3.Connection, texts: Mapping[int, str], version: int) -> list[int]:
    from sqlite_utils import Database, Migrations

    migrations = Migrations("pilotbridge")
    for number, text in texts.items():
        migrations(name=f"{number:04d}")(_runner(number, text))
    database = Database(raw, execute_plugins=False)
    with database.atomic():
        migrations.apply(database)
    return [number for number in texts if number > version]


def _runner(number: int, text: str) -> Any:
    def run(database: Database) -> None:
        for statement in statements(text):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {number}")

    run.__name__ = f"migration_{number:04d}"
    return run


def _copy(raw: sqlite3.Connection, target: Path) -> None:
    with sqlite3.connect(target) as copy:
        raw.backup(copy)
    copy.close()
    target.chmod(0o600)
