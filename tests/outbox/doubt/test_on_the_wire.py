"""Sends whose answer is lost, at a gateway: one copy arrives, or somebody hears why nobody can tell."""

from datetime import timedelta

import pytest

from pilotbridge.lifecycle import State
from pilotbridge.outbox.doubt import SENT_AGAIN_MAX
from tests.outbox.doubt.phones import ANNA, BORIS

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
