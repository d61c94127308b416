"""A worker's thread: woken at once, and not ended by anything its turn raises."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

import pytest

from pilotbridge.clock import SystemClock
from pilotbridge.errors import Closed
from pilotbridge.runtime import workers
from pilotbridge.runtime.workers import WorkerThread

PATIENT_S = 10.0


class Scripted:
    """Takes the given turns one after the other, then none."""

    name = "scripted"

    def __init__(self, *turns: Callable[[], int | None]) -> None:
        self.turns = list(turns)
        self.taken = threading.Semaphore(0)

    def turn(self) -> int | None:
        turn = self.turns.pop(0) if self.turns else None
        try:
            return turn() if turn else None
        finally:
            self.taken.release()


@pytest.fixture
def run():
    running: list[WorkerThread] = []

    def start(worker: Scripted, *, unhurried: bool = False) -> WorkerThread:
        thread = WorkerThread(worker, SystemClock(), unhurried=unhurried)
        running.append(thread)
        thread.start()
        return thread

    yield start
    for thread in running:
        thread.stop()
        assert thread.join(PATIENT_S)


def test_a_woken_worker_does_not_wait_for_its_due_time(run):
    worker = Scripted(lambda: SystemClock().now_ms() + 3_600_000)
    thread = run(worker)
    assert worker.taken.acquire(timeout=PATIENT_S)

    thread.wake()

    assert worker.taken.acquire(timeout=workers.LONGEST_REST_S / 2)


def test_what_comes_while_a_turn_is_taken_is_seen_to_right_after_it(run):
    threads: list[WorkerThread] = []
    is_there = threading.Event()

    def woken_meanwhile() -> None:
        is_there.wait(PATIENT_S)
        threads[0].wake()

    worker = Scripted(woken_meanwhile)
    threads.append(run(worker))
    is_there.set()

    assert worker.taken.acquire(timeout=PATIENT_S)
    assert worker.taken.acquire(timeout=workers.LONGEST_REST_S / 2)


def test_an_unhurried_worker_is_not_kept_busy_by_wakes(run):
    worker = Scripted()
    thread = run(worker, unhurried=True)
    assert worker.taken.acquire(timeout=PATIENT_S)

    began_s = monotonic()
    for _ in range(4):
        thread.wake()
        assert worker.taken.acquire(timeout=PATIENT_S)

    assert monotonic() - began_s >= 3 * workers.UNHURRIED_S


def test_a_turn_that_fails_does_not_end_the_worker(run):
    worker = Scripted(lambda: 1 // 0)
    thread = run(worker)
    assert worker.taken.acquire(timeout=PATIENT_S)

    thread.wake()

    assert worker.taken.acquire(timeout=PATIENT_S)


def test_a_closed_store_ends_the_worker(run):
    def closed() -> int | None:
        raise Closed

    thread = run(Scripted(closed))

    assert thread.join(PATIENT_S)
