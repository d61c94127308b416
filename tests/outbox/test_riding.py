"""A sender's step rides in the transaction that brings messages: told, settled and claimed by one commit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.errors import StoreUnavailable
from pilotbridge.lifecycle import State
from pilotbridge.outbox.dispatch import LINGER_MS
from pilotbridge.outbox.enqueue import Order, enqueue
from pilotbridge.outbox.postage import postage_of

from .conftest import ANNA, BORIS


@pytest.fixture
def post(posts):
    post = posts(rides=True)
    post.settle()
    return post


@pytest.fixture
def commits(post, monkeypatch):
    """How many jobs each commit has had."""
    found, commit = [], post.engine.commit

    def counted(jobs):
        found.append(len(jobs))
        return commit(jobs)

    post.engine.commit = counted
    return found


def bring(post, text, to=ANNA, **fields):
    """Enqueue as an alert does, whose commit takes along whoever rides."""
    fields = {"reason": "a test", "origin": "somebody", "text_is_unique": True} | fields
    order = Order(to, text, **fields)
    return post.store.write(
        lambda tx: enqueue(tx, order, postage_of(post.settings), post.clock.now_ms()), carries=True
    ).result()


def wait(post, ms):
    post.runtime.run_for(timedelta(milliseconds=ms))


def test_what_is_brought_is_claimed_by_the_same_commit_and_goes(post, commits):
    message = bring(post, "disk full")
    assert commits == [2]
    assert post.state(message) is State.SENDING

    post.runtime.settle()

    assert post.arrived() == ["disk full"]
    assert commits == [2]


def test_the_outcome_of_a_packet_waits_for_the_next_messages(post, commits):
    first = bring(post, "one")
    post.runtime.settle()
    wait(post, LINGER_MS - 1)
    second = bring(post, "two", BORIS)
    assert commits == [2, 2]
    assert (post.state(first), post.state(second)) == (State.ACCEPTED, State.SENDING)

    post.runtime.settle()

    assert post.arrived() == ["one", "two"]


def test_but_not_for_long(post, commits):
    message = bring(post, "one")
    post.runtime.settle()
    assert post.state(message) is State.SENDING

    wait(post, LINGER_MS)

    assert post.state(message) is State.ACCEPTED
    assert commits == [2, 1]


def test_the_intent_is_on_disk_before_the_first_byte_leaves(post):
    seen = []
    post.before_wire = lambda _request: seen.append(post.state(message))
    message = bring(post, "one")

    post.runtime.settle()

    assert seen == [State.SENDING]


def test_a_message_that_nobody_brings_goes_when_the_sender_is_woken(post):
    post.put("from a script")
    post.wakes[0]()
    post.runtime.settle()

    assert post.arrived() == ["from a script"]


def test_and_at_the_latest_after_the_packet_before_has_lingered(post):
    bring(post, "one")
    post.runtime.settle()
    post.put("from a script", BORIS)
    post.wakes[0]()
    post.runtime.settle()
    assert post.arrived() == ["one"]

    wait(post, LINGER_MS)

    assert post.arrived() == ["one", "from a script"]


def test_critical_messages_wait_for_nobody(post):
    for n in range(3):
        post.put(str(n), critical=True)
    post.wakes[0]()
    post.runtime.settle()

    assert post.arrived() == ["0", "1", "2"]


def test_behind_a_full_packet_more_goes_at_once(post):
    limit = post.gateways["main"].max_packet
    for n in range(limit + 1):
        post.put(str(n), to=type(ANNA)(f"+7908{7964000 + n}"))
    post.wakes[0]()
    post.runtime.settle()

    assert [request["messages"] for request in post.requests()] == [limit, 1]


def test_a_step_that_rides_into_a_lost_commit_is_taken_again(post):
    bring(post, "one")
    post.runtime.settle()
    commit = post.engine.commit
    post.engine.commit = lambda jobs: [(None, StoreUnavailable("the disk is full"))] * len(jobs)
    with pytest.raises(StoreUnavailable):
        bring(post, "two", BORIS)
    with pytest.raises(StoreUnavailable):
        post.dispatches[0].turn()
    post.engine.commit = commit

    message = bring(post, "three", BORIS)
    post.settle()

    assert post.arrived() == ["one", "three"]
    assert post.state(message) is State.ACCEPTED


def test_what_has_ridden_when_the_bridge_ends_stays_here(post):
    message = bring(post, "one")
    assert post.state(message) is State.SENDING

    post.dispatches[0].finish()

    assert post.state(message) is State.QUEUED
    assert "the bridge was ended" in post.reasons(message)
    post.crash()
    post.run_for(minutes=1)
    assert post.arrived() == ["one"]
    assert "in_doubt" not in post.events(message)


def test_the_last_outcome_is_on_disk_when_the_bridge_ends(post):
    message = bring(post, "one")
    post.runtime.settle()

    post.dispatches[0].finish()

    assert post.state(message) is State.ACCEPTED


def test_the_outcome_that_rode_into_a_lost_commit_is_written_at_the_end(post):
    message = bring(post, "one")
    post.runtime.settle()
    commit = post.engine.commit
    post.engine.commit = lambda jobs: [(None, StoreUnavailable("the disk is full"))] * len(jobs)
    with pytest.raises(StoreUnavailable):
        bring(post, "two", BORIS)
    post.engine.commit = commit

    post.dispatches[0].finish()

    assert post.state(message) is State.ACCEPTED


def test_a_death_between_the_ride_and_the_wire_is_a_doubt_that_ends_well(post):
    message = bring(post, "one")

    post.crash()
    post.run_for(minutes=10)

    assert post.arrived() == ["one"]
    assert post.state(message) is State.DELIVERED


def test_an_outcome_that_rode_is_not_written_again_at_the_end(post, commits):
    message = bring(post, "one")
    post.runtime.settle()
    post.store.write(lambda tx: None, carries=True).result()
    told = post.events(message)

    post.dispatches[0].finish()

    assert told[-1] == "accept"
    assert post.events(message) == told
    assert commits == [2, 2]
