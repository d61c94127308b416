"""Threads stay together, and whoever asked for it goes where it could before."""

from __future__ import annotations

import os
import threading

import pytest

from pilotbridge.runtime.one_processor import on_one_processor

ALL = os.sched_getaffinity(0)


def started_here() -> set[int]:
    found: list[set[int]] = []
    thread = threading.Thread(target=lambda: found.append(os.sched_getaffinity(0)))
    thread.start()
    thread.join()
    return found[0]


def test_a_thread_and_those_it_starts_stay_on_one_processor():
    with on_one_processor():
        here, there = os.sched_getaffinity(0), started_here()

    assert (len(here), there) == (1, here)
    assert here <= ALL


def test_afterwards_it_may_go_where_it_could_before():
    with pytest.raises(ValueError, match="whatever happens"), on_one_processor():
        raise ValueError("whatever happens")

    assert (os.sched_getaffinity(0), started_here()) == (ALL, ALL)
