"""What is wrong with a database is found, and nothing else is."""

import os

import pytest

from pilotbridge.errors import ConfigurationError
from pilotbridge.lifecycle import Event
from pilotbridge.store.migrations import migrate, numbered
from pilotbridge.store.soundness import verify
from pilotbridge.store.sqlite import SqliteEngine
from tests.store.upkeep.rows import NOW_MS, move, opened, put


def test_a_fresh_database_is_sound(engine, path):
    put(engine)

    assert verify(path) == []


def test_a_database_that_has_read_a_calendar_is_sound(engine, path):
    event = ("primary", "vera", NOW_MS, NOW_MS + 1)
    engine.connection.execute("INSERT INTO oncall_event VALUES (?, ?, ?, ?)", event)

    assert verify(path) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            "INSERT INTO attempt VALUES (77, 1, 'main', 1, 1, 1, 1, 1, '', NULL, '', 0, '', '')",
            "1 attempts of messages",
        ),
        ("UPDATE message_count SET amount = 5 WHERE state = 'held'", "1 states whose counter is wrong"),
        ("UPDATE message SET in_doubt_since_ms = 5", "1 messages whose doubt and state contradict"),
        ("INSERT INTO journal_waiting VALUES (99)", "1 bodies that wait"),
        ("INSERT INTO member VALUES (1, 1, 0)", "1 members of groups"),
    ],
)
def test_facts_that_contradict_each_other_are_found(engine, path, damage, words):
    put(engine)
    engine.connection.execute(damage)

    assert words in verify(path)[0]


def test_doubt_that_was_over_before_the_upgrade_is_over_after_it(path):
    before = SqliteEngine(path)
    texts = {number: text for number, text in numbered().items() if number < 20}
    before.open(lambda connection: migrate(connection.raw, path, texts=texts))
    message, doubtful = put(before), put(before)
    move(before, message, Event.CANCEL)
    move(before, doubtful, Event.CLAIM, Event.LOSE)
    before.connection.execute("UPDATE message SET in_doubt_since_ms = 5 WHERE state = 'cancelled'")
    before.close()

    after = opened(path)

    assert verify(path) == []
    with after.read() as read:
        found = [read.outbox_row(each).doubt is not None for each in (message, doubtful)]
    assert found == [False, True]
    after.close()


def test_a_damaged_file_is_found(engine, path):
    for n in range(200):
        put(engine, text=f"text {n}" * 20)
    engine.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = os.urandom(4096)
    path.write_bytes(content)

    try:
        faults = verify(path)
    except ConfigurationError as error:
        faults = [str(error)]

    assert faults != []
