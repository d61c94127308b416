"""Statuses as they move with time and script, asked by ids and by packet."""

import pytest

PHONE = "79087964781"


def test_a_message_is_delivered_in_three_seconds(box):
    server_id = box.send("hi", id=77)[0]["server_id"]

    assert box.status_of(server_id) == (0, 0)
    box.run_for(seconds=1)
    assert box.status_of(server_id) == (1, 0)
    box.run_for(seconds=2)
    assert box.status_of(server_id) == (2, 0)
    assert box.ask(check=[server_id])["check"] == [
        {"id": 77, "server_id": server_id, "status": 2, "modified": "2026-11-24 12:00:03", "error": 0}
    ]


def test_each_id_asked_has_an_entry_the_unknown_too(box):
    server_id = box.send("hi")[0]["server_id"]

    entries = box.ask(check=[{"server_id": 5}, {"server_id": int(server_id)}, {}, {"server_id": "abc"}])[
        "check"
    ]

    assert [(e["server_id"], e["status"], e["error"]) for e in entries] == [
        ("5", -2, 302),
        (server_id, 0, 0),
        ("", -2, 300),
        ("abc", -2, 301),
    ]


def test_a_packet_is_asked_whole(box):
    packet = box.ask(
        send=[
            {"to": PHONE, "text": "a", "id": 1},
            {"to": "5", "text": "b"},
            {"to": PHONE, "text": "c", "id": 2},
        ]
    )

    entries = box.ask(check=True, server_packet_id=packet["server_packet_id"])["check"]

    assert [entry["id"] for entry in entries] == [1, 2]
    for unknown in ("99", "9" * 30):
        assert box.ask(check=True, server_packet_id=unknown)["error"]["code"] == "304"


def test_after_forty_days_an_id_is_unknown(box):
    packet = box.ask(send=[{"to": PHONE, "text": "hi"}])
    server_id = packet["send"][0]["server_id"]

    box.run_for(days=40)
    assert box.status_of(server_id) == (2, 0)

    box.run_for(seconds=1)
    assert box.status_of(server_id) == (-2, 302)
    assert box.ask(check=True, server_packet_id=packet["server_packet_id"])["error"]["code"] == "304"

    box.run_for(hours=1)
    assert box.status_of(server_id) == (-2, 302)
    assert box.look("messages") == []
    assert box.look(f"phones/{PHONE}")["received"] == []


@pytest.mark.parametrize(
    ("script", "after", "status"),
    [
        ({"outcome": "delivered", "final_after_s": 60}, {"seconds": 59}, (1, 0)),
        ({"outcome": "delivered", "final_after_s": 60}, {"seconds": 60}, (2, 0)),
        ({"outcome": "delivered", "operator_after_s": 0, "final_after_s": 0}, {}, (2, 0)),
        ({"outcome": "undelivered"}, {"seconds": 3}, (-1, 601)),
        ({"outcome": "undelivered", "error": 605}, {"seconds": 3}, (-1, 605)),
        ({"outcome": "at_operator"}, {"hours": 23}, (1, 0)),
        ({"outcome": "at_operator"}, {"days": 1}, (-1, 600)),
        ({"outcome": "accepted"}, {"hours": 23}, (0, 0)),
        ({"outcome": "accepted"}, {"days": 1}, (-1, 600)),
    ],
)
def test_delivery_goes_by_the_numbers_script(box, script, after, status):
    box.order("scripts", phone=PHONE, **script)
    server_id = box.send("hi")[0]["server_id"]
    other = box.send("hi", to="79131437355")[0]["server_id"]

    box.run_for(**after)

    assert box.status_of(server_id) == status
    assert box.status_of(other)[0] in (0, 1, 2)


def test_a_ttl_ends_the_networks_patience(box):
    box.order("scripts", phone=PHONE, outcome="at_operator")
    server_id = box.send("hi", ttl=10)[0]["server_id"]

    box.run_for(minutes=10)

    assert box.status_of(server_id) == (-1, 600)


@pytest.mark.parametrize(("error", "code"), [(0, 212), (213, 213), (605, 605)])
def test_a_number_can_be_refused_at_once(box, error, code):
    box.order("scripts", phone=PHONE, outcome="refused", error=error)

    assert box.error_of() == code


def test_counted_scripts_come_first_and_in_their_order(box):
    box.order("scripts", phone=PHONE, outcome="undelivered", count=1)
    box.order("scripts", phone=PHONE, outcome="at_operator", count=2)
    ids = [box.send(text)[0]["server_id"] for text in "abcd"]

    box.run_for(seconds=5)

    assert [box.status_of(server_id)[0] for server_id in ids] == [-1, 1, 1, 2]
    assert box.look("scripts") == []


def test_a_counted_script_waits_for_a_message_that_meets_it(box):
    box.order("account", balance_rub="10")
    box.send("before")
    box.order("scripts", phone=PHONE, outcome="undelivered", count=2)

    assert box.error_of("before") == 243
    assert box.error_of("a", ttl=1) == 270
    assert box.ask(send=[{"to": PHONE, "text": "a"}], cost=1)["send"][0]["error"] == 0
    assert box.ask(send=[{"to": PHONE, "text": str(number)} for number in range(5)])["error"]["code"] == "241"
    assert box.look("scripts")[0]["scripts"][0]["count"] == 2
    entries = box.send("a", "a", "b")

    box.run_for(seconds=60)

    assert [entry["error"] for entry in entries] == [0, 243, 0]
    assert [box.status_of(entries[at]["server_id"])[0] for at in (0, 2)] == [-1, -1]
    assert box.look("scripts") == []


def test_a_number_that_refuses_once_takes_the_next_message_of_the_packet(box):
    box.order("scripts", phone=PHONE, outcome="refused", count=1)

    entries = box.send("a", "b")

    assert [entry["error"] for entry in entries] == [212, 0]
    assert box.look("scripts") == []


def test_scripts_can_be_cleared(box):
    box.order("scripts", phone=PHONE, outcome="refused")
    box.order("scripts", phone="79131437355", outcome="refused")

    assert [row["phone"] for row in box.order("scripts/clear", phone="+7 908 796-47-81")] == ["79131437355"]
    assert box.order("scripts/clear") == []
    assert box.error_of() == 0


def test_the_control_can_overrule_the_network(box):
    server_id = box.send("hi")[0]["server_id"]
    box.run_for(seconds=2)

    box.order(f"messages/{server_id}", status=-1, error=603)
    box.run_for(hours=1)

    assert box.status_of(server_id) == (-1, 603)


def test_a_scheduled_message_can_be_overruled_before_its_time(box):
    server_id = box.send("hi", send_datetime="2026-11-25 00:00:00")[0]["server_id"]

    box.order(f"messages/{server_id}", status=2)

    assert box.status_of(server_id) == (2, 0)
    box.run_for(days=2)
    assert box.status_of(server_id) == (2, 0)
