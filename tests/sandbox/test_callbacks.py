"""Callbacks: each change of status told once, in order, tried again when it was not heard."""

from pilotbridge.sandbox.callbacks import Heard

PHONE = "79087964781"
URL = "http://host/s"


def test_each_change_is_told_when_it_happens(box):
    server_id = box.send("hi", callback=URL)[0]["server_id"]

    assert box.make_calls() == []
    box.run_for(seconds=1)
    assert box.make_calls() == [(1, 0)]
    box.run_for(seconds=2)
    assert box.make_calls() == [(2, 0)]
    assert box.called[0].address == f"{URL}?server_id={server_id}&status=1&error=0"
    assert box.make_calls() == []


def test_moving_time_far_tells_all_changes_in_order(box):
    box.order("scripts", phone=PHONE, outcome="undelivered", error=605)
    box.send("hi", callback=URL, send_datetime="2026-11-24 10:00:00")

    box.order("time", advance_s=86400)

    assert box.make_calls() == [(0, 0), (1, 0), (-1, 605)]


def test_an_existing_query_is_kept_and_post_tells_in_a_form(box):
    box.send("a", callback=f"{URL}?row=5&x=%20#top")
    box.send("b", callback=f"{URL}?row=6", callback_method="POST")
    box.run_for(seconds=1)
    box.make_calls()

    by_get, by_post = box.called
    assert by_get.address == f"{URL}?row=5&x=%20&server_id=10000&status=1&error=0"
    assert (by_post.address, by_post.fields) == (f"{URL}?row=6", "server_id=10001&status=1&error=0")


def test_without_an_ok_it_is_tried_three_more_times_and_later_changes_wait(box):
    box.send("hi", callback=URL)
    box.scripts_answer = [
        Heard(0, "refused"),
        Heard(500, "OK"),
        Heard(200, "thanks"),
        Heard(302, "OK"),
        Heard(200, " OK\n"),
    ]
    told = []

    for minutes in (1, 1, 5, 15, 0):
        told.append(box.make_calls())
        box.run_for(minutes=minutes)

    assert told == [[], [(1, 0)], [(1, 0)], [(1, 0)], [(1, 0), (2, 0)]]
    assert [row["ok"] for row in box.look("callbacks")] == [True, False, False, False, False]
    assert [row["tries"] for row in box.look("callbacks")] == [1, 4, 3, 2, 1]


def test_retries_can_be_off(box):
    box.order("account", callback_retries_s=[])
    box.send("hi", callback=URL)
    box.scripts_answer = [Heard(0, "down")]
    box.run_for(seconds=5)

    assert box.make_calls() == [(1, 0), (2, 0)]


def test_an_overruled_status_is_told_instead_of_what_was_ahead(box):
    server_id = box.send("hi", callback=URL)[0]["server_id"]
    box.run_for(seconds=1)
    box.make_calls()

    box.order(f"messages/{server_id}", status=-1, error=603)

    assert box.make_calls() == [(-1, 603)]
    box.run_for(hours=1)
    assert box.make_calls() == []


def test_an_overruled_message_without_callback_tells_nobody(box):
    server_id = box.send("hi")[0]["server_id"]

    box.order(f"messages/{server_id}", status=2)

    assert box.make_calls() == []


def test_the_next_call_is_foreseen(box):
    assert box.sandbox.next_due_s(box.now) is None
    box.send("hi", callback=URL)

    assert box.sandbox.next_due_s(box.now) == 1.0
    box.run_for(seconds=5)
    assert box.sandbox.next_due_s(box.now) == 0.0


def test_a_call_that_is_under_way_when_its_message_is_overruled_changes_nothing(box):
    server_id = box.send("hi", callback=URL)[0]["server_id"]
    box.run_for(seconds=1)
    (under_way,) = box.sandbox.calls_due(box.now)

    box.run_for(seconds=1)
    box.order(f"messages/{server_id}", status=-1, error=603)
    box.sandbox.heard(under_way, Heard(200, "OK"), box.now)

    assert box.make_calls()[-1] == (-1, 603)


def test_a_call_for_a_message_that_is_gone_needs_no_retry(box):
    box.send("hi", callback=URL)
    box.run_for(seconds=1)
    (call,) = box.sandbox.calls_due(box.now)
    box.order("reset")

    box.sandbox.heard(call, Heard(0, "down"), box.now)

    assert box.sandbox.next_due_s(box.now) is None
