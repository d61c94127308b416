"""What became of accepted messages: the gateway's check is the truth, a callback only a reason to ask."""

import itertools
from datetime import timedelta

import pytest

from pilotbridge.lifecycle import State
from pilotbridge.outbox.tracking import Tracking, next_check_ms
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import StatusReport

ANNA = PhoneNumber("+79087964781")
BORIS = PhoneNumber("+79131437355")


def checks(post):
    return [request for request in post.look("requests") if request["command"] == "check"]


@pytest.mark.parametrize(("asked", "minutes"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 15), (5, 60), (99, 60)])
def test_statuses_are_asked_less_and_less_often(asked, minutes):
    assert next_check_ms(asked, 1000) == 1000 + minutes * 60_000


def test_an_account_may_be_asked_more_often_and_never_less_than_hourly():
    assert [next_check_ms(asked, 0, 5_000) for asked in range(3)] == [5_000, 10_000, 20_000]
    assert next_check_ms(5, 0, 600_000) == 3_600_000


def test_without_any_callback_the_poll_finds_out(post):
    message = post.send()

    post.run_for(minutes=1, seconds=30)

    assert post.state(message) is State.DELIVERED


def test_a_callback_is_a_reason_to_ask_at_once(post):
    message = post.send()
    post.run_for(seconds=5)

    assert post.make_calls() > 0
    post.run_for(seconds=1)

    assert post.state(message) is State.DELIVERED


def test_what_the_network_could_not_deliver_says_why(post):
    post.order("scripts", phone=ANNA.digits, outcome="undelivered", error=603)

    message = post.send()
    post.run_for(minutes=2)

    assert post.state(message) is State.UNDELIVERED
    assert "603" in post.message(message).reason
    assert post.message(message).settled_at is not None


def test_many_messages_are_asked_about_in_one_question(post):
    for n in range(100):
        post.put(str(n), PhoneNumber(f"+790879647{n:02}"))

    post.run_for(minutes=2)

    assert len(checks(post)) == 1


def test_a_question_without_an_answer_is_asked_again_and_costs_nothing(post):
    message = post.send()
    post.order("faults", command="check", kind="down", for_s=48 * 3600)

    post.run_for(hours=47)
    assert post.state(message) is State.ACCEPTED
    assert post.row(message).checks == 0
    post.run_for(hours=2)

    assert post.state(message) is State.DELIVERED
    assert post.meter.counts["status_checks_failed"] > 0


def test_without_a_final_status_a_message_ends_unconfirmed_and_a_late_word_still_counts(post):
    message = post.send(ttl_min=60)
    post.order("messages/10000", status=1)
    post.run_for(hours=24)
    assert post.state(message) is State.ACCEPTED
    post.run_for(hours=2)
    assert post.state(message) is State.UNCONFIRMED
    assert "has not said within its lifetime and a day whether it arrived" in post.message(message).reason

    post.order("messages/10000", status=2)
    post.make_calls()
    post.run_for(seconds=1)

    assert post.state(message) is State.DELIVERED


def test_a_message_known_to_be_accepted_without_an_id_ends_unconfirmed_too(post):
    post.fault("reply_lost")
    message = post.send(ttl_min=60)
    post.run_for(minutes=1)
    assert post.row(message).server_id == ""

    post.run_for(hours=26)

    assert post.state(message) is State.UNCONFIRMED


def test_an_id_the_gateway_has_forgotten_undoes_nothing(post):
    message = post.send()
    post.order("reset")

    post.run_for(hours=3)

    assert post.state(message) is State.ACCEPTED


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 2, -1])))
def test_delivered_and_undelivered_are_never_taken_back(post, order):
    message = post.send()
    final = next(status for status in order if status in (2, -1))

    for status in order:
        post.order("messages/10000", status=status)
        post.hint("10000", message, status=status)
        post.run_for(seconds=1)

    assert post.state(message) is {2: State.DELIVERED, -1: State.UNDELIVERED}[final]


def test_a_callback_about_nobodys_message_is_kept_and_asked_about_only_so_often(post):
    post.send()
    post.hint("777", None)

    post.run_for(hours=5)

    with post.store.read() as read:
        assert read.count_orphans() == 1
        assert read.next_hint_due("main") is None


def test_a_callback_by_the_gateways_id_alone_is_enough(post):
    message = post.send()
    post.run_for(seconds=5)

    post.make_calls(token=False)
    post.run_for(seconds=1)

    assert post.state(message) is State.DELIVERED


def test_a_claim_waits_while_the_gateway_does_not_answer(post):
    message = post.send()
    post.run_for(seconds=5)
    post.order("faults", command="check", kind="down", for_s=4 * 3600)
    post.make_calls()

    post.run_for(hours=3)
    assert post.state(message) is State.ACCEPTED
    post.run_for(hours=2)

    assert post.state(message) is State.DELIVERED


def test_a_claim_about_a_doubt_waits_while_the_gateway_does_not_answer(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("reply_lost")
    message = post.send()
    post.order("faults", command="check", kind="down", for_s=4 * 3600)
    post.run_for(seconds=5)
    post.make_calls()

    post.run_for(hours=5)

    assert post.state(message) is State.DELIVERED


@pytest.mark.parametrize("told", list(itertools.permutations([-2, 1, 2])))
def test_of_several_entries_about_one_id_the_weightiest_counts(post, told):
    message = post.send()
    tracking = Tracking(
        post.store,
        Repeating(told),
        clock=post.clock,
        meter=post.meter,
        client_id=post.fleet.rules["main"].client_id,
        on_settled=post.settled.extend,
    )
    post.hand.forward(61_000)

    tracking.turn()

    assert post.state(message) is State.DELIVERED


class Repeating:
    """A gateway that says several things about each id."""

    name, max_packet = "main", 500

    def __init__(self, statuses):
        self.statuses = statuses

    def check(self, server_ids):
        return [StatusReport(id_, status, 0, 0, "", "") for id_ in server_ids for status in self.statuses]


def test_a_gateway_that_gives_no_reason_is_quoted_without_a_number(post):
    message = post.send()
    tracking = Tracking(
        post.store,
        Repeating([-1]),
        clock=post.clock,
        meter=post.meter,
        client_id=post.fleet.rules["main"].client_id,
        on_settled=post.settled.extend,
    )
    post.hand.forward(61_000)

    tracking.turn()

    assert post.message(message).reason == "not delivered and the gateway does not say why"


def test_nobody_is_told_of_a_question_that_changed_nothing(post):
    post.order("scripts", phone=ANNA.digits, outcome="accepted")
    message = post.send()
    told = len(post.settled)

    post.hint("10000", message, status=1)
    post.run_for(minutes=10)

    assert len(post.settled) == told
