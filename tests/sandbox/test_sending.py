"""What becomes of a packet: prices, parts, refusals, the guard, scheduled sends."""

from decimal import Decimal

import pytest

PHONE = "79087964781"


def test_a_packet_answers_one_entry_per_message_in_its_order(box):
    answer = box.ask(
        send=[
            {"id": 3, "to": PHONE, "text": "проверка"},
            {"id": 1, "to": "79131437355", "text": "hi", "from": "SMSPILOT"},
        ]
    )

    shared = {
        "from": "INFORM",
        "parts": 1,
        "status": 0,
        "error": 0,
        "send_datetime": "",
        "country": "RU",
        "price": 2.96,
    }
    first = {"id": 3, "server_id": "10000", "to": PHONE, "text": "проверка", "operator": "TELE2"}
    second = {
        "id": 1,
        "server_id": "10001",
        "from": "SMSPILOT",
        "to": "79131437355",
        "text": "hi",
        "operator": "MTS",
    }
    assert answer == {
        "server_packet_id": "10000",
        "balance": 20001.05,
        "cost": 5.92,
        "send": [shared | first, shared | second],
    }


def test_one_bad_message_does_not_fail_the_packet_and_costs_nothing(box):
    answer = box.ask(
        send=[{"to": PHONE, "text": "good"}, {"id": 9, "to": PHONE, "text": "bad", "from": "NOBODY"}]
    )

    good, bad = answer["send"]
    assert (good["status"], good["error"]) == (0, 0)
    assert (bad["id"], bad["status"], bad["error"], bad["server_id"], bad["price"]) == (9, -2, 204, "", 0)
    assert answer["cost"] == 2.96


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("я" * 70, 1), ("я" * 71, 2), ("{" * 80, 1), ("a" * 1530, 10)],
)
def test_price_follows_parts(box, text, parts):
    entry = box.send(text)[0]

    assert entry["parts"] == parts
    assert Decimal(str(entry["price"])) == parts * Decimal("2.96")


@pytest.mark.parametrize("text", ["a" * 1531, "я" * 671])
def test_more_than_ten_parts_are_221(box, text):
    assert box.error_of(text) == 221


def test_senders_are_compared_without_their_case_and_echoed_as_written(box):
    assert box.send("hi", **{"from": "inform"})[0]["from"] == "inform"
    assert box.error_of("other", **{"from": "79021121075"}) == 204

    box.order("account", any_sender=True)

    assert box.error_of("other", **{"from": "79021121075"}) == 0


def test_inform_is_everybodys(box):
    box.order("account", senders=["OPS"])

    assert box.error_of("a", **{"from": "INFORM"}) == 0
    assert box.error_of("b", **{"from": "SMSPILOT"}) == 204


def test_without_any_sender_at_all_it_is_200(box):
    box.order("account", default_sender="")

    assert box.error_of() == 200


def test_a_list_of_senders_brings_its_default_along(box):
    box.order("account", senders=["OPS", "DBA"])

    assert box.send("hi")[0]["from"] == "OPS"


@pytest.mark.parametrize(
    ("setting", "fields", "code"),
    [
        ({"blacklist": [PHONE]}, {}, 212),
        ({"countries": ["KZ"]}, {}, 213),
        ({"filter_words": ["casino"]}, {"text": "best CASINO"}, 247),
        ({}, {"text": "Сбой db01сервер"}, 248),
        ({"https_callbacks": False}, {"callback": "https://host/s"}, 260),
    ],
)
def test_what_the_account_forbids_is_refused_per_message(box, setting, fields, code):
    if setting:
        box.order("account", **setting)

    assert box.ask(send=[{"to": PHONE, "text": "hi"} | fields])["send"][0]["error"] == code


def test_filters_can_be_off_and_https_is_taken_by_default(box):
    box.order("account", cyrlat_filter=False)

    assert box.error_of("Сбой db01сервер", callback="https://host/s") == 0


# --- the guard --------------------------------------------------------------------------------------


def test_the_same_text_to_the_same_number_is_guarded_for_five_minutes(box):
    assert box.error_of("hi") == 0

    box.run_for(minutes=4, seconds=59)
    assert box.error_of("hi", **{"from": "SMSPILOT"}) == 243
    assert box.error_of("hi", to="79131437355") == 0
    assert box.error_of("hi!") == 0

    box.run_for(seconds=1)
    assert box.error_of("hi") == 0


def test_the_guard_works_inside_one_packet(box):
    assert [entry["error"] for entry in box.send("hi", "hi", "ho")] == [0, 243, 0]


def test_only_what_was_accepted_is_guarded(box):
    assert box.error_of("hi", **{"from": "NOBODY"}) == 204
    assert box.error_of("hi") == 0


def test_the_guard_can_be_longer_or_off(box):
    box.order("account", guard_s=0)

    assert [entry["error"] for entry in box.send("hi", "hi")] == [0, 0]


# --- money ------------------------------------------------------------------------------------------


def test_without_money_for_all_nothing_is_sent(box):
    box.order("account", balance_rub="5.91")

    assert box.ask(send=[{"to": PHONE, "text": "a"}, {"to": PHONE, "text": "b"}])["error"]["code"] == "241"
    assert box.ask(balance="rur") == {"balance": 5.91}
    assert not box.look("messages")
    assert box.error_of("a") == 0


def test_a_trial_account_sends_two_messages_a_list(box):
    box.order("account", trial=True)

    assert [entry["error"] for entry in box.send("a", "b")] == [0, 0]
    assert box.ask(send=[{"to": PHONE, "text": text} for text in "cde"])["error"]["code"] == "242"


def test_cost_only_reckons(box):
    answer = box.ask(send=[{"to": PHONE, "text": "hi"}], cost=1)

    assert (answer["cost"], answer["balance"], answer["send"][0]["server_id"]) == (2.96, 20006.97, "")
    assert not box.look("messages")
    assert box.error_of("hi") == 0


def test_a_test_is_answered_and_goes_nowhere(box):
    answer = box.ask(send=[{"to": PHONE, "text": "hi"}], test="1")
    box.run_for(days=2)

    assert answer["balance"] == 20006.97
    assert box.status_of(answer["send"][0]["server_id"]) == (0, 0)
    assert not box.look(f"phones/{PHONE}")["received"]


# --- scheduled --------------------------------------------------------------------------------------


def test_a_scheduled_message_waits_in_status_3(box):
    entry = box.send("hi", send_datetime="2026-11-24 10:00:00")[0]

    assert (entry["status"], entry["send_datetime"]) == (3, "2026-11-24 10:00:00")
    box.run_for(minutes=59, seconds=59)
    assert box.status_of(entry["server_id"]) == (3, 0)
    box.run_for(seconds=1)
    assert box.status_of(entry["server_id"]) == (0, 0)
    box.run_for(seconds=3)
    assert box.status_of(entry["server_id"]) == (2, 0)


def test_a_time_that_has_passed_means_now(box):
    entry = box.send("hi", send_datetime="2020-01-01 00:00:00")[0]

    assert (entry["status"], entry["send_datetime"]) == (0, "2020-01-01 00:00:00")


def test_unix_seconds_are_echoed_as_gmt(box):
    assert box.send("hi", send_datetime=1893492000)[0]["send_datetime"] == "2030-01-01 10:00:00"
