"""Copies are whole or not there, and overwrite nothing."""

import os
import sqlite3

import pytest

from pilotbridge.errors import ConfigurationError
from pilotbridge.lifecycle import State
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.store.copies import backup
from pilotbridge.store.restoring import restore
from pilotbridge.store.soundness import verify
from tests.store.upkeep.damage import many_and_a_copy, no_room_above, overwrite_root
from tests.store.upkeep.rows import NOW, Middle, opened, put, states


def test_a_backup_beside_a_running_bridge_is_whole_and_for_the_owner_only(engine, path, tmp_path):
    message, seen = put(engine), []

    backup(path, tmp_path / "copy.db", progress=lambda done, all_: seen.append((done, all_)))

    assert verify(tmp_path / "copy.db") == []
    assert oct(os.stat(tmp_path / "copy.db").st_mode & 0o777) == "0o600"
    assert seen[-1][0] == seen[-1][1] > 0
    put(engine)
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT id FROM message").fetchall() == [(message,)]
    copy.close()


def test_a_backup_overwrites_nothing(engine, path, tmp_path):
    (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(ConfigurationError, match="exists already"):
        backup(path, tmp_path / "copy.db")


COPYING = {
    "a backup": lambda path, copy: backup(path, copy.with_name("second.db")),
    "a restore": lambda path, copy: restore(copy, path, clock=HandClock(NOW), rng=Middle()),
}


@pytest.mark.parametrize("what", COPYING)
def test_a_copy_without_room_is_told_with_what_to_do_and_leaves_nothing_behind(engine, path, tmp_path, what):
    message = put(engine)
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    backup(path, copy)
    engine.close()

    with no_room_above(100_000), pytest.raises(ConfigurationError, match="look at the system's log"):
        COPYING[what](path, copy)

    assert [file.name for file in copy.parent.iterdir()] == ["copy.db"]
    assert list(tmp_path.glob("*restoring*")) == []
    engine = opened(path)
    assert states(engine) == {message: State.QUEUED}
    engine.close()


def test_a_damaged_copy_without_room_is_not_said_to_hold_nothing(engine, path, tmp_path):
    copy = tmp_path / "copy.db"
    many_and_a_copy(engine, path, copy)
    overwrite_root(copy, "message_recipient")

    with no_room_above(100_000), pytest.raises(ConfigurationError, match="look at the system's log"):
        restore(copy, path, clock=HandClock(NOW), rng=Middle(), anyway=True)


@pytest.mark.parametrize("verb", [verify, lambda path: backup(path, path.with_suffix(".copy"))])
def test_where_there_is_no_database_it_is_said_so(tmp_path, verb):
    with pytest.raises(ConfigurationError, match="there is no database at"):
        verb(tmp_path / "none.db")
