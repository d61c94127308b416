"""What the steps of a receiver rely on, of whatever engine keeps how far each incident went."""

from __future__ import annotations

import pytest

from pilotbridge.model import IncidentId, Labels, NotificationId, Reason, Ref, Severity
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.records import Draft, GroupKey, NewGroup, NewNotification

ANNA = PhoneNumber("+79087964781")
NOW = 1_700_000_000_000
ONE, FIRST, SECOND = IncidentId(1), NotificationId(11), NotificationId(12)


@pytest.fixture
def begun(write):
    """Its first step was told, and it was looked at: the next is due in a minute."""
    write(lambda tx: tx.begin_escalation(ONE, FIRST, NOW))
    write(lambda tx: tx.await_step(ONE, NOW + 60_000, NOW + 1))


def known(store):
    with store.read() as read:
        return read.escalations([ONE])[ONE]


def due(store, at_ms: int = NOW):
    with store.read() as read:
        return [each.incident for each in read.due_escalations(at_ms, 10)]


@pytest.mark.usefixtures("begun")
def test_one_is_due_at_its_time(store):
    assert due(store, NOW + 59_999) == []
    assert due(store, NOW + 60_000) == [ONE]


@pytest.mark.usefixtures("begun")
def test_after_a_step_was_told_the_one_behind_it_is_looked_for_at_once(write, store):
    write(lambda tx: tx.want_step(ONE, 1, "silent"))
    assert due(store, NOW + 10**9) == []

    write(lambda tx: tx.step_told(known(store), 1, SECOND, NOW + 5))

    assert due(store, NOW + 5) == [ONE]
    told = known(store)
    assert (told.told, told.told_at_ms, told.notification) == ((0, 1), NOW + 5, SECOND)
    assert (told.asked_at_ms, told.wanted, told.cause) == (None, None, "")


@pytest.mark.usefixtures("begun")
def test_what_is_to_be_told_already_is_not_looked_at_again_for_a_new_configuration(write, store):
    write(lambda tx: tx.want_step(ONE, 1, "silent"))

    write(lambda tx: tx.wake_escalations(NOW))

    assert (due(store), known(store).wanted) == ([], 1)


@pytest.mark.usefixtures("begun")
def test_whoever_takes_it_unsays_the_step_that_was_to_be_told(write, store):
    write(lambda tx: tx.want_step(ONE, 1, "silent"))

    write(lambda tx: tx.wake_escalation(ONE, NOW))

    assert (due(store), known(store).wanted, known(store).cause) == ([ONE], None, "")


@pytest.mark.usefixtures("begun")
def test_a_clock_that_is_set_moves_every_time_of_it(write, store):
    write(lambda tx: tx.shift_times(1000))

    moved = known(store)
    assert (moved.told_at_ms, moved.asked_at_ms, moved.due_at_ms) == (NOW + 1000, NOW + 1001, NOW + 61_000)


def test_only_open_incidents_of_a_receiver_that_has_steps_now_are_led_through_them(write, store):
    def three(tx):
        keys = [GroupKey(bytes([n]), "page", "root", Labels({"n": str(n)}), "") for n in range(3)]
        tx.add_groups([NewGroup(key, NOW) for key in keys])
        facts = {"name": "x", "severity": Severity.CRITICAL, "alerts": 1, "now_ms": NOW}
        opened = [tx.open_incident(each, Ref(str(each.id)), **facts) for each in tx.due_groups(NOW, 10)]
        for each in opened:
            tx.add_notification(NewNotification(each, 1, Reason.FIRST, "page", 1, 1, 0), NOW)
        tx.close_incident(opened[0], NOW, "resolved")
        tx.begin_escalation(opened[1], NotificationId(77), NOW)
        return opened

    over, led, open_one = write(three)
    write(lambda tx: tx.begin_missing_escalations(["page"], NOW))

    with store.read() as read:
        found = read.escalations([over, led, open_one])
    assert {each: found[each].notification for each in found} == {led: 77, open_one: 3}


def test_the_sms_of_a_storm_says_nothing_of_a_step_that_was_told_after_it(write, store):
    draft = Draft(
        recipient=ANNA, text="storm", sender="", gateway="main", parts=1, critical=True, text_is_unique=True,
        prefer_duplicate=False, lapses_at_ms=NOW + 10**8, due_at_ms=NOW, origin="alert", reason="a test",
    )  # fmt: skip

    def joined(tx):
        storm = tx.open_storm(ANNA, "anna", NOW, NOW)
        tx.join_storm(storm, ONE, NOW)
        message = tx.add_message(draft, NOW)
        tx.storm_told(storm, Ref("500"), message, count=1, names=["x"], now_ms=NOW, due_ms=NOW)
        tx.begin_escalation(ONE, FIRST, NOW)

    write(joined)
    with store.read() as read:
        assert list(read.step_sms([ONE])) == [FIRST]

    write(lambda tx: tx.step_told(known(store), 1, SECOND, NOW + 5))

    with store.read() as read:
        assert read.step_sms([ONE]) == {}
