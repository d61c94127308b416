"""What a callback of the gateway settles of sends in doubt, and what nobody can settle by one."""

from datetime import timedelta

from pilotbridge.lifecycle import State
from tests.outbox.doubt.phones import BORIS


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
