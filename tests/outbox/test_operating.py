"""What a person may do to a message, and what is refused with the way out."""

from datetime import timedelta

import pytest

from pilotbridge.errors import NotAllowed, NotFound
from pilotbridge.lifecycle import State
from pilotbridge.outbox.operating import cancel, resolve, retry
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.soundness import verify

ANNA = PhoneNumber("+79087964781")


def does(post, verb, message, **how):
    return post.write(lambda tx: verb(tx, message, by="anna", now_ms=post.clock.now_ms(), **how))


@pytest.fixture
def parked(posts):
    """A message nobody knows the fate of, and whether the gateway has it."""

    def make(kind):
        post = posts(duplicate_window=timedelta())
        post.fault(kind)
        message = post.send()
        post.run_for(minutes=10)
        assert post.state(message) is State.PARKED
        return post, message

    return make


def test_a_refused_message_is_retried_as_a_new_one_that_names_the_old(post):
    post.order("scripts", phone=ANNA.digits, outcome="refused", count=1)
    refused = post.send()

    again = does(post, retry, refused)
    post.settle()

    assert post.state(again) is State.ACCEPTED
    assert post.message(again).retry_of == refused
    assert post.state(refused) is State.REFUSED
    assert "anna" in post.reasons(refused)
    assert not post.row(again).text_is_unique


def test_a_held_message_goes_when_a_person_says_so(post):
    post.fault("code", code=999)
    held = post.send()
    assert post.state(held) is State.HELD

    assert does(post, retry, held) == held
    post.settle()

    assert post.state(held) is State.ACCEPTED
    assert "anna lets it go" in post.reasons(held)


def test_a_waiting_message_is_sent_now(post):
    later = post.send(send_at_ms=post.clock.now_ms() + 3_600_000)

    does(post, retry, later)
    post.settle()

    assert post.arrived() == ["disk full #417"]


def test_an_undelivered_message_waits_out_the_guard(post):
    post.order("scripts", phone=ANNA.digits, outcome="undelivered", count=1)
    message = post.send()
    post.run_for(minutes=2)

    again = does(post, retry, message)
    post.run_for(minutes=15)

    assert post.state(again) is State.DELIVERED


@pytest.mark.parametrize("state", ["accepted", "delivered", "sending", "cancelled"])
def test_what_has_gone_is_not_retried(post, state):
    message = post.put()
    if state == "sending":
        post.dispatches[0].turn()
    elif state == "cancelled":
        does(post, cancel, message)
    else:
        post.settle()
        post.run_for(minutes=2 if state == "delivered" else 0)
    assert post.state(message) == state

    with pytest.raises(NotAllowed, match=f"message {message} cannot be retried: "):
        does(post, retry, message)


def test_what_may_have_gone_is_resolved_first(parked):
    post, message = parked("reply_lost")

    with pytest.raises(NotAllowed, match="resolve it: accepted, or not_accepted"):
        does(post, retry, message)


def test_what_a_person_calls_off_is_in_doubt_no_longer(parked):
    post, message = parked("reply_lost")

    post.write(lambda tx: cancel(tx, message, by="anna", now_ms=post.clock.now_ms()))

    assert (post.state(message), post.row(message).doubt) == (State.CANCELLED, None)
    assert verify(post.path) == []


def test_a_person_who_knows_better_ends_a_doubt_as_accepted(parked):
    post, message = parked("reply_lost")

    does(post, resolve, message, accepted=True, why="Boris has it on his phone")
    post.settle()

    assert post.state(message) is State.ACCEPTED
    assert "anna knows that the gateway has it: Boris has it on his phone" in post.reasons(message)
    assert len(post.arrived()) == 1


def test_a_person_who_knows_better_sends_it_again(parked):
    post, message = parked("reset")

    does(post, resolve, message, accepted=False)
    post.settle()

    assert post.arrived() == ["disk full #417"]
    assert post.row(message).doubt is None


def test_a_person_who_errs_is_told_so_by_the_guard_and_nothing_is_doubled(parked):
    post, message = parked("reply_lost")
    post.order("account", guard_s=3600)

    does(post, resolve, message, accepted=False)
    post.run_for(hours=2)

    assert len(post.arrived()) == 1
    assert post.state(message) in (State.ACCEPTED, State.DELIVERED)


def test_a_message_in_doubt_is_resolved_without_waiting_for_it_to_be_parked(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("reset")
    message = post.send()
    assert post.state(message) is State.IN_DOUBT

    does(post, resolve, message, accepted=False)
    post.settle()

    assert post.arrived() == ["disk full #417"]


def test_only_a_doubt_is_resolved(post):
    message = post.send()

    with pytest.raises(NotAllowed, match="only a message in doubt is resolved"):
        does(post, resolve, message, accepted=True)


def test_a_cancelled_message_never_goes(post):
    message = post.put()

    does(post, cancel, message, why="a drill")
    post.run_for(hours=1)

    assert post.state(message) is State.CANCELLED
    assert post.message(message).reason == "cancelled by anna: a drill"
    assert post.arrived() == []


def test_a_parked_message_may_be_given_up(parked):
    post, message = parked("reset")

    does(post, cancel, message)

    assert post.state(message) is State.CANCELLED


@pytest.mark.parametrize("go", ["sending", "accepted", "in_doubt"])
def test_what_has_gone_or_may_have_is_not_cancelled(posts, go):
    post = posts(duplicate_window=timedelta())
    if go == "in_doubt":
        post.fault("reset")
    message = post.put()
    if go == "sending":
        post.dispatches[0].turn()
    else:
        post.settle()
    assert post.state(message) == go

    with pytest.raises(NotAllowed, match=f"message {message} cannot be cancelled: "):
        does(post, cancel, message)


@pytest.mark.parametrize("verb", [retry, cancel])
def test_what_does_not_exist_is_said_so(post, verb):
    with pytest.raises(NotFound, match="there is no message 999"):
        does(post, verb, 999)


def test_whoever_looks_at_stuck_messages_sees_what_waits_for_a_person(parked):
    post, message = parked("reset")

    with post.store.read() as read:
        assert [stuck.id for stuck in read.messages_stuck()] == [message]
