"""An SMS reaches its thread, and what a person writes there reaches the phone, byte for byte."""

from __future__ import annotations

from pilotbridge.lifecycle import State


def test_an_sms_of_a_stranger_has_a_thread_of_its_own(relay):
    relay.world.sms_from("+79131437355", "Where is my parcel?")

    relay.poll()

    assert relay.chat.threads() == ["+7913***7355"]
    assert relay.chat.texts("+7913***7355") == ["Where is my parcel?"]
    (sms,) = relay.world.inbox()
    assert (sms.state, sms.reason) == ("routed", "relayed by the line ops")


def test_a_contact_has_a_thread_of_that_name(relay):
    relay.world.sms_from("anna", "hello")

    relay.poll()

    assert relay.chat.texts("anna") == ["hello"]


def test_two_sms_at_once_make_one_thread_and_keep_their_order(relay):
    relay.world.sms_from("+79131437355", "one")
    relay.world.sms_from("+79131437355", "two")

    relay.poll()

    assert relay.chat.threads() == ["+7913***7355"]
    assert relay.chat.texts("+7913***7355") == ["one", "two"]


def test_a_text_in_a_thread_goes_to_its_phone_byte_for_byte_and_shows_how_it_fares(relay):
    relay.world.sms_from("+79131437355", "Where is my parcel?")
    relay.poll()

    message = relay.writes("  It is on its way, № 5 \n", to="+7913***7355")

    relay.world.settle()
    assert relay.chat.marks[message] == ["taken", "sent"]
    relay.world.run_for(minutes=2)
    assert relay.world.texts_to("+79131437355") == ["  It is on its way, № 5 \n"]
    assert relay.chat.marks[message] == ["taken", "sent", "delivered"]
    (sms,) = relay.world.messages()
    assert (sms.state, sms.reason) == (State.DELIVERED, "delivered")


def test_a_reply_finds_its_phone_from_anywhere(relay):
    relay.world.sms_from("+79131437355", "one")
    relay.world.sms_from("+79131437356", "two")
    relay.poll()
    one = relay.chat.posted[0]

    relay.writes("to one", to="+7913***7356", reply_to=one.id)

    relay.world.run_for(minutes=2)
    assert relay.world.texts_to("+79131437355") == ["to one"]
    assert relay.world.texts_to("+79131437356") == []
