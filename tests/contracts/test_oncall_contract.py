"""What every engine does with the rows of who is on call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.clock import to_ms
from pilotbridge.model import MessageId
from pilotbridge.rota import Event, Kind
from pilotbridge.store.oncall_records import (
    HandOverRow,
    HandOverState,
    Holder,
    NewOverride,
    Swap,
    SwapState,
)

START = datetime(2026, 1, 12, 9, tzinfo=UTC)
NOW = to_ms(START)
HOUR = 3_600_000


def override(starts_ms=NOW, ends_ms=NOW + HOUR, **more):
    return NewOverride("primary", "anna", starts_ms, ends_ms, Kind.TAKE, "anna", **more)


def swap(code="K41", **more):
    fields = {"starts_ms": NOW + HOUR, "ends_ms": NOW + 2 * HOUR, "made_by": "anna", "asked_ms": NOW}
    return Swap(code, "primary", "anna", "boris", **(fields | {"due_ms": NOW + HOUR} | more))


def test_decisions_come_newest_first_and_old_ones_not_at_all(store, write):
    write(lambda tx: tx.add_override(override(NOW - 2 * HOUR, NOW - HOUR), NOW))
    first = write(lambda tx: tx.add_override(override(), NOW))
    second = write(lambda tx: tx.add_override(override(stands_for="boris"), NOW))

    with store.read() as read:
        found = read.overrides_since(NOW)

    assert [row.override.id for row in found] == [second, first]
    assert (found[0].override.starts, found[0].override.ends) == (START, START + timedelta(hours=1))
    assert (found[0].override.kind, found[0].override.stands_for) == (Kind.TAKE, "boris")


def test_one_that_is_ended_holds_until_then(store, write):
    number = write(lambda tx: tx.add_override(override(), NOW))

    ended = [write(lambda tx: tx.end_override(number, NOW + 60_000)) for _ in range(2)]

    with store.read() as read:
        assert read.override(number).override.ends == START + timedelta(minutes=1)
    assert ended == [True, False]


def test_one_that_is_ended_before_it_begins_never_holds(store, write):
    number = write(lambda tx: tx.add_override(override(NOW + HOUR, NOW + 2 * HOUR), NOW))

    write(lambda tx: tx.end_override(number, NOW))

    with store.read() as read:
        assert not read.override(number).override.holds(START + timedelta(hours=1))


def test_a_swap_is_answered_once(store, write):
    number = write(lambda tx: tx.add_swap(swap()))

    answers = [
        write(lambda tx, state=state: tx.settle_swap(number, state, NOW + 1))
        for state in (SwapState.AGREED, SwapState.DECLINED)
    ]

    with store.read() as read:
        assert (answers, read.swap_by_code("K41").state) == ([True, False], SwapState.AGREED)
        assert read.swaps_due(NOW + 2 * HOUR) == []


def test_two_swaps_that_wait_have_two_codes(write):
    write(lambda tx: tx.add_swap(swap()))

    with pytest.raises(Exception, match=r"(?i)unique"):
        write(lambda tx: tx.add_swap(swap()))


def test_swaps_are_due_when_nobody_answers(store, write):
    number = write(lambda tx: tx.add_swap(swap(due_ms=NOW + 5)))

    with store.read() as read:
        assert (read.next_swap_due(), read.swaps_due(NOW + 4)) == (NOW + 5, [])
        assert [each.id for each in read.swaps_due(NOW + 5)] == [number]
        assert read.codes_of_swaps(NOW) == {"K41"}


def test_a_hand_over_moves_on_only_from_where_it_was_seen(store, write):
    row = HandOverRow("primary", NOW + HOUR, NOW + 2 * HOUR, "anna", "boris", NOW, NOW)
    write(lambda tx: tx.add_handover(row))
    with store.read() as read:
        seen = read.handovers_open()["primary"]

    moved = [
        write(lambda tx, state=state: tx.settle_handover(seen, state, override=7))
        for state in (HandOverState.KEPT, HandOverState.DONE)
    ]

    with store.read() as read:
        now = read.handovers_open()["primary"]
    assert (moved, now.state, now.override) == ([True, False], HandOverState.KEPT, 7)


def test_a_phone_is_asked_again(store, write):
    row = HandOverRow("primary", NOW + HOUR, None, "anna", "boris", NOW, NOW)
    number = write(lambda tx: tx.add_handover(row))

    write(lambda tx: tx.ask_again(number, MessageId(5), NOW + 9))

    with store.read() as read:
        found = read.handovers_open()["primary"]
    assert (found.asked_ms, found.asked_again_ms, found.message) == (NOW, NOW + 9, 5)


def test_a_holder_is_replaced(store, write):
    for name in ("anna", "boris"):
        write(lambda tx, name=name: tx.put_holder("primary", Holder(name, NOW, None)))

    with store.read() as read:
        assert read.holders() == {"primary": Holder("boris", NOW, None)}


def test_a_calendar_says_what_it_last_said(store, write):
    old, new = (Event(name, START, START + timedelta(hours=1)) for name in ("anna", "boris"))
    write(lambda tx: tx.put_calendar("primary", "one", [old, old], NOW))

    write(lambda tx: tx.put_calendar("primary", "two", [new], NOW + 1))

    with store.read() as read:
        assert read.events_of_calendars() == {"primary": [new]}
        assert read.calendars() == {"primary": ("two", NOW + 1)}


def test_what_is_over_is_forgotten_and_what_waits_is_not(store, write):
    write(lambda tx: tx.add_override(override(), NOW))
    write(lambda tx: tx.add_override(override(NOW, NOW + 9 * HOUR), NOW))
    write(lambda tx: tx.add_swap(swap()))
    write(lambda tx: tx.add_handover(HandOverRow("primary", NOW, None, "anna", "boris", NOW, NOW)))

    write(lambda tx: tx.prune_alerts(NOW + 5 * HOUR))

    with store.read() as read:
        assert len(read.overrides_since(0)) == 1
        assert len(read.swaps_listed(9)) == 1
        assert len(read.handovers_open()) == 1
