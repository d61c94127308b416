"""What was lost of a database that comes back is in nobody's way: alerts are told of, and SMS go, as ever."""

from __future__ import annotations

import re
import sqlite3

import pytest

from pilotbridge.store.copies import backup
from pilotbridge.store.mending import NAMING
from pilotbridge.store.restoring import restore
from pilotbridge.store.soundness import verify
from pilotbridge.testing.world import Steady

PAGE = 4096


@pytest.fixture
def copy(world, tmp_path):
    """Of a bridge that told of five alerts, one of which still fires."""
    fired = [world.fire(name) for name in ("A", "B", "C", "D", "E")]
    world.run_for(minutes=1)
    for alert in fired[1:]:
        world.resolve(alert)
    world.run_for(minutes=10)
    world.firing = fired[0]
    backup(world.engine.path, tmp_path / "copy.db")
    return tmp_path / "copy.db"


def come_back(world, copy) -> tuple[str, ...]:
    """The bridge goes on with what can be read of ``copy``; returns what is said of it."""
    world.engine.close()
    restored = restore(copy, world.engine.path, clock=world.clock, rng=Steady(), anyway=True)
    world.crash()
    return restored.faults


def told(world, name: str) -> list[str]:
    """What Anna's phone was told first of each SMS about ``name``."""
    return [text.split()[0] for text in world.texts_to("anna") if name in text.split()]


def overwrite(copy, table: str) -> None:
    """All of a small table, as a bad disk would."""
    connection = sqlite3.connect(copy)
    [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    connection.close()
    with copy.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xff" * PAGE)


LOST = (
    "meta", "journal", "journal_waiting", "alert", "alert_group", "member", "incident", "incident_alert",
    "notification", "message", "attempt", "event", "cursor", "message_count", "tally", "escalation",
)  # fmt: skip


@pytest.mark.parametrize("table", LOST)
def test_whatever_table_is_lost_an_alert_and_its_end_reach_the_phone(world, copy, table):
    overwrite(copy, table)

    faults = come_back(world, copy)
    fired = world.fire("Afterwards")
    world.run_for(minutes=10)
    world.resolve(fired)
    world.run_for(minutes=10)

    assert f"rows of {table} could not be read" in faults
    assert told(world, "Afterwards") == ["CRIT", "CLEAR"]
    assert verify(world.engine.path) == []


@pytest.mark.parametrize("table", ["alert", "alert_group", "member", "incident"])
def test_what_fires_although_nobody_knows_any_more_is_told_of_when_it_is_said_again(world, copy, table):
    overwrite(copy, table)
    before = len(told(world, "A"))

    come_back(world, copy)
    world.say_again(world.firing)
    world.run_for(minutes=6)

    assert len(told(world, "A")) == before + 1


def test_an_incident_that_nothing_can_end_any_more_is_over(world, copy):
    overwrite(copy, "alert_group")

    come_back(world, copy)

    with world.engine.read() as read:
        [row] = [row for row in read.incidents_listed() if row.incident.name == "A"]
    assert row.incident.ended == "stale"


NAMES_A_ROW = re.compile(r".*_id|after_id|retry_of|of_post|superseded_by")
NOT_OURS = {"gateway_id", "server_id", "update_id", "boot_id", "doubt_boot_id", "silence_id"}
"""What the gateway, the chat, the machine or a silence is called."""


def test_every_column_that_names_a_row_is_known_to_what_mends(engine):
    tables = engine.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()

    found = {
        (table, column)
        for (table,) in tables
        for _, column, *_ in engine.connection.execute(f"PRAGMA table_info({table})")
        if NAMES_A_ROW.fullmatch(column) and column not in {*NOT_OURS, "subject_id"}
    }

    assert found - NAMING == {("alert_group", "incident_id")}  # which has its own statements


def test_a_row_that_its_table_does_not_take_is_told_as_lost(world, copy):
    content = copy.read_bytes()
    at = content.index(b"delivereddelivered+7")
    copy.write_bytes(content[:at] + b"X" + content[at + 1 :])
    overwrite(copy, "optout")

    faults = come_back(world, copy)

    assert {"rows of message could not be read", "rows of optout could not be read"} <= set(faults)


def test_a_row_that_is_there_twice_costs_the_others_nothing(world, copy):
    connection = sqlite3.connect(copy)
    [(sql,)] = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'alert_fingerprint'")
    connection.execute("DROP INDEX alert_fingerprint")
    connection.execute(
        "UPDATE alert SET fingerprint = (SELECT fingerprint FROM alert WHERE id = 2) WHERE id = 3"
    )
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "INSERT INTO sqlite_master SELECT 'index', 'alert_fingerprint', 'alert',"
        " (SELECT rootpage FROM sqlite_master WHERE name = 'message_due'), ?",
        (sql,),
    )
    connection.commit()
    connection.close()

    faults = come_back(world, copy)

    assert "rows of alert could not be read" in faults
