"""Whoever takes bodies in may keep them at once; whatever comes of that, no sender hears yes too early."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from pilotbridge.errors import StoreUnavailable
from pilotbridge.model import JournalId
from pilotbridge.protocols import Incoming
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.records import Body
from pilotbridge.web.asgi import App
from pilotbridge.web.intake import Intake
from pilotbridge.web.journal_door import JournalDoor
from tests.web.conftest import TOKEN, Door, Reply, ask, bearer


class Taker:
    """Has every offer, and answers when it is told to. ``hears`` is what was kept first."""

    def __init__(self) -> None:
        self.offers: list[tuple[list[Any], Future[Any]]] = []
        self.hears: list[Any] = []

    def __call__(self, bodies: Any) -> Future[Any]:
        self.offers.append((list(bodies), Future()))
        return self.offers[-1][1]


def intake_of(door: Door, taker: Any) -> App:
    return door.way(
        Intake(
            store=DirectStore(door.disk),
            settings=lambda: door.settings,
            sources=lambda: door.sources,
            clock=door.clock,
            meter=door.metrics,
            on_arrived=taker.hears.append if isinstance(taker, Taker) else (lambda _arrived: None),
            raise_trouble=door.troubles.append,
            takes=taker,
        )
    )


async def posted(app: App, name: bytes = b"DiskFull") -> asyncio.Task[Reply]:
    task = asyncio.create_task(ask(app, "POST", "/in/lines", body=name + b" firing", headers=[bearer(TOKEN)]))
    for _ in range(20):
        await asyncio.sleep(0)
    return task


async def turns(amount: int = 3) -> None:
    for _ in range(amount):
        await asyncio.sleep(0)


def begun(taker: Taker) -> Future[Any]:
    future = taker.offers[-1][1]
    future.set_running_or_notify_cancel()
    return future


def answered(door: Door, taker: Taker, answer: Any) -> Reply:
    """The reply to one body, after ``answer`` was given to its offer."""

    async def post() -> Reply:
        task = await posted(intake_of(door, taker))
        [(_, future)] = taker.offers
        future.set_running_or_notify_cancel()
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return await asyncio.wait_for(task, 10)

    return asyncio.run(post())


def test_a_sender_hears_the_number_under_which_its_body_was_kept(door):
    taker = Taker()

    reply = answered(door, taker, [JournalId(7)])

    assert (reply.status, reply.json) == (202, {"accepted": 1, "journal": 7})
    assert (taker.hears, len(door.journal)) == ([], 0)


def test_what_was_kept_at_once_counts_as_accepted(door):
    answered(door, Taker(), [JournalId(7)])

    line = 'pilotbridge_alerts_accepted_total{source="lines",state="firing"} 1.0'
    assert line in door.metrics.render().decode().splitlines()


@pytest.mark.parametrize("answer", [None, ValueError("a fault")])
def test_what_is_not_taken_is_kept_first(door, answer):
    taker = Taker()

    reply = answered(door, taker, answer)

    assert (reply.status, len(door.journal), len(taker.hears)) == (202, 1, 1)


def test_what_the_store_refuses_is_not_tried_a_second_time(door):
    taker = Taker()

    reply = answered(door, taker, StoreUnavailable("the disk is full"))

    assert (reply.status, len(door.journal), taker.hears) == (503, 0, [])


def test_nobody_hears_yes_while_it_is_being_taken(door):
    taker = Taker()

    async def post() -> tuple[bool, int]:
        task = await posted(intake_of(door, taker))
        taker.offers[0][1].set_running_or_notify_cancel()
        early = task.done()
        taker.offers[0][1].set_result([JournalId(1)])
        return early, (await asyncio.wait_for(task, 10)).status

    assert asyncio.run(post()) == (False, 202)


def test_what_nobody_begins_to_take_is_taken_back_and_kept_first(door):
    taker = Taker()

    async def post() -> Reply:
        return await asyncio.wait_for(await posted(intake_of(door, taker)), 10)

    reply = asyncio.run(post())

    assert (reply.status, len(door.journal), len(taker.hears)) == (202, 1, 1)
    assert taker.offers[0][1].cancelled()


def test_whoever_never_ends_taking_costs_other_bodies_no_answer(door):
    taker = Taker()

    async def post() -> list[bool]:
        app = intake_of(door, taker)
        stuck = await posted(app, b"First")
        taker.offers[0][1].set_running_or_notify_cancel()
        other = await posted(app, b"Second")
        await asyncio.wait_for(other, 10)
        done = [stuck.done(), other.done()]
        stuck.cancel()
        return done

    assert asyncio.run(post()) == [False, True]


def test_bodies_that_come_meanwhile_are_offered_together_next(door):
    taker = Taker()

    async def post() -> list[int]:
        app = intake_of(door, taker)
        tasks = [await posted(app, b"First")]
        begun(taker)
        tasks += [await posted(app, name) for name in (b"Second", b"Third")]
        for number, _ in enumerate(tasks[:2]):
            while len(taker.offers) <= number:
                await asyncio.sleep(0)
            bodies, future = taker.offers[number]
            if number:
                begun(taker)
            future.set_result([JournalId(10 * number + at) for at, _ in enumerate(bodies)])
        return [(await asyncio.wait_for(task, 10)).json["journal"] for task in tasks]

    assert asyncio.run(post()) == [0, 10, 11]


def test_a_fault_in_the_offering_leaves_no_sender_unanswered(door):
    def fails(_bodies: Any) -> None:
        raise ValueError("a fault")

    async def post() -> Reply:
        return await asyncio.wait_for(await posted(intake_of(door, fails)), 10)

    assert (asyncio.run(post()).status, len(door.journal)) == (202, 1)


def test_a_sender_that_leaves_meanwhile_costs_its_neighbours_no_answer(door):
    taker = Taker()

    async def post() -> Reply:
        app = intake_of(door, taker)
        first = await posted(app, b"First")
        taken = begun(taker)
        leaves, stays = [await posted(app, name) for name in (b"Second", b"Third")]
        taken.set_result([JournalId(1)])
        await asyncio.wait_for(first, 10)
        while len(taker.offers) < 2:
            await asyncio.sleep(0)
        leaves.cancel()
        begun(taker).set_result([JournalId(2), JournalId(3)])
        return await asyncio.wait_for(stays, 10)

    assert asyncio.run(post()).json["journal"] == 3


# --- a loop that waits with what is in hand ---------------------------------------------------------

FOR_EVER_S = 10


def journal_of(
    door: Door, taker: Taker, rests_s: float = FOR_EVER_S
) -> tuple[JournalDoor, Callable[[], Any]]:
    """A door, and what puts one more body through it."""
    journal = JournalDoor(
        store=DirectStore(door.disk),
        meter=door.metrics,
        on_arrived=taker.hears.append,
        takes=taker,
        rests_s=rests_s,
    )
    incoming = Incoming("lines", b"DiskFull firing", {}, {}, door.clock.utc_now())
    parsed = door.sources["lines"].parse(incoming, None)
    return journal, lambda: journal.keep(Body(incoming, 1, None), parsed)


def test_the_loop_wakes_for_nobody_who_has_to_wait_anyway(door):
    taker, order = Taker(), []

    async def post() -> list[int]:
        _, keep = journal_of(door, taker)
        first = keep()
        await turns()
        taken = begun(taker)

        def end() -> None:
            threading.Event().wait(0.05)
            order.append("it is on disk")
            taken.set_result([JournalId(1)])

        helper = threading.Thread(target=end)
        helper.start()
        second = keep()
        asyncio.get_running_loop().call_soon(order.append, "the loop goes on")
        await asyncio.wait_for(first, 10)
        helper.join()
        while len(taker.offers) < 2:
            await turns()
        begun(taker).set_result([JournalId(2)])
        return [(await asyncio.wait_for(kept, 10)).id for kept in (first, second)]

    began_s = time.monotonic()
    assert asyncio.run(post()) == [1, 2]
    assert order == ["it is on disk", "the loop goes on"]
    assert time.monotonic() - began_s < FOR_EVER_S


def test_the_loop_waits_only_when_somebody_else_comes(door):
    taker = Taker()

    async def post() -> int:
        _, keep = journal_of(door, taker)
        kept = keep()
        await turns()
        taken = begun(taker)
        await turns()
        taken.set_result([JournalId(1)])
        return (await asyncio.wait_for(kept, 10)).id

    assert asyncio.run(post()) == 1


def test_the_loop_waits_for_a_moment_at_most(door):
    taker = Taker()

    async def post() -> list[int]:
        _, keep = journal_of(door, taker, rests_s=0.01)
        futures = [keep()]
        await turns()
        taken = begun(taker)
        futures.append(keep())
        await turns()
        taken.set_result([JournalId(1)])
        while len(taker.offers) < 2:
            await turns()
        begun(taker).set_result([JournalId(2)])
        return [(await asyncio.wait_for(kept, 10)).id for kept in futures]

    assert asyncio.run(post()) == [1, 2]


def test_the_loop_does_not_wait_with_what_is_stuck(door):
    taker = Taker()

    async def post() -> int:
        journal, keep = journal_of(door, taker)
        keep()
        await turns()
        begun(taker)
        journal._go_on(asyncio.get_running_loop())  # as its timer does
        second, third = keep(), keep()
        await turns()
        begun(taker).set_result([JournalId(2), JournalId(3)])
        return sum([(await asyncio.wait_for(kept, 10)).id for kept in (second, third)])

    assert asyncio.run(post()) == 5


def test_what_was_stuck_and_ends_after_all_is_not_taken_for_what_is_in_hand(door):
    taker = Taker()

    async def post() -> bool:
        journal, keep = journal_of(door, taker)
        keep()
        await turns()
        stuck = begun(taker)
        journal._go_on(asyncio.get_running_loop())
        second = keep()
        await turns()
        taken = begun(taker)
        stuck.set_result([JournalId(1)])
        await turns()
        is_in_hand = journal._in_hand is not None and journal._in_hand.taken is taken
        taken.set_result([JournalId(2)])
        await asyncio.wait_for(second, 10)
        return is_in_hand

    assert asyncio.run(post())
