"""What people and programs look at costs the same however much there has been: no look reads a table through.

SQLite itself is asked how it would find the rows of every statement that a look runs. Nothing is timed.
"""

from __future__ import annotations

import re
from contextlib import closing

import pytest

from bench.looking import LOOKS, filled
from pilotbridge.store.connection import QUERIES
from pilotbridge.store.sql import ReadVerbs
from pilotbridge.store.sqlite import open_connection

GROWING = frozenset(
    {"message", "attempt", "event", "journal", "alert", "incident", "incident_alert", "notification"}
    | {"inbound", "post", "conversation", "link", "chat_sms", "callback_hint", "refusal"}
)
NEWEST_FIRST = frozenset(
    {"messages_listed", "incidents_listed", "posts_viewed", "posts_viewed_in", "inbound_viewed"}
)
"""They walk along the numbers of rows, the newest first, and stop at their limit or at a moment."""
OF_FEW = frozenset({"alert_expiry", "incident_open", "post_stuck", "callback_hint_orphan", "alert_group_due"})
"""Indexes of what is going on now: they do not grow with what has been."""
_SCAN = re.compile(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
_WALK = re.compile(r"^SEARCH (\w+)(?: USING INTEGER PRIMARY KEY \(rowid[<>]\?\))?$")
"""A search that only knows where to begin, or nothing at all, reads on to the end."""


class Asked:
    """A connection that notes how SQLite finds what it is asked for."""

    def __init__(self, connection) -> None:
        self._connection = connection
        self.plans: dict[str, list[str]] = {}

    def execute(self, sql, params=()):
        plan = self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        self.plans.setdefault(sql, [row[3] for row in plan])
        return self._connection.execute(sql, params)

    query = execute

    def scans(self) -> list[tuple[str, str]]:
        """The statement and the step of each that reads a growing table through."""
        return [
            (name, step)
            for sql, steps in self.plans.items()
            for name in [_name_of(sql)]
            for step in steps
            if _reads_through(step, sql) and name not in NEWEST_FIRST
        ]


def _name_of(sql: str) -> str:
    plain = re.sub(r"IN \([?,]+\)", "IN (:values)", sql)
    return next((name for name, text in QUERIES.items() if text == plain), sql)


def _reads_through(step: str, sql: str) -> bool:
    found = _SCAN.match(step) or _WALK.match(step)
    if found is None or OF_FEW.intersection(found.groups()):
        return False
    tables = re.findall(rf"(?:FROM|JOIN|,) (\w+)(?: AS)? {found[1]}\b", sql)
    return found[1] in GROWING or any(table in GROWING for table in tables)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("looking"), 400)


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_reads_no_growing_table_through(look: str, full):
    with closing(open_connection(full.store.sqlite_path, read_only=True)) as connection:
        asked = Asked(connection)

        LOOKS[look](ReadVerbs(asked), full)

    assert asked.scans() == []


def test_a_statement_that_reads_through_is_noticed(full):
    with closing(open_connection(full.store.sqlite_path, read_only=True)) as connection:
        asked = Asked(connection)

        asked.execute("SELECT m.id FROM message m WHERE m.text = ?", ("x",))

    assert asked.scans() == [("SELECT m.id FROM message m WHERE m.text = ?", "SCAN m")]
