"""The sandbox stays small: old requests, old guards and old messages go."""

from pilotbridge.sandbox import world as worlds
from pilotbridge.sandbox.callbacks import Heard
from pilotbridge.sandbox.http import Request
from pilotbridge.sandbox.journal import BYTES_MAX, REQUESTS_MAX, Journal
from pilotbridge.sandbox.network import carrier_of
from tests.sandbox.conftest import Box


def test_the_journal_keeps_the_newest_within_a_bound_of_memory():
    journal = Journal()
    body = b"x" * (BYTES_MAX // 4)

    for number in range(10):
        journal.add(Request("POST", "/api2.php", body=body + bytes([number])), 0, "", 0)

    assert journal.total == 10
    assert [arrival.number for arrival in journal] == [8, 9, 10]
    assert len(journal) == 3


def test_what_stands_in_the_address_counts_too():
    journal = Journal()
    query = "x" * (BYTES_MAX // 4)

    for _ in range(10):
        journal.add(Request("GET", "/api2.php", query), 0, "", 0)

    assert len(journal) == 4


def test_of_a_scripts_answer_the_beginning_is_kept(box):
    box.scripts_answer = [Heard(200, "x" * 100_000)]
    box.send("hi", callback="http://host/s")
    box.run_for(seconds=60)

    box.make_calls()

    assert {len(told.heard.body) for told in box.sandbox.world.callbacks.log} == {200}


def test_a_phone_is_forgotten_with_its_last_message(box):
    box.send("old")
    box.run_for(days=41)
    box.send("new", to="79131437355")

    assert list(box.sandbox.world.to_phone) == ["79131437355"]


def test_the_oldest_of_very_many_messages_are_forgotten():
    box = Box(worlds.World(messages_kept=5))

    for number in range(7):
        box.send(str(number), to="79131437355" if number else "79087964781")

    kept = box.sandbox.world
    assert [message.text for message in kept.messages.values()][:2] == ["2", "3"]
    assert len(kept.messages) == len(kept.packets) == 5
    assert list(kept.to_phone) == ["79131437355"]


def test_the_journal_keeps_so_many_requests():
    journal = Journal()

    for _ in range(REQUESTS_MAX + 5):
        journal.add(Request("GET", "/api2.php"), 0, "", 0)

    assert len(journal) == REQUESTS_MAX
    assert next(iter(journal)).number == 6


def test_a_guard_that_is_over_is_forgotten(box):
    box.send("old")
    for number in range(worlds.GUARDS_KEPT):
        box.sandbox.world.guard["main", "79990000000", str(number)] = 0
    box.run_for(hours=2)
    box.send("new")
    box.run_for(minutes=59)

    assert len(box.sandbox.world.guard) == 1
    assert box.error_of("old") == 0


def test_a_number_of_no_country_we_know_has_none():
    assert carrier_of("0000000000") == ("", "")
    assert carrier_of("77011234567") == ("KZ", "")
    assert carrier_of("79871234567") == ("RU", "MTS")
    assert carrier_of("74951234567") == ("RU", "OTHER")
