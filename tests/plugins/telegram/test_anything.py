"""Whatever Telegram may bring: each update is kept, dealt with, and stops nothing; none reaches a phone."""

from __future__ import annotations

import random
from typing import Any

import pytest

from pilotbridge.sandbox.telegram.state import FIRST_SUPERGROUP
from tests.plugins.telegram.both import CONFIGURED, STRANGER, Both

FORUM: dict[str, Any] = {"id": FIRST_SUPERGROUP, "type": "supergroup", "title": "Duty room", "is_forum": True}
ANNA: dict[str, Any] = {"id": 1001, "is_bot": False, "first_name": "Anna"}
EVIL: list[Any] = [
    None,
    True,
    -1,
    0,
    2**63,
    10**30,
    1.5,
    "",
    "x" * 5000,
    "\u202e\x00",
    [],
    [[]],
    {},
    {"id": "x"},
]
MESSAGE: dict[str, Any] = {
    "message_id": 3,
    "date": 1_768_208_400,
    "chat": FORUM,
    "from": ANNA,
    "message_thread_id": 2,
    "is_topic_message": True,
}
SEEDS: list[dict[str, Any]] = [
    *(
        {"message": MESSAGE | {kind: {}}}
        for kind in ("sticker", "photo", "poll", "dice", "contact", "novelty")
    ),
    {"message": MESSAGE | {"text": "x", "from": {"id": 1087968824, "is_bot": True}, "sender_chat": FORUM}},
    {"message": MESSAGE | {"text": "x", "from": {"id": 5, "is_bot": False, "first_name": "Stranger"}}},
    {"message": MESSAGE | {"text": "x", "message_thread_id": 999_999}},
    {"message": {"message_id": 4, "date": 1, "chat": {"id": -1009}, "from": ANNA, "text": "elsewhere"}},
    {"edited_message": MESSAGE | {"text": "y", "edit_date": 1}},
    {"channel_post": {"message_id": 5, "date": 1, "chat": {"id": -1008, "type": "channel"}, "text": "x"}},
    {"callback_query": {"id": "1", "from": ANNA, "data": "forged", "message": MESSAGE, "chat_instance": "1"}},
    {"callback_query": {"id": "2", "from": ANNA, "data": "x" * 64, "inline_message_id": "1"}},
    {"my_chat_member": {"chat": {"id": -1007}, "from": ANNA, "new_chat_member": {"status": "member"}}},
    {"message": MESSAGE | {"forum_topic_edited": {"name": "renamed"}}},
]


def mutated(value: Any, dice: random.Random) -> Any:
    """``value`` with something wrong somewhere."""
    if not isinstance(value, dict) or not value or dice.random() < 0.2:
        return dice.choice(EVIL)
    key = dice.choice(list(value))
    return value | {key: mutated(value[key], dice)}


@pytest.mark.parametrize("seed", range(3))
def test_no_update_is_lost_or_stops_the_loop_or_becomes_an_sms(make_world, seed):
    both, dice = Both(make_world(configuration=CONFIGURED)), random.Random(seed)
    both.sms("hello")
    both.poll()
    mailbox, now_ms = both.world.sandbox.world.telegram.mailbox, both.world.gateway_clock.now_ms()

    for _ in range(150):
        update = dice.choice(SEEDS)
        kind, content = next(iter(update.items()))
        mailbox.put(kind, mutated(content, dice) if dice.random() < 0.7 else content, now_ms)
    both.world.run_for(minutes=10)
    both.write("after all that", both.titles()[-1])
    both.world.run_for(minutes=2)

    with both.world.engine.read() as read:
        kept = read.chat_updates_listed(1000)
    numbers = sorted(update.update_id for update in kept)
    assert list(mailbox.waiting) == []
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(kept) >= 151
    assert {update.state for update in kept} <= {"done", "ignored", "unreadable"}
    assert both.world.texts_to(STRANGER) == ["after all that"]
