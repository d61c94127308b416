"""The whole bridge in one thread under a clock that is moved by hand, for tests and simulation.

Every worker takes its turn when it is due; nothing here sleeps, and no two things happen at once.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pilotbridge.clock import Instant, SteadyClock, from_ms, to_ms
from pilotbridge.protocols import Duty, Step, Worker
from pilotbridge.runtime.hook_thread import DirectHookThread
from pilotbridge.runtime.loop_tasks import SteppedTasks

T = TypeVar("T")

TURNS_MAX = 100_000
STEP_EVERY_MS = 10_000
"""How often a step is taken that would wait for news if there were a loop; :meth:`wake_steps` brings news."""


class HandClock:
    """A clock that moves when it is told to; the wall and the boot clock can be moved apart."""

    def __init__(self, start: datetime, *, boot_id: str = "boot-1") -> None:
        self._utc_ms = to_ms(start)
        self._boot_ms = 1_000_000
        self._boot_id = boot_id

    def now(self) -> Instant:
        return Instant(self._utc_ms, self._boot_ms, self._boot_id)

    def utc_now(self) -> datetime:
        return from_ms(self._utc_ms)

    def now_ms(self) -> int:
        return self._utc_ms

    def boot_ms(self) -> int:
        return self._boot_ms

    def forward(self, ms: int) -> None:
        self._utc_ms += ms
        self._boot_ms += ms

    def set_wall(self, moment: datetime) -> None:
        """Somebody sets the wall clock; no time has passed."""
        self._utc_ms = to_ms(moment)

    def reboot(self) -> None:
        """The machine starts anew: nobody can tell how much time has passed."""
        self._boot_ms = 0
        self._boot_id += "'"


@dataclass(slots=True, eq=False)
class _Line:
    """A worker or a duty, and when its next turn is due."""

    turn: Callable[[], int | None]
    due_ms: int | None

    def take_turn(self) -> None:
        """One turn; it may be woken while it takes it."""
        self.due_ms = None
        due_ms = self.turn()
        self.due_ms = min((ms for ms in (self.due_ms, due_ms) if ms is not None), default=None)


class SteppedRuntime:
    """Takes turns in the order of their due times."""

    has_threads = False

    def __init__(self, hand: HandClock) -> None:
        self._hand = hand
        self.clock = SteadyClock(hand)
        self.hook_thread = DirectHookThread()
        self._tasks = SteppedTasks()
        self._lines: list[_Line] = []
        self._steps: list[_Line] = []
        self._duties: dict[str, _Line] = {}

    def add_worker(self, worker: Worker, *, unhurried: bool = False) -> Callable[[], None]:  # noqa: ARG002
        """Returns what wakes it. Nobody has to share a processor here."""
        line = _Line(worker.turn, self.clock.now_ms())
        self._lines.append(line)

        def wake() -> None:
            line.due_ms = self.clock.now_ms()

        return wake

    def add_duty(self, duty: Duty) -> None:
        every_ms = int(duty.every.total_seconds() * 1000)

        def turn() -> int:
            duty.work()
            return self.clock.now_ms() + every_ms

        line = _Line(turn, self.clock.now_ms() + every_ms)
        former = self._duties.get(duty.name)
        if former is not None:
            self._lines.remove(former)
        self._lines.append(line)
        self._duties[duty.name] = line

    def hurry(self, name: str) -> None:
        self._duties[name].due_ms = self.clock.now_ms()

    def do_aside(self, name: str, work: Callable[[], object]) -> None:  # noqa: ARG002 - nobody to go before
        work()

    def run_forever(self, name: str, step: Step) -> None:
        take = self._tasks.turn_of(name, step)

        def turn() -> int:
            return self.clock.now_ms() + max(int(take() * 1000), STEP_EVERY_MS)

        self._steps.append(_Line(turn, self.clock.now_ms()))
        self._lines.append(self._steps[-1])

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        return self._tasks.call_async(coroutine)

    def wake_steps(self) -> None:
        """What steps wait for outside has happened."""
        for line in self._steps:
            line.due_ms = self.clock.now_ms()

    def close(self) -> None:
        """End the loop that steps and calls were taken on, if there was one."""
        self._tasks.close()

    def rearm(self) -> None:
        """Everybody takes a turn; the times they rest until are the old clock's."""
        for line in self._lines:
            line.due_ms = self.clock.now_ms()

    def settle(self) -> None:
        """Take turns until nothing is due any more.

        :raises RuntimeError: when that never ends.
        """
        for _ in range(TURNS_MAX):
            line = self._next()
            if line is None:
                return
            line.take_turn()
        raise RuntimeError(f"still something due after {TURNS_MAX} turns at {self.clock.utc_now()}")

    def run_for(self, duration: timedelta) -> None:
        """Let ``duration`` pass, stopping at every moment at which something is due."""
        left_ms = int(duration.total_seconds() * 1000)
        self.settle()
        while (step_ms := self._next_step()) is not None and step_ms <= left_ms:
            self._hand.forward(step_ms)
            left_ms -= step_ms
            self.settle()
        self._hand.forward(left_ms)
        self.settle()

    def _next(self) -> _Line | None:
        now_ms = self.clock.now_ms()
        return next((line for line in self._lines if line.due_ms is not None and line.due_ms <= now_ms), None)

    def _next_step(self) -> int | None:
        """Milliseconds until somebody is due."""
        due_ms = min((line.due_ms for line in self._lines if line.due_ms is not None), default=None)
        return None if due_ms is None else max(due_ms - self.clock.now_ms(), 0)
