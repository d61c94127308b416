"""A store with one open incident, and a clock moved by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilotbridge.model import Labels, Ref, Severity
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.migrations import migrate
from pilotbridge.store.records import GroupKey, NewGroup
from pilotbridge.store.sqlite import SqliteEngine


class OnCall:
    """The rows that taking and giving back change."""

    def __init__(self, path) -> None:
        self.engine = SqliteEngine(path)
        self.engine.open(lambda connection: migrate(connection.raw, path))
        self.store = DirectStore(self.engine)
        self.clock = HandClock(datetime(2026, 11, 25, 0, 14, tzinfo=UTC))
        self.incident_id = self.write(self._open)

    def _open(self, tx):
        key = GroupKey(b"key", "ops", "root", Labels({"alertname": "DiskFull"}), "")
        tx.add_groups([NewGroup(key, self.clock.now_ms())])
        (group,) = tx.due_groups(self.clock.now_ms(), 1)
        return tx.open_incident(
            group,
            Ref("417"),
            name="DiskFull",
            severity=Severity.WARNING,
            alerts=2,
            now_ms=self.clock.now_ms(),
        )

    def write(self, job):
        return self.store.write(job).result()

    def row(self):
        with self.store.read() as read:
            return read.incidents([self.incident_id])[self.incident_id]

    def due_ms(self):
        with self.store.read() as read:
            return read.next_group_due()


@pytest.fixture
def oncall(tmp_path):
    made = OnCall(tmp_path / "oncall.db")
    yield made
    made.engine.close()
