"""The control: what it shows, what it changes, and how it refuses."""

import json

import pytest

from pilotbridge.sandbox.control import ORDERS, VIEWS
from pilotbridge.sandbox.http import Request

PHONE = "79087964781"


def ask(box, method, path, body=b"", **headers):
    answer = box.sandbox.handle(Request(method, path, "", headers, body), box.now)
    return answer.status, json.loads(answer.body)


def test_the_summary_counts_what_there_is(box):
    box.send("hi", callback="http://host/s")
    box.run_for(seconds=1)
    box.make_calls()
    box.order("phones/79087964781/sms", text="ok")

    assert box.look("") == {
        "now": "2026-11-24T09:00:01.000Z",
        "offset_s": 0.0,
        "requests": 1,
        "messages": 1,
        "inbound": 1,
        "callbacks": 1,
        "faults": 0,
        "accounts": {"main": "20004.01"},
        "assumptions": len(box.look("assumptions")),
    }


def test_every_request_that_arrived_can_be_seen(box):
    box.send("hi")
    box.request(
        b'<balance apikey="x"/>',
        query="debug=me%40example.org&r=7",
        client="10.0.0.9",
        **{"user-agent": "Qt"},
    )
    box.request(b"", query="apikey=x&info=1")

    flat, xml, json_one = box.look("requests")
    assert (json_one["form"], json_one["command"], json_one["messages"], json_one["server_ids"]) == (
        "json",
        "send",
        1,
        ["10000"],
    )
    assert (xml["form"], xml["command"], xml["error"], xml["client"], xml["user_agent"]) == (
        "xml",
        "balance",
        101,
        "10.0.0.9",
        "Qt",
    )
    assert (xml["debug"], xml["r"], xml["body"]) == ("me@example.org", "7", '<balance apikey="x"/>')
    assert (flat["command"], flat["query"], flat["outcome"]) == ("info", "apikey=x&info=1", "answered")


def test_requests_can_be_chosen_and_cleared(box):
    box.send("a")
    box.send("b", to="79131437355")
    box.ask(balance="rur")

    assert [row["command"] for row in box.look("requests", "phone=%2B79131437355")] == ["send"]
    assert len(box.look("requests", "command=balance")) == 1
    assert len(box.look("requests", "outcome=answered&limit=2")) == 2
    assert box.look("requests", "outcome=late") == []
    assert box.order("requests/clear")["requests"] == 3
    assert box.look("requests") == []


def test_messages_can_be_chosen(box):
    box.send("disk full", "disk empty")
    box.run_for(seconds=5)
    box.send("new", to="79131437355")

    assert [row["text"] for row in box.look("messages")] == ["new", "disk empty", "disk full"]
    assert [row["text"] for row in box.look("messages", "status=0")] == ["new"]
    assert [row["text"] for row in box.look("messages", f"phone={PHONE}&text=full")] == ["disk full"]
    assert box.look("messages/10000")["text"] == "disk full"


def test_the_account_can_be_changed_and_says_what_it_is(box):
    changed = box.order("account", senders=["OPS"], balance_rub=12.5, operator_after_s=0)

    assert (changed["senders"], changed["balance_rub"], changed["default_sender"]) == (["OPS"], "12.5", "OPS")
    assert box.look("account") == changed


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("account", {"blance_rub": 5}),
        ("account", {"balance_rub": "much"}),
        ("account", {"name": ["x"]}),
        ("account", {"balance_rub": "NaN"}),
        ("account", {"balance_rub": 1e300}),
        ("account", {"price_rub": "Infinity"}),
        ("account", {"price_rub": "-1"}),
        ("account", {"price_rub": 1e-300}),
        ("account", {"operator_after_s": 1e308}),
        ("account", {"final_after_s": -1}),
        ("account", {"guard_s": "NaN"}),
        ("account", {"callback_retries_s": [60, 1e308]}),
        ("scripts", {"phone": PHONE, "operator_after_s": "Infinity"}),
        ("scripts", {"phone": PHONE, "final_after_s": -5}),
        ("scripts", {"phone": PHONE, "outcome": "lost"}),
        ("scripts", {"phone": PHONE, "count": 0}),
        ("scripts", {"outcome": "refused"}),
        ("scripts", {"phone": PHONE, "outcom": "refused"}),
        ("time", {}),
        ("time", {"advance_s": "soon"}),
        ("time", {"advance_s": 1e300}),
        ("time", {"now": "yesterday"}),
        ("time", {"now": "2026-01-01T00:00:00"}),
        ("time", {"now": "1969-01-01T00:00:00Z"}),
        ("phones/79087964781/sms", {"text": "x", "form": "y"}),
        ("phones/79087964781/sms", {}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_a_reason(box, path, fields):
    before = box.look("")
    status, told = box.try_order(path, **fields)

    assert status == 400
    assert told["error"]
    assert box.look("") == before


def test_a_misspelt_name_is_answered_with_the_right_one(box):
    assert "balance_rub" in box.try_order("account", blance_rub=5)[1]["error"]


@pytest.mark.parametrize(
    ("path", "fields", "known"),
    [
        ("account", {"version": "2.6"}, "known are 2.5, 2.4.13"),
        ("faults", {"kind": "earthquake"}, "truncated, slow, wrong_json, html, code, late, down"),
        ("scripts", {"phone": PHONE, "outcome": "lost"}, "known are delivered, undelivered"),
        ("telegram/faults", {"kind": "earthquake"}, "known are flood, refused"),
        ("telegram/chats", {"kind": "channel"}, "known are private, group, supergroup"),
    ],
)
def test_a_word_that_is_unknown_is_answered_with_those_that_are_known(box, path, fields, known):
    status, told = box.try_order(path, **fields)

    assert status == 400
    assert known in told["error"]


def test_a_status_can_only_be_one_of_the_networks(box):
    server_id = box.send("hi")[0]["server_id"]

    assert box.try_order(f"messages/{server_id}", status=3)[0] == 400
    assert box.try_order(f"messages/{server_id}", status="done")[0] == 400
    assert box.try_order("messages/5", status=2)[0] == 404
    assert box.try_order("messages/" + "9" * 5000, status=2)[0] == 404


@pytest.mark.parametrize(
    ("order", "now"),
    [
        ({"advance_s": 90}, "2026-11-24T09:01:30.000Z"),
        ({"advance_s": -90}, "2026-11-24T08:58:30.000Z"),
        ({"offset_s": 3600}, "2026-11-24T10:00:00.000Z"),
        ({"now": "2027-01-01T00:00:00+03:00"}, "2026-12-31T21:00:00.000Z"),
    ],
)
def test_time_can_be_moved(box, order, now):
    assert box.order("time", **order)["now"] == now
    assert box.look("time")["now"] == now
    assert box.look("")["now"] == now
    assert box.sandbox.time(box.now).isoformat(timespec="milliseconds").startswith(now[:-1])


def test_moves_add_up_and_can_be_taken_back(box):
    box.order("time", advance_s=60)
    assert box.order("time", advance_s=60)["offset_s"] == 120
    assert box.order("time", offset_s=0)["offset_s"] == 0


def test_reset_forgets_everything(box):
    box.send("hi")
    box.order("faults", kind="late")
    box.send_lost = box.request(b'{"apikey":"x","balance":1}')
    box.order("account", balance_rub=0)
    box.order("time", advance_s=100)
    box.order("scripts", phone=PHONE, outcome="refused")

    told = box.order("reset")

    assert (told["messages"], told["requests"], told["offset_s"]) == (0, 0, 0)
    assert told["now"] == "2026-11-24T09:00:00.000Z"
    assert box.error_of("hi") == 0
    assert box.sandbox.next_due_s(box.now) is None


@pytest.mark.parametrize("body", [b"no json", b"[1]", b"\xff", b"[" * 50_000, b'"x"'])
def test_an_order_must_be_a_json_object(box, body):
    assert ask(box, "POST", "/sandbox/time", body)[0] == 400


def test_an_account_that_is_not_there_is_not_found(box):
    answer = box.sandbox.handle(Request("GET", "/sandbox/account", "name=nobody"), box.now)

    assert answer.status == 404


@pytest.mark.parametrize("limit", ["-1", "some", "9" * 50])
def test_a_limit_that_is_none_is_the_usual_one(box, limit):
    box.send("hi")

    assert len(box.look("messages", f"limit={limit}")) == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sandbox", 200),
        ("GET", "/sandbox/time/", 200),
        ("GET", "/sandbox/nothing", 404),
        ("GET", "/sandbox/messages/5", 404),
        ("POST", "/sandbox/nothing", 404),
        ("DELETE", "/sandbox/messages", 405),
        ("GET", "/sandboxes", 404),
        ("GET", "/api.php", 404),
    ],
)
def test_a_path_leads_somewhere_or_says_so(box, method, path, status):
    answered, told = ask(box, method, path)

    assert answered == status
    assert ("error" in told) == (status >= 400)


def test_another_site_may_not_command_the_sandbox(box):
    ours = {"origin": "http://127.0.0.1:8025", "host": "127.0.0.1:8025"}

    assert ask(box, "POST", "/sandbox/reset", **ours)[0] == 200
    assert ask(box, "POST", "/sandbox/reset", **ours | {"origin": "https://evil.example"})[0] == 403
    assert ask(box, "POST", "/sandbox/reset", **ours | {"origin": "null"})[0] == 403


@pytest.mark.parametrize(
    "host", ["evil.example:8025", "127.0.0.1.evil.example", "localhost.evil.example.", "x.y"]
)
def test_a_sites_name_that_leads_here_commands_nothing_and_shows_nothing(box, host):
    """DNS rebinding: for the browser such a page is of the same origin."""
    looked = ask(box, "GET", "/sandbox/messages", host=host)
    ordered = ask(box, "POST", "/sandbox/reset", host=host, origin=f"http://{host}")

    assert (looked[0], ordered[0]) == (403, 403)
    assert "ask by address" in looked[1]["error"]


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1:8025",
        "[::1]:8025",
        "localhost",
        "sandbox:8025",
        "box.local",
        "a.localhost.:80",
        "10.0.0.5",
    ],
)
def test_an_address_or_a_neighbours_name_may(box, host):
    assert ask(box, "GET", "/sandbox/messages", host=host)[0] == 200


def test_the_documentation_names_every_route():
    from pathlib import Path

    written = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")

    for name in (*VIEWS, *ORDERS):
        assert f"/sandbox/{name}" in written
