"""Databases that a bad disk, a full one, or somebody else has been at."""

import resource
import sqlite3
from contextlib import contextmanager

from pilotbridge.store.copies import backup
from tests.store.upkeep.rows import put


@contextmanager
def no_room_above(size: int):
    """No file grows larger than ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def spoilt(copy, *statements: str) -> None:
    connection = sqlite3.connect(copy)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def overwrite_root(copy, name: str) -> None:
    """Damage the page by which a table or an index is found."""
    connection = sqlite3.connect(copy)
    [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,))
    connection.close()
    with copy.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


def overwrite_middle(copy, text: str) -> None:
    """Damage the page in which ``text`` stands."""
    content = copy.read_bytes()
    begin = content.index(text.encode()) // 4096 * 4096
    copy.write_bytes(content[:begin] + b"\xff" * 4096 + content[begin + 4096 :])


def many_and_a_copy(engine, path, copy) -> int:
    for n in range(100):
        put(engine, text=f"text {n} " * 30)
    backup(path, copy)
    engine.close()
    return 100
