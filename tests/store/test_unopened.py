"""A database that SQLite does not open: the cause and what to do, in words for whoever reads them."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from pilotbridge.errors import ConfigurationError
from pilotbridge.store.looking import holder_of, look
from pilotbridge.store.sqlite import SqliteEngine
from pilotbridge.store.unopened import cause_and_fix

DATABASE = Path("/var/lib/pilotbridge/pilotbridge.db")


def sqlite_said(code: int, words: str) -> sqlite3.Error:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "words", "says"),
    [
        (8, "attempt to write a readonly database", "not write in /var/lib/pilotbridge, as SQLite has to"),
        (8 | 6 << 8, "attempt to write a readonly database", "use the user that the bridge runs as"),
        (14, "unable to open database file", "use the user that the bridge runs as"),
        (5, "database is locked", "end that program"),
        (26, "file is not a database", "pilotbridge db restore FILE"),
        (13, "database or disk is full", "make room on that of /var/lib/pilotbridge"),
        (10 | 3 << 8, "disk I/O error", "look at the system's log"),
        (1, "something new", "something new; pilotbridge doctor"),
    ],
)
def test_each_refusal_says_its_cause_and_what_to_do(code, words, says):
    told = cause_and_fix(DATABASE, sqlite_said(code, words))

    assert says in told
    assert words in told


def test_what_is_no_database_is_told_the_same_way_to_a_look_and_at_the_start(tmp_path):
    path = tmp_path / "pilotbridge.db"
    path.write_bytes(b"not a database at all" * 100)

    with pytest.raises(ConfigurationError) as looked, look(path):
        pass
    with pytest.raises(ConfigurationError) as started:
        SqliteEngine(path).open(lambda _: None)

    assert f"{path} cannot be read: it is damaged, or no database (SQLite: " in looked.value.reason
    assert f"{path} cannot be opened: it is damaged, or no database (SQLite: " in started.value.reason


def test_a_lock_that_cannot_be_had_is_named_itself(tmp_path):
    (tmp_path / "pilotbridge.lock").mkdir()

    with pytest.raises(ConfigurationError) as refused:
        SqliteEngine(tmp_path / "pilotbridge.db").open(lambda _: None)

    assert refused.value.reason.startswith(
        f"{tmp_path}{os.sep}pilotbridge.lock cannot be written (Is a directory)"
    )


def test_nobody_holds_what_lies_below_a_file_and_the_sentence_says_so(tmp_path):
    (tmp_path / "data").write_text("in its place")

    with pytest.raises(ConfigurationError, match=r"data lies below a file; change bridge\.data_dir"):
        holder_of(tmp_path / "data" / "pilotbridge.db")
