"""How updates come in: each on disk before its offset passes, whatever is in the way."""

from __future__ import annotations

import json
from concurrent.futures import Future

import pytest

from pilotbridge import Written
from pilotbridge.errors import StoreUnavailable
from pilotbridge_plugins.telegram.connector import SECRET_HEADER
from tests.plugins.telegram.conftest import FORUM, Stage, Stranger, ask


def write(stage: Stage, *texts: str) -> None:
    for text in texts:
        stage.order(f"chats/{FORUM}/write", text=text)


def kept_texts(stage: Stage) -> list[str]:
    return [update["message"]["text"] for update in stage.kept()]


def test_what_people_write_is_kept_as_it_came_and_then_confirmed(stage):
    write(stage, "one", "два")
    waiting = stage.look("updates")

    stage.world.run_for(minutes=1)

    assert stage.kept() == waiting
    assert stage.look("updates") == []


def test_an_update_is_not_confirmed_before_it_is_on_disk(stage):
    write(stage, "one")
    stage.bridge.store_update = refusing_once(stage.bridge.store_update)
    stage.world.settle()
    assert stage.look("updates")

    stage.world.run_for(minutes=1)

    assert kept_texts(stage) == ["one"]
    assert stage.look("updates") == []


def refusing_once(store_update):
    """The disk is full once."""
    refused = []

    def keep(chat, number, body):
        if refused:
            return store_update(chat, number, body)
        refused.append(number)
        failed = Future()
        failed.set_exception(StoreUnavailable("the disk is full"))
        return failed

    return keep


def test_after_a_restart_what_was_not_confirmed_comes_again_and_is_known(stage):
    write(stage, "one", "two")
    stage.world.settle()
    stage.start()
    write(stage, "three")

    stage.world.run_for(minutes=1)

    assert kept_texts(stage) == ["one", "two", "three"]


@pytest.mark.parametrize("kind", ["reordered", "repeated"])
def test_updates_that_come_twice_or_in_reverse_are_kept_once_each(stage, kind):
    stage.fault(kind, count=3)
    write(stage, "one", "two", "three")

    stage.world.run_for(minutes=1)

    assert sorted(kept_texts(stage)) == ["one", "three", "two"]
    assert stage.look("updates") == []


def test_numbers_that_begin_anew_lower_are_not_passed_over(stage):
    write(stage, "one")
    stage.world.run_for(minutes=1)
    stage.world.sandbox.world.telegram.mailbox._next_id = 5

    write(stage, "two")
    stage.world.run_for(minutes=1)

    assert kept_texts(stage) == ["one", "two"]


@pytest.mark.parametrize(
    "content",
    [{"novelty": {"x": 1}}, {"message": {"text": "no chat"}}, {"message": "\ud800"}, {"poll": None}, {}],
)
def test_an_update_that_nobody_understands_is_kept_and_stops_nothing(stage, content):
    stage.world.sandbox.world.telegram.mailbox.put(*(next(iter(content.items()), ("x", None))), 0)
    write(stage, "after it")

    stage.world.run_for(minutes=1)

    assert stage.kept()[-1]["message"]["text"] == "after it"
    assert stage.look("updates") == []


@pytest.mark.parametrize(
    "kind", ["error_before", "timeout_after", "reset", "torn", "truncated", "html", "flood"]
)
def test_a_poll_that_fails_is_made_again_and_loses_nothing(stage, kind):
    stage.fault(kind, method="getUpdates", count=3)
    write(stage, "one")

    stage.world.run_for(minutes=3)

    assert kept_texts(stage) == ["one"]
    assert stage.troubles == {}


def test_people_hear_of_it_when_nothing_has_come_in_for_five_minutes_and_when_it_does_again(stage):
    stage.fault("reset", method="getUpdates", count=None)
    stage.world.run_for(minutes=4)
    assert stage.troubles == {}
    stage.world.run_for(seconds=70)

    trouble = stage.troubles["ChatUpdatesFailing"]
    stage.order("faults/clear")
    stage.world.run_for(minutes=2)

    assert trouble.what == "telegram"
    assert "nothing has come in from telegram for 5 min" in trouble.summary
    assert stage.troubles == {}


def test_another_program_that_polls_the_bot_is_named_at_once(stage):
    stage.fault(
        "refused",
        method="getUpdates",
        error_code=409,
        description="Conflict: terminated by other getUpdates request; make sure of it",
    )

    stage.world.run_for(seconds=15)

    assert "another program polls this bot; stop it" in stage.troubles["ChatConflict"].summary
    stage.world.run_for(minutes=2)
    assert stage.troubles == {}


def test_a_webhook_that_somebody_sets_is_named_and_not_fought_over(stage):
    stage.world.run_for(seconds=15)
    ask(stage.world, "setWebhook", url="https://elsewhere.example/hook")

    stage.world.run_for(minutes=5)

    assert "somebody has set a webhook" in stage.troubles["ChatConflict"].summary
    assert ask(stage.world, "getWebhookInfo")["url"] == "https://elsewhere.example/hook"


def test_a_webhook_that_was_left_behind_is_taken_away_at_the_start(world):
    stage = Stage(world)
    ask(stage.world, "setWebhook", url="https://elsewhere.example/hook")
    write(stage, "one")

    stage.start()
    stage.world.run_for(minutes=1)

    assert kept_texts(stage) == ["one"]
    stage.chat.close()


def test_a_wrong_token_is_a_trouble_with_its_mending_and_no_storm_of_calls(world):
    stage = Stage(world)
    stage.start(token="123:" + "A" * 35)

    stage.world.run_for(minutes=10)

    assert "take the token from @BotFather anew" in stage.troubles["ChatTokenRefused"].summary
    stage.chat.close()


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (404, b"<html>"),
        (200, b"[]"),
        (200, b'{"ok": true}'),
        (200, b'{"ok": true, "result": 5}'),
        (200, b"null"),
    ],
)
def test_whatever_answers_in_telegrams_place_is_named_after_five_minutes(world, code, body):
    stage = Stage(world)
    stage.start(network=lambda _patience: Stranger(code, body))
    stage.world.run_for(minutes=4)
    early = dict(stage.troubles)

    stage.world.run_for(minutes=2)

    assert early == {}
    assert list(stage.troubles) == ["ChatUpdatesFailing"]
    stage.chat.close()


def test_only_what_the_bridge_reads_is_asked_for(stage):
    stage.world.run_for(seconds=15)

    assert ask(stage.world, "getWebhookInfo")["allowed_updates"] == [
        "message",
        "edited_message",
        "channel_post",
        "callback_query",
        "my_chat_member",
    ]


def test_the_bots_name_is_known_from_the_start_and_after_a_restart(stage):
    stage.order(f"chats/{FORUM}/write", text="/status@pilotbridge_sandbox_bot now")
    stage.order(f"chats/{FORUM}/write", text="/status@another_bot")
    stage.world.run_for(minutes=1)
    first, second = (json.dumps(update).encode() for update in stage.kept())

    for chat in (stage.chat, stage.start()):
        event = chat.read(first)
        assert isinstance(event, Written)
        assert (event.command, event.text, chat.read(second)) == ("status", "now", None)


# --- by webhook -------------------------------------------------------------------------------------


UPDATE = json.dumps({"update_id": 5, "message": {}}).encode()


def test_an_update_that_is_brought_is_kept_and_then_taken(stage):
    secret = stage.chat._webhook_secret()

    answers = [stage.chat.webhook({SECRET_HEADER: secret}, UPDATE).result(0).status for _ in range(2)]

    assert answers == [200, 200]
    assert [update["update_id"] for update in stage.kept()] == [5]


@pytest.mark.parametrize(
    "headers", [{}, {SECRET_HEADER: "guess"}, {SECRET_HEADER: ""}, {SECRET_HEADER: "\udcff"}]
)
def test_whoever_does_not_know_the_secret_is_turned_away(stage, headers):
    assert stage.chat.webhook(headers, UPDATE).result(0).status == 401
    assert stage.kept() == []


def test_what_is_no_update_is_refused(stage):
    headers = {"X-Telegram-Bot-Api-Secret-Token": stage.chat._webhook_secret()}

    assert stage.chat.webhook(headers, b"hello").result(0).status == 400


def test_an_update_that_cannot_be_kept_is_brought_again(stage):
    headers = {SECRET_HEADER: stage.chat._webhook_secret()}
    stage.bridge.store_update = refusing_once(stage.bridge.store_update)

    assert stage.chat.webhook(headers, UPDATE).result(0).status == 503
