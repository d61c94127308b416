"""STOP and START: a phone that wants no more texts gets none, whoever wants to send one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.desk.desk import Wanted
from pilotbridge.errors import NotAllowed
from pilotbridge.lifecycle import State
from pilotbridge.relay.optouts import folded

PARCEL = "+79131437355"
TITLE = "+7913***7355"
LINE = '{{ name: ops, number: "79021121075", prefix: "1234", room: ops-room }}'
TWO_LINES = f'{LINE}, {{{{ name: shop, number: "79021121076", room: ops-room }}}}'


def stops(relay, word="STOP"):
    relay.world.sms_from(PARCEL, word)
    relay.poll()
    relay.world.run_for(minutes=1)


@pytest.mark.parametrize(
    "word", ["stop", "STOP", " Стоп! ", "«отписка».", "Отписаться", "unsubscribe", "СТОП"]
)
def test_a_word_alone_is_a_wish_and_is_answered_once(relay, word):
    stops(relay, word)
    stops(relay, word)

    assert len(relay.world.texts_to(PARCEL)) == 1
    assert [sms.state for sms in relay.world.inbox()] == ["answered", "answered"]
    with relay.reads() as read:
        assert [out.line for out in read.optouts_listed()] == ["ops"]


def test_the_answer_is_in_the_language_of_the_word_and_says_how_to_undo_it(relay):
    stops(relay, "СТОП")

    assert relay.world.texts_to(PARCEL) == ["Больше не пишем. Вернуть: 1234 СТАРТ на +79021121075"]


@pytest.mark.parametrize("text", ["stop it", "please stop", "не стоп", "stopp"])
def test_more_than_the_word_is_a_text_like_any_other(relay, text):
    stops(relay, text)

    assert relay.chat.texts(TITLE) == [text]
    with relay.reads() as read:
        assert read.optouts_listed() == []


def test_the_thread_says_so_and_refuses_later_texts(relay):
    stops(relay)

    relay.writes("but listen", to=TITLE, who=1002)

    assert relay.chat.texts(TITLE) == [
        "STOP\nThey want no more texts: none goes to this phone until it texts START.",
        "Not sent: this phone wants no more texts (texted stop).",
    ]
    assert len(relay.world.messages()) == 1


def test_what_waits_for_the_phone_goes_no_more(relay):
    at = relay.world.now + timedelta(hours=1)
    relay.world.app.desk.send(Wanted(f"sms:{PARCEL}", "See you at two", send_at=at), by="anna")

    stops(relay)
    relay.world.run_for(hours=2)

    assert [text.split()[0] for text in relay.world.texts_to(PARCEL)] == ["You"]
    (sent, _answer) = relay.world.messages()
    assert (sent.state, sent.reason) == (State.CANCELLED, "cancelled by an opt-out: texted stop")


def test_whoever_wrote_what_goes_no_more_hears_so(make_relay):
    relay = make_relay(("relay:", "limits: {{ sms_per_contact_per_hour: 1 }}\nrelay:"))
    relay.world.sms_from(PARCEL, "hi")
    relay.poll()
    relay.writes("one", to=TITLE)
    message = relay.writes("two", to=TITLE)

    stops(relay)

    assert relay.chat.marks[message] == ["taken", "failed"]
    assert "Not delivered: cancelled by an opt-out: texted stop" in relay.chat.texts(TITLE)


def test_what_another_line_wrote_goes_all_the_same(make_relay):
    relay = make_relay((LINE, TWO_LINES), ("relay:", "limits: {{ sms_per_contact_per_hour: 1 }}\nrelay:"))
    relay.world.sms_from(PARCEL, "hi")
    relay.poll()
    relay.writes("one", to=TITLE)
    relay.writes("two", to=TITLE)

    relay.world.app.desk.people.add_optout(PARCEL, line="shop", reason="", by="anna")
    relay.world.run_for(hours=2)

    assert relay.world.texts_to(PARCEL) == ["one", "two"]


def test_an_admin_may_send_anyway_and_it_is_on_the_record(relay):
    stops(relay)
    relay.writes("your house is on fire", to=TITLE)
    assert relay.presses("Send anyway", who=1002) == "Only an admin may do this."

    assert relay.presses("Send anyway") == "sent"

    relay.world.run_for(minutes=2)
    assert "your house is on fire" in relay.world.texts_to(PARCEL)
    sent = relay.world.messages()[-1]
    with relay.reads() as read:
        happened = read.events_of("message", sent.id)
    assert happened[0].reason == "anna sent it anyway"


def test_send_and_plugins_are_refused_too_and_alerts_are_not(relay):
    stops(relay)
    with relay.reads() as read:
        before = len(read.messages_listed())

    with pytest.raises(NotAllowed, match=r"\+7913\*\*\*7355 wants no more texts from the line ops"):
        relay.world.send_sms(f"sms:{PARCEL}", "sale!")
    relay.world.fire("DiskFull")

    assert len(relay.world.messages()) == before + 1


def test_start_ends_it(relay):
    stops(relay)

    stops(relay, "Start")

    relay.writes("welcome back", to=TITLE)
    relay.world.run_for(minutes=2)
    assert relay.world.texts_to(PARCEL)[1:] == ["You will get our texts again.", "welcome back"]
    assert relay.chat.texts(TITLE)[1] == "Start\nThis phone may be texted again."


def test_start_without_a_stop_is_a_text(relay):
    stops(relay, "start")

    assert relay.chat.texts(TITLE) == ["start"]


def test_a_contact_stays_on_call_and_the_room_hears_it(relay):
    relay.world.sms_from("boris", "STOP")
    relay.poll()
    relay.world.run_for(minutes=1)

    assert relay.world.texts_to("boris") == [
        "You are on call, so nothing has changed. To be taken off ask anna."
    ]
    assert relay.chat.texts("boris") == [
        "STOP\nboris is a contact and stays on call; anna can take them off."
    ]
    with relay.reads() as read:
        assert read.optouts_listed() == []


def test_who_became_a_contact_after_a_stop_may_undo_it_too(make_relay):
    relay = make_relay(("telegram: 1002 }}", 'telegram: 1002 }}\n  carl: {{ phone: "+7 908 796-47-83" }}'))
    relay.world.app.desk.people.add_optout("carl", line="ops", reason="", by="anna")

    relay.world.sms_from("carl", "START")
    relay.poll()

    with relay.reads() as read:
        assert read.optouts_listed() == []
    relay.world.run_for(minutes=1)
    assert relay.world.texts_to("carl") == ["You will get our texts again."]


def test_it_is_per_line(make_relay):
    line = '{{ name: ops, number: "79021121075", prefix: "1234", room: ops-room }}'
    other = '{{ name: shop, number: "79021121076", prefix: "777", room: ops-room, words: [enough] }}'
    relay = make_relay((line, f"{line}, {other}"))
    relay.world.order(
        "account",
        lines=[{"number": "79021121075", "prefix": "1234"}, {"number": "79021121076", "prefix": "777"}],
    )
    relay.world.sms_from(PARCEL, "777 stop", to="79021121076")
    relay.poll()
    assert relay.chat.texts(TITLE) == ["stop"]

    stops(relay)

    with relay.reads() as read:
        assert [out.line for out in read.optouts_listed()] == ["ops"]
    assert relay.chat.threads() == [TITLE, TITLE]
    shop = next(iter(relay.chat.rooms["-100"].threads))
    relay.chat.writes("your order is ready", thread=shop)
    relay.world.run_for(minutes=2)
    assert "your order is ready" in relay.world.texts_to(PARCEL)


def test_without_a_room_a_wish_still_counts(make_relay):
    relay = make_relay((", room: ops-room }}", " }}"))

    stops(relay)

    with relay.reads() as read:
        assert len(read.optouts_listed()) == 1
    assert relay.chat.posted == []


def test_case_punctuation_and_yo_do_not_count():
    assert folded("  «Ёлки-палки»!! ") == "елкипалки"
