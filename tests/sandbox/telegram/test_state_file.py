"""The state file keeps Telegram as well: who is where, what was said, what the bot has not confirmed."""

import pytest

from pilotbridge.sandbox.state_file import BadState
from tests.sandbox.conftest import Kept
from tests.sandbox.telegram.conftest import ANNA, FORUM, Messenger
from tests.sandbox.telegram.test_sending import keyboard


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.jsonl"


def reborn(path, before=None):
    if before is not None:
        before.box.file.close()
    return Messenger(Kept(path))


def facts(messenger):
    names = ("bot", "people", "chats", "presses", "updates", f"chats/{FORUM}/topics")
    rooms = [f"chats/{chat['id']}/messages" for chat in messenger.look("chats")]
    return {name: messenger.look(name) for name in (*names, *rooms)}


def test_everything_that_counts_comes_back(path):
    messenger = reborn(path)
    messenger.order("bot", token="2000000002:ANOTHER-TOKEN-THAT-IS-NOT-SECRET-00", first_name="Other")
    messenger.order("bot", token="1000000001:SANDBOX-BOT-TOKEN-IS-NOT-A-SECRET-0")
    boris = messenger.order("people", first_name="Boris")["id"]
    old = messenger.order("chats", kind="group", title="Old", members=[ANNA, boris])["id"]
    messenger.order(f"chats/{old}/migrate")
    thread_id = messenger.topic()
    card = messenger.send(message_thread_id=thread_id, reply_markup=keyboard([("Take", "a1")]))
    messenger.order(f"chats/{FORUM}/press", message_id=card["message_id"])
    messenger.order(f"chats/{FORUM}/react", message_id=card["message_id"], emoji="👍")
    messenger.write("one")
    first = messenger.updates()[0]["update_id"]
    messenger.updates(offset=first + 1)
    messenger.ask("deleteMessage", chat_id=FORUM, message_id=messenger.send()["message_id"])
    messenger.order(f"chats/{FORUM}/topics/{thread_id}/close")

    again = reborn(path, messenger)

    assert facts(again) == facts(messenger)
    assert again.send()["message_id"] == messenger.send()["message_id"]
    again.write("more")
    assert again.updates()[-1]["update_id"] == messenger.updates()[-1]["update_id"] + 1


def test_a_webhook_and_the_wanted_kinds_come_back(path):
    messenger = reborn(path)
    messenger.ask("setWebhook", url="http://host/", secret_token="s", allowed_updates=["message"])

    seen = reborn(path, messenger).ask("getWebhookInfo")

    assert (seen["url"], seen["allowed_updates"]) == ("http://host/", ["message"])


def test_an_update_that_was_too_old_does_not_come_back(path):
    messenger = reborn(path)
    messenger.write("old")
    messenger.box.run_for(days=1)
    messenger.write("new")

    again = reborn(path, messenger)

    assert again.look("updates") == messenger.look("updates")
    assert [update["message"]["text"] for update in again.look("updates")] == ["new"]


def test_reset_brings_back_the_bot_of_the_beginning(path):
    messenger = reborn(path)
    messenger.write("gone")
    messenger.box.order("reset")
    messenger.write("stays")

    again = reborn(path, messenger)

    assert again.texts() == messenger.texts() == ["stays"]
    assert len(again.updates()) == 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"telegram":{}}',
        b'{"telegram":{"chat":5}}',
        b'{"telegram":{"pigeon":{}}}',
        b'{"telegram":5}',
        b'{"telegram":{"post":{"chat_id":1}}}',
    ],
)
def test_a_line_that_is_no_change_is_refused(path, line):
    path.write_bytes(line + b"\n")

    with pytest.raises(BadState, match=":1: "):
        reborn(path)
