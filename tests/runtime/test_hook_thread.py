"""Plugins' code on threads of its own: a call that hangs is left behind and everybody else goes on."""

from __future__ import annotations

import threading

import pytest

from pilotbridge.errors import Closed
from pilotbridge.runtime.hook_thread import PluginThreads

PATIENT_S = 10.0


@pytest.fixture
def threads():
    threads = PluginThreads()
    yield threads
    threads.close()


@pytest.fixture
def gate():
    """Opened at the end, so that no thread of a test outlives it."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_a_question_is_answered_on_another_thread(threads):
    assert threads.ask(threading.get_ident, PATIENT_S) != threading.get_ident()


def test_what_a_plugin_raises_is_raised_to_who_asked(threads):
    with pytest.raises(ZeroDivisionError):
        threads.ask(lambda: 1 / 0, PATIENT_S)


def test_a_call_that_hangs_is_left_behind_and_the_next_one_is_answered(threads, gate):
    with pytest.raises(TimeoutError, match=r"no answer within 0\.05 s"):
        threads.ask(gate.wait, 0.05)

    assert threads.ask(lambda: "still here", PATIENT_S) == "still here"


def test_regular_work_delays_no_question(threads, gate):
    with pytest.raises(TimeoutError):
        threads.work(gate.wait, 0.05)

    assert threads.ask(lambda: "mine", PATIENT_S) == "mine"
    assert threads.work(lambda: "the next round", PATIENT_S) == "the next round"


def test_after_the_end_a_call_hears_so_at_once(threads):
    threads.close()

    with pytest.raises(Closed):
        threads.work(lambda: 1, PATIENT_S)
    assert not threads.tell(lambda: None, PATIENT_S)


def test_the_late_answer_of_a_call_left_behind_goes_to_nobody(threads, gate):
    ended = threading.Event()

    def hangs():
        gate.wait()
        ended.set()
        return "late"

    with pytest.raises(TimeoutError):
        threads.ask(hangs, 0.05)
    gate.set()

    assert ended.wait(PATIENT_S)
    assert threads.ask(lambda: "mine", PATIENT_S) == "mine"


def test_a_timeout_of_the_plugins_own_is_its_own(threads):
    def raises():
        raise TimeoutError("the database I asked")

    with pytest.raises(TimeoutError, match="the database I asked"):
        threads.ask(raises, PATIENT_S)


def test_a_question_waits_for_one_that_hangs_no_longer_than_the_deadline(threads, gate):
    begun = threading.Event()

    def hangs():
        begun.set()
        gate.wait()

    def ask():
        with pytest.raises(TimeoutError):
            threads.ask(hangs, 0.2)

    asker = threading.Thread(target=ask)
    asker.start()
    begun.wait(PATIENT_S)

    assert threads.ask(lambda: "next", 0.2) == "next"
    asker.join()


def test_a_listener_that_hangs_delays_no_question(threads, gate):
    threads.tell(lambda: gate.wait() and None, PATIENT_S)

    assert threads.ask(lambda: "answered", PATIENT_S) == "answered"


def test_a_listener_that_hangs_is_left_behind_when_the_next_is_told(threads, gate):
    begun, told = threading.Event(), threading.Event()

    def hangs():
        begun.set()
        gate.wait()

    threads.tell(hangs, 0.0)
    begun.wait(PATIENT_S)
    threads.tell(told.set, 0.0)

    assert told.wait(PATIENT_S)


def test_tellings_come_in_order(threads):
    heard: list[int] = []
    done = threading.Event()
    for number in range(100):
        threads.tell(lambda number=number: heard.append(number), PATIENT_S)
    threads.tell(done.set, PATIENT_S)

    assert done.wait(PATIENT_S)
    assert heard == list(range(100))
