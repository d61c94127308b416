"""What people text is fetched completely and counts once, whatever the feed, the clock and we do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.model import InboundSms
from pilotbridge.relay.poll import OVERLAP, asked_since, hours_ahead, newest
from tests.relay.conftest import Feed

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def at(**later) -> datetime:
    return START + timedelta(**later)


def test_what_came_in_is_kept_and_somebody_is_woken(inbox):
    inbox.feed.show("417", at(minutes=-1))

    inbox.poll.turn()

    assert inbox.texts() == ["417"]
    assert inbox.inbox()[0].state == "received"
    assert inbox.woken == 1


def test_a_row_that_is_shown_again_and_again_counts_once_also_across_restarts(inbox):
    inbox.feed.show("417", at())
    for _ in range(3):
        inbox.poll.turn()
        inbox.forward(seconds=15)
        inbox.restart()

    assert inbox.texts() == ["417"]
    assert inbox.woken == 1


def test_each_account_is_read_from_where_its_own_feed_was_read_to(inbox):
    second = Feed()
    second.name = "second"
    second.show("one", at())
    inbox.poll_of(second).turn()

    inbox.forward(minutes=20)
    inbox.feed.show("two", at(minutes=20))
    inbox.poll.turn()
    inbox.poll_of(second).turn()

    assert second.asked[-1] == at() - OVERLAP


def test_two_equal_texts_with_ids_of_their_own_are_two(inbox):
    inbox.feed.show("ok", at())
    inbox.feed.show("ok", at())

    inbox.poll.turn()

    assert inbox.texts() == ["ok", "ok"]


def test_a_row_that_shows_up_late_in_an_old_minute_is_not_missed(inbox):
    inbox.feed.show("first", at(minutes=1))
    inbox.forward(minutes=2)
    inbox.poll.turn()
    inbox.feed.show("late", at(minutes=-10))

    inbox.forward(seconds=15)
    inbox.poll.turn()

    assert inbox.texts() == ["first", "late"]


@pytest.mark.parametrize("late_h", [1, 8, 20, 23])
def test_a_row_that_is_hours_late_is_found_by_the_deep_reading(inbox, late_h):
    inbox.forward(hours=24)
    inbox.feed.show("first", at(hours=24))
    inbox.poll.turn()
    inbox.feed.show("late", at(hours=24 - late_h))
    for _ in range(5):
        inbox.forward(minutes=15)
        inbox.poll.turn()

    assert sorted(inbox.texts()) == ["first", "late"]


def test_the_deep_reading_is_hourly(inbox):
    inbox.feed.show("x", at())
    for _ in range(9):
        inbox.poll.turn()
        inbox.forward(minutes=15)

    deep = [since for since in inbox.feed.asked if since < at(hours=-1)]
    assert len(deep) == 3


def test_the_feed_is_read_from_the_newest_rows_minute_less_the_overlap_and_never_from_now(inbox):
    inbox.feed.show("x", at(seconds=30))
    inbox.poll.turn()
    for _ in range(3):
        inbox.forward(minutes=15)
        inbox.poll.turn()

    assert inbox.feed.asked[1:] == [at() - OVERLAP] * 3


def test_how_far_the_feed_was_read_is_one_commit_with_what_was_read(inbox):
    inbox.feed.show("half a character: \ud83d", inbox.clock.utc_now())

    with pytest.raises(UnicodeEncodeError):
        inbox.poll.turn()

    assert inbox.texts() == []
    with inbox.store.read() as read:
        assert read.cursor("inbound:main") is None


def test_a_feed_that_fails_moves_nothing_and_is_a_trouble_after_a_while(inbox):
    inbox.feed.show("x", at())
    inbox.feed.down = "the name cannot be resolved"
    for _ in range(25):
        inbox.poll.turn()
        inbox.forward(seconds=15)

    assert "the name cannot be resolved" in inbox.troubles.open["InboundStale"].summary
    assert inbox.texts() == []
    inbox.feed.down = ""
    inbox.poll.turn()

    assert inbox.troubles.open == {}
    assert inbox.texts() == ["x"]


@pytest.mark.parametrize("nonsense", [ValueError("id"), "rows", [None]])
def test_a_gateways_plugin_that_fails_at_its_feed_is_a_trouble_too(inbox, nonsense):
    def fetch(_since):
        if isinstance(nonsense, Exception):
            raise nonsense
        return nonsense

    inbox.feed.fetch_inbound = fetch
    for _ in range(25):
        inbox.poll.turn()
        inbox.forward(seconds=15)

    assert "the log says why" in inbox.troubles.open["InboundStale"].summary


@pytest.mark.parametrize("hours", [3, 4])
def test_a_gateway_whose_clock_is_hours_ahead_is_a_trouble_until_it_is_right_again(inbox, hours):
    inbox.feed.show("x", at(hours=hours))
    inbox.poll.turn()

    assert "time zone" in inbox.troubles.open["GatewayTimeZoneChanged"].summary
    inbox.forward(hours=hours)
    inbox.poll.turn()

    assert inbox.troubles.open == {}


def test_a_row_from_the_future_does_not_carry_the_cursor_away(inbox):
    inbox.feed.show("from the future", at(hours=3))
    inbox.poll.turn()
    inbox.feed.show("now", at())

    inbox.forward(seconds=15)
    inbox.poll.turn()

    assert inbox.texts() == ["from the future", "now"]


@given(minutes=st.integers(-100, 149))
def test_clocks_that_differ_a_little_are_no_trouble(minutes):
    row = InboundSms("main", "1", "79", "79", "x", at(minutes=minutes))

    assert hours_ahead([row], START) is None


@given(
    cursor=st.none() | st.integers(-(10**5), 0).map(lambda m: at(minutes=m)),
    created=st.lists(st.integers(-(10**5), 300).map(lambda m: at(minutes=m))),
)
def test_the_cursor_only_goes_forward_and_stands_on_a_minute(cursor, created):
    rows = [InboundSms("main", str(n), "79", "79", "x", moment) for n, moment in enumerate(created)]

    after = newest(rows, cursor, START)

    assert after is None or (after <= START and after.second == 0)
    assert cursor is None or (after is not None and after >= cursor)
    assert asked_since(after, OVERLAP, START) <= START - OVERLAP + timedelta(days=1)


# --- with the real client and its zones -------------------------------------------------------------

MOMENTS = [
    datetime(2026, 11, 24, 20, 58, tzinfo=UTC),  # midnight in Moscow comes at 21:00 UTC
    datetime(2026, 11, 30, 20, 58, tzinfo=UTC),
    datetime(2026, 12, 31, 20, 58, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 58, tzinfo=UTC),
    datetime(2028, 2, 28, 20, 58, tzinfo=UTC),
]


@pytest.mark.parametrize("start", MOMENTS, ids=str)
def test_around_midnight_month_and_year_ends_nothing_is_lost_or_doubled(inbox, start):
    inbox.clock.set_wall(start)
    poll, expected = inbox.poll_of_sandbox(), []
    for n in range(12):
        inbox.write_from_phone(f"text {n}", **({"delay_s": 600} if n % 3 == 0 else {}))
        expected.append((f"1234 text {n}", inbox.clock.utc_now().replace(second=0)))
        inbox.forward(seconds=47)
        poll.turn()
        if n == 5:
            inbox.restart()
            poll = inbox.poll_of_sandbox()
    inbox.forward(minutes=15)
    poll.turn()

    assert sorted((sms.text, sms.created_at) for sms in inbox.inbox()) == sorted(expected)
    assert inbox.troubles.open == {}
