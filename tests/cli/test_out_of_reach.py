"""Numbers, times and durations that no row and no clock can have: each is told with what to write."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run

HUGE = "9" * 25


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("messages", "show", HUGE), f"there is no message {HUGE}"),
        (("messages", "show", f"p{HUGE}"), f"there is no message p{HUGE}"),
        (("trace", HUGE), f"there is no incident, message or alert {HUGE}; see pilotbridge incidents list"),
        (("trace", "--message", HUGE), f"there is no message {HUGE}; see pilotbridge messages list"),
    ],
)
def test_a_number_that_no_row_can_have_names_nothing(pilotbridge: Run, world, asked, says):
    told = pilotbridge(*asked, config=world)

    assert (told.code, says in told.err) == (3, True)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("alerts", "show", HUGE), "is no ID; write a number like 12"),
        (("messages", "resolve", "p1", "--accepted"), "is no ID; write a number like 12"),
        (("messages", "cancel", HUGE), "is no message; write its number, like 12, or p7 for a post"),
        (("oncall", "end", HUGE), "is no ID; write a number like 12"),
        (("messages", "list", "--limit", HUGE), "is not in the range 1<=x<=1000000"),
        (("inbox", "list", "--since", "99999999999w"), "99999999999w is longer than a hundred years"),
        (("routes", "replay", "--since", "99999999999w"), "99999999999w is longer than a hundred years"),
        (("silence", "add", "a=b", "-d", "99999999999w"), "99999999999w is longer than a hundred years"),
        (("silence", "add", "a=b", "--at", "0001-01-01"), "the year 1 is out of reach; write 1970 to 9000"),
        (("send", "anna", "--at", "0001-01-01", "x"), "the year 1 is out of reach; write 1970 to 9000"),
        (("inbox", "list", "--since", "0001-01-01T00:00+14:00"), "the year 1 is out of reach"),
        (("oncall", "show", "--at", "9999-12-31T23:59"), "the year 9999 is out of reach"),
        (("routes", "test", "a=b", "--at", "9999-12-31T23:59"), "the year 9999 is out of reach"),
    ],
)
def test_what_is_out_of_reach_is_told_with_what_to_write(pilotbridge: Run, world, asked, says):
    told = pilotbridge(*asked, config=world)

    assert (told.code, says in told.err) == (2, True)


@pytest.mark.parametrize(
    "asked",
    [
        ("inbox", "list", "--since", "36500d"),
        ("inbox", "list", "--since", "1970-01-01"),
        ("routes", "replay", "--since", "36500d"),
        ("routes", "test", "a=b", "--at", "9000-12-31T23:59"),
        ("oncall", "show", "--at", "1970-01-01"),
        ("messages", "list", "--limit", "1000000"),
    ],
)
def test_what_is_just_within_reach_is_answered(pilotbridge: Run, world, asked):
    assert pilotbridge(*asked, config=world).code == 0
