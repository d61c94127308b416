"""What an operator can have done, and what the desk says no to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.desk.desk import Wanted
from pilotbridge.errors import NotAllowed, NotFound, Refused
from pilotbridge.lifecycle import State


def test_a_message_is_on_disk_when_the_desk_answers(world):
    fact = world.app.desk.send(Wanted("anna", "hello"), by="boris")

    assert (fact["state"], fact["to"], fact["contact"]) == (State.QUEUED, "+7908***4781", "anna")
    assert world.message(fact["id"]).reason == "sent by boris"


def test_it_goes_at_once(world):
    world.app.desk.send(Wanted("anna", "hello"), by="boris")
    world.run_for(minutes=1)

    assert world.texts_to("anna") == ["hello"]


def test_it_can_wait_for_its_time(world):
    later = world.now + timedelta(hours=2)
    world.app.desk.send(Wanted("anna", "hello", send_at=later), by="boris")

    world.run_for(hours=1, minutes=59)
    before = world.texts_to("anna")
    world.run_for(minutes=2)

    assert (before, world.texts_to("anna")) == ([], ["hello"])


@pytest.mark.parametrize(("text", "code"), [("", 220), ("  \n", 220), ("x" * 2000, 221), ("привeт", 248)])
def test_a_text_that_no_sms_can_carry_is_refused_before_it_is_kept(world, text, code):
    with pytest.raises(Refused) as refused:
        world.app.desk.send(Wanted("anna", text), by="boris")

    assert refused.value.code == code
    assert world.messages() == []


@pytest.mark.parametrize("sender", ["ИНФОРМ", "IN", "IN FORM", "TWELVE-CHARS", "+79021121075", "1" * 17])
def test_a_sender_that_none_can_have_is_refused_before_it_is_kept(world, sender):
    with pytest.raises(Refused, match="is no sender's name; write 3 to 11 Latin letters") as refused:
        world.app.desk.send(Wanted("anna", "hello", sender), by="boris")

    assert refused.value.code == 201
    assert world.messages() == []


@pytest.mark.parametrize("sender", ["A-B", "a.b.c", "79021121075", "1" * 16, ""])
def test_a_sender_that_an_account_may_have_is_left_to_the_gateway(world, sender):
    fact = world.app.desk.send(Wanted("anna", "hello", sender), by="boris")

    assert world.message(fact["id"]).state is State.QUEUED


@pytest.mark.parametrize(
    ("to", "error"), [("nobody", NotFound), ("chat:ops", NotFound), ("sms:+14155552671", NotAllowed)]
)
def test_an_address_that_reaches_nobody_is_refused(world, to, error):
    with pytest.raises(error):
        world.app.desk.send(Wanted(to, "hello"), by="boris")

    assert world.messages() == []


def test_the_same_request_again_is_answered_with_the_same_message(world):
    first = world.app.desk.send(Wanted("anna", "hello", once="key-1"), by="boris")
    again = world.app.desk.send(Wanted("anna", "hello", once="key-1"), by="boris")

    assert again["id"] == first["id"]
    assert len(world.messages()) == 1


def test_an_equal_text_that_is_meant_goes_at_once_with_a_mark(world):
    world.app.desk.send(Wanted("anna", "hello"), by="boris")
    world.app.desk.send(Wanted("anna", "hello", repeat=True), by="boris")
    world.run_for(minutes=1)

    first, second = world.texts_to("anna")
    assert first == "hello"
    assert second != first
    assert second.startswith("hello")


def test_a_retry_is_a_new_message_that_names_the_old_one(world):
    world.order("scripts", phone="79087964781", outcome="undelivered", count=1)
    old = world.send_sms("anna", "hello")
    world.run_for(minutes=5)

    new = world.app.desk.retry(old, by="boris")

    assert (new["retry_of"], new["text"]) == (old, "hello")
    assert world.state_of(old) is State.UNDELIVERED


@pytest.mark.parametrize("verb", ["retry", "cancel"])
def test_what_does_not_exist_cannot_be_acted_on(world, verb):
    with pytest.raises(NotFound):
        getattr(world.app.desk, verb)(99, by="boris")


def test_paused_nothing_goes_and_resumed_everything_does(world):
    world.app.desk.pause("a drill", by="boris")
    world.send_sms("anna", "hello")
    world.run_for(minutes=10)
    paused = world.texts_to("anna")

    world.app.desk.resume(by="boris")
    world.run_for(minutes=1)

    assert (paused, world.texts_to("anna")) == ([], ["hello"])


def test_an_incident_is_taken_and_given_back(world):
    world.fire("DiskFull")
    ref = world.incidents()[0].ref

    taken = world.app.desk.acknowledge(ref, by="boris", note="on it")
    given_back = world.app.desk.unacknowledge(ref, by="boris")

    assert (taken["state"], taken["acknowledged_by"], taken["note"]) == ("acknowledged", "boris", "on it")
    assert given_back["state"] == "open"


def test_a_silence_keeps_people_from_being_told_until_it_ends(world):
    silence = world.app.desk.silence(
        ["alertname=DiskFull"], starts=None, lasts=timedelta(hours=1), by="boris", comment="moving"
    )
    world.fire("DiskFull")
    world.run_for(minutes=5)
    quiet = world.texts_to("anna")

    world.app.desk.expire_silence(silence["id"])
    world.run_for(hours=1)

    assert quiet == []
    assert len(world.texts_to("anna")) == 1


@pytest.mark.parametrize(("matchers", "lasts"), [([], 3600), (["nonsense"], 3600), (["a=b"], 0)])
def test_a_silence_that_would_mean_nothing_is_refused(world, matchers, lasts):
    with pytest.raises(Refused):
        world.app.desk.silence(matchers, starts=None, lasts=timedelta(seconds=lasts), by="boris", comment="x")
