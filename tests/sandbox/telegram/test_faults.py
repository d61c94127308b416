"""Faults of the Bot API: whom they strike, and whether the call had its effect."""

import json

import pytest

from pilotbridge.sandbox.http import Break, Fault
from tests.sandbox.telegram.conftest import ANNA, FORUM


@pytest.mark.parametrize(
    ("fault", "how", "taken"),
    [
        ({"kind": "timeout_before"}, Break.HANG, 0),
        ({"kind": "timeout_after"}, Break.HANG, 1),
        ({"kind": "reset"}, Break.RESET, 0),
        ({"kind": "reply_lost"}, Break.RESET, 1),
        ({"kind": "torn"}, Break.CUT, 1),
        ({"kind": "late", "seconds": 5}, Break.RESET, 0),
    ],
)
def test_a_connection_breaks_before_or_after_the_call_was_taken(messenger, fault, how, taken):
    messenger.order("faults", **fault)

    outcome = messenger.begin("sendMessage", chat_id=FORUM, text="x")

    assert isinstance(outcome, Fault)
    assert (outcome.how, len(messenger.texts())) == (how, taken)
    (call,) = messenger.look("calls")
    assert (call["outcome"], call["taken"]) == (fault["kind"], bool(taken))
    assert messenger.send("next")


@pytest.mark.parametrize(("kind", "taken"), [("error_before", 0), ("error_after", 1)])
def test_a_server_error_comes_in_telegrams_shape(messenger, kind, taken):
    messenger.order("faults", kind=kind, status=502)

    assert messenger.refusal("sendMessage", chat_id=FORUM, text="x") == (502, "Bad Gateway")
    assert len(messenger.texts()) == taken


def test_a_flood_fault_strikes_one_chat_only(messenger):
    messenger.order("faults", kind="flood", chat_id=FORUM, retry_after=7, count=None)

    assert messenger.send(chat_id=ANNA)
    told = messenger.answer("sendMessage", chat_id=FORUM, text="x")
    assert (told["error_code"], told["parameters"]) == (429, {"retry_after": 7})
    assert messenger.texts() == []


def test_any_refusal_can_be_asked_for_one_method(messenger):
    messenger.order(
        "faults", kind="refused", method="editMessageText", error_code=403, description="Forbidden: x"
    )
    sent = messenger.send()

    edit = {"chat_id": FORUM, "message_id": sent["message_id"], "text": "y"}
    assert messenger.refusal("editMessageText", **edit) == (403, "Forbidden: x")
    assert messenger.ask("editMessageText", **edit)


def test_a_late_call_takes_effect_later(messenger, box):
    messenger.order("faults", kind="late", seconds=5)
    messenger.begin("sendMessage", chat_id=FORUM, text="late")
    assert messenger.texts() == []
    assert box.sandbox.next_due_s(box.now) == 5.0

    box.run_for(seconds=5)

    assert messenger.texts() == ["late"]


def test_a_slow_answer_is_the_right_one(messenger):
    messenger.order("faults", kind="slow", seconds=3)

    answer = messenger.begin("sendMessage", chat_id=FORUM, text="x")

    assert (answer.after_s, json.loads(answer.body)["result"]["text"]) == (3.0, "x")


@pytest.mark.parametrize("kind", ["truncated", "wrong_json", "html"])
def test_an_answer_can_be_something_else(messenger, kind):
    messenger.order("faults", kind=kind)

    answer = messenger.begin("sendMessage", chat_id=FORUM, text="x")

    assert answer.status == 200
    with pytest.raises(ValueError):
        json.loads(answer.body)
    assert messenger.texts() == ["x"]


def test_updates_can_come_repeated_or_in_another_order(messenger):
    messenger.write("one")
    messenger.write("two")
    messenger.order("faults", kind="reordered")
    messenger.order("faults", kind="repeated")

    twisted = [update["message"]["text"] for update in messenger.updates()]

    assert twisted == ["two", "two", "one", "one"]
    assert [update["message"]["text"] for update in messenger.updates()] == ["one", "two"]


def test_a_fault_of_updates_waits_for_updates(messenger):
    messenger.order("faults", kind="repeated")
    assert messenger.updates() == []
    messenger.write("one")

    assert len(messenger.updates()) == 2


@pytest.mark.parametrize("dice", [{"probability": 1.5}, {"probability": -1}, {"count": 0}])
def test_a_fault_that_cannot_strike_is_refused(messenger, box, dice):
    status, told = box.try_order("telegram/faults", kind="flood", **dice)

    assert (status, messenger.look("faults")) == (400, [])
    assert "probability must be 0 to 1" in told["error"]


def test_a_fault_ends_by_time_or_when_it_is_cleared(messenger, box):
    messenger.order("faults", kind="error_before", for_s=10)
    assert messenger.refusal("getMe")[0] == 502
    box.run_for(seconds=10)
    assert messenger.ask("getMe")

    fault = messenger.order("faults", kind="error_before", count=None)
    assert messenger.refusal("getMe")[0] == 502
    messenger.order("faults/clear", id=fault["id"])

    assert messenger.ask("getMe")
    assert messenger.look("faults") == []


def test_the_same_seed_strikes_the_same_calls(messenger):
    def struck():
        messenger.order("faults", kind="error_before", count=None, probability=0.5, seed=7)
        outcomes = [messenger.answer("getMe")["ok"] for _ in range(20)]
        messenger.order("faults/clear")
        return outcomes

    first = struck()

    assert first == struck()
    assert 0 < sum(first) < 20


def test_a_poll_that_a_fault_strikes_does_not_wait(messenger):
    messenger.order("faults", kind="timeout_after", method="getUpdates")

    assert isinstance(messenger.begin("getUpdates", timeout=30), Fault)
    assert messenger.look("")["polls"] == 0


def test_the_journal_tells_of_each_call(messenger):
    messenger.send("hi")
    messenger.refusal("sendMessage", chat_id=5, text="lost")

    lost, sent = messenger.look("calls")

    assert (sent["method"], sent["chat_id"], sent["outcome"], sent["message_id"]) == (
        "sendMessage",
        FORUM,
        "answered",
        2,
    )
    assert (lost["outcome"], lost["taken"], lost["error_code"]) == ("refused", False, 400)
    assert lost["fields"] == {"chat_id": 5, "text": "lost"}
    assert messenger.look("calls", f"method=sendmessage&chat={FORUM}&outcome=answered") == [sent]
    assert messenger.order("calls/clear")["calls"] == 2
    assert messenger.look("calls") == []
