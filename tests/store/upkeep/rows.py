"""Messages in a database, and the way through their states."""

from datetime import UTC, datetime

from pilotbridge.clock import Instant, to_ms
from pilotbridge.lifecycle import Event
from pilotbridge.phone import PhoneNumber
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.migrations import migrate
from pilotbridge.store.records import Draft, Move
from pilotbridge.store.sqlite import SqliteEngine

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOW_MS = to_ms(NOW)


class Middle:
    """A die that always falls on the middle, but never twice on the same place."""

    def __init__(self):
        self.drawn = 0

    def uniform(self, low, high):
        self.drawn += 1
        return (low + high) / (1 + self.drawn)


def draft(**changes) -> Draft:
    fields = {
        "recipient": PhoneNumber("+79087964781"),
        "text": "disk full #417",
        "sender": "",
        "gateway": "main",
        "parts": 1,
        "critical": False,
        "text_is_unique": True,
        "prefer_duplicate": False,
        "lapses_at_ms": NOW_MS + 10**8,
        "due_at_ms": NOW_MS,
        "origin": "alert",
        "reason": "a test",
    }
    return Draft(**fields | changes)


def put(engine, now_ms=NOW_MS, **changes):
    return DirectStore(engine).write(lambda tx: tx.add_message(draft(**changes), now_ms)).result()


def move(engine, message, *events, now_ms=NOW_MS):
    """Take a message along a way through the table."""

    def job(tx):
        for event in events:
            row = tx.outbox_row(message)
            doubt = Instant(now_ms, 1, "boot") if event is Event.LOSE else row.doubt
            assert tx.move(
                Move(row.id, row.revision, row.state, event, "a test", now_ms, doubt=doubt), now_ms
            )

    DirectStore(engine).write(job).result()


def states(engine):
    with engine.read() as read:
        return {message.id: message.state for message in read.messages_listed()}


def opened(path):
    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))
    return engine
