"""Updates: kept until they are confirmed, chosen by kind, fetched by one poll at a time."""

import json

import pytest

from pilotbridge.sandbox.http import Response, Waiting
from tests.sandbox.telegram.conftest import ANNA, FORUM


def texts(updates):
    return [update["message"]["text"] for update in updates]


def test_an_update_comes_again_until_it_is_confirmed(messenger):
    messenger.write("one")
    messenger.write("two")

    first = messenger.updates()
    again = messenger.updates()
    rest = messenger.updates(offset=first[0]["update_id"] + 1)

    assert again == first
    assert texts(rest) == ["two"]
    assert texts(messenger.updates(offset=rest[0]["update_id"] + 1)) == []


def test_a_limit_gives_the_oldest_first(messenger):
    for text in ("one", "two", "three"):
        messenger.write(text)

    assert texts(messenger.updates(limit=2)) == ["one", "two"]


def test_a_negative_offset_counts_from_the_end_and_forgets_the_rest(messenger):
    for text in ("one", "two", "three"):
        messenger.write(text)

    assert texts(messenger.updates(offset=-1)) == ["three"]
    assert texts(messenger.updates()) == ["three"]


def test_an_update_is_kept_for_a_day(messenger, box):
    messenger.write("old")
    box.run_for(hours=23, minutes=59)
    assert texts(messenger.updates()) == ["old"]

    box.run_for(minutes=1)

    assert messenger.updates() == []


def test_updates_that_nobody_fetches_are_not_kept_for_ever(messenger, box):
    messenger.write("old")
    box.run_for(days=1)

    messenger.write("new")

    assert texts(messenger.look("updates")) == ["new"]


def test_the_kinds_that_are_wanted_are_remembered(messenger):
    posted = messenger.send()
    messenger.order(f"chats/{FORUM}/react", message_id=posted["message_id"], emoji="👍")
    assert messenger.updates() == []

    messenger.updates(allowed_updates=["message_reaction"])
    messenger.write("unwanted")
    messenger.order(f"chats/{FORUM}/react", message_id=posted["message_id"], emoji="🔥")

    (update,) = messenger.updates()
    assert update["message_reaction"]["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert update["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "🔥"}]


def test_a_poll_waits_and_hears_what_is_new(messenger, box):
    waiting = messenger.begin("getUpdates", timeout=30)
    assert isinstance(waiting, Waiting)
    box.run_for(seconds=10)
    assert box.sandbox.ask_again(waiting, box.now) == Waiting(waiting.number, 20.0)

    messenger.write("news")

    answer = box.sandbox.ask_again(waiting, box.now)
    assert texts(json.loads(answer.body)["result"]) == ["news"]


def test_a_poll_ends_empty_when_its_time_is_over(messenger, box):
    waiting = messenger.begin("getUpdates", timeout=30)
    box.run_for(seconds=30)

    answer = box.sandbox.ask_again(waiting, box.now)

    assert isinstance(answer, Response)
    assert json.loads(answer.body) == {"ok": True, "result": []}


def test_a_second_poll_ends_the_first(messenger, box):
    first = messenger.begin("getUpdates", timeout=30)
    second = messenger.begin("getUpdates", timeout=30)

    answer = box.sandbox.ask_again(first, box.now)

    assert answer.status == 409
    assert "terminated by other getUpdates request" in json.loads(answer.body)["description"]
    assert isinstance(box.sandbox.ask_again(second, box.now), Waiting)


def test_a_poll_whose_client_left_ends_nothing(messenger, box):
    box.sandbox.give_up(messenger.begin("getUpdates", timeout=30))
    messenger.write("news")

    assert texts(messenger.updates()) == ["news"]
    assert messenger.look("")["polls"] == 0


def test_whoever_cannot_wait_hears_at_once_that_there_is_nothing(messenger, box):
    body = b'{"timeout": 30}'
    request = messenger.request("getUpdates", body, **{"content-type": "application/json"})

    answer = box.sandbox.handle(request, box.now)

    assert json.loads(answer.body) == {"ok": True, "result": []}


def test_any_raw_update_can_be_queued(messenger):
    told = messenger.order("updates", update={"channel_post": {"message_id": 5}})

    assert messenger.updates() == [told["queued"]]
    assert messenger.look("updates") == [told["queued"]]


def test_an_update_that_is_not_wanted_is_not_queued(messenger):
    assert messenger.order("updates", update={"chat_member": {}}) == {"queued": None}
    assert messenger.box.try_order("telegram/updates", update={"a": 1, "b": 2})[0] == 400


@pytest.mark.parametrize("bad", [{"offset": "x"}, {"allowed_updates": "message"}, {"allowed_updates": [1]}])
def test_a_senseless_poll_is_refused(messenger, bad):
    assert messenger.refusal("getUpdates", **bad)[0] == 400


# --- privacy ----------------------------------------------------------------------------------------


def test_privacy_hides_from_a_member_bot_what_is_not_said_to_it(messenger):
    messenger.order(f"chats/{FORUM}/bot", status="member")
    bots_own = messenger.send()
    messenger.updates(offset=-1)

    messenger.write("between us")
    messenger.write("/status")
    messenger.write("@pilotbridge_sandbox_bot look")
    messenger.write("yes", reply_to=bots_own["message_id"])

    heard = [update["message"]["text"] for update in messenger.updates() if "message" in update]
    assert heard == ["/status", "@pilotbridge_sandbox_bot look", "yes"]


def test_without_privacy_a_member_bot_hears_all(messenger):
    messenger.order(f"chats/{FORUM}/bot", status="member")
    messenger.order("bot", privacy=False)

    messenger.write("between us")

    assert messenger.updates()[-1]["message"]["text"] == "between us"


def test_a_private_chat_is_heard(messenger):
    messenger.write("hello", ANNA)

    (update,) = messenger.updates()
    assert update["message"]["chat"] == {"id": ANNA, "type": "private", "first_name": "Anna"}
    assert update["message"]["from"]["id"] == ANNA
