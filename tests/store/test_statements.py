"""What a job leaves to wait: nothing that the job asks can tell that it waited."""

from __future__ import annotations

import re
import sqlite3

import pytest

from pilotbridge.store.connection import QUERIES, TABLES, Statements

AT = 1_700_000_000_000
TOUCHES = (sqlite3.SQLITE_READ, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)


@pytest.fixture
def statements(engine):
    return Statements(engine.connection)


def event(statements, number: int, what: str) -> None:
    statements.later("add_event", ("message", number, AT, what, "", ""))


def told(statements, number: int) -> list[str]:
    return [row[1] for row in statements.rows("events_of", ("message", number))]


def test_a_question_about_what_waits_finds_it(statements):
    event(statements, 1, "first")

    assert told(statements, 1) == ["first"]
    event(statements, 1, "second")
    assert told(statements, 1) == ["first", "second"]


def test_a_question_about_something_else_leaves_it_waiting(statements):
    event(statements, 1, "first")

    assert statements.row("get_meta", ("nothing",)) is None
    assert list(statements.waits("add_event")) == [("message", 1, AT, "first", "", "")]


def test_changes_of_one_table_keep_their_order(statements):
    statements.run("set_meta", ("word", "old"))
    statements.later("set_meta", ("word", "newer"))
    statements.run("set_meta", ("word", "newest"))

    assert statements.row("get_meta", ("word",)) == ("newest",)


def test_two_kinds_of_change_that_wait_keep_their_order(statements):
    statements.later("await_intake", (7,))
    statements.later("taken_in", (7,))
    statements.later("await_intake", (7,))
    statements.end_job()

    assert list(statements.rows("count_waiting")) == [(1,)]


def test_a_job_that_failed_leaves_nothing_behind(statements):
    event(statements, 1, "never")
    statements.add_up("count_message", "queued", 3)
    assert statements.new_number("last_message_id") == 1

    statements.forget()
    statements.end_job()

    assert (told(statements, 1), statements.new_number("last_message_id")) == ([], 1)


def test_numbers_go_on_from_the_last_row_and_no_two_are_the_same(statements):
    first = [statements.new_number("last_journal_id") for _ in range(3)]
    statements.later("append_journal", (first[-1], "am", AT, "{}", "{}", b"", 1, None))
    statements.end_job()

    assert (first, statements.new_number("last_journal_id")) == ([1, 2, 3], 4)


@pytest.mark.parametrize("name", QUERIES)
def test_the_tables_of_a_query_are_those_that_sqlite_sees(engine, name):
    raw, found = engine.connection.raw, set()
    numbered = re.sub(r":\w+", "1", QUERIES[name].replace(":values", "1")).replace("?", "1")

    def see(action, table, _column, _schema, trigger):
        if action in TOUCHES and trigger is None:
            found.add(table)
        return sqlite3.SQLITE_OK

    raw.set_authorizer(see)
    raw.execute(f"EXPLAIN {numbered}")
    raw.set_authorizer(None)

    assert found - {"sqlite_master"} <= TABLES[name]
