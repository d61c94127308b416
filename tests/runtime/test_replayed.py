"""Who has a turn while the past is played: nobody who only watches the present."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilotbridge.alerting.troubles import Troubles
from pilotbridge.app.overseer import Overseer
from pilotbridge.replay.play import _NoDuties
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.runtime.wall import WallWatch
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.scratch import ScratchEngine

AT = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)


class Counting:
    def __init__(self, name: str) -> None:
        self.name = name
        self.turns = 0

    def turn(self) -> int | None:
        self.turns += 1
        return None


@pytest.mark.parametrize(("name", "turns"), [(WallWatch.name, 0), ("tracking-smspilot", 0), ("alerting", 1)])
def test_a_replay_watches_no_clock_and_asks_for_no_status(name, turns):
    clock, worker, store = HandClock(AT), Counting(name), DirectStore(ScratchEngine())
    overseer = Overseer(Troubles(store=store, clock=clock, hand_over=lambda _arrived: None))
    runtime = _NoDuties(clock)

    runtime.add_worker(overseer.over(worker))
    runtime.settle()

    assert worker.turns == turns
