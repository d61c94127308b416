"""What no sender waits for is made once, when it is asked for or when there is time."""

from __future__ import annotations

import asyncio

from pilotbridge.web.asgi import Answer
from pilotbridge.web.later import Later


class Making:
    """Counts how often the application was made, and who was answered by it."""

    def __init__(self) -> None:
        self.times = 0
        self.answered: list[str] = []

    def make(self):
        self.times += 1
        return self._app

    async def _app(self, scope, receive, send):
        self.answered.append(scope["path"])
        await Answer(200, b"here").give(send)


async def _ask(app, path):
    said = []

    async def send(message):
        said.append(message)

    await app({"type": "http", "path": path, "method": "GET"}, None, send)
    return said[0]["status"]


def test_nothing_is_made_before_somebody_asks():
    making = Making()

    Later(making.make)

    assert making.times == 0


def test_who_asks_while_it_is_made_is_answered_by_the_one_that_is_made():
    making = Making()

    async def ask_at_once():
        later = Later(making.make)
        return await asyncio.gather(_ask(later, "/a"), later.made(), _ask(later, "/b"))

    first, _, second = asyncio.run(ask_at_once())

    assert (first, second, making.times) == (200, 200, 1)
    assert sorted(making.answered) == ["/a", "/b"]


def test_a_client_that_goes_away_while_it_is_made_takes_it_from_nobody():
    making = Making()

    async def one_leaves():
        later = Later(making.make)
        leaving = asyncio.create_task(_ask(later, "/left"))
        await asyncio.sleep(0)
        leaving.cancel()
        return await _ask(later, "/stays")

    assert asyncio.run(one_leaves()) == 200
    assert making.times == 1
