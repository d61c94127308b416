"""A connection on which nothing is said any more ends by itself, and no other."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pilotbridge.web.idle import Idle
from tests.web.connections import idle, post, server_of


class HandLoop:
    """A loop whose time a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.made = 0

    def time(self) -> float:
        return self.now_s

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Any:
        self.made += 1
        timer = (self.now_s + delay_s, call)
        self.timers.append(timer)
        return SimpleNamespace(cancel=lambda: self.timers.remove(timer))

    def forward(self, s: float) -> None:
        self.now_s += s
        due = [timer for timer in self.timers if timer[0] <= self.now_s]
        self.timers = [timer for timer in self.timers if timer not in due]
        for _, call in due:
            call()


@pytest.fixture
def hand() -> HandLoop:
    return HandLoop()


@pytest.fixture
def ended() -> list[float]:
    return []


@pytest.fixture
def idle_timer(hand: HandLoop, ended: list[float]) -> Idle:
    return Idle(hand, 75.0, lambda: ended.append(hand.now_s))  # type: ignore[arg-type]


def test_silence_ends_a_connection_so_long_after_its_last_answer(hand, ended, idle_timer):
    for _ in range(3):
        idle_timer.begins()
        hand.forward(50)
        idle_timer.ends()
        hand.forward(1)
    idle_timer.begins()
    for _ in range(100):
        hand.forward(1)

    assert ended == [3 * 51 + 75]


def test_a_connection_that_is_asked_something_is_not_ended_however_long_the_answer_takes(
    hand, ended, idle_timer
):
    idle_timer.begins()
    hand.forward(10)
    idle_timer.ends()
    hand.forward(1000)
    before = list(ended)
    idle_timer.begins()
    for _ in range(100):
        hand.forward(1)

    assert (before, ended) == ([], [1085])


def test_a_thousand_answers_take_one_timer_and_a_lost_connection_leaves_none(hand, ended, idle_timer):
    for _ in range(1000):
        idle_timer.begins()
        hand.forward(0.01)
        idle_timer.ends()
    made, waiting = hand.made, len(hand.timers)
    idle_timer.begins()
    idle_timer.stop()
    hand.forward(1000)

    assert (made, waiting, hand.timers, ended) == (1, 1, [], [])


@pytest.mark.parametrize("says_more", [True, False])
def test_a_kept_connection_ends_by_itself_unless_something_is_said(door, says_more):
    server = server_of(door, door.intake.fast, keep_alive_s=0)

    async def run() -> bool:
        protocol, wire = server.connect()
        if says_more:
            loop = asyncio.get_running_loop()
            wire.on_write = lambda: loop.call_soon(protocol.data_received, post()[:9])
        protocol.data_received(post())
        await asyncio.sleep(0.02)
        return wire.is_closed

    assert asyncio.run(run()) is not says_more


def test_nothing_of_a_lost_connection_stays(door):
    server = server_of(door, door.intake.fast)

    async def run() -> Any:
        protocol, _ = server.connect()
        protocol.data_received(post())
        await idle()
        protocol.connection_lost(None)
        return weakref.ref(protocol)

    async def is_gone() -> bool:
        lost = await run()
        gc.collect()
        return lost() is None

    assert asyncio.run(is_gone())
