"""The whole bridge between the sandbox's phones and its Telegram, with the real plugin in between."""

from __future__ import annotations

import pytest

from tests.plugins.telegram.both import CONFIGURED, STRANGER, Both
from tests.plugins.telegram.conftest import FORUM


@pytest.fixture
def both(make_world) -> Both:
    return Both(make_world(configuration=CONFIGURED))


def test_an_sms_has_a_topic_and_the_answer_reaches_the_phone(both):
    both.sms("Where is my parcel?")
    both.poll()

    message = both.write("It is on its way")
    both.world.run_for(minutes=2)

    assert both.texts() == ["Where is my parcel?", "It is on its way"]
    assert both.world.texts_to(STRANGER) == ["It is on its way"]
    assert both.tick(message) == "👌"
    assert both.exceeded() == {"all": 0, "chat": 0, "group": 0}


def test_ticks_move_forward_one_at_a_time(both):
    both.sms("hello")
    both.poll()
    message, seen = both.write("hi"), []

    for _ in range(60):
        both.world.run_for(seconds=1)
        seen.append(both.tick(message))

    steps = [tick for tick, before in zip(seen, ["", *seen], strict=False) if tick and tick != before]
    assert steps in (["👀", "✍", "👌"], ["👀", "👌"], ["✍", "👌"])


def test_a_text_that_the_gateway_refuses_shows_it(both):
    both.sms("hello")
    both.poll()
    both.world.order("scripts", phone=STRANGER.lstrip("+"), outcome="refused", error=212)

    message = both.write("hi")
    both.world.run_for(minutes=1)

    assert both.tick(message) == "💔"


def test_what_was_written_while_the_bridge_was_down_is_sent_once(both):
    both.sms("hello")
    both.poll()
    both.write("first")
    both.world.crash()
    both.write("second")
    both.world.crash()

    both.world.run_for(minutes=2)

    assert both.world.texts_to(STRANGER) == ["first", "second"]


def test_a_topic_that_somebody_deletes_is_made_again(both):
    both.sms("one")
    both.poll()
    both.world.order(f"telegram/chats/{FORUM}/topics/{both.thread()}/delete")

    both.sms("two")
    both.world.run_for(minutes=1)

    assert both.texts() == ["two"]


def test_a_closed_topic_is_opened_for_a_new_sms(both):
    both.sms("one")
    both.poll()
    both.world.order(f"telegram/chats/{FORUM}/topics/{both.thread()}/close")

    both.sms("two")
    both.world.run_for(minutes=1)

    assert both.texts() == ["one", "two"]


def test_a_storm_is_posted_in_order_within_the_limits_of_telegram(both):
    both.world.order("telegram/limits", enforce=True)
    phones = [f"+7913000000{number}" for number in range(5)]
    for number in range(60):
        both.sms(f"text {number}", phones[number % 5])

    both.world.run_for(minutes=6)

    for index, phone in enumerate(phones):
        title = f"{phone[:5]}***{phone[-4:]}"
        assert both.texts(title) == [f"text {number}" for number in range(index, 60, 5)]
    assert both.exceeded() == {"all": 0, "chat": 0, "group": 0}
