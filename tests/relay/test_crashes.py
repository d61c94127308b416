"""A crash between any two steps, both ways: nothing is lost, and a repeat in the chat carries its mark."""

from __future__ import annotations

from itertools import count

import pytest

from pilotbridge.outbox.posts.content import AGAIN
from pilotbridge.outbox.posts.enqueue import Saying, in_room, say
from tests.relay.scripted import OPS

PARCEL = "+79131437355"
TITLE = "+7913***7355"
TURNS_MAX = 400


class Crash(BaseException):
    """The process ends here."""


def take_turns(relay, turns: int) -> bool:
    """So many turns of whoever is due, time going on when nobody is; False when nothing is left to do."""
    runtime, world = relay.world.runtime, relay.world
    for _ in range(turns):
        line = runtime._next()
        while line is None:
            if world.clock.now_ms() >= relay.ends_ms:
                return False
            world.clock.forward(500)
            line = runtime._next()
        line.take_turn()
    return True


def in_thread(relay):
    return [text for text in relay.chat.texts(TITLE) if not text.startswith("Not ")]


def test_an_sms_reaches_its_thread_whenever_the_bridge_crashes(make_relay):
    for turns in count(1):
        relay = make_relay()
        relay.world.sms_from(PARCEL, "one")
        relay.world.sms_from(PARCEL, "two")
        relay.ends_ms = relay.world.clock.now_ms() + 20_000
        going = take_turns(relay, turns)

        relay.world.crash()
        relay.world.run_for(minutes=5)

        texts = in_thread(relay)
        plain = [text for text in texts if not text.startswith(AGAIN)]
        assert [text.removeprefix(AGAIN) for text in dict.fromkeys(texts)][:1] == ["one"], turns
        assert {text.removeprefix(AGAIN) for text in texts} == {"one", "two"}, turns
        assert len(plain) == len(set(plain)), f"a repeat without its mark: {texts}"
        assert len(texts) <= 3, texts
        if not going:
            break
    assert turns > 10


def test_what_was_posted_right_before_an_orderly_end_is_not_posted_once_more(relay):
    world, saying = relay.world, Saying("hello", "a test", repeats=True)
    spot = in_room("team", OPS)
    world.app.ground.store.write(lambda tx: say(tx, spot, saying, world.clock.now_ms())).result()
    world.app._chats.postings["team"].turn()

    world.app.finish()
    world.crash()
    world.run_for(minutes=5)

    assert [posted.text for posted in relay.chat.posted] == ["hello"]


def test_a_text_reaches_its_phone_once_whenever_the_bridge_crashes(make_relay):
    for turns in count(1):
        relay = make_relay()
        relay.world.sms_from(PARCEL, "hello")
        relay.poll()
        message = relay.chat.writes("On its way", thread=relay.chat.thread(TITLE))
        relay.ends_ms = relay.world.clock.now_ms() + 20_000
        going = take_turns(relay, turns)

        relay.world.crash()
        relay.world.run_for(minutes=5)

        assert relay.world.texts_to(PARCEL) == ["On its way"], turns
        # Without its answer the gateway's id is not known, and then nobody tells of the delivery.
        assert relay.chat.marks[message][-1] in ("sent", "delivered"), turns
        assert relay.chat.posted[1:] == [], turns
        if not going:
            break
    assert turns > 10


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(4))
def test_a_crash_while_the_chat_is_asked_loses_nothing(relay, when, call):
    calls = count()

    def crash(_post):
        if next(calls) == call:
            raise Crash

    if when == "before":
        relay.chat.fails = crash
    else:
        relay.chat.loses = crash
    relay.world.sms_from(PARCEL, "one")
    relay.world.sms_from(PARCEL, "two")
    try:
        relay.poll()
    except Crash:
        relay.world.crash()

    relay.world.run_for(minutes=5)

    texts = in_thread(relay)
    assert {text.removeprefix(AGAIN) for text in texts} == {"one", "two"}
    plain = [text for text in texts if not text.startswith(AGAIN)]
    assert len(plain) == len(set(plain))
    assert len(texts) == 2 + (when == "after" and call in (1, 2))


@pytest.mark.parametrize("settled", [False, True])
def test_an_update_that_was_not_kept_comes_again_and_counts_once(relay, settled):
    relay.world.sms_from(PARCEL, "hello")
    relay.poll()
    relay.chat.writes("On its way", thread=relay.chat.thread(TITLE))
    body = dict(relay.chat.updates)
    if settled:
        relay.world.settle()

    for _ in range(3):
        relay.chat.updates.update(body)
        relay.world.crash()
    relay.world.run_for(minutes=5)

    assert relay.world.texts_to(PARCEL) == ["On its way"]
