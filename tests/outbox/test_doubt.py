"""Sends whose fate is unknown: the same bytes again only while the guard surely knows the first copy."""

import sqlite3
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.clock import Instant
from pilotbridge.errors import StoreUnavailable
from pilotbridge.lifecycle import State
from pilotbridge.outbox.doubt import (
    SENT_AGAIN_MAX,
    Doubt,
    Park,
    Resend,
    SendAgain,
    Wait,
    guard_still_knows,
    next_step,
)
from pilotbridge.phone import PhoneNumber
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.sqlite import Fenced

ANNA = PhoneNumber("+79087964781")
BORIS = PhoneNumber("+79131437355")
SINCE = Instant(1_000_000_000, 500_000, "boot")
W, L = timedelta(minutes=5), timedelta(seconds=60)


def doubt(**changes) -> Doubt:
    facts = {"since": SINCE, "tries": 1, "window": W, "landing": L}
    return Doubt(**facts | {"text_is_unique": True, "prefer_duplicate": False} | changes)


def after(seconds: float, *, boot: str = "boot", wall_s: float = 0) -> Instant:
    ms = int(seconds * 1000)
    return Instant(SINCE.utc_ms + ms + int(wall_s * 1000), SINCE.boot_ms + ms, boot)


# --- the decision -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "now", "step"),
    [
        ({}, after(2), Resend),
        ({}, after(239.9), Resend),
        ({}, after(240), Park),
        ({"prefer_duplicate": True}, after(240), SendAgain),
        ({"prefer_duplicate": True}, after(2), Resend),
        ({"window": timedelta()}, after(2), Wait),
        ({"window": timedelta()}, after(60), Park),
        ({"window": timedelta(), "prefer_duplicate": True}, after(2), Wait),
        ({"window": timedelta(), "prefer_duplicate": True}, after(60), SendAgain),
        ({"text_is_unique": False}, after(2), Wait),
        ({"text_is_unique": False}, after(61), Park),
        ({}, after(2, boot="another boot"), Park),
        ({}, after(2, boot=""), Park),
        ({"prefer_duplicate": True}, after(2, boot="another boot"), SendAgain),
        ({}, after(-5), Park),
        ({"window": timedelta(seconds=30)}, after(1), Wait),
    ],
)
def test_what_may_be_done_with_a_send_whose_answer_is_lost(facts, now, step):
    assert isinstance(next_step(doubt(**facts), now), step)


@pytest.mark.parametrize(("tries", "wait_s"), [(1, 1), (2, 5), (3, 20), (4, 60), (9, 60)])
def test_a_safe_retry_is_a_fast_one(tries, wait_s):
    step = next_step(doubt(tries=tries), after(2))

    assert step == Resend(
        after(2).utc_ms + wait_s * 1000, f"in doubt; the guard still knows the first copy, try {tries + 1}"
    )


@given(passed_s=st.integers(0, 1000), wall_s=st.integers(-(10**9), 10**9), window_s=st.integers(1, 900))
def test_the_wall_clock_has_no_say_in_what_the_guard_knows(passed_s, wall_s, window_s):
    known = doubt(window=timedelta(seconds=window_s))

    assert guard_still_knows(known, after(passed_s, wall_s=wall_s)) is (passed_s + 60 < window_s)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"window": timedelta()}, "the duplicate window of this gateway is not known"),
        ({"text_is_unique": False}, "another message may carry the same text"),
        ({}, "the duplicate window has passed"),
    ],
)
def test_giving_up_says_why_nothing_more_can_be_known(facts, words):
    assert words in next_step(doubt(**facts), after(400)).reason


# --- on the wire ------------------------------------------------------------------------------------

LOSING = ["reply_lost", "timeout_after", "torn", "truncated", "html", "wrong_json"]


@pytest.mark.parametrize("kind", LOSING)
def test_an_accepted_message_whose_answer_is_lost_is_settled_by_the_guard(post, kind):
    post.fault(kind)

    message = post.send()
    assert post.state(message) in (State.IN_DOUBT, State.ACCEPTED)
    post.run_for(seconds=30)

    assert post.state(message) is State.ACCEPTED
    assert post.arrived() == ["disk full #417"]
    assert post.row(message).server_id == ""


@pytest.mark.parametrize("kind", ["timeout_before", "reset", "error_before"])
def test_a_message_that_was_never_taken_goes_by_the_retry(post, kind):
    post.fault(kind)

    message = post.send()
    post.run_for(seconds=30)

    assert post.arrived() == ["disk full #417"]
    assert post.row(message).server_id == "10000"


def test_every_attempt_carries_the_same_bytes(post):
    post.fault("reset", count=3)
    bodies = []
    post.before_wire = lambda request: bodies.append(request.body.getvalue())

    post.send(sender="SMSPILOT")
    post.run_for(minutes=1)

    assert len(bodies) == 4
    assert len(set(bodies)) == 1


def test_a_first_copy_that_lands_late_is_not_doubled(post):
    post.fault("late", seconds=50)

    message = post.send()
    post.run_for(minutes=10)

    assert post.arrived() == ["disk full #417"]
    assert post.state(message) in (State.ACCEPTED, State.DELIVERED)


def test_a_row_in_doubt_is_retried_alone(post):
    post.fault("reply_lost")
    post.put("a", ANNA)
    post.put("b", BORIS)

    post.run_for(minutes=1)

    assert [request["messages"] for request in post.requests()] == [2, 1, 1]
    assert sorted(post.arrived()) == ["a", "b"]


def test_doubt_survives_a_clean_failure_of_a_retry(post):
    post.fault("reply_lost")
    message = post.send()
    post.fault("down", count=None)

    post.run_for(minutes=10)
    assert post.state(message) is State.PARKED
    post.order("faults/clear")
    post.run_for(minutes=10)

    assert post.arrived() == ["disk full #417"]
    assert post.state(message) is State.PARKED


@pytest.mark.parametrize("code", [110, 211, 241, 247, 999])
def test_no_refusal_of_a_retry_settles_the_first_copy(post, code):
    post.fault("reply_lost")
    post.fault("code", code=code, count=None)

    message = post.send()
    post.run_for(minutes=10)

    assert post.state(message) is State.PARKED


def test_an_unknown_window_is_no_window(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("reply_lost")

    message = post.send()
    post.run_for(minutes=10)

    assert post.state(message) is State.PARKED
    assert len(post.requests()) == 1
    assert post.meter.counts["messages_parked"] == 1


def test_a_critical_message_rather_goes_twice_when_the_policy_says_so(posts):
    post = posts(duplicate_window=timedelta())
    post.order("account", guard_s=1)
    post.fault("reply_lost")

    message = post.send(critical=True, prefer_duplicate=True)
    post.run_for(minutes=2)

    assert post.arrived() == ["disk full #417"] * 2
    assert "the policy prefers a duplicate to a loss" in post.reasons(message)
    assert post.meter.counts["messages_sent_again"] == 1


def test_a_gateway_whose_answers_nobody_can_read_gets_a_few_copies_and_not_one_a_minute(posts):
    post = posts(duplicate_window=timedelta())
    post.order("account", guard_s=0)
    post.fault("html", count=None)

    message = post.send(critical=True, prefer_duplicate=True, origin="alert")
    post.run_for(hours=2)
    after_two_hours = len(post.arrived())
    post.run_for(hours=60)

    assert after_two_hours <= 8
    assert len(post.arrived()) == 1 + SENT_AGAIN_MAX
    assert post.state(message) is State.PARKED
    assert "sent again 10 times" in post.reasons(message)


def test_a_critical_message_still_goes_after_hours_in_which_nobody_answered(posts):
    post = posts(duplicate_window=timedelta())
    post.order("faults", command="send", kind="timeout_before", for_s=3 * 3600)

    post.send(critical=True, prefer_duplicate=True)
    post.run_for(hours=5)

    assert post.arrived() == ["disk full #417"]


def test_a_callback_settles_a_doubt_between_two_copies(posts):
    post = posts(duplicate_window=timedelta())
    post.order("account", guard_s=0)
    post.fault("reply_lost", count=None)
    message = post.send(critical=True, prefer_duplicate=True)
    post.run_for(minutes=2)
    copies = len(post.arrived())

    post.make_calls()
    post.run_for(hours=5)

    assert post.state(message) is State.DELIVERED
    assert len(post.arrived()) == copies == 2


def test_sent_again_by_policy_and_refused_by_the_guard_it_was_accepted_all_along(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("reply_lost")

    message = post.send(prefer_duplicate=True)
    post.run_for(minutes=2)

    assert post.state(message) is State.ACCEPTED
    assert post.arrived() == ["disk full #417"]


def test_a_243_on_a_first_attempt_proves_nothing(post):
    post.order("account", guard_s=600)
    post.send("same", text_is_unique=True)

    second = post.send("same", text_is_unique=True)

    assert post.state(second) is State.QUEUED
    assert post.row(second).cause == "same_text"


def test_a_243_on_a_retry_of_a_shared_text_proves_nothing(post):
    post.order("account", guard_s=3600)
    post.send("same", text_is_unique=False)
    shared = post.send("same", text_is_unique=False)
    post.fault("down", count=1)

    post.run_for(minutes=10)

    assert post.row(shared).failures == 1
    assert (post.state(shared), post.row(shared).cause) == (State.QUEUED, "same_text")


def test_what_is_sent_in_doubt_takes_nobody_along(post):
    post.fault("reply_lost")
    post.send("a", ANNA)
    post.put("b", BORIS)

    post.runtime.run_for(timedelta(minutes=1))

    assert [request["messages"] for request in post.requests()] == [1, 1, 1]


# --- the process dies -------------------------------------------------------------------------------


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

    def write(self, job):
        done = super().write(job)
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

    def write(self, job):
        done = super().write(job)
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

    def write(self, job):
        if not self.is_full:
            return super().write(job)
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


# --- the gateway's callbacks ------------------------------------------------------------------------


def test_a_callback_with_the_rows_token_settles_a_doubt_that_nothing_else_can(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("reply_lost")
    message = post.send()
    assert post.state(message) is State.IN_DOUBT

    post.run_for(seconds=5)
    post.make_calls()
    post.run_for(seconds=1)

    assert post.state(message) is State.DELIVERED
    assert post.row(message).server_id == "10000"


def test_a_parked_message_is_settled_by_a_late_callback(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("reply_lost")
    message = post.send()
    post.run_for(hours=3)
    assert post.state(message) is State.PARKED

    post.make_calls()
    post.run_for(seconds=1)

    assert post.state(message) is State.DELIVERED


def test_the_guard_says_accepted_and_the_callback_brings_the_id(post):
    post.fault("reply_lost")
    message = post.send()
    post.run_for(seconds=10)
    assert (post.state(message), post.row(message).server_id) == (State.ACCEPTED, "")

    post.make_calls()
    post.run_for(seconds=1)

    assert (post.state(message), post.row(message).server_id) == (State.DELIVERED, "10000")


def test_a_callback_that_comes_before_the_answer_counts(post):
    message = post.put()
    post.dispatches[0].turn()
    assert post.state(message) is State.SENDING
    post.hand.forward(5_000)
    post.make_calls()
    post.trackings[0].turn()
    assert post.state(message) is State.DELIVERED

    post.settle()

    sent = post.message(message)
    assert (sent.state, sent.server_id, str(sent.cost_rub)) == (State.DELIVERED, "10000", "2.96")


def test_the_id_of_an_earlier_copy_takes_the_place_of_no_other(post):
    post.order("account", guard_s=0)
    post.fault("reply_lost")
    message = post.send()
    post.run_for(seconds=10)
    assert (post.state(message), post.row(message).server_id) == (State.ACCEPTED, "10001")

    post.order("scripts", phone="79087964781", outcome="at_operator")
    post.hint("10000", message, status=1)
    post.run_for(seconds=1)

    assert post.row(message).server_id == "10001"


def test_the_answer_about_a_second_copy_leaves_the_first_ones_id(post):
    """The callback of the first copy arrives while the second one is on its way."""
    post.order("account", guard_s=0)
    post.order("scripts", phone="79087964781", outcome="at_operator")
    post.fault("reply_lost")
    message = post.send()
    assert post.state(message) is State.IN_DOUBT

    def call_back(_request):
        post.hint("10000", message, status=1)
        post.trackings[0].turn()

    post.before_wire = call_back
    post.run_for(seconds=10)

    assert (post.state(message), post.row(message).server_id) == (State.ACCEPTED, "10000")
    assert len(post.arrived()) == 2


def test_a_callback_without_a_token_waits_for_the_answer_that_names_its_id(post):
    message = post.put()
    post.dispatches[0].turn()
    post.hint("10000", None)
    post.hand.forward(5_000)
    post.trackings[0].turn()
    with post.store.read() as read:
        assert read.count_orphans() == 1

    post.settle()

    assert post.state(message) is State.DELIVERED
    with post.store.read() as read:
        assert read.count_orphans() == 0


def test_a_forged_callback_changes_nothing(post):
    message = post.send(send_at_ms=post.clock.now_ms() + 10**7)
    other = post.send("other", BORIS)
    post.hint("10000", message)
    post.hint("99999", other)

    post.run_for(minutes=1)

    assert post.state(message) is State.QUEUED
    assert post.state(other) is State.ACCEPTED or post.state(other) is State.DELIVERED


def test_a_forged_callback_cannot_settle_a_doubt_with_somebody_elses_id(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("reset")
    doubtful = post.send()
    post.send("other", BORIS)

    post.hint("10000", doubtful)
    post.run_for(seconds=30)

    assert post.state(doubtful) is State.IN_DOUBT
