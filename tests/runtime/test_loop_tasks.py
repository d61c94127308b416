"""Steps and calls on the event loop: taken again after any failure, reached from threads, ended in order."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.errors import Closed, TryLater
from pilotbridge.runtime.loop_tasks import LoopTasks, Supervised
from pilotbridge.runtime.stepped import STEP_EVERY_MS, HandClock, SteppedRuntime


def failing(*errors):
    """A step that raises each of ``errors``, then rests 3 s."""
    left = list(errors)

    async def step() -> float:
        if left:
            raise left.pop(0)
        return 3.0

    return step


async def answer(what):
    return what


def test_a_step_that_fails_rests_ever_longer_and_is_taken_again():
    supervised = Supervised("poll", failing(TryLater("down"), ValueError("odd"), *[OSError()] * 8))

    rests = [asyncio.run(supervised.once()) for _ in range(11)]

    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 3]


def test_after_a_good_step_the_rest_is_short_again():
    supervised = Supervised("poll", failing(OSError()))
    [asyncio.run(supervised.once()) for _ in range(2)]
    supervised._step = failing(OSError())

    assert asyncio.run(supervised.once()) == 1


def test_a_step_that_was_added_early_begins_with_the_loop_and_ends_when_told():
    tasks, taken, cancelled = LoopTasks(), asyncio.Event(), []

    async def step() -> float:
        taken.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return 0.0

    async def main():
        tasks.run_forever("poll", step)
        tasks.open()
        await asyncio.wait_for(taken.wait(), 5)
        await tasks.end_steps()
        tasks.run_forever("late", step)
        await tasks.stop()

    asyncio.run(main())

    assert cancelled == [True]


def test_a_thread_gets_the_answer_of_a_call_also_after_the_steps_have_ended():
    tasks, heard = LoopTasks(), []

    async def main():
        tasks.open()
        await tasks.end_steps()
        thread = threading.Thread(target=lambda: heard.append(tasks.call_async(answer(7)).result(5)))
        thread.start()
        await asyncio.to_thread(thread.join)
        await tasks.stop()

    asyncio.run(main())

    assert heard == [7]


def test_the_end_cancels_a_call_that_hangs():
    tasks = LoopTasks()

    async def main():
        tasks.open()
        future = tasks.call_async(asyncio.sleep(3600))
        await asyncio.sleep(0)
        await tasks.stop()
        return future

    assert asyncio.run(main()).cancelled()


def test_without_a_loop_a_call_fails_at_once():
    with pytest.raises(Closed):
        LoopTasks().call_async(answer(7)).result(0)


@pytest.fixture
def runtime():
    made = SteppedRuntime(HandClock(datetime(2026, 1, 1, tzinfo=UTC)))
    yield made
    made.close()


def test_by_hand_a_call_has_its_answer_at_once(runtime):
    assert runtime.call_async(answer(7)).result(0) == 7
    assert isinstance(runtime.call_async(failing(TryLater("x"))()).exception(0), TryLater)


def test_by_hand_a_step_comes_in_its_time_and_when_there_is_news(runtime):
    taken = []

    async def step() -> float:
        taken.append(runtime.clock.now_ms())
        return 0.0

    runtime.run_forever("poll", step)
    runtime.run_for(timedelta(milliseconds=2 * STEP_EVERY_MS + 1))
    runtime.wake_steps()
    runtime.settle()

    began = taken[0]
    assert [at - began for at in taken] == [0, STEP_EVERY_MS, 2 * STEP_EVERY_MS, 2 * STEP_EVERY_MS + 1]
