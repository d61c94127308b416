"""Sends that nobody settled: the process died, was taken over or stood still, or the disk was full."""

import sqlite3
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.errors import StoreUnavailable
from pilotbridge.lifecycle import State
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.sqlite import Fenced
from tests.outbox.doubt.phones import BORIS


def test_what_was_being_sent_when_the_bridge_died_is_in_doubt_and_settled_by_the_guard(post):
    message = post.put()
    post.dispatches[0].turn()
    assert post.state(message) is State.SENDING

    post.crash()
    assert post.state(message) is State.IN_DOUBT
    post.run_for(seconds=30)

    assert post.state(message) is State.ACCEPTED
    assert post.arrived() == ["disk full #417"]


def test_who_was_taken_over_between_the_intent_and_the_wire_sends_nothing(post):
    post.put()
    post.dispatches[0] = post.dispatch(TakenOver(post.engine, post.path))

    post.dispatches[0].turn()

    assert post.requests() == []
    with pytest.raises(Fenced):
        post.dispatches[0].turn()


class TakenOver(DirectStore):
    """The store of a process that sleeps after each commit while another one takes its database."""

    def __init__(self, engine, path):
        super().__init__(engine)
        self.path = path

    def write(self, job, **more):
        done = super().write(job, **more)
        with sqlite3.connect(self.path) as other:
            other.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'")
        other.close()
        return done


class Sleepy(DirectStore):
    """The store of a process that is stopped for a while after a commit."""

    def __init__(self, post, **duration):
        super().__init__(post.engine)
        self.post = post
        self.duration = timedelta(**duration)

    def write(self, job, **more):
        done = super().write(job, **more)
        slept, self.duration = self.duration, timedelta()
        self.post.hand.forward(int(slept.total_seconds() * 1000))
        return done


def test_who_is_stopped_until_the_guard_has_forgotten_does_not_send_the_second_copy(post):
    post.fault("reply_lost")
    message = post.put()
    post.dispatches[0].turn()
    post.dispatches[0].turn()
    post.hand.forward(2_000)
    post.dispatches[0] = post.dispatch(Sleepy(post, seconds=301))

    post.dispatches[0].turn()
    post.dispatches[0].turn()
    post.run_for(minutes=5)

    assert post.arrived() == ["disk full #417"]
    assert post.state(message) is State.PARKED
    assert "not sent: the bridge was stopped until" in post.reasons(message)


def test_who_is_stopped_just_too_long_for_the_guard_does_not_send_the_second_copy(post):
    post.fault("reply_lost", count=5)
    message = post.put()
    for _ in range(2):
        post.dispatches[0].turn()
    post.hand.forward(230_000)
    post.dispatches[0] = post.dispatch(Sleepy(post, seconds=30))
    before = len(post.requests())

    post.dispatches[0].turn()

    assert len(post.requests()) == before
    assert post.state(message) is State.SENDING
    post.dispatches[0].finish()
    assert "until the guard had forgotten the first copy" in post.reasons(message)
    assert post.state(message) is State.IN_DOUBT


def test_what_was_never_in_doubt_goes_after_a_long_stop_and_once(post):
    message = post.put()
    post.dispatches[0] = post.dispatch(Sleepy(post, hours=2))

    post.dispatches[0].turn()
    assert post.requests() == []
    post.dispatches[0].turn()
    post.run_for(minutes=1)

    assert post.state(message) is State.ACCEPTED
    assert post.events(message)[:4] == ["enqueue", "claim", "defer", "claim"]


def test_a_listener_that_fails_keeps_nothing_back_that_was_claimed(posts):
    post = posts(duplicate_window=timedelta())
    post.put()
    post.dispatches[0].turn()
    second = post.put("other", BORIS)

    def stumble(_ids):
        raise RuntimeError("a listener's mistake")

    post.dispatches[0]._on_settled = stumble
    post.hand.forward(1_000)
    with pytest.raises(RuntimeError):
        post.dispatches[0].turn()
    post.dispatches[0]._on_settled = post.settled.extend
    post.run_for(minutes=2)

    assert post.state(second) is State.DELIVERED
    assert "lose" not in post.events(second)


def test_who_cannot_read_whether_it_still_owns_the_store_sends_nothing_and_doubts_nothing(posts):
    post = posts(duplicate_window=timedelta())
    message = post.put()
    post.dispatches[0] = post.dispatch(Unreadable(post.engine))

    post.dispatches[0].turn()
    assert post.requests() == []
    post.dispatches[0].turn()
    post.run_for(minutes=2)

    assert post.state(message) is State.DELIVERED
    assert "lose" not in post.events(message)


class Unreadable(DirectStore):
    """A store that cannot be read the first time."""

    reads = 0

    def read(self):
        self.reads += 1
        if self.reads == 1:
            raise StoreUnavailable("the store cannot be read: too many open files")
        return super().read()


def test_after_a_reboot_nobody_knows_how_long_it_was_and_nothing_is_sent_on_a_guess(post):
    message = post.put()
    post.dispatches[0].turn()

    post.crash(reboot=True)
    post.run_for(minutes=10)

    assert post.state(message) is State.PARKED
    assert post.arrived() == ["disk full #417"]


def test_a_wall_clock_that_jumps_neither_doubles_nor_loses(post):
    post.fault("reply_lost")
    message = post.put()
    post.dispatches[0].turn()
    post.hand.set_wall(datetime(2036, 1, 1, tzinfo=UTC))

    post.run_for(seconds=40)

    assert len(post.arrived()) == 1
    assert post.state(message) in (State.ACCEPTED, State.LAPSED)


def test_an_outcome_that_was_not_on_disk_is_put_there_before_the_store_closes(post):
    message = post.put()
    post.dispatches[0].turn()

    post.dispatches[0].finish()

    assert post.state(message) is State.ACCEPTED
    post.crash()
    assert post.row(message).server_id == "10000"


def test_an_outcome_that_met_a_full_disk_goes_there_with_the_next_turn(post):
    message, disk = post.put(), FullDisk(post.engine)
    post.dispatches[0] = post.dispatch(disk)
    post.dispatches[0].turn()

    disk.is_full = True
    with pytest.raises(StoreUnavailable):
        post.dispatches[0].turn()
    disk.is_full = False
    post.dispatches[0].turn()

    assert post.state(message) is State.ACCEPTED


class FullDisk(DirectStore):
    """The store of a disk that is full now and then."""

    is_full = False

    def write(self, job, **more):
        if not self.is_full:
            return super().write(job, **more)
        failed = Future()
        failed.set_exception(StoreUnavailable("the disk is full"))
        return failed


def test_doubt_begins_when_the_request_leaves_and_not_when_its_answer_is_given_up(post):
    post.before_wire = lambda _request: post.hand.forward(20_000)
    post.fault("reply_lost")
    message, left_boot_ms = post.put(), post.clock.boot_ms()

    post.dispatches[0].turn(), post.dispatches[0].turn()

    assert post.row(message).doubt.boot_ms == left_boot_ms


def test_a_lease_that_ran_out_is_doubt_and_never_a_failure(post):
    message = post.put()

    def stumble(_request):
        raise RuntimeError("a mistake of ours between the intent and its end")

    post.before_wire = stumble
    with pytest.raises(RuntimeError):
        post.dispatches[0].turn()
    assert post.state(message) is State.SENDING
    post.before_wire = lambda _request: None

    post.run_for(minutes=1)

    assert "its lease ran out" in post.reasons(message)
    assert post.events(message)[:3] == ["enqueue", "claim", "lose"]
    assert post.arrived() == ["disk full #417"]
