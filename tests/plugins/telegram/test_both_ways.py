"""The whole bridge between the sandbox's phones and its Telegram, with the real plugin in between."""

from __future__ import annotations

import pytest

from tests.plugins.telegram.both import CONFIGURED, STRANGER, TITLE, Both
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


def test_a_text_that_is_forwarded_into_a_topic_goes_to_its_phone(both):
    both.sms("one")
    both.poll()

    both.write("from the stock: it left today", also={"forward_origin": {"type": "hidden_user", "date": 1}})
    both.world.run_for(minutes=2)

    assert both.world.texts_to(STRANGER) == ["from the stock: it left today"]


@pytest.mark.parametrize("author", [{"sender_chat": {"id": -1007, "type": "channel", "title": "News"}}, {}])
def test_what_a_channel_posts_goes_to_no_phone(both, author):
    both.sms("one")
    both.poll()
    place = {"chat": {"id": int(FORUM), "type": "supergroup"}, "message_thread_id": both.thread()}
    post = {"message_id": 900, "date": 1, "text": "news", "is_topic_message": True, **place, **author}

    both.order("updates", update={"message" if author else "channel_post": post})
    both.world.run_for(minutes=2)

    assert both.world.messages() == []


def test_a_storm_is_posted_in_order_within_the_limits_of_telegram(both):
    both.world.order("telegram/limits", enforce=True)
    phones = [f"+7913000000{number}" for number in range(5)]
    for number in range(500):
        both.sms(f"text {number}", phones[number % 5])

    both.world.run_for(minutes=27)

    for index, phone in enumerate(phones):
        title = f"{phone[:5]}***{phone[-4:]}"
        assert both.texts(title) == [f"text {number}" for number in range(index, 500, 5)]
    assert both.exceeded() == {"all": 0, "chat": 0, "group": 0}


def test_a_group_that_becomes_a_supergroup_is_followed_there(make_world):
    both = Both(make_world(configuration=CONFIGURED.replace(FORUM, "-555")))
    both.order("chats", id=-555, kind="group", title="Ops", members=[1001], bot="member")
    both.sms("one")
    both.poll()

    new = both.order("chats/-555/migrate")["id"]
    both.sms("two")
    both.world.run_for(minutes=1)
    (asked,) = both.look(f"chats/{new}/messages?text=two")
    both.order(f"chats/{new}/write", text="answer", reply_to=asked["message_id"])
    both.world.run_for(minutes=1)

    assert both.world.texts_to(STRANGER) == ["answer"]
    assert both.look("chats/-555/messages?text=two") == []


def test_a_private_chat_with_the_bot_has_topics_too(make_world):
    both = Both(make_world(configuration=CONFIGURED.replace("room: ops-room }}", 'room: "@anna" }}')))
    both.order("bot", has_topics_enabled=True)
    both.sms("hello")
    both.poll()

    (topic,) = both.look("chats/1001/topics")
    both.order("chats/1001/write", text="hi", thread=topic["message_thread_id"])
    both.world.run_for(minutes=1)

    assert topic["name"] == TITLE
    assert both.world.texts_to(STRANGER) == ["hi"]


def test_without_topics_a_private_chat_answers_by_reply(make_world):
    both = Both(make_world(configuration=CONFIGURED.replace("room: ops-room }}", 'room: "@anna" }}')))
    both.sms("hello")
    both.poll()

    (asked,) = both.look("chats/1001/messages?text=hello")
    both.order("chats/1001/write", text="hi", reply_to=asked["message_id"])
    both.world.run_for(minutes=1)

    assert both.world.texts_to(STRANGER) == ["hi"]


def test_when_telegram_is_unreachable_people_hear_of_it_by_sms_and_of_its_return(both):
    both.order("faults", kind="reset", count=None)
    both.sms("hello")

    both.world.run_for(minutes=8)
    down = both.world.texts_to("anna")
    both.order("faults/clear")
    both.world.run_for(minutes=20)

    assert any("ChatUpdatesFailing" in text or "ChatDown" in text for text in down)
    assert any(text.startswith("CLEAR") for text in both.world.texts_to("anna"))
    assert both.texts() == ["hello"]


def test_a_group_that_lets_the_bot_in_is_told_by_its_id(both, log):
    new = both.order("chats", kind="supergroup", title="Ops", members=[1001], bot="left")["id"]

    both.order(f"chats/{new}/bot", status="administrator", rights=["can_manage_topics"])
    both.world.settle()

    told = [line for line in log.getvalue().splitlines() if f'"id": "{new}"' in line]
    assert "a room that the configuration does not name let us in" in told[0]
