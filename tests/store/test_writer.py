"""The one thread that writes: many jobs to a commit, and nobody hears yes before it returned."""

import threading
import time

import pytest

from pilotbridge.errors import Closed, PilotBridgeError, StoreUnavailable
from pilotbridge.runtime.writer import MAX_JOBS, ThreadedStore

from .conftest import Wrapped

WAIT_S = 10


class Tally:
    def __init__(self):
        self.batches = []

    def observe(self, name, value, **labels):
        if name == "store_commit_jobs":
            self.batches.append(value)

    def count(self, *_, **__): ...
    def gauge(self, *_, **__): ...


class Gated(Wrapped):
    """An engine whose commits wait until a test opens the gate."""

    def __init__(self, engine):
        super().__init__(engine)
        self.gate = threading.Event()
        self.committing = threading.Event()

    def commit(self, jobs):
        self.committing.set()
        assert self.gate.wait(WAIT_S)
        return super().commit(jobs)


class Broken(Gated):
    """One that fails as nobody foresaw."""

    def commit(self, jobs):
        super().commit(jobs)
        raise RuntimeError("a fault of ours")


class Taken:
    """One whose database is another process's now."""

    epoch = 1

    def commit(self, jobs):
        raise PilotBridgeError("another PilotBridge has taken this database over")


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


# --- on the thread of whoever waits -----------------------------------------------------------------


def whoever_commits(seen):
    return lambda _tx: seen.append(threading.current_thread().name)


def test_who_waits_anyway_commits_on_their_own_thread(stores, engine):
    store, meter = stores(engine)
    seen = []

    store.commit(whoever_commits(seen))

    assert seen == [threading.current_thread().name]
    assert meter.batches == [1]


def test_who_waits_hears_what_their_job_returned_or_raised(stores, engine, body):
    def fail(_tx):
        raise ValueError("no")

    store, _ = stores(engine)

    assert store.commit(keep(body()))[0] == 1
    with pytest.raises(ValueError, match="no"):
        store.commit(fail)
    assert store.commit(keep(body()))[0] == 2


def test_who_waits_overtakes_nobody(stores, engine, body):
    gated = Gated(engine)
    store, _ = stores(gated)
    first = store.write(keep(body(b"first")))
    assert gated.committing.wait(WAIT_S)
    kept = []
    waits = threading.Thread(target=lambda: kept.append(store.commit(keep(body(b"second")))))

    waits.start()
    gated.gate.set()
    waits.join(WAIT_S)

    assert first.result(0)[0] < kept[0][0]


class LateTurn:
    """Whose turn it is; the writer comes too late for it until a test lets it go on."""

    def __init__(self):
        self._lock = threading.Lock()
        self.acquire, self.release = self._lock.acquire, self._lock.release
        self.reached, self.gate = threading.Event(), threading.Event()

    def __enter__(self):
        self.reached.set()
        assert self.gate.wait(WAIT_S)
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()


def test_nor_whom_the_writer_has_in_hand_already(stores, engine, body):
    store, _ = stores(engine)
    turn = store._turn = LateTurn()
    first = store.write(keep(body(b"first")))
    assert turn.reached.wait(WAIT_S)
    kept = []
    waits = threading.Thread(target=lambda: kept.append(store.commit(keep(body(b"second")))))

    waits.start()
    waits.join(0.05)
    turn.gate.set()
    waits.join(WAIT_S)

    assert first.result(WAIT_S)[0] < kept[0][0]


def test_who_comes_while_another_commits_on_their_own_thread_waits_for_the_next(stores, engine, body):
    gated = Gated(engine)
    store, meter = stores(gated)
    alone = threading.Thread(target=lambda: store.commit(keep(body())))
    alone.start()
    assert gated.committing.wait(WAIT_S)

    futures = [store.write(keep(body(str(n).encode()))) for n in range(5)]
    assert not any(future.done() for future in futures)
    gated.gate.set()
    alone.join(WAIT_S)

    assert [future.result(WAIT_S)[0] for future in futures] == [2, 3, 4, 5, 6]
    assert sum(meter.batches) == 6


def test_closing_waits_for_whoever_commits_on_their_own_thread(stores, engine, body):
    gated = Gated(engine)
    store, _ = stores(gated)
    kept = []
    alone = threading.Thread(target=lambda: kept.append(store.commit(keep(body()))))
    alone.start()
    assert gated.committing.wait(WAIT_S)
    closing = threading.Thread(target=store.close)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()

    gated.gate.set()
    for thread in (closing, alone):
        thread.join(WAIT_S)

    assert kept
    with pytest.raises(Closed):
        store.commit(keep(body()))


def test_a_job_may_not_commit_within_another(stores, engine, body):
    store, _ = stores(engine)

    with pytest.raises(RuntimeError, match="may not write through the store"):
        store.commit(lambda _tx: store.commit(keep(body())))


def test_who_meets_a_lost_store_on_their_own_thread_ends_it_for_all(stores, body):
    heard = []
    store, _ = stores(Taken(), heard.append)

    for ask in (store.commit, lambda job: store.write(job).result(WAIT_S), store.commit):
        with pytest.raises(Closed):
            ask(keep(body()))

    assert len(heard) == 1
    store.close()
    assert not store._thread.is_alive()


def test_who_was_queued_behind_a_lost_store_hears_so(stores, engine, body):
    heard = []
    broken = Broken(engine)
    store, _ = stores(broken, heard.append)

    def refused():
        with pytest.raises(Closed):
            store.commit(keep(body()))

    alone = threading.Thread(target=refused)
    alone.start()
    assert broken.committing.wait(WAIT_S)
    behind = [store.write(keep(body())) for _ in range(3)]

    broken.gate.set()

    for future in behind:
        with pytest.raises(Closed):
            future.result(WAIT_S)
    alone.join(WAIT_S)
    assert len(heard) == 1


def test_an_engine_that_was_taken_over_ends_the_writer_and_says_so(stores, body):
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
