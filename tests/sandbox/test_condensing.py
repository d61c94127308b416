"""A state file that is started again and again stays about as large as what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pilotbridge.sandbox.http import Request
from pilotbridge.sandbox.state_file import BadState
from pilotbridge.sandbox.telegram.chats import Bot
from tests.sandbox.conftest import PHONE, Kept

FACTS = ("account", "scripts", "phones", "messages", "inbound", "time", "telegram", "telegram/chats")


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "state.jsonl"


def facts(box: Kept) -> dict[str, object]:
    return {name: box.look(name) for name in FACTS}


def again(path: Path, before: Kept) -> Kept:
    before.file.close()
    box = Kept(path)
    box.now = before.now
    return box


def test_what_was_overtaken_goes_and_the_world_is_the_same(path):
    box = Kept(path)
    box.send("kept", callback="http://host/s")
    for number in range(300):
        box.order("time", advance_s=1)
        box.order("scripts", phone="79131437355", outcome="undelivered", count=number + 1)
        box.order("scripts/clear", phone="79131437355")
        box.order("account", price_rub="1.50", name="main")
    box.order("messages/10000", status=-1, error=603)
    before, size = facts(box), path.stat().st_size

    once = again(path, box)
    condensed = path.stat().st_size
    twice = again(path, once)

    assert condensed < size / 20
    assert facts(once) == facts(twice) == before
    assert path.stat().st_mode & 0o077 == 0
    assert os.listdir(path.parent) == [path.name]
    assert twice.send("new", to=PHONE)[0]["server_id"] == "10001"


def test_messages_past_their_time_leave_the_file_and_their_money_stays_spent(path):
    box = Kept(path)
    for number in range(50):
        box.send(str(number), callback="http://host/s")
    box.make_calls()
    box.order("messages/10003", status=-1, error=603)
    box.run_for(days=41)
    box.send("new")
    money = box.look("account")["balance_rub"]

    last = again(path, again(path, box))

    assert path.read_text().count('"packet"') == 1
    assert [row["text"] for row in last.look("messages")] == ["new"]
    assert last.look("account")["balance_rub"] == money
    assert last.send("newer")[0]["server_id"] == "10051"


def test_a_chats_messages_keep_their_order_and_the_bot_hears_nothing_twice(path):
    box = Kept(path)
    written = [box.order("telegram/chats/1001/write", text=str(number)) for number in range(3)]
    first = written[0]["message_id"]
    for number in range(200):
        box.order("telegram/chats/1001/edit", message_id=first, text=f"edited {number}")
    fetch(box, offset=-1)
    before = box.look("telegram/chats/1001/messages")

    last = again(path, again(path, box))

    assert len(path.read_text().splitlines()) < 20
    assert last.look("telegram/chats/1001/messages") == before
    assert fetch(last) == fetch(box)
    assert last.order("telegram/chats/1001/write", text="more")["message_id"] == first + 3
    assert fetch(last)[-1]["update_id"] == fetch(box)[-1]["update_id"] + 1


def fetch(box: Kept, **params: int) -> list[dict[str, object]]:
    request = Request(
        "POST",
        f"/bot{Bot().token}/getUpdates",
        "",
        {"content-type": "application/json"},
        json.dumps(params).encode(),
    )
    answer = box.sandbox.handle(request, box.now)
    return json.loads(answer.body)["result"]


def test_a_file_that_is_written_anew_is_kept_by_one_sandbox(path):
    box = Kept(path)
    for _ in range(50):
        box.order("time", advance_s=1)

    last = again(path, box)

    with pytest.raises(BadState, match="another sandbox"):
        Kept(path)
    last.send("after")
    assert json.loads(path.read_text().splitlines()[-1])["packet"]
