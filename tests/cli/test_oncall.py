"""`pilotbridge oncall`: looking and acting, with times on the schedule's clock."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from pilotbridge.cli import oncall as command
from pilotbridge.clock import SystemClock
from tests.cli.conftest import Run
from tests.cli.test_looking import promised_keys
from tests.oncall.schedules import configured
from tests.oncall.test_calendars import calendar

DAILY = "zone: Asia/Omsk, rotation: { every: 1d, start: '2026-01-05T10:00', members: [anna, boris] }"
MAY = "2026-05-02T12:00"


@pytest.fixture
def world(make_world):
    """A bridge that has ended, with a schedule that changes hands every day at ten in Omsk."""
    made = make_world(configuration=configured(DAILY))
    made.engine.close()
    return made


def test_who_is_on_call_at_a_time(pilotbridge: Run, world):
    shown = pilotbridge("oncall", "show", "primary", "--at", MAY, config=world)

    head, row = shown.out.splitlines()
    assert head.split() == ["SCHEDULE", "ON", "CALL", "SINCE", "UNTIL", "THEN", "WHY"]
    assert re.split(r"\s{2,}", row) == [
        "primary",
        "boris",
        "2026-05-02 10:00",
        "2026-05-03 10:00",
        "anna until 2026-05-04 10:00",
        "by rotation",
    ]


def test_the_same_as_facts_in_utc(pilotbridge: Run, world):
    [fact] = pilotbridge("oncall", "show", "--at", "2026-05-02T09:00+03:00", "--json", config=world).json

    assert (fact["contact"], fact["since"], fact["zone"]) == ("boris", "2026-05-02T04:00:00Z", "Asia/Omsk")
    assert fact["next"]["contact"] == "anna"
    assert "79087964782" not in json.dumps(fact)


def test_the_shifts_to_come(pilotbridge: Run, world):
    found = pilotbridge("oncall", "next", "-n", "3", "--json", config=world).json

    assert len({shift["contact"] for shift in found}) == 2
    assert all(one["until"] == other["from"] for one, other in pairwise(found))


def fresh(folder, ical):
    """A configuration under which no bridge has run yet."""
    (folder / "oncall.ics").write_bytes(calendar(("Boris", "20260101T000000Z", "20360101T000000Z")))
    schedule = f"rotation: {{ every: 1d, start: '2026-01-05T10:00', members: [anna] }}, ical: '{ical}'"
    text = configured(schedule).format(
        folder=folder, plugins=folder, key="key-of-the-gateway-0123456789", token="token-of-a-source-0123"
    )
    file = folder / "pilotbridge.yaml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def test_a_calendar_in_a_file_counts_before_a_bridge_has_run(pilotbridge: Run, tmp_path):
    file = fresh(tmp_path, "oncall.ics")

    shown = pilotbridge("oncall", "show", config=file)
    told = pilotbridge("routes", "test", "alertname=DiskFull", config=file)

    assert "boris" in shown.out
    assert "by the calendar" in shown.out
    assert "boris" in told.out


def test_of_a_calendar_at_an_address_that_was_never_read_it_says_so(pilotbridge: Run, tmp_path):
    shown = pilotbridge("oncall", "show", config=fresh(tmp_path, "https://calendar.example/private/x.ics"))

    assert "anna" in shown.out
    assert shown.err == "primary: its calendar was never read here, so this leaves it out\n"


def test_somebody_is_put_on_call_and_taken_off_again(pilotbridge: Run, world):
    put = pilotbridge("oncall", "override", "primary", "vera", "now", "8h", config=world)
    [listed] = pilotbridge("oncall", "overrides", "--json", config=world).json
    now = pilotbridge("oncall", "show", "--json", config=world).json[0]["contact"]
    ended = pilotbridge("oncall", "end", listed["id"], config=world)
    after = pilotbridge("oncall", "show", "--json", config=world).json[0]["contact"]

    assert put.out.startswith("vera is on call by primary from ")
    assert put.out.endswith("(override 1).\n")
    assert (now, ended.code, after in ("anna", "boris")) == ("vera", 0, True)
    assert pilotbridge("oncall", "overrides", config=world).out == "Nobody stands in for anybody.\n"


def test_a_time_is_on_the_schedules_clock(pilotbridge: Run, world):
    year = SystemClock().utc_now().year + 1

    fact = pilotbridge(
        "oncall",
        "override",
        "primary",
        "vera",
        f"{year}-05-01T10:00",
        f"{year}-05-02T10:00",
        "--json",
        config=world,
    ).json

    assert (fact["from"], fact["until"]) == (f"{year}-05-01T04:00:00Z", f"{year}-05-02T04:00:00Z")


def test_somebody_takes_over(pilotbridge: Run, world):
    taken = pilotbridge("oncall", "take", "primary", "2h", "--as", "vera", "--json", config=world)

    assert (taken.code, taken.json["contact"], taken.json["kind"]) == (0, "vera", "take")


def test_who_takes_over_has_to_be_somebody(pilotbridge: Run, world):
    ended = pilotbridge("oncall", "take", "primary", "--as", "nobody", config=world)

    assert (ended.code, "say who takes over with --as NAME" in ended.err) == (2, True)


def test_a_swap_is_asked_and_answered(pilotbridge: Run, world):
    asked = pilotbridge("oncall", "swap", "anna", "boris", "now", config=world)
    [listed] = pilotbridge("oncall", "swaps", "--json", config=world).json
    answered = pilotbridge("oncall", "answer", listed["code"], "yes", "--as", "boris", config=world)

    assert asked.out.startswith(f"boris is asked as {listed['code']}, and has until ")
    assert asked.err == "no bridge runs on this data_dir; it goes out when one starts\n"
    assert answered.out == f"{listed['code']} is agreed.\n"
    kinds = [each["kind"] for each in pilotbridge("oncall", "overrides", "--json", config=world).json]
    assert set(kinds) == {"swap"}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("show", "none"), 3, "there is no schedule 'none'; the configuration has: primary"),
        (
            ("show", "--at", "yesterday"),
            2,
            "is no time; write it like 2026-11-25T03:14 or with a zone, +03:00; now is the present moment",
        ),
        (("override", "primary", "nobody", "now", "1h"), 3, "there is no contact 'nobody'"),
        (("override", "primary", "vera", "now", "2026-01-01T10:00"), 4, "that time is over before it begins"),
        (("end", "77"), 3, "there is no override 77"),
        (("swap", "anna", "anna", "now"), 4, "anna cannot trade with themselves"),
        (("answer", "K99", "no", "--as", "boris"), 3, "nobody asked anything as K99"),
    ],
)
def test_what_cannot_be_done_has_its_exit_code_and_a_sentence(pilotbridge: Run, world, arguments, code, says):
    ended = pilotbridge("oncall", *arguments, config=world)

    assert ended.code == code
    assert says in ended.err


def test_without_schedules_it_says_so(pilotbridge: Run, make_world):
    made = make_world()
    made.engine.close()

    assert pilotbridge("oncall", "show", config=made).out == "There are no schedules in the configuration.\n"


@pytest.mark.parametrize("printed_by", ["oncall show", "oncall next", "oncall overrides", "oncall swaps"])
def test_the_keys_are_the_ones_that_are_promised(pilotbridge: Run, world, printed_by):
    pilotbridge("oncall", "override", "primary", "vera", "now", "1h", config=world)
    pilotbridge("oncall", "swap", "anna", "boris", "now", config=world)

    first = pilotbridge(*printed_by.split(), "--json", config=world).json[0]

    assert set(first) == promised_keys(printed_by)


def test_every_command_of_the_group_is_called(pilotbridge: Run):
    assert set(command.oncall.commands) == {
        "show", "next", "override", "overrides", "take", "end", "swap", "swaps", "answer"
    }  # fmt: skip
