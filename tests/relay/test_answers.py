"""What a person writes in a chat and what it comes to: sent, asked about, or refused with one sentence."""

from __future__ import annotations

import pytest

from pilotbridge.chat import Person, PersonId, RoomId
from pilotbridge.lifecycle import State

PARCEL = "+79131437355"
TITLE = "+7913***7355"


@pytest.fixture
def talking(relay):
    """Somebody has asked where the parcel is."""
    relay.world.sms_from(PARCEL, "Where is my parcel?")
    relay.poll()
    return relay


def said(relay):
    """What the bridge says in the thread beside the SMS itself."""
    return relay.chat.texts(TITLE)[1:]


def test_many_parts_are_asked_about_with_their_price(talking):
    talking.world.send_sms("anna", "something that costs")
    talking.world.run_for(minutes=1)
    text = "x" * 400

    talking.writes(text, to=TITLE)

    assert said(talking) == ["This takes 3 SMS parts, about 8.88 roubles. Send it?"]
    assert talking.presses("Send 3 parts") == "sent"
    talking.world.run_for(minutes=2)
    assert talking.world.texts_to(PARCEL) == [text]
    assert said(talking)[0].endswith("\nanna: sent, 12:01")


def test_what_is_left_is_not_sent(talking):
    talking.writes("x" * 400, to=TITLE)

    assert talking.presses("Leave") == "Left as it is"

    talking.world.run_for(minutes=2)
    assert talking.world.texts_to(PARCEL) == []


def test_an_equal_text_is_explained_and_goes_with_a_mark(talking):
    talking.writes("On its way", to=TITLE)
    talking.world.run_for(minutes=1)

    message = talking.writes("On its way", to=TITLE)

    assert "Send it with a mark?" in said(talking)[0]
    assert talking.presses("Send with a mark") == "sent"
    talking.world.run_for(minutes=2)
    assert talking.world.texts_to(PARCEL) == ["On its way", "On its way (2)"]
    assert talking.chat.marks[message] == ["taken", "sent", "delivered"]


def test_a_long_equal_text_is_asked_about_twice(talking):
    text = "x" * 400
    talking.writes(text, to=TITLE)
    talking.presses("Send 3 parts")
    talking.world.run_for(minutes=1)
    talking.writes(text, to=TITLE)

    assert talking.presses("Send 3 parts") == "not sent yet"

    assert talking.presses("Send with a mark") == "sent"
    talking.world.run_for(minutes=2)
    assert talking.world.texts_to(PARCEL) == [text, f"{text} (2)"]


@pytest.mark.parametrize("kind", ["sticker", "photo", "voice", "hologram"])
def test_what_is_no_text_is_refused(talking, kind):
    message = talking.writes("", to=TITLE, kind=kind)

    (posted,) = talking.chat.posted[1:]
    assert (posted.reply_to, posted.text.startswith("An SMS carries text only")) == (message, True)
    assert talking.world.messages() == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("  \n", "There is nothing to send"),
        ("Пpивет", "mixes Cyrillic and Latin"),
        ("x" * 1600, "11 SMS parts, and 10 are the most"),
        ("🎉" * 400, "13 SMS parts"),
        ("🎉" * 4096, "125 SMS parts"),
    ],
)
def test_a_text_that_no_sms_can_carry_is_refused(talking, text, sentence):
    talking.writes(text, to=TITLE)

    assert sentence in said(talking)[0]
    assert talking.world.messages() == []


def test_a_message_that_was_sent_cannot_be_changed(talking):
    message = talking.writes("hello", to=TITLE)

    talking.chat.brings(
        "edited",
        place=["-100", talking.chat.thread(TITLE)],
        message=message,
        author={"id": "1001", "name": "Anna"},
    )

    talking.world.run_for(minutes=2)
    assert said(talking) == ["An SMS that was sent cannot be changed: write a new message."]
    assert talking.world.texts_to(PARCEL) == ["hello"]


def test_a_change_of_what_was_not_sent_is_not_sent_either(talking):
    message = talking.writes("x" * 400, to=TITLE)

    talking.chat.brings(
        "edited",
        place=["-100", talking.chat.thread(TITLE)],
        message=message,
        author={"id": "1001", "name": "Anna"},
    )
    talking.chat.brings("edited", place=["-100", ""], message="p1", author={"id": "1001", "name": "Anna"})
    talking.world.settle()

    assert said(talking)[1:] == ["A change is not sent: write a new message."]


def test_a_change_that_changes_no_word_is_nothing_to_speak_of(talking):
    message = talking.writes("see https://example.org", to=TITLE)

    talking.chat.brings(
        "edited",
        place=["-100", talking.chat.thread(TITLE)],
        message=message,
        author={"id": "1001", "name": "Anna"},
        text="see https://example.org",
    )

    talking.world.run_for(minutes=2)
    assert said(talking) == []


@pytest.mark.parametrize("sender", ["INFORM", "112", "74951234567"])
def test_a_sender_that_cannot_be_answered_has_a_thread_that_says_so(relay, sender):
    arrives_from(relay, sender, "Your code is 1")
    (title,) = relay.chat.threads()

    relay.writes("who are you?", to=title)

    assert "(cannot be answered)" in title
    assert relay.chat.texts(title)[1:] == ["Nobody can answer this sender: it is no mobile phone."]
    assert relay.world.messages() == []


def arrives_from(relay, sender, text):
    """An SMS of a sender that is no phone, as the gateway's feed shows it."""
    from pilotbridge.model import InboundSms

    sms = InboundSms("smspilot", f"x-{sender}", sender, "79021121075", f"1234 {text}", relay.world.now)
    relay.world.app.ground.store.write(lambda tx: tx.add_inbound(sms, relay.world.clock.now_ms())).result()
    relay.poll()


# --- who may ----------------------------------------------------------------------------------------


def test_strangers_get_no_answer_and_reach_no_phone(talking):
    talking.writes("hello", to=TITLE, who=666)
    talking.chat.writes("hello", room=RoomId("-999"), who=1001)
    talking.chat.writes("hello", room=RoomId("666"), who=666, is_private=True)
    talking.world.settle()

    assert said(talking) == []
    assert len(talking.chat.posted) == 1
    assert talking.world.messages() == []
    with talking.reads() as read:
        states = [(update.state, update.body) for update in read.chat_updates_listed()]
    assert states == [("ignored", b"")] * 3


def test_a_viewer_may_read_and_not_write(make_relay):
    relay = make_relay(('47-82", telegram: 1002', '47-82", telegram: 1002, role: viewer'))
    relay.world.sms_from(PARCEL, "hi")
    relay.poll()

    relay.writes("hello", to=TITLE, who=1002)

    assert said(relay) == ["You may read here and not write to phones: your role is viewer."]
    assert relay.world.messages() == []


def test_who_hides_behind_the_group_is_told_once_an_hour(talking):
    for _ in range(3):
        talking.writes("hello", to=TITLE, who=1087968824, is_person=False)

    assert said(talking) == ["An SMS is sent for a person: switch off 'remain anonymous', and write again."]
    assert talking.world.messages() == []


def test_what_is_for_no_phone_stays_in_the_room(talking):
    talking.chat.writes("lunch?")
    talking.chat.writes("what a day", thread="t-unknown")
    talking.world.settle()

    assert len(talking.chat.posted) == 1
    assert talking.world.messages() == []


def test_in_a_private_chat_it_is_said_how_to_name_a_phone(relay):
    relay.chat.writes("hello", room=RoomId("1001"), is_private=True)
    relay.world.settle()

    assert relay.chat.texts() == ["Reply to a message here, so that it is clear whose phone you mean."]


def test_a_private_chat_with_one_conversation_needs_no_reply(make_relay):
    relay = make_relay(("room: ops-room }}", 'room: "@anna" }}'))
    relay.world.sms_from(PARCEL, "Where is my parcel?")
    relay.poll()

    relay.chat.writes("On its way", room=RoomId("1001"), is_private=True)
    relay.world.run_for(minutes=2)

    assert relay.chat.texts() == [f"{TITLE}:\nWhere is my parcel?"]
    assert relay.world.texts_to(PARCEL) == ["On its way"]


def test_what_is_asked_about_in_a_private_chat_goes_with_its_yes(make_relay):
    relay = make_relay(("room: ops-room }}", 'room: "@anna" }}'))
    relay.world.sms_from(PARCEL, "Where is my parcel?")
    relay.poll()
    relay.chat.writes("x" * 400, room=RoomId("1001"), is_private=True)
    relay.world.settle()

    assert relay.presses("Send 3 parts") == "sent"
    relay.world.run_for(minutes=2)

    assert relay.world.texts_to(PARCEL) == ["x" * 400]


# --- buttons ----------------------------------------------------------------------------------------


def test_the_second_who_presses_hears_who_was_first(talking):
    talking.writes("x" * 400, to=TITLE)
    posted, token = talking.chat.button("Send 3 parts")
    talking.chat.presses(posted, token, who=1002)
    talking.chat.presses(posted, token, who=1001)
    talking.world.run_for(minutes=2)

    assert talking.chat.told == ["sent", "boris was first, 12:00"]
    assert talking.world.texts_to(PARCEL) == ["x" * 400]


def test_a_button_that_is_a_day_old_sends_nothing(talking):
    talking.writes("x" * 400, to=TITLE)
    talking.world.run_for(hours=24)

    assert talking.presses("Send 3 parts") == "This button is too old: write the text again."
    assert talking.world.messages() == []


@pytest.mark.parametrize("token", ["", "x", "id-9999.y", "id-1.z", "🎉.y", "a" * 64])
def test_a_forged_button_means_nothing(talking, token):
    talking.writes("x" * 400, to=TITLE)
    posted, _ = talking.chat.button("Send 3 parts")

    talking.chat.presses(posted, token)
    talking.world.settle()

    assert talking.chat.told == ["This button means nothing here."]
    assert talking.world.messages() == []


def test_a_button_of_another_room_means_nothing_and_a_stranger_hears_nothing(talking):
    talking.writes("x" * 400, to=TITLE)
    posted, token = talking.chat.button("Send 3 parts")
    posted.room = RoomId("-999")

    talking.chat.presses(posted, token)
    talking.chat.presses(posted, token, who=666)
    talking.world.settle()

    assert talking.chat.told == ["This button means nothing here."]
    assert talking.world.messages() == []


def test_a_viewer_presses_in_vain(make_relay):
    relay = make_relay(('47-82", telegram: 1002', '47-82", telegram: 1002, role: viewer'))
    relay.world.sms_from(PARCEL, "hi")
    relay.poll()
    relay.writes("x" * 400, to=TITLE)

    assert relay.presses("Send 3 parts", who=1002) == "You may not do this: your role is viewer."
    assert relay.presses("Send 3 parts") == "sent"


# --- when it does not arrive ------------------------------------------------------------------------


def test_a_failure_is_a_message_with_its_reason_and_a_button(talking):
    talking.world.order("scripts", phone=PARCEL[1:], outcome="undelivered", error=605, count=1)
    message = talking.writes("On its way", to=TITLE)
    talking.world.run_for(minutes=2)

    assert talking.chat.marks[message] == ["taken", "sent", "failed"]
    assert said(talking)[0].startswith("Not delivered: ")
    assert talking.presses("Try again") == "tried again"
    talking.world.run_for(minutes=10)
    assert talking.world.texts_to(PARCEL) == ["On its way"]
    assert talking.chat.marks[message][-1] == "delivered"


def test_who_wants_no_more_texts_by_then_gets_no_second_try(talking):
    talking.world.order("scripts", phone=PARCEL[1:], outcome="undelivered", error=605, count=1)
    talking.writes("On its way", to=TITLE)
    talking.world.run_for(minutes=2)
    talking.world.sms_from(PARCEL, "STOP")
    talking.poll()

    assert talking.presses("Try again").startswith("Not sent: ")
    talking.world.run_for(minutes=10)

    assert "On its way" not in talking.world.texts_to(PARCEL)


def test_a_refusal_by_the_gateway_is_told_the_same_way(talking):
    talking.world.order("scripts", phone=PARCEL[1:], outcome="refused", error=212)

    message = talking.writes("On its way", to=TITLE)

    assert talking.chat.marks[message] == ["taken", "failed"]
    assert said(talking)[0].startswith("Not delivered: ")


def test_doubt_is_shown_with_two_buttons(talking):
    talking.world.order("faults", kind="reset", command="send")
    message = talking.writes("On its way", to=TITLE)
    world = talking.world
    world.order("faults", kind="reset", command="send", count=None)
    world.run_for(minutes=10)

    assert said(talking) == [
        "The gateway's answer was lost: nobody knows whether this SMS was sent. Send it again?"
    ]
    world.order("faults/clear")
    assert talking.presses("Send again") == "sent again"
    world.run_for(minutes=10)
    assert world.texts_to(PARCEL) == ["On its way"]
    assert talking.chat.marks[message] == ["taken", "sent", "delivered"]


def test_doubt_that_is_left_stays_visible(talking):
    world = talking.world
    world.order("faults", kind="reset", command="send", count=None)
    talking.writes("On its way", to=TITLE)
    world.run_for(minutes=10)
    world.order("faults/clear")

    assert talking.presses("Leave") == "Left as it is"
    world.run_for(minutes=10)

    sms = next(each for each in world.messages() if each.text == "On its way")
    assert sms.state is State.PARKED
    assert len(said(talking)) == 1


def test_an_sms_that_waits_says_why(make_relay):
    relay = make_relay(("relay:", "limits: {{ sms_per_contact_per_hour: 1 }}\nrelay:"))
    relay.world.sms_from(PARCEL, "hi")
    relay.poll()
    relay.writes("one", to=TITLE)
    relay.writes("two", to=TITLE)

    assert said(relay) == ["It waits: cap reached: limits.sms_per_contact_per_hour is 1"]


def test_people_and_ids_are_compared_as_texts():
    assert Person(PersonId("1001")) != Person(PersonId("10010"))
