"""What becomes of an SMS that came in: it takes effect once, and its answer is one commit with its end."""

from dataclasses import replace

import pytest

from pilotbridge.errors import NotFound, Refused, TryLater
from pilotbridge.lifecycle import State
from pilotbridge.model import Line, Reply
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Answered
from pilotbridge.relay.lines import without_prefix

ANNA = PhoneNumber("+79087964781")


def arrives(inbox, text="1234 417"):
    inbox.feed.show(text, inbox.clock.utc_now())
    inbox.poll.turn()


def says(text, *writes):
    return lambda _sms: Answered("ack_by_text", Reply(text, "took #417"), writes)


def test_a_plugin_is_told_and_asked_about_the_text_without_its_prefix(inbox):
    arrives(inbox)

    inbox.flow.turn()

    assert [sms.text for sms in inbox.plugins.told] == ["417"]
    assert [sms.text for sms in inbox.plugins.asked] == ["417"]
    assert inbox.inbox()[0].text == "1234 417"


def test_an_answer_goes_back_to_who_wrote_and_the_sms_is_answered(inbox):
    inbox.plugins.answer = says("Taken #417")
    arrives(inbox)

    inbox.flow.turn()

    (reply,) = inbox.messages()
    assert (reply.recipient, reply.text, reply.contact) == (ANNA, "Taken #417", "anna")
    assert reply.origin == "plugin:ack_by_text"
    sms = inbox.inbox()[0]
    assert (sms.state, sms.reason) == ("answered", "ack_by_text: took #417")


def test_an_sms_takes_effect_once(inbox):
    inbox.plugins.answer = says("Taken #417")
    arrives(inbox)
    inbox.flow.turn()
    inbox.restart()

    inbox.flow.turn()

    assert len(inbox.messages()) == 1


def test_what_a_plugin_changes_stands_or_falls_with_its_answer(inbox):
    inbox.plugins.answer = says(
        "Taken", lambda tx: tx.set_meta("taken", "417"), lambda tx: tx.set_cursor("x", None)
    )
    arrives(inbox)

    inbox.flow.turn()

    with inbox.store.read() as read:
        assert read.meta("taken") is None
    assert inbox.messages() == []
    assert inbox.inbox()[0].state == "unrouted"
    assert "could not be carried out" in inbox.inbox()[0].reason


def test_an_answer_that_fails_keeps_nobody_else_waiting(inbox):
    def refuse(_tx):
        raise NotFound("there is no incident #417")

    inbox.plugins.answer = lambda sms: says("ok", *([refuse] if sms.text == "bad" else []))(sms)
    arrives(inbox, "1234 bad")
    arrives(inbox, "1234 good")

    inbox.flow.turn()

    assert [(sms.state, "no incident" in sms.reason) for sms in inbox.inbox()] == [
        ("unrouted", True),
        ("answered", False),
    ]


def test_a_plugin_that_was_overtaken_is_asked_once_more_and_says_what_happened(inbox):
    def take(tx):
        if tx.meta("taken by"):
            raise Refused("#417 is already taken")
        tx.set_meta("taken by", "anna")

    def asked(_sms):
        with inbox.store.read() as read:
            taker = read.meta("taken by")
        if taker:
            return says(f"#417 is taken by {taker} already")(_sms)
        inbox.store.write(lambda tx: tx.set_meta("taken by", "boris")).result()
        return says("Taken #417", take)(_sms)

    inbox.plugins.answer = asked
    arrives(inbox)

    inbox.flow.turn()

    assert [message.text for message in inbox.messages()] == ["#417 is taken by boris already"]
    assert inbox.inbox()[0].state == "answered"


def test_an_answer_that_is_always_overtaken_is_left_with_its_reason(inbox):
    def refuse(_tx):
        raise Refused("somebody was faster")

    inbox.plugins.answer = says("ok", refuse)
    arrives(inbox)

    inbox.flow.turn()

    assert len(inbox.plugins.asked) == 2
    assert inbox.messages() == []
    assert (inbox.inbox()[0].state, "faster" in inbox.inbox()[0].reason) == ("unrouted", True)


def test_no_question_is_put_while_a_transaction_is_open(inbox):
    open_then = []

    def asked(sms):
        open_then.append(inbox.engine.connection.in_transaction)
        return says("ok")(sms)

    inbox.plugins.answer = asked
    arrives(inbox)

    inbox.flow.turn()

    assert open_then == [False]


def test_while_the_store_cannot_commit_the_sms_waits(inbox):
    def later(_tx):
        raise TryLater("the disk is full")

    inbox.plugins.answer = says("ok", later)
    arrives(inbox)

    with pytest.raises(TryLater):
        inbox.flow.turn()

    assert inbox.inbox()[0].state == "received"
    inbox.plugins.answer = says("ok")
    inbox.flow.turn()
    assert inbox.inbox()[0].state == "answered"
    assert len(inbox.plugins.told) == 1


def test_an_answer_without_a_text_says_nothing(inbox):
    inbox.plugins.answer = says("")
    arrives(inbox)

    inbox.flow.turn()

    assert inbox.messages() == []
    assert inbox.inbox()[0].state == "answered"


def test_the_same_answer_twice_in_a_row_goes_with_a_mark(inbox):
    inbox.plugins.answer = says("Nothing to take")
    arrives(inbox)
    arrives(inbox)

    inbox.flow.turn()

    assert [message.text for message in inbox.messages()] == ["Nothing to take", "Nothing to take (2)"]
    assert {message.state for message in inbox.messages()} == {State.QUEUED}


@pytest.mark.parametrize("sender", ["INFORM", "112"])
def test_an_answer_to_who_cannot_be_answered_goes_nowhere(inbox, sender):
    inbox.plugins.answer = says("ok")
    inbox.feed.show("hi", inbox.clock.utc_now())
    inbox.feed.rows[0] = replace(inbox.feed.rows[0], sender=sender)
    inbox.poll.turn()

    inbox.flow.turn()

    assert inbox.messages() == []
    assert inbox.inbox()[0].state == "answered"


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [("", "no chat is configured"), ("ops", "ops was chosen, and no chat is configured")],
)
def test_without_a_chat_an_sms_stays_visible_with_the_reason(inbox, conversation, reason):
    inbox.plugins.conversation = conversation
    arrives(inbox, "hello")

    inbox.flow.turn()

    assert (inbox.inbox()[0].state, inbox.inbox()[0].reason) == ("unrouted", reason)


def test_many_waiting_sms_are_dealt_with_in_turns(inbox):
    for n in range(150):
        inbox.feed.show(f"{n}", inbox.clock.utc_now())
    inbox.poll.turn()

    assert inbox.flow.turn() == inbox.clock.now_ms()
    assert inbox.flow.turn() is None
    assert [sms.text for sms in inbox.plugins.told] == [str(n) for n in range(150)]


LINES = [Line("79021121075", "12345"), Line("+7 902 112-10-75", "1234"), Line("79021121076")]


@pytest.mark.parametrize(
    ("text", "number", "left"),
    [
        ("1234 417", "79021121075", "417"),
        ("12345 417", "79021121075", "417"),
        ("1234", "79021121075", ""),
        ("1234\nhello", "+79021121075", "hello"),
        ("12341 hello", "79021121075", "12341 hello"),
        ("1234hello", "79021121075", "1234hello"),
        ("1234 417", "79021121076", "1234 417"),
        ("1234 417", "79999999999", "1234 417"),
        (" 417 ", "79021121076", "417"),
        (" 1234 417", "79021121075", "417"),
        ("\ufeff\u200e1234 417", "79021121075", "417"),
        ("1234, hello", "79021121075", "hello"),
        ("1234. 417", "79021121075", "417"),
        (
            "1234 \U0001f468\u200d\U0001f469\u200d\U0001f467",
            "79021121075",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
    ],
)
def test_only_the_prefix_of_the_line_it_came_by_is_taken_off(text, number, left):
    assert without_prefix(text, number, LINES) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("1234417", "417"),
        ("12345417", "417"),
        ("1234ok 417", "ok 417"),
        ("1234#417", "#417"),
        ("12341 hello", "12341 hello"),
        ("12341", "12341"),
        ("1234567890", "1234567890"),
    ],
)
def test_a_contact_may_forget_the_space_behind_the_prefix(text, left):
    assert without_prefix(text, "79021121075", LINES, glued=True) == left


def test_what_a_contact_texts_in_one_word_reaches_the_plugins(inbox):
    inbox.feed.show("1234417", inbox.clock.utc_now())
    inbox.poll.turn()

    inbox.flow.turn()

    assert [sms.text for sms in inbox.plugins.asked] == ["417"]


def test_one_sms_that_nobody_can_deal_with_keeps_no_other_waiting(inbox):
    def choke(sms):
        if sms.text == "bad":
            raise RuntimeError

    inbox.plugins.answer = choke
    arrives(inbox, "1234 bad")
    arrives(inbox, "1234 good")

    inbox.flow.turn()

    assert [sms.state for sms in inbox.inbox()] == ["unrouted", "unrouted"]
    assert [sms.reason for sms in inbox.inbox()] == [
        "it could not be dealt with (RuntimeError); the log says why", "no chat is configured",
    ]  # fmt: skip


def test_an_answer_goes_out_under_the_name_of_its_line(inbox):
    line = replace(inbox.settings.lines[0], sender="SUPPORT")
    inbox.settings = replace(inbox.settings, lines=(line,))
    inbox.plugins.answer = says("Taken")
    arrives(inbox)

    inbox.flow.turn()

    assert [message.sender for message in inbox.messages()] == ["SUPPORT"]


def test_an_answer_to_a_country_that_may_not_be_texted_is_not_sent_and_what_was_asked_stands(inbox):
    inbox.plugins.answer = says("ok", lambda tx: tx.set_meta("taken", "417"))
    inbox.feed.show("hi", inbox.clock.utc_now())
    inbox.feed.rows[0] = replace(inbox.feed.rows[0], sender="+358401234567")
    inbox.poll.turn()

    inbox.flow.turn()

    assert inbox.messages() == []
    with inbox.store.read() as read:
        assert read.meta("taken") == "417"


def test_people_hear_when_nobody_can_read_what_phones_text(make_world):
    world = make_world()
    world.order("faults", kind="html", command="inbound", count=None)

    world.run_for(minutes=15)

    assert any("InboundStale" in text for text in world.texts_to("anna"))
