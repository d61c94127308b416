"""The control of Telegram: what is documented is there, and what is not there says so."""

from pathlib import Path

import pytest

from pilotbridge.sandbox.http import Request
from pilotbridge.sandbox.telegram.chat_orders import CHAT_ORDERS
from pilotbridge.sandbox.telegram.chats import Bot
from pilotbridge.sandbox.telegram.control import ORDERS, VIEWS
from pilotbridge.sandbox.telegram.faults import Kind
from pilotbridge.sandbox.telegram.methods import METHODS
from tests.sandbox.telegram.conftest import ANNA, FORUM

WRITTEN = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_the_documentation_names_every_route_method_and_fault():
    for name in (*VIEWS, *ORDERS):
        assert f"/sandbox/telegram/{name}" in WRITTEN
    for verb in CHAT_ORDERS:
        assert f"/chats/ID/{verb}`" in WRITTEN
    for kind in Kind:
        assert f"`{kind}`" in WRITTEN
    for method in METHODS:
        assert f"`{method}`" in WRITTEN.lower()
    assert f"/bot{Bot().token}/sendMessage" in WRITTEN
    assert str(FORUM) in WRITTEN


def test_the_summary_counts_what_there_is(messenger):
    messenger.send()
    messenger.write()
    messenger.begin("getUpdates", offset=10**9, timeout=10)
    messenger.write()

    assert messenger.look("") == {
        "bot": messenger.look("bot"),
        "chats": 2,
        "people": 1,
        "calls": 2,
        "updates": 1,
        "polls": 1,
        "faults": 0,
    }


def test_chats_come_with_the_newest_message_first(messenger, box):
    messenger.send()
    box.run_for(seconds=1)
    messenger.write("hello", ANNA)

    assert [chat["id"] for chat in messenger.look("chats")] == [ANNA, FORUM]
    assert messenger.look(f"chats/{ANNA}")["messages"] == 1
    assert messenger.look("people") == [{"id": ANNA, "is_bot": False, "first_name": "Anna"}]
    assert messenger.look("assumptions")


def test_messages_can_be_chosen(messenger):
    thread_id = messenger.topic()
    messenger.send("in the topic", message_thread_id=thread_id)
    gone = messenger.send("in general")
    messenger.ask("deleteMessage", chat_id=FORUM, message_id=gone["message_id"])

    assert messenger.texts(query=f"thread={thread_id}&text=topic") == ["in the topic"]
    assert messenger.texts(query="thread=0") == []
    assert [one["gone"] for one in messenger.look(f"chats/{FORUM}/messages", "gone=1&limit=1")] == [True]


@pytest.mark.parametrize("path", ["telegram/nothing", "telegram/chats/5", "telegram/chats/x/messages"])
def test_what_is_not_there_says_so(messenger, box, path):
    assert box.sandbox.handle(Request("GET", f"/sandbox/{path}"), box.now).status == 404


def test_the_bot_can_become_another(messenger):
    token = "2000000002:ANOTHER-TOKEN-THAT-IS-NOT-SECRET-00"
    messenger.order("bot", token=token)

    assert messenger.refusal("getMe") == (401, "Unauthorized")
    assert messenger.look(f"chats/{FORUM}")["bot"] == "administrator"
