"""What the outbox relies on, of whatever engine keeps it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotbridge.clock import Instant
from pilotbridge.errors import IllegalMove
from pilotbridge.lifecycle import MOVES, Event, State
from pilotbridge.model import InboundSms
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Incoming
from pilotbridge.store.records import AttemptEnd, AttemptStart, Body, Draft, Move, changed

ANNA, BORIS = PhoneNumber("+79087964781"), PhoneNumber("+79131437355")
NOW = 1_700_000_000_000
BOOT = Instant(NOW, 5_000, "boot")


def draft(text="disk full #417", **changes) -> Draft:
    fields = {
        "recipient": ANNA, "text": text, "sender": "INFORM", "gateway": "main", "parts": 1, "critical": False,
        "text_is_unique": True, "prefer_duplicate": False, "lapses_at_ms": NOW + 10**8, "due_at_ms": NOW,
        "origin": "alert", "reason": "a test",
    }  # fmt: skip
    return Draft(**fields | changes)


@pytest.fixture
def put(write):
    return lambda text="disk full #417", **changes: write(
        lambda tx: tx.add_message(draft(text, **changes), NOW)
    )


@pytest.fixture
def row(store):
    def read(message):
        with store.read() as verbs:
            return verbs.outbox_row(message)

    return read


@pytest.fixture
def move(write, row):
    def apply(message, event, *, revision=None, at_ms=NOW, **changes):
        now = row(message)
        doubt = changes.pop("doubt", now.doubt)
        wanted = Move(
            message, now.revision if revision is None else revision, now.state, event, "a test", NOW
        )
        return write(lambda tx: tx.move(changed(wanted, doubt=doubt, **changes), at_ms))

    return apply


@pytest.fixture
def claim(write, row):
    def apply(message, epoch=1):
        now = row(message)
        start = AttemptStart(message, now.attempts + 1, now.gateway, 1, 1, BOOT)
        write(lambda tx: tx.claim([now], [start], reason="its turn", lease_ms=NOW + 40_000, epoch=epoch))

    return apply


def due(store, *, state=State.QUEUED, gateway="main", critical=False, now_ms=NOW, limit=10):
    with store.read() as read:
        rows = read.due_messages(state, gateway, critical=critical, now_ms=now_ms, limit=limit)
    return [row.text for row in rows]


# --- messages ---------------------------------------------------------------------------------------


def test_a_message_is_read_as_it_was_written(put, row, store):
    message = put("Ёж 😀 ' \" \n", sender="AB", critical=True, ttl_min=60, contact="anna", hold="cap")

    read = row(message)
    assert (read.text, read.sender, read.critical, read.ttl_min) == ("Ёж 😀 ' \" \n", "AB", True, 60)
    assert (read.state, read.cause, read.recipient, read.revision) == (State.HELD, "cap", ANNA, 0)
    with store.read() as verbs:
        assert [h.event for h in verbs.events_of("message", message)] == ["enqueue"]


def test_due_messages_come_by_due_time_and_only_those(put, store):
    put("later", due_at_ms=NOW + 1)
    put("second")
    put("first", due_at_ms=NOW - 5)
    put("critical", critical=True)
    put("elsewhere", gateway="other")

    assert due(store) == ["first", "second"]
    assert due(store, critical=True) == ["critical"]
    assert due(store, now_ms=NOW + 1, limit=1) == ["first"]


def test_a_message_waits_for_its_predecessor_about_the_same_incident(put, store, move):
    first = put("fire", incident_id=1)
    put("clear", incident_id=1)
    put("another", incident_id=2)
    put("to boris", incident_id=1, recipient=BORIS)

    assert due(store) == ["fire", "another", "to boris"]
    move(first, Event.CANCEL)
    assert due(store) == ["clear", "another", "to boris"]


def test_a_message_waits_for_the_last_one_before_it(put, store, move):
    first, _, _ = (put(text, incident_id=1) for text in ("fire", "more", "clear"))

    move(first, Event.CANCEL)

    assert due(store) == ["more"]


def test_what_speaks_for_a_summary_speaks_for_whatever_that_spoke_for(put, row, store, move, write):
    first, summary, newer = put("fire", incident_id=1), put("LATE 1"), put("LATE 2")
    for each, speaks in ((row(first), summary), (row(summary), newer)):
        write(lambda tx, old=each, by=speaks: tx.supersede(old, by, 0))
        move(each.id, Event.CANCEL)

    put("clear", incident_id=1)

    assert due(store) == ["LATE 2"]


def test_a_message_that_waits_for_another_lapses_all_the_same(put, store):
    put("fire", incident_id=1, critical=True)
    put("clear", incident_id=1, lapses_at_ms=NOW + 5)

    assert due(store, now_ms=NOW + 4) == []
    assert due(store, now_ms=NOW + 5) == ["clear"]


def test_when_the_next_one_is_due_counts_no_message_that_waits_for_another(put, store):
    put("fire", incident_id=1, due_at_ms=NOW + 50)
    put("clear", incident_id=1)

    with store.read() as read:
        assert read.next_message_due(State.QUEUED, "main") == NOW
        assert read.next_queued_due("main") == NOW + 50


def test_the_intent_of_an_attempt_is_kept_with_both_clocks(put, claim, store, write):
    message = put()

    claim(message)

    with store.read() as read:
        assert read.attempt_start(message, 1) == BOOT
        assert [row.id for row in read.sending_of("main")] == [message]
    write(lambda tx: tx.end_attempts([AttemptEnd(message, 1, NOW + 9, "lost", "timeout", 0, "<html>")]))
    with store.read() as read:
        (attempt,) = read.attempts_of(message)
    assert (attempt.outcome, attempt.reason, attempt.ended_at_ms) == ("lost", "timeout", NOW + 9)


def test_a_move_from_a_revision_that_has_passed_changes_nothing(put, move, row):
    message = put()
    move(message, Event.HOLD, cause="cap")

    assert move(message, Event.RELEASE, revision=0) is False
    assert row(message).state is State.HELD
    assert move(message, Event.RELEASE) is True


def test_what_the_table_does_not_know_is_refused(put, move):
    message = put()

    with pytest.raises(IllegalMove):
        move(message, Event.CONFIRM)


def test_doubt_begins_once_and_ends_with_an_acceptance(put, claim, move, row):
    message = put()
    claim(message)
    move(message, Event.LOSE, doubt=BOOT, sets={"doubt_tries": 1})
    assert (row(message).doubt, row(message).doubt_tries) == (BOOT, 1)
    claim(message)
    move(message, Event.DEFER)
    assert (row(message).state, row(message).doubt) == (State.IN_DOUBT, BOOT)
    claim(message)

    move(message, Event.ACCEPT, sets={"server_id": "10000", "parts": 2, "cost_e4": 29_600})

    accepted = row(message)
    assert (accepted.state, accepted.doubt, accepted.server_id, accepted.parts) == (
        State.ACCEPTED,
        None,
        "10000",
        2,
    )


def test_the_tries_of_a_doubt_that_is_over_do_not_count_in_the_next(put, claim, move, row):
    message = put()
    claim(message)
    move(message, Event.LOSE, doubt=BOOT, sets={"doubt_tries": 3})
    move(message, Event.PARK)

    move(message, Event.REQUEUE, doubt=None)

    assert row(message).doubt_tries == 0


def test_counters_follow_every_move(put, move, store):
    first = put()
    put()
    move(first, Event.CANCEL)

    with store.read() as read:
        counts = read.message_counts()
    assert {state: amount for state, amount in counts.items() if amount} == {
        State.QUEUED: 1,
        State.CANCELLED: 1,
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.sampled_from(Event), max_size=12))
def test_any_way_through_the_table_keeps_state_counters_and_history_true(put, row, write, store, events):
    message, expected = put(), State.QUEUED
    history = ["enqueue"]
    for event in events:
        now = row(message)
        if (now.state, event) not in MOVES:
            continue
        doubt = now.doubt or (BOOT if event is Event.LOSE else None)
        wanted = Move(message, now.revision, now.state, event, "a test", NOW, doubt=doubt)
        assert write(lambda tx, wanted=wanted: tx.move(wanted, NOW))
        history.append(event.value)
        expected = row(message).state

    with store.read() as read:
        assert [h.event for h in read.events_of("message", message)] == history
        assert read.message(message).state is expected
        assert read.oddities() == []


def test_another_gateway_takes_over_only_what_surely_was_not_sent(put, claim, move, row, write):
    waiting, doubtful = put(), put()
    claim(doubtful)
    move(doubtful, Event.LOSE, doubt=BOOT)

    taken = [
        write(lambda tx, m=m: tx.hand_over(row(m), "second", "AB", "main is down", NOW))
        for m in (waiting, doubtful)
    ]

    assert taken == [True, False]
    assert (row(waiting).gateway, row(waiting).sender, row(doubtful).gateway) == ("second", "AB", "main")


def test_what_was_held_for_a_cause_is_looked_at_when_it_ends(put, write, store):
    put("a", hold="balance", due_at_ms=NOW + 10**6)
    put("b", hold="cap", due_at_ms=NOW + 10**6)
    put("c", hold="balance", due_at_ms=NOW + 10**6, gateway="other")

    assert write(lambda tx: tx.release_due("main", "balance", NOW)) == 1
    assert due(store, state=State.HELD) == ["a"]
    assert write(lambda tx: tx.release_held("balance", NOW)) == 2


# --- money and texts --------------------------------------------------------------------------------


def test_what_was_spent_is_counted_per_number_gateway_and_time(put, claim, move, store):
    for to, gateway in ((ANNA, "main"), (BORIS, "main"), (ANNA, "other")):
        message = put(recipient=to, gateway=gateway)
        claim(message)
        move(message, Event.ACCEPT, sets={"cost_e4": 29_600})
    put(recipient=ANNA, hold="cap")

    with store.read() as read:
        assert read.spent_since(NOW).cost_rub == Decimal("8.88")
        assert read.spent_since(NOW, "main").cost_rub == Decimal("5.92")
        assert read.spent_since(NOW + 1).cost_rub == 0
        assert read.spent_on(ANNA, NOW).messages == 2


def test_an_equal_text_is_found_by_number_and_time_and_only_before_a_row(put, store, move):
    first = put("same")
    second = put("same")
    cancelled = put("other")
    move(cancelled, Event.CANCEL)

    with store.read() as read:
        assert read.same_text(ANNA, "same", NOW).id == second
        assert read.same_text(ANNA, "same", NOW, before=second).id == first
        assert read.same_text(BORIS, "same", NOW) is None
        assert read.same_text(ANNA, "same", NOW + 1) is None
        assert read.same_text(ANNA, "other", NOW) is None


# --- callbacks --------------------------------------------------------------------------------------


def hint(write, server_id, message=None):
    write(
        lambda tx: tx.add_hint(
            gateway="main", message_id=message, server_id=server_id, status="2", error="0", now_ms=NOW
        )
    )


def test_a_claim_is_kept_until_it_is_checked_and_orphans_are_counted(write, store):
    hint(write, "1")
    with store.read() as read:
        (known,) = read.due_hints("main", NOW, 10)
        assert read.count_orphans() == 1
        assert read.due_hints("other", NOW, 10) == []

    write(lambda tx: tx.settle_hint(known, "later", again_at_ms=NOW + 5))
    with store.read() as read:
        assert read.due_hints("main", NOW, 10) == []
        assert read.next_hint_due("main") == NOW + 5


def test_a_claim_that_waits_still_says_whose_message_it_is_about(put, write, store):
    message = put()
    hint(write, "10000", message)
    with store.read() as read:
        (known,) = read.due_hints("main", NOW, 10)

    write(lambda tx: tx.settle_hint(known, "the gateway is silent", again_at_ms=NOW))

    with store.read() as read:
        assert [each.message_id for each in read.due_hints("main", NOW, 10)] == [message]


def test_an_orphan_is_looked_at_again_when_its_message_gets_its_id(put, claim, move, write, store):
    message = put()
    hint(write, "10000")
    with store.read() as read:
        (known,) = read.due_hints("main", NOW, 10)
    write(lambda tx: tx.settle_hint(known, "none of our messages"))
    claim(message)

    move(message, Event.ACCEPT, sets={"server_id": "10000"})

    with store.read() as read:
        assert [h.server_id for h in read.due_hints("main", NOW, 10)] == ["10000"]
        assert read.messages_with_server_id("main", "10000") == [message]


# --- inbound, journal, ownership --------------------------------------------------------------------


def test_an_inbound_sms_is_kept_once_and_settled_once(write, store):
    sms = InboundSms("main", "5", "79", "7902", "hi", datetime(2026, 11, 24, tzinfo=UTC))

    first, again = (write(lambda tx: tx.add_inbound(sms, NOW)) for _ in range(2))
    settled = [write(lambda tx: tx.settle_inbound(first, "answered", "a test")) for _ in range(2)]

    assert (first is not None, again) == (True, None)
    assert settled == [True, False]
    with store.read() as read:
        assert read.inbound_waiting(10) == []
        assert read.has_written("79")


def test_a_cursor_is_what_was_last_said(write, store):
    write(lambda tx: tx.set_cursor("inbound:main", 5))
    write(lambda tx: tx.set_cursor("inbound:main", 7))

    with store.read() as read:
        assert (read.cursor("inbound:main"), read.cursor("other")) == (7, None)


def test_a_body_with_a_key_is_kept_once(write):
    body = Body(Incoming("zabbix", b"\x00\xff", {}, {}, datetime(2026, 11, 24, tzinfo=UTC)), 1, once="k")

    (first, fresh), (second, again) = (write(lambda tx: tx.append_journal(body)) for _ in range(2))

    assert first == second
    assert fresh is not again


def test_every_owner_has_an_epoch_of_its_own(reopen):
    assert [reopen().epoch for _ in range(3)] == [1, 2, 3]


def test_what_was_committed_is_there_for_the_next_owner(reopen):
    reopen().commit([lambda tx: tx.set_meta("a", "1")])

    with reopen().read() as read:
        assert read.meta("a") == "1"


def test_what_a_job_puts_in_for_a_number_counts_at_once(write):
    def put_in_and_ask(tx):
        before = tx.written_to(draft("x").recipient, 0)
        for text in ("first", "second"):
            tx.add_message(draft(text), NOW)
        return before, tx.written_to(draft("x").recipient, 0)

    assert write(put_in_and_ask) == (0, 2)
    assert write(lambda tx: tx.written_to(draft("x").recipient, 0)) == 2
