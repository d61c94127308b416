"""Faults on request: who is struck, how, and whether the gateway has it afterwards."""

import json
from datetime import timedelta

import pytest

from pilotbridge.sandbox.http import Break, Fault, Response
from pilotbridge.smspilot import wire

PHONE = "79087964781"


def send(box, text="hi", to=PHONE):
    document = {"apikey": wire.TEST_KEY, "send": [{"to": to, "text": text}]}
    return box.request(json.dumps(document).encode())


def texts(box):
    return [message["text"] for message in box.look("messages")]


@pytest.mark.parametrize(
    ("fault", "how", "taken"),
    [
        ({"kind": "timeout_before"}, Break.HANG, False),
        ({"kind": "timeout_after"}, Break.HANG, True),
        ({"kind": "timeout_after", "taken": False}, Break.HANG, False),
        ({"kind": "reset"}, Break.RESET, False),
        ({"kind": "reply_lost"}, Break.RESET, True),
        ({"kind": "torn"}, Break.CUT, True),
        ({"kind": "torn", "taken": False}, Break.CUT, False),
        ({"kind": "late"}, Break.RESET, False),
        ({"kind": "down"}, Break.REFUSED, False),
    ],
)
def test_a_connection_breaks_before_or_after_the_call_is_taken(box, fault, how, taken):
    box.order("faults", seconds=7, **fault)

    outcome = send(box)

    assert isinstance(outcome, Fault)
    assert (outcome.how, outcome.taken) == (how, taken)
    assert texts(box) == ["hi"] * taken
    arrival = box.look("requests")[0]
    assert (arrival["outcome"], arrival["taken"]) == (fault["kind"], taken)


@pytest.mark.parametrize(
    ("fault", "status", "begins", "taken"),
    [
        ({"kind": "error_before"}, 503, b"the gateway", False),
        ({"kind": "error_before", "status": 429}, 429, b"the gateway", False),
        ({"kind": "error_after", "status": 500}, 500, b"the gateway", True),
        ({"kind": "truncated", "at_byte": 5}, 200, b'{"ser', True),
        ({"kind": "wrong_json"}, 200, b"{", True),
        ({"kind": "html"}, 200, b"<!DOCTYPE html>", True),
        ({"kind": "html", "taken": False}, 200, b"<!DOCTYPE html>", False),
        ({"kind": "code", "code": 110}, 200, b'{"error":{"code":"110"', False),
    ],
)
def test_an_answer_is_wrong_with_or_without_effect(box, fault, status, begins, taken):
    box.order("faults", **fault)

    outcome = send(box)

    assert isinstance(outcome, Response)
    assert outcome.status == status
    assert outcome.body.startswith(begins)
    assert texts(box) == ["hi"] * taken


@pytest.mark.parametrize("kind", ["truncated", "wrong_json", "html"])
def test_a_wrong_answer_is_torn_to_a_client(box, kind):
    box.order("faults", kind=kind)

    with pytest.raises(wire.Torn):
        wire.read_send_answer(send(box).body)


def test_a_torn_answer_promises_all_of_itself(box):
    box.order("faults", kind="torn", at_byte=10)

    outcome = send(box)

    assert outcome.sent_bytes == 10
    assert json.loads(outcome.response.body)["send"]


def test_a_torn_answer_is_never_whole(box):
    box.order("faults", kind="torn", at_byte=10_000)

    outcome = send(box)

    assert outcome.sent_bytes == len(outcome.response.body) - 1


def test_a_call_that_was_not_taken_is_torn_in_the_middle_too(box):
    box.order("faults", kind="torn", at_byte=10, taken=False)
    torn = send(box)
    box.order("faults", kind="truncated", at_byte=10, taken=False)
    truncated = send(box)

    assert torn.sent_bytes == 10
    assert torn.response.body.startswith(b'{"error":{"code":"110"')
    assert truncated.body == b'{"error":{'
    assert texts(box) == []


def test_a_slow_answer_is_right_and_late(box):
    box.order("faults", kind="slow", seconds=4)

    outcome = send(box)

    assert outcome.after_s == 4
    assert wire.read_send_answer(outcome.body).entries[0].error == 0


def test_a_late_request_lands_when_its_sender_has_given_up(box):
    box.order("faults", kind="late", seconds=60)
    send(box)

    box.run_for(seconds=59)
    assert texts(box) == []
    assert box.sandbox.next_due_s(box.now) == 1.0

    box.run_for(minutes=10)
    box.sandbox.calls_due(box.now)
    assert box.look("messages")[0]["taken"] == "2026-11-24T09:01:00.000Z"
    assert box.look("requests")[0]["taken"]


def test_a_retry_before_a_late_landing_wins_and_the_guard_refuses_the_first_copy(box):
    box.order("faults", kind="late", seconds=60)
    send(box)

    box.run_for(seconds=5)
    send(box)
    box.run_for(minutes=2)

    assert texts(box) == ["hi"]


def test_a_fault_strikes_so_many_times_and_is_gone(box):
    box.order("faults", kind="error_before", count=2)

    assert [send(box, text).status for text in "abc"] == [503, 503, 200]
    assert box.look("faults") == []


def test_a_fault_strikes_one_command_or_one_number(box):
    box.order("faults", kind="error_before", command="check", count=None)
    box.order("faults", kind="error_before", phone="8 913 143-73-55", count=None)

    assert send(box, "a").status == 200
    assert send(box, "b", to="79131437355").status == 503
    assert box.request(b'{"apikey":"x","check":[1]}').status == 503
    assert box.request(b'{"apikey":"x","balance":1}').status == 200
    assert box.request(b'{"apikey":"x","info":1}').status == 200
    assert box.request(b'{"apikey":"x","inbound":1}').status == 200
    assert box.request(b"nonsense").status == 200
    assert [fault["struck"] for fault in box.look("faults")] == [1, 1]


def test_a_fault_strikes_by_dice_that_can_be_thrown_again(box):
    def struck():
        box.order("faults/clear")
        box.order("faults", kind="error_before", probability=0.3, seed=7, count=None)
        return [send(box, str(number)).status for number in range(200)]

    first = struck()

    assert first == struck()
    assert 30 < first.count(503) < 90


def test_a_fault_ends_by_time_or_by_order(box):
    box.order("faults", kind="error_before", for_s=60)
    assert [send(box, text).status for text in "ab"] == [503, 503]

    box.run_for(seconds=60)
    assert send(box, "c").status == 200

    number = box.order("faults", kind="reset", count=None)["id"]
    box.order("faults", kind="html", count=None)
    assert [fault["kind"] for fault in box.order("faults/clear", id=number)] == ["html"]


def test_the_gateway_is_down_until_it_is_up(box):
    assert box.sandbox.down_for_s(box.now) == 0
    box.order("faults", kind="down", for_s=30)

    assert box.sandbox.down_for_s(box.now) == 30
    assert box.sandbox.down_for_s(box.now + timedelta(seconds=31)) == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "earthquake"},
        {"kind": "reset", "comand": "send"},
        {"kind": "reset", "command": "sendd"},
        {"kind": "error_before", "status": 99},
        {"kind": "slow", "seconds": -1},
        {"kind": "slow", "seconds": 1e99},
        {"kind": "torn", "at_byte": -1},
        {"kind": "reset", "probability": 2},
        {"kind": "reset", "probability": -0.1},
        {"kind": "reset", "count": 0},
        {"kind": "reset", "phone": "me"},
        {"kind": "reset", "for_s": "soon"},
        {"kind": "reset", "for_s": 1e300},
        {"kind": "reset", "until_ms": 5},
        {},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(box, fault):
    status, told = box.try_order("faults", **fault)

    assert status == 400
    assert told["error"]
    assert box.look("faults") == []
