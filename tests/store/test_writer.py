"""The one thread that writes: many jobs to a commit, and nobody hears yes before it returned."""

import threading
import time

import pytest

from pilotbridge.errors import Closed, PilotBridgeError, StoreUnavailable
from pilotbridge.runtime.writer import MAX_JOBS, ThreadedStore

WAIT_S = 10


class Tally:
    def __init__(self):
        self.batches = []

    def observe(self, name, value, **labels):
        if name == "store_commit_jobs":
            self.batches.append(value)

    def count(self, *_, **__): ...
    def gauge(self, *_, **__): ...


class Gated:
    """An engine whose commits wait until a test opens the gate."""

    def __init__(self, engine):
        self._engine = engine
        self.gate = threading.Event()
        self.committing = threading.Event()

    @property
    def epoch(self):
        return self._engine.epoch

    def read(self):
        return self._engine.read()

    def commit(self, jobs):
        self.committing.set()
        assert self.gate.wait(WAIT_S)
        return self._engine.commit(jobs)


@pytest.fixture
def stores():
    opened = []

    def start(engine, on_fatal=lambda _error: None):
        meter = Tally()
        store = ThreadedStore(engine, meter, on_fatal)
        store.start()
        opened.append(store)
        return store, meter

    yield start
    for store in opened:
        store.close()


def keep(body):
    return lambda tx: tx.append_journal(body)


def test_jobs_that_come_during_a_commit_share_the_next_one(stores, engine, body):
    gated = Gated(engine)
    store, meter = stores(gated)
    futures = [store.write(keep(body(b"first")))]
    assert gated.committing.wait(WAIT_S)

    futures += [store.write(keep(body(str(n).encode()))) for n in range(50)]
    gated.gate.set()
    ids = [future.result(WAIT_S)[0] for future in futures]

    assert meter.batches == [1, 50]
    assert ids == sorted(ids)


def test_no_future_is_done_before_its_commit_returned(stores, engine, body):
    gated = Gated(engine)
    store, _ = stores(gated)

    future = store.write(keep(body(b"1")))
    assert gated.committing.wait(WAIT_S)
    assert not future.done()
    gated.gate.set()

    assert future.result(WAIT_S)


def test_a_batch_is_bounded(stores, engine, body):
    gated = Gated(engine)
    store, meter = stores(gated)
    first = store.write(keep(body()))
    assert gated.committing.wait(WAIT_S)

    futures = [store.write(keep(body())) for _ in range(MAX_JOBS + 10)]
    gated.gate.set()
    for future in [first, *futures]:
        future.result(WAIT_S)

    assert meter.batches == [1, MAX_JOBS, 10]


def test_each_job_hears_of_its_own_failure_only(stores, engine, body):
    def fail(_tx):
        raise ValueError("no")

    store, _ = stores(engine)
    good, bad = store.write(keep(body())), store.write(fail)

    assert good.result(WAIT_S)
    with pytest.raises(ValueError, match="no"):
        bad.result(WAIT_S)


def test_a_lost_transaction_is_told_to_every_job_of_it(stores, engine, body):
    gated = Gated(engine)
    store, _ = stores(gated)
    store.write(keep(body()))
    assert gated.committing.wait(WAIT_S)
    pages = next(iter(engine.connection.execute("PRAGMA page_count")))[0]
    engine.connection.execute(f"PRAGMA max_page_count = {pages + 5}")

    futures = [store.write(keep(body(content))) for content in (b"1", bytes(200_000), b"2")]
    gated.gate.set()

    for future in futures:
        with pytest.raises(StoreUnavailable, match="full"):
            future.result(WAIT_S)


def test_a_job_may_not_wait_for_another_on_the_writers_own_thread(stores, engine, body):
    store, _ = stores(engine)

    with pytest.raises(RuntimeError, match="may not write through the store"):
        store.write(lambda _tx: store.write(keep(body()))).result(WAIT_S)


def test_closing_commits_what_is_queued_and_refuses_what_comes_later(stores, engine, body):
    store, _ = stores(engine)
    futures = [store.write(keep(body())) for _ in range(20)]

    store.close()

    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(Closed):
        store.write(keep(body())).result(WAIT_S)


def test_an_engine_that_was_taken_over_ends_the_writer_and_says_so(stores, body):
    class Taken:
        epoch = 1

        def commit(self, jobs):
            raise PilotBridgeError("another PilotBridge has taken this database over")

    heard = []
    store, _ = stores(Taken(), heard.append)

    with pytest.raises(Closed, match="taken this database over"):
        store.write(keep(body())).result(WAIT_S)

    deadline = time.monotonic() + WAIT_S
    while not heard and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert "taken" in str(heard[0])
    with pytest.raises(Closed):
        store.write(keep(body())).result(WAIT_S)


def test_a_job_that_was_taken_back_costs_nobody_an_answer(stores, engine, body):
    gated = Gated(engine)
    store, _ = stores(gated)
    first = store.write(keep(body()))
    assert gated.committing.wait(WAIT_S)
    cut_off, behind = store.write(keep(body())), store.write(keep(body()))

    cut_off.cancel()
    gated.gate.set()

    assert behind.result(WAIT_S)
    assert not first.cancel()
    assert store.write(keep(body())).result(WAIT_S)


def test_a_job_that_was_taken_back_while_the_store_was_away_costs_nobody_an_answer(stores, engine, body):
    gated = Gated(engine)
    store, _ = stores(gated)
    pages = next(iter(engine.connection.execute("PRAGMA page_count")))[0]
    engine.connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    too_large = store.write(keep(body(bytes(200_000))))
    assert gated.committing.wait(WAIT_S)
    cut_off, behind = store.write(keep(body())), store.write(keep(body()))

    cut_off.cancel()
    gated.gate.set()

    for future in (too_large, behind):
        with pytest.raises(StoreUnavailable):
            future.result(WAIT_S)
    assert store.write(keep(body())).result(WAIT_S)


def test_a_writer_that_fails_as_nobody_foresaw_tells_everybody_who_waits(stores, engine, body):
    class Broken(Gated):
        def commit(self, jobs):
            super().commit(jobs)
            raise RuntimeError("a fault of ours")

    heard, told = [], threading.Event()
    broken = Broken(engine)
    store, _ = stores(broken, lambda error: (heard.append(error), told.set()))
    first = store.write(keep(body()))
    assert broken.committing.wait(WAIT_S)
    behind = store.write(keep(body()))

    broken.gate.set()

    for future in (first, behind, store.write(keep(body()))):
        with pytest.raises(Closed):
            future.result(WAIT_S)
    assert told.wait(WAIT_S)
    assert "a fault of ours" in str(heard[0])
