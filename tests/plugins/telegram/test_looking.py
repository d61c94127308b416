"""``check --online`` for a bot: what stands in the way, each with what to do about it."""

from __future__ import annotations

from typing import Any

import pytest

from pilotbridge import RoomId, TryLater
from tests.plugins.telegram.conftest import ANNA, FORUM, Stage, ask


def look(stage: Stage, room: str = FORUM) -> Any:
    return stage.chat.look_at({"ops-room": RoomId(str(room))})["ops-room"]


def test_a_forum_with_the_right_to_make_topics_is_fine(stage):
    facts = look(stage)

    assert (facts.title, facts.has_threads, facts.faults, facts.hints) == ("Duty room", True, (), ())


def test_the_bot_is_named(stage):
    account = stage.chat.look_at({})[""]

    assert (account.title, account.faults) == ("@pilotbridge_sandbox_bot", ())


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        ({"status": "kicked"}, "the bot is not in the room: add it"),
        ({"status": "left"}, "the bot is not in the room: add it"),
        ({"status": "member"}, "no administrator: make it one with the right"),
        ({"status": "administrator", "rights": []}, "may not make topics: give its administrator's rights"),
    ],
)
def test_what_the_bot_may_not_do_in_a_forum(stage, standing, words):
    stage.order(f"chats/{FORUM}/bot", **standing)

    (fault,) = look(stage).faults

    assert words in fault


def test_a_group_without_topics_works_and_could_be_better(stage):
    group = stage.order("chats", kind="supergroup", title="Ops", members=[int(ANNA)], bot="administrator")[
        "id"
    ]

    facts = look(stage, group)

    assert (facts.has_threads, facts.faults) == (False, ())
    assert "switch topics on" in facts.hints[0]


def test_a_bot_with_privacy_hears_nothing_in_a_group(stage):
    group = stage.order("chats", kind="group", title="Ops", members=[int(ANNA)], bot="member")["id"]
    with_privacy = look(stage, group)
    stage.order("bot", privacy=False)

    assert "/setprivacy" in with_privacy.faults[0]
    assert look(stage, group).faults == ()


@pytest.mark.parametrize(
    ("room", "words"),
    [
        ("-100999", "compare the id"),
        ("-1999", 'it may be "-1001999"'),
        ("999", "press Start"),
    ],
)
def test_an_id_that_nobody_has(stage, room, words):
    (fault,) = look(stage, room).faults

    assert words in fault


def test_a_group_that_became_a_supergroup_tells_its_new_id(stage):
    group = stage.order("chats", kind="group", title="Ops", members=[int(ANNA)], bot="member")["id"]
    new = stage.order(f"chats/{group}/migrate")["id"]

    assert look(stage, group).faults == (f'the group has become a supergroup: write id: "{new}"',)


def test_a_private_chat(stage):
    facts = look(stage, ANNA)

    assert (facts.title, facts.has_threads, facts.faults) == ("Anna", False, ())


def test_a_private_chat_with_topics_and_one_that_was_blocked(stage):
    stage.order("bot", has_topics_enabled=True)
    with_topics = look(stage, ANNA)
    stage.order(f"chats/{ANNA}/bot", status="kicked")

    assert with_topics.has_threads
    assert look(stage, ANNA).faults == ("this person has blocked the bot",)


def test_a_webhook_of_somebody_else_is_named_without_its_secrets(stage):
    ask(stage.world, "setWebhook", url="https://elsewhere.example/hook/s3cret")

    (fault,) = stage.chat.look_at({})[""].faults

    assert "brought to elsewhere.example" in fault
    assert "s3cret" not in fault


def test_a_wrong_token_cannot_ask_at_all(stage):
    stage.start(token="123:" + "A" * 35)

    with pytest.raises(TryLater, match="BotFather"):
        stage.chat.look_at({})


def test_one_room_that_does_not_answer_leaves_the_others(stage):
    stage.fault("reset", method="getChat", chat_id=int(ANNA))

    facts = stage.chat.look_at({"anna": ANNA, "ops-room": FORUM})

    assert "could not be asked" in facts["anna"].faults[0]
    assert facts["ops-room"].faults == ()
