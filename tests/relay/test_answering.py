"""An answer from the desk goes the way of one from the chat, and shows there as the desk's."""

from __future__ import annotations

import pytest

from pilotbridge.chat import RoomId
from pilotbridge.errors import NotAllowed, NotFound, Refused
from pilotbridge.lifecycle import State
from pilotbridge.model import InboundSms
from pilotbridge.relay.answering import Answer
from pilotbridge.store.chat_records import NewConversation

CUSTOMER = "+79131437355"
TOPIC = "+7913***7355"


@pytest.fixture
def talk(relay):
    """A customer has asked something, and it stands in a thread."""
    relay.world.sms_from(CUSTOMER, "Where is my parcel?")
    relay.poll()
    return relay


def reply(relay, text, name="1", **fields):
    fact = relay.world.app.desk.people.reply(name, Answer(text, "root", **fields))
    relay.world.settle()
    return fact


def test_it_reaches_the_phone_byte_for_byte_and_the_thread_with_its_author(talk):
    fact = reply(talk, "  It is on its way, № 5 \n")

    talk.world.run_for(minutes=2)
    assert talk.world.texts_to(CUSTOMER) == ["  It is on its way, № 5 \n"]
    assert talk.chat.texts(TOPIC)[-1] == "root, at the desk:   It is on its way, № 5 \n"
    assert (fact["conversation"], fact["state"]) == (1, State.QUEUED)


def test_it_makes_the_conversation_an_answered_one(talk):
    reply(talk, "soon")

    with talk.reads() as read:
        assert read.conversation(1).state == "answered"


@pytest.mark.parametrize("name", ["1", "+7 913 143-73-55", "89131437355", "79131437355"])
def test_a_conversation_is_named_by_its_number_or_its_phone(talk, name):
    assert reply(talk, "soon", name)["conversation"] == 1


@pytest.mark.parametrize("name", ["77", "0", "+7 908 796-47-99", "nobody", "anna", ""])
def test_what_names_no_conversation_is_said_so(talk, name):
    with pytest.raises(NotFound):
        reply(talk, "soon", name)


def test_a_phone_with_two_conversations_must_be_named_by_one_of_their_numbers(talk):
    sales = NewConversation("sales", CUSTOMER, "team", RoomId("-100"), TOPIC)
    talk.world.app.ground.store.write(lambda tx: tx.add_conversation(sales, talk.world.clock.now_ms()))

    with pytest.raises(Refused, match=r"2 \(line sales\), 1 \(line ops\); name one by its number"):
        reply(talk, "soon", CUSTOMER)


def test_a_failure_is_told_in_the_thread_with_a_button_to_try_again(talk):
    talk.world.order("scripts", phone=CUSTOMER[1:], outcome="undelivered")
    reply(talk, "soon")
    talk.world.run_for(minutes=10)
    assert talk.chat.texts(TOPIC)[-1].startswith("Not delivered: ")

    talk.world.order("scripts", phone=CUSTOMER[1:], outcome="delivered")
    said = talk.presses("Try again")
    talk.world.run_for(minutes=10)

    assert said == "tried again"
    assert talk.world.texts_to(CUSTOMER) == ["soon"]
    assert talk.chat.marks == {}


def test_a_reply_in_the_chat_to_what_the_desk_said_goes_to_the_same_phone(talk):
    reply(talk, "soon")
    [shown] = [post for post in talk.chat.posted if post.text.startswith("root")]

    talk.chat.writes("very soon", reply_to=shown.id)
    talk.world.run_for(minutes=2)

    assert talk.world.texts_to(CUSTOMER) == ["soon", "very soon"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing to send"),
        ("привeт", "mixes Cyrillic and Latin"),
        ("x" * 2000, "the most"),
        ("x" * 500, "4 SMS parts.*limits.parts_per_sms is 2.*--max-parts"),
    ],
)
def test_what_the_chat_would_not_send_at_once_is_refused_with_what_to_do(talk, text, why):
    with pytest.raises(NotAllowed, match=why):
        reply(talk, text)

    assert talk.world.messages() == []


def test_more_parts_may_be_allowed(talk):
    assert reply(talk, "x" * 500, max_parts=4)["parts"] == 4


def test_an_equal_text_goes_with_a_mark_when_it_is_wanted(talk):
    reply(talk, "soon")

    with pytest.raises(NotAllowed, match="--repeat"):
        reply(talk, "soon")
    again = reply(talk, "soon", repeat=True)

    assert again["text"] == "soon (2)"
    assert talk.chat.texts(TOPIC)[-1] == "root, at the desk: soon (2)"


def test_a_phone_that_wants_no_texts_gets_none_from_the_desk_either(talk):
    talk.world.sms_from(CUSTOMER, "STOP")
    talk.poll()

    with pytest.raises(NotAllowed, match=r"texted stop\); contacts optouts remove 1 lifts it"):
        reply(talk, "soon")


def test_nobody_can_answer_a_sender_that_is_no_phone(relay):
    code = InboundSms("smspilot", "99", "BANK", "79021121075", "1234 your code is 5", relay.world.now)
    relay.world.app.ground.store.write(lambda tx: tx.add_inbound(code, relay.world.clock.now_ms()))
    relay.poll()

    with pytest.raises(NotAllowed, match="no mobile phone"):
        reply(relay, "thanks")


def test_the_same_request_again_is_answered_with_the_same_message(talk):
    people = talk.world.app.desk.people

    first = people.reply("1", Answer("soon", "api"), once="key")
    again = people.reply("1", Answer("soon", "api"), once="key")

    assert first["id"] == again["id"]
    assert len(talk.world.messages()) == 1


def test_a_crash_after_the_answer_loses_neither_the_sms_nor_its_post(talk):
    talk.world.app.desk.people.reply("1", Answer("soon", "root"))

    talk.world.crash()
    talk.world.run_for(minutes=2)

    assert talk.world.texts_to(CUSTOMER) == ["soon"]
    assert talk.chat.texts(TOPIC)[-1] == "root, at the desk: soon"
