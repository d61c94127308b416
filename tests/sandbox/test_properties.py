"""Whatever comes, the sandbox answers; and its books balance."""

import json
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pilotbridge.sandbox.http import Fault, Request, Response
from pilotbridge.smspilot.wire import TEST_KEY
from tests.sandbox.conftest import Box

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        *("id", "to", "text", "from", "send_datetime", "callback", "callback_method", "ttl", "test", "cost"),
        *(
            "send",
            "check",
            "balance",
            "info",
            "inbound",
            "since",
            "server_packet_id",
            "debug",
            "login",
            "password",
        ),
    ]
)
PATHS = st.sampled_from(
    [
        *(
            "/api2.php",
            "/",
            "/sandbox/",
            "/sandbox/time",
            "/sandbox/account",
            "/sandbox/faults",
            "/sandbox/scripts",
        ),
        *(
            "/sandbox/phones/79087964781/sms",
            "/sandbox/phones/1",
            "/sandbox/messages/10000",
            "/sandbox/reset",
            "/x",
        ),
    ]
)
PHONES = st.sampled_from(["79087964781", "8 913 143-73-55", "380501234567", "12", ""])
TEXTS = st.sampled_from(["hi", "ho", "а", "Сбой db01сервер", "x" * 1600, " ", "€" * 90])
MESSAGES = st.fixed_dictionaries(
    {"to": PHONES, "text": TEXTS}, optional={"from": st.sampled_from(["INFORM", "no"])}
)


@given(st.sampled_from(["GET", "POST", "PUT"]), PATHS, st.text(max_size=40), st.binary(max_size=80))
def test_any_request_has_an_outcome(method, path, query, body):
    outcome = Box().sandbox.handle(Request(method, path, query, {}, body), Box().now)

    assert isinstance(outcome, Response | Fault)


@given(PATHS, st.dictionaries(NAMES, JSON, max_size=4))
def test_any_document_has_an_outcome(path, document):
    box = Box()

    for body in (document, {"send": [document]}, {"check": [document]}):
        outcome = box.sandbox.handle(
            Request("POST", path, "", {}, json.dumps({"apikey": TEST_KEY} | body).encode()), box.now
        )
        assert isinstance(outcome, Response | Fault)


@settings(max_examples=50)
@given(st.lists(st.lists(MESSAGES, min_size=1, max_size=6), max_size=8), st.integers(0, 400))
def test_money_messages_and_entries_add_up(packets, seconds):
    box = Box()
    box.order("account", balance_rub="30")
    spent, accepted = Decimal(0), 0

    for packet in packets:
        answer = box.ask(send=packet)
        box.run_for(seconds=seconds)
        if "error" in answer:
            assert answer["error"]["code"] == "241"
            continue
        assert len(answer["send"]) == len(packet)
        for entry in answer["send"]:
            assert (entry["status"] == -2) == bool(entry["error"]) == (entry["server_id"] == "")
        spent += sum(Decimal(str(entry["price"])) for entry in answer["send"])
        accepted += sum(entry["error"] == 0 for entry in answer["send"])
        assert Decimal(str(answer["balance"])) == 30 - spent

    assert spent <= 30
    assert len(box.look("messages", "limit=1000")) == accepted
    sent = [(row["to"], row["text"], row["taken"]) for row in box.look("messages", "limit=1000")]
    assert len(sent) == len(set(sent))
