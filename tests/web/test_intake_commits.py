"""Nobody hears yes before the commit; many connections on real sockets share few of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from pilotbridge.config.settings import Listen
from pilotbridge.errors import StoreUnavailable
from pilotbridge.metrics import Metrics
from pilotbridge.runtime.writer import DirectStore, ThreadedStore
from pilotbridge.web.app import build
from pilotbridge.web.asgi import App
from pilotbridge.web.intake import Intake
from pilotbridge.web.journal_door import ENOUGH_ALERTS, gathers_s
from pilotbridge.web.server import WebServer
from tests.web.conftest import TOKEN, Door, Reply, ask, bearer


class SlowDisk(DirectStore):
    """Commits only when it is told to."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self.waiting: list[tuple[Callable[[Any], Any], Future[Any]]] = []

    def write(self, job: Callable[[Any], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((job, future))
        return future

    def commit(self) -> None:
        waiting, self.waiting = self.waiting, []
        for job, future in waiting:
            future.set_result(super().write(job).result())

    def fail(self) -> None:
        waiting, self.waiting = self.waiting, []
        for _, future in waiting:
            future.set_exception(StoreUnavailable("the disk is full"))


def intake_on(store: Any, door: Door, arrived: list[Any]) -> App:
    return door.way(
        Intake(
            store=store,
            settings=lambda: door.settings,
            sources=lambda: door.sources,
            clock=door.clock,
            meter=door.metrics,
            on_arrived=arrived.append,
            raise_trouble=door.troubles.append,
        )
    )


def test_nobody_hears_yes_while_the_commit_is_on_its_way(door):
    store, arrived = SlowDisk(door.disk), []
    app = intake_on(store, door, arrived)

    async def post_and_watch():
        post = ask(app, "POST", "/in/lines", body=b"DiskFull firing", headers=[bearer(TOKEN)])
        posting = asyncio.create_task(post)
        while not store.waiting:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        early = (posting.done(), list(arrived), len(door.journal))
        store.commit()
        return early, await posting

    early, reply = asyncio.run(post_and_watch())

    assert early == (False, [], 0)
    assert (reply.status, len(arrived), len(door.journal)) == (202, 1, 1)


@pytest.mark.parametrize(("end", "status"), [(SlowDisk.commit, 202), (SlowDisk.fail, 503)])
def test_a_sender_that_leaves_before_the_commit_costs_its_neighbours_no_answer(door, end, status):
    store = SlowDisk(door.disk)
    app = intake_on(store, door, [])

    async def post_three() -> tuple[Reply, Reply]:
        first, leaves, stays = (
            asyncio.create_task(ask(app, "POST", "/in/lines", body=body, headers=[bearer(TOKEN)]))
            for body in (b"First firing", b"Second firing", b"Third firing")
        )
        for _ in range(20):
            await asyncio.sleep(0)
        leaves.cancel()
        end(store)
        return await asyncio.wait_for(stays, 10), await asyncio.wait_for(first, 10)

    replies = asyncio.run(post_three())

    assert [reply.status for reply in replies] == [status, status]


def test_bodies_that_come_while_a_commit_is_on_its_way_share_the_next_one(door):
    store, arrived = SlowDisk(door.disk), []
    app = intake_on(store, door, arrived)

    async def posted(name: bytes) -> asyncio.Task[Reply]:
        post = ask(app, "POST", "/in/lines", body=name + b" firing", headers=[bearer(TOKEN)])
        task = asyncio.create_task(post)
        for _ in range(20):
            await asyncio.sleep(0)
        return task

    async def post_four() -> list[Reply]:
        posts = [await posted(name) for name in (b"First", b"Second", b"Third", b"Fourth")]
        while store.waiting:
            store.commit()
            await asyncio.sleep(0.01)
        return await asyncio.gather(*posts)

    replies = asyncio.run(post_four())

    assert [reply.json["journal"] for reply in replies] == [1, 2, 3, 4]
    assert [[row.journal_id for row in batch] for batch in arrived] == [[1], [2, 3, 4]]


@pytest.mark.parametrize(("bodies", "wait_ms"), [(0, 0), (1, 0), (2, 1), (1000, 1)])
def test_bodies_gather_only_under_load(bodies, wait_ms):
    assert gathers_s(bodies) * 1000 == wait_ms


class HandLoop(asyncio.SelectorEventLoop):
    """A loop whose time stands still until a test moves it."""

    now_s = 1000.0

    def time(self) -> float:
        return self.now_s


def test_what_comes_soon_after_a_commit_of_several_shares_the_next_one(door):
    store, arrived = SlowDisk(door.disk), []
    app = intake_on(store, door, arrived)

    async def posted(*names: bytes) -> list[asyncio.Task[Reply]]:
        posts = [
            asyncio.create_task(
                ask(app, "POST", "/in/lines", body=name + b" firing", headers=[bearer(TOKEN)])
            )
            for name in names
        ]
        for _ in range(20):
            await asyncio.sleep(0)
        return posts

    async def post_four() -> tuple[bool, list[Reply]]:
        loop = asyncio.get_running_loop()
        posts = await posted(b"First", b"Second")
        store.commit()
        posts += await posted(b"Third")
        posts += await posted(b"Fourth")
        waits = not store.waiting
        loop.now_s += gathers_s(2)
        posts += await posted()
        store.commit()
        return waits, await asyncio.gather(*posts)

    with asyncio.Runner(loop_factory=HandLoop) as runner:
        waits, replies = runner.run(post_four())

    assert waits
    assert [reply.json["journal"] for reply in replies] == [1, 2, 3, 4]
    assert [[row.journal_id for row in batch] for batch in arrived] == [[1, 2], [3, 4]]


@pytest.mark.parametrize("come_before", [True, False])
def test_a_flood_waits_for_no_more(door, come_before):
    store, arrived = SlowDisk(door.disk), []
    app = intake_on(store, door, arrived)

    async def flood() -> bool:
        first = [asyncio.create_task(post(app, 1)) for _ in range(2)]
        await look_away()
        store.commit() if not come_before else None
        many = [asyncio.create_task(post(app, ENOUGH_ALERTS // 5)) for _ in range(5)]
        await look_away()
        store.commit() if come_before else None
        await look_away()
        is_written = bool(store.waiting)
        store.commit()
        await asyncio.gather(*first, *many)
        return is_written

    with asyncio.Runner(loop_factory=HandLoop) as runner:
        assert runner.run(flood())
    assert [len(batch) for batch in arrived] == [2, 5]


async def post(app: Any, alerts: int) -> Reply:
    lines = b"\n".join(b"A%d firing" % number for number in range(alerts))
    return await ask(app, "POST", "/in/lines", body=lines, headers=[bearer(TOKEN)])


async def look_away() -> None:
    for _ in range(60):
        await asyncio.sleep(0)


def test_after_a_commit_that_failed_the_door_is_open(door):
    store, arrived = SlowDisk(door.disk), []
    app = intake_on(store, door, arrived)

    async def post_twice() -> list[int]:
        statuses = []
        for fails in (True, False):
            post = ask(app, "POST", "/in/lines", body=b"DiskFull firing", headers=[bearer(TOKEN)])
            task = asyncio.create_task(post)
            while not store.waiting:
                await asyncio.sleep(0)
            if fails:
                store.waiting.pop()[1].set_exception(StoreUnavailable("the disk is full"))
            else:
                store.commit()
            statuses.append((await task).status)
        return statuses

    assert asyncio.run(asyncio.wait_for(post_twice(), 5)) == [503, 202]


def test_a_client_that_leaves_while_the_commit_is_on_its_way_has_its_alert_taken_in(door):
    store, arrived = SlowDisk(door.disk), []
    app = intake_on(store, door, arrived)

    async def post_and_leave():
        post = ask(app, "POST", "/in/lines", body=b"DiskFull firing", headers=[bearer(TOKEN)])
        posting = asyncio.create_task(post)
        while not store.waiting:
            await asyncio.sleep(0)
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        store.commit()
        await asyncio.sleep(0.01)

    asyncio.run(post_and_leave())

    assert [[row.journal_id for row in batch] for batch in arrived] == [[1]]


def test_hundreds_of_connections_at_once_are_all_taken_in_by_few_commits(door):
    connections, each = 300, 3
    metrics = Metrics()
    store = ThreadedStore(door.disk, metrics, on_fatal=lambda failure: None)
    store.start()
    app = build(
        settings=lambda: door.settings,
        intake_door=intake_on(store, door, []),
        callback_door=door.app,
        endpoints=(),
    )

    async def one(server: WebServer, number: int) -> list[bytes]:
        body = b"Alert%d firing" % number
        request = (
            b"POST /in/lines HTTP/1.1\r\nhost: a\r\nauthorization: Bearer %s\r\ncontent-length: %d\r\n\r\n%s"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", server.listen.port)
        answers = []
        for _ in range(each):
            writer.write(request % (TOKEN.encode(), len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answers.append(head[9:12] + b" " + await reader.readexactly(length))
        writer.close()
        return answers

    async def storm():
        server = WebServer(app)
        await server.start(Listen("127.0.0.1", 0))
        found = await asyncio.gather(*(one(server, number) for number in range(connections)))
        await server.stop()
        return [answer for answers in found for answer in answers]

    answers = asyncio.run(storm())
    store.close()

    expected = {b'202 {"accepted": 1, "journal": %d}' % number for number in range(1, connections * each + 1)}
    assert set(answers) == expected
    assert len(door.journal) == connections * each
    assert door.disk.commits < connections
