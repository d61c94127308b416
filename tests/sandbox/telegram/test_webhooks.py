"""Webhooks: one update after another, told until it was taken, with the secret and the last error."""

import json

import pytest

from pilotbridge.sandbox.callbacks import Heard

URL = "http://bridge/hook"
OK = Heard(204, "")


def test_updates_are_brought_in_order_with_the_secret(messenger, box):
    box.scripts_answer = [OK]
    messenger.ask("setWebhook", url=URL, secret_token="s3cret_-")

    messenger.write("one")
    messenger.write("two")
    made = box.sandbox.make_calls(box.now, box._perform)

    assert made == 2
    assert [json.loads(call.body)["message"]["text"] for call in box.called] == ["one", "two"]
    assert {call.address for call in box.called} == {URL}
    assert box.called[0].headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret_-"
    assert messenger.ask("getWebhookInfo")["pending_update_count"] == 0


def test_an_update_that_was_not_taken_is_brought_again_before_the_next(messenger, box):
    box.scripts_answer = [Heard(500, ""), OK]
    messenger.ask("setWebhook", url=URL)
    messenger.write("one")
    messenger.write("two")

    assert box.sandbox.make_calls(box.now, box._perform) == 1
    seen = messenger.ask("getWebhookInfo")
    assert (seen["pending_update_count"], seen["last_error_message"]) == (
        2,
        "Wrong response from the webhook: 500",
    )
    assert seen["last_error_date"] == int(box.now.timestamp())
    assert box.sandbox.next_due_s(box.now) == 1.0
    box.run_for(seconds=1)

    assert box.sandbox.make_calls(box.now, box._perform) == 2
    assert [json.loads(call.body)["message"]["text"] for call in box.called] == ["one", "one", "two"]


def test_the_waits_grow_and_the_last_one_stays(messenger, box):
    messenger.order("bot", webhook_retries_s=[1, 5])
    box.scripts_answer = [Heard(0, "refused")]
    messenger.ask("setWebhook", url=URL)
    messenger.write("one")

    waits = []
    for _ in range(3):
        box.sandbox.make_calls(box.now, box._perform)
        waits.append(box.sandbox.next_due_s(box.now))
        box.run_for(seconds=waits[-1])

    assert waits == [1.0, 5.0, 5.0]


@pytest.mark.parametrize("waits", [[], [0], [5, -1]])
def test_a_webhook_that_fails_is_never_tried_without_a_rest(box, waits):
    status, told = box.try_order("telegram/bot", webhook_retries_s=waits)

    assert status == 400
    assert "webhook_retries_s" in told["error"]


def test_while_a_webhook_is_set_nobody_can_poll(messenger, box):
    waiting = messenger.begin("getUpdates", timeout=30)
    messenger.ask("setWebhook", url=URL)

    assert json.loads(box.sandbox.ask_again(waiting, box.now).body)["error_code"] == 409
    assert messenger.refusal("getUpdates") == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
        "webhook first",
    )


def test_a_deleted_webhook_leaves_the_updates_to_polls_unless_they_are_dropped(messenger):
    messenger.ask("setWebhook", url=URL)
    messenger.write("one")

    messenger.ask("deleteWebhook")
    assert len(messenger.updates()) == 1
    messenger.ask("setWebhook", url=URL)
    messenger.ask("deleteWebhook", drop_pending_updates=True)

    assert messenger.updates() == []
    assert messenger.ask("getWebhookInfo") == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }


@pytest.mark.parametrize(
    "bad",
    [
        {"url": "ftp://host/"},
        {"url": "nonsense"},
        {"url": "http://"},
        {"url": URL, "secret_token": "a b"},
        {"url": URL, "secret_token": "x" * 257},
        {"url": URL, "certificate": "pem"},
    ],
)
def test_a_webhook_that_cannot_be_is_refused(messenger, bad):
    assert messenger.refusal("setWebhook", **bad)[0] == 400
    assert messenger.ask("getWebhookInfo")["url"] == ""


def test_plain_http_can_be_refused_as_telegram_does(messenger):
    messenger.order("bot", https_webhooks_only=True)

    assert "HTTPS" in messenger.refusal("setWebhook", url=URL)[1]


def test_a_repeated_update_is_brought_once_more_after_it_was_taken(messenger, box):
    box.scripts_answer = [Heard(500, ""), OK]
    messenger.order("faults", kind="repeated")
    messenger.ask("setWebhook", url=URL)
    messenger.write("one")

    assert box.sandbox.make_calls(box.now, box._perform) == 1
    box.run_for(seconds=1)

    assert box.sandbox.make_calls(box.now, box._perform) == 2
    assert len({call.body for call in box.called}) == 1


def test_what_was_heard_of_an_old_webhook_counts_no_more(messenger, box):
    messenger.ask("setWebhook", url=URL)
    messenger.write("one")
    (delivery,) = box.sandbox.calls_due(box.now)
    messenger.ask("setWebhook", url="http://other/")

    box.sandbox.heard(delivery, OK, box.now)

    assert messenger.ask("getWebhookInfo")["pending_update_count"] == 1
    assert [call.address for call in box.sandbox.calls_due(box.now)] == ["http://other/"]
