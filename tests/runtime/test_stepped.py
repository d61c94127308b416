"""The hand-moved runtime: turns come when they are due, in order, and nothing sleeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.protocols import Duty
from pilotbridge.runtime.stepped import HandClock, SteppedRuntime

START = datetime(2026, 1, 1, tzinfo=UTC)


class Ticker:
    """Works every ``every_s`` seconds and notes when."""

    name = "ticker"

    def __init__(self, clock: HandClock, every_s: int | None) -> None:
        self.clock = clock
        self.every_s = every_s
        self.at: list[float] = []

    def turn(self) -> int | None:
        self.at.append((self.clock.utc_now() - START).total_seconds())
        return None if self.every_s is None else self.clock.now_ms() + self.every_s * 1000


@pytest.fixture
def clock():
    return HandClock(START)


@pytest.fixture
def runtime(clock):
    return SteppedRuntime(clock)


def test_a_worker_takes_its_turn_when_it_said_it_would(runtime, clock):
    ticker = Ticker(clock, every_s=10)
    runtime.add_worker(ticker)

    runtime.run_for(timedelta(seconds=25))

    assert ticker.at == [0, 10, 20]


def test_a_worker_without_a_due_time_waits_until_it_is_woken(runtime, clock):
    ticker = Ticker(clock, every_s=None)
    wake = runtime.add_worker(ticker)
    runtime.run_for(timedelta(hours=1))

    wake()
    runtime.settle()

    assert ticker.at == [0, 3600]


def test_a_duty_comes_once_a_period_and_not_at_the_start(runtime):
    rings: list[datetime] = []
    runtime.add_duty(Duty("ring", timedelta(minutes=1), lambda: rings.append(runtime.clock.utc_now())))

    runtime.run_for(timedelta(minutes=3, seconds=30))

    assert [(at - START).total_seconds() for at in rings] == [60, 120, 180]


def test_time_ends_where_it_was_told_to(runtime, clock):
    runtime.run_for(timedelta(minutes=7))

    assert clock.utc_now() == START + timedelta(minutes=7)


def test_a_worker_that_is_always_due_is_found_out(runtime, clock):
    runtime.add_worker(Ticker(clock, every_s=0))

    with pytest.raises(RuntimeError, match="still something due"):
        runtime.settle()


def test_no_clock_can_tell_how_long_a_reboot_took(clock):
    before = clock.now()

    clock.forward(5000)
    passed = clock.now().since(before)
    clock.reboot()

    assert passed == timedelta(seconds=5)
    assert clock.now().since(before) is None


def test_setting_the_wall_clock_moves_no_deadline(clock):
    before = clock.now()

    clock.set_wall(START + timedelta(days=3650))

    assert clock.now().since(before) == timedelta(0)


def test_a_duty_of_the_same_name_takes_the_place_of_the_one_before(runtime):
    done = []
    for what in ("old", "new"):
        runtime.add_duty(Duty("poll", timedelta(seconds=10), lambda what=what: done.append(what)))

    runtime.run_for(timedelta(seconds=25))

    assert done == ["new", "new"]
