"""An hour in which Telegram is at its worst: nothing is lost, and nothing comes twice without a reason."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import pytest

from tests.plugins.telegram.both import CONFIGURED, Both
from tests.plugins.telegram.conftest import FORUM

AGAIN = "(again) "
PHONES = [f"+7913000000{number}" for number in range(4)]
FAULTS: list[dict[str, Any]] = [
    {"kind": "flood", "retry_after": 7, "probability": 0.05},
    {"kind": "error_before", "probability": 0.05},
    {"kind": "error_after", "probability": 0.05},
    {"kind": "timeout_after", "probability": 0.03, "method": "sendMessage"},
    {"kind": "reset", "probability": 0.05},
    {"kind": "reply_lost", "probability": 0.05},
    {"kind": "torn", "probability": 0.03},
    {"kind": "html", "probability": 0.02},
    {"kind": "late", "probability": 0.02, "seconds": 3},
    {"kind": "repeated", "probability": 0.2},
    {"kind": "reordered", "probability": 0.2},
]


def title_of(phone: str) -> str:
    return f"{phone[:5]}***{phone[-4:]}"


@dataclass(frozen=True)
class Copy:
    """A text that Telegram took, whether we heard so or not."""

    text: str
    title: str
    is_answered: bool

    @property
    def is_marked(self) -> bool:
        return self.text.startswith(AGAIN)


def copies_of(both: Both) -> dict[str, list[Copy]]:
    """By what was texted, everything that was ever posted, oldest first."""
    titles = {str(t["message_thread_id"]): t["name"] for t in both.look(f"chats/{FORUM}/topics?limit=1000")}
    found: dict[str, list[Copy]] = defaultdict(list)
    for call in reversed(both.look("calls?method=sendMessage&limit=10000")):
        text, thread = call["fields"]["text"], call["fields"].get("message_thread_id", "")
        if call["taken"]:
            copy = Copy(text, titles.get(thread, ""), call["outcome"] == "answered")
            # Where there are no topics the phone stands on a line above the text.
            found[text.removeprefix(AGAIN).rpartition("\n")[2]].append(copy)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_an_hour_of_faults_loses_nothing_and_doubles_only_in_doubt(make_world, seed):
    both, dice = Both(make_world(configuration=CONFIGURED)), random.Random(seed)
    for number, fault in enumerate(FAULTS):
        both.order("faults", count=None, seed=seed * 100 + number, **fault)
    sent: dict[str, str] = {}
    replies: dict[str, str] = {}

    for minute in range(60):
        phone = dice.choice(PHONES)
        sent[f"sms {minute}"] = phone
        both.sms(f"sms {minute}", phone)
        both.world.run_for(seconds=30)
        if both.has_thread(title_of(phone)) and dice.random() < 0.5:
            replies[f"reply {minute}"] = phone
            both.write(f"reply {minute}", title_of(phone))
        if both.has_thread(title_of(phone)) and dice.random() < 0.1:
            both.order(f"chats/{FORUM}/topics/{both.thread(title_of(phone))}/delete")
        if dice.random() < 0.05:
            both.world.crash()
        both.world.run_for(seconds=30)
    both.order("faults/clear")
    both.world.run_for(hours=1)

    posted = copies_of(both)
    for text, phone in sent.items():
        copies = posted[text]
        assert {copy.title for copy in copies} == {title_of(phone)}, text
        assert [copy.is_answered for copy in copies].count(True) <= 1, text
        assert all(copy.is_marked for copy in copies[1:]), text
    received = Counter(text for phone in PHONES for text in both.world.texts_to(phone))
    assert {text: received[text] for text in replies} == dict.fromkeys(replies, 1)
    assert all(text in both.world.texts_to(phone) for text, phone in replies.items())
    assert len(replies) > 10
    assert sum(not copy.is_answered for copies in posted.values() for copy in copies) > 3


@pytest.mark.parametrize("seed", range(2))
def test_a_group_without_topics_that_moves_in_the_middle_of_it(make_world, seed):
    both, dice = Both(make_world(configuration=CONFIGURED.replace(FORUM, "-555"))), random.Random(seed)
    both.order("chats", id=-555, kind="group", title="Ops", members=[1001], bot="member")
    for number, fault in enumerate(FAULTS):
        both.order("faults", count=None, seed=seed * 100 + number, **fault)
    room, sent, replies = -555, [f"sms {minute}" for minute in range(60)], {}

    for minute, text in enumerate(sent):
        phone = dice.choice(PHONES)
        both.sms(text, phone)
        both.world.run_for(minutes=1)
        if minute == 30:
            room = both.order(f"chats/{room}/migrate")["id"]
        shown = [one for one in both.look(f"chats/{room}/messages?text={text}") if one["text"].endswith(text)]
        if shown and dice.random() < 0.5:
            both.order(f"chats/{room}/write", text=f"reply {minute}", reply_to=shown[0]["message_id"])
            replies[f"reply {minute}"] = phone
    both.order("faults/clear")
    both.world.run_for(hours=1)

    posted = copies_of(both)
    for text in sent:
        assert posted[text], text
        assert [copy.is_answered for copy in posted[text]].count(True) <= 1, text
        assert all(copy.is_marked for copy in posted[text][1:]), text
    received = [text for phone in PHONES for text in both.world.texts_to(phone)]
    assert Counter(received) >= Counter(replies.keys())
    assert max(Counter(received).values()) == 1
    assert all(text in both.world.texts_to(phone) for text, phone in replies.items())
    assert len(replies) > 10
