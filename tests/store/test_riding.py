"""A job may wait for somebody else's transaction and ride along in it; one commit does for both."""

from __future__ import annotations

import pytest

from pilotbridge.errors import StoreUnavailable
from pilotbridge.runtime.writer import DirectStore, Riders, ThreadedStore

from .conftest import Wrapped

WAIT_S = 10


class Commits(Wrapped):
    """An engine that counts the jobs of each commit."""

    def __init__(self, engine):
        super().__init__(engine)
        self.jobs = []
        self.is_lost = False

    def commit(self, jobs):
        self.jobs.append(len(jobs))
        if self.is_lost:
            return [(None, StoreUnavailable("the disk is full"))] * len(jobs)
        return super().commit(jobs)


class Unmeasured:
    def observe(self, *_, **__): ...


@pytest.fixture
def commits(engine):
    return Commits(engine)


@pytest.fixture(params=["direct", "threaded"])
def store(request, commits):
    if request.param == "direct":
        yield DirectStore(commits)
        return
    store = ThreadedStore(commits, Unmeasured(), lambda _error: None)
    store.start()
    yield store
    store.close()


def keep(body):
    return lambda tx: tx.append_journal(body)[0]


def last(tx):
    return tx.last_journal_number()


def test_a_rider_sees_what_carries_it_and_shares_its_commit(store, commits, body):
    riding = store.ride(last)

    kept = store.write(keep(body()), carries=True).result(WAIT_S)

    assert riding.result(WAIT_S) == kept
    assert commits.jobs == [2]


def test_a_job_that_carries_nobody_leaves_riders_where_they_are(store, commits, body):
    riding = store.ride(last)

    store.write(keep(body())).result(WAIT_S)

    assert not riding.done()
    assert commits.jobs == [1]


def test_a_rider_rides_once(store, commits, body):
    store.ride(last)

    for _ in range(2):
        store.write(keep(body()), carries=True).result(WAIT_S)

    assert commits.jobs == [2, 1]


def test_whoever_gets_off_before_does_not_ride(store, commits, body):
    riding = store.ride(last)

    assert riding.cancel()
    store.write(keep(body()), carries=True).result(WAIT_S)

    assert commits.jobs == [1]


def test_a_rider_that_fails_costs_nobody_else_anything(store, body):
    def fail(tx):
        tx.append_journal(body(b"of the rider"))
        raise ValueError("no")

    riding = store.ride(fail)

    kept = store.write(keep(body()), carries=True).result(WAIT_S)

    with pytest.raises(ValueError, match="no"):
        riding.result(WAIT_S)
    with store.read() as read:
        assert read.last_journal_number() == kept


def test_what_carries_may_fail_and_its_riders_go_on(store, body):
    def fail(tx):
        tx.append_journal(body())
        raise ValueError("no")

    riding = store.ride(keep(body()))

    with pytest.raises(ValueError, match="no"):
        store.write(fail, carries=True).result(WAIT_S)

    assert riding.result(WAIT_S) == 1


def test_a_lost_commit_is_told_to_whoever_rode(store, commits, body):
    riding, commits.is_lost = store.ride(last), True

    with pytest.raises(StoreUnavailable):
        store.write(keep(body()), carries=True).result(WAIT_S)
    with pytest.raises(StoreUnavailable):
        riding.result(WAIT_S)


def test_a_job_that_was_taken_back_carries_nobody(engine, body):
    store = ThreadedStore(engine, Unmeasured(), lambda _error: None)
    riding, taken_back = store.ride(last), store.write(keep(body()), carries=True)
    assert taken_back.cancel()

    store.start()
    store.write(keep(body())).result(WAIT_S)
    store.close()

    assert not riding.done()


def test_who_got_off_is_not_remembered_for_ever():
    riders = Riders()
    for _ in range(1000):
        riders.wait(last).cancel()

    assert len(riders._waiting) == 1
