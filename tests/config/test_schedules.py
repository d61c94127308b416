"""Schedules in the configuration: how they are written, and what is said of those that come to nothing."""
# ruff: noqa: E501 - a block of configuration a line

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from pilotbridge.config.settings import Secret
from pilotbridge.rota import who

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)
WEEKLY = "rotation: { every: 7d, start: '2026-01-05T10:00', members: [anna, boris] }"
BLOCKS = {
    "bridge": "bridge: { zone: Europe/Moscow }",
    "contacts": "contacts: { anna: { phone: '+79087964781' }, boris: { phone: '+79087964782' }, vera: { telegram: 5 } }",
    "receivers": "receivers: [ { name: ops, steps: [ { notify: ['sms:schedule/primary'] } ] } ]",
    "chats": "chats: { telegram: { token: '1234567890:abcdefghijklmnopqrstuvwxyz', rooms: { all: { id: 1 } } } }",
}


@pytest.fixture
def loaded(read, tmp_path):
    def loaded(written: str, **blocks):
        return read(
            now=NOW,
            folder=tmp_path,
            schedules=f"schedules: {{ primary: {{ {written} }} }}",
            **(BLOCKS | blocks),
        )

    return loaded


@pytest.fixture
def schedule(loaded):
    def schedule(written: str, **blocks):
        return loaded(written, **blocks).settled().schedules["primary"]

    return schedule


@pytest.fixture
def warned(loaded):
    """Code, path and cause of each warning about schedules."""

    def warned(written: str, **blocks):
        return [
            (each.code, each.path, each.cause)
            for each in loaded(written, **blocks).warnings
            if each.path.startswith("schedules")
        ]

    return warned


def nights(members: str, **more: str) -> str:
    return f"{{ every: 7d, start: '2026-01-05', members: {members}, only: [ {{ times: [ {{ start_time: '09:00', end_time: '18:00' }} ] }} ] }}"


# --- how it is written ------------------------------------------------------------------------------


def test_a_rotation_hangs_on_the_bridges_clock(schedule):
    primary = schedule(WEEKLY)

    shift = who(primary.rota, (), NOW)

    assert (shift.contact, shift.ends) == ("boris", datetime(2026, 1, 19, 7, tzinfo=UTC))
    assert (primary.handover.sms, primary.handover.test) == (False, timedelta(0))


def test_a_schedule_may_have_a_zone_of_its_own(schedule):
    primary = schedule(f"zone: Asia/Omsk, {WEEKLY}")

    assert who(primary.rota, (), NOW).ends == datetime(2026, 1, 19, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "start",
    [
        "2026-01-05T10:00",
        "2026-01-05 10:00",
        "2026-01-05T10:00:00",
        "2026-01-05T07:00Z",
        "2026-01-05T09:00+02:00",
    ],
)
@pytest.mark.parametrize("quote", ["'", ""])
def test_a_start_is_written_as_people_write_it(schedule, start, quote):
    primary = schedule(f"rotation: {{ every: 7d, start: {quote}{start}{quote}, members: [anna, boris] }}")

    assert who(primary.rota, (), NOW).ends == datetime(2026, 1, 19, 7, tzinfo=UTC)


@pytest.mark.parametrize("start", ["2026-01-05", "20260105", "2026-W02-1"])
def test_a_date_alone_begins_at_the_hand_over(schedule, start):
    primary = schedule(
        f"rotation: {{ every: 7d, start: {start}, members: [anna, boris] }}, handover: {{ at: '10:00', sms: true, test: 30m }}"
    )

    assert who(primary.rota, (), NOW).ends == datetime(2026, 1, 19, 7, tzinfo=UTC)
    assert (primary.handover.sms, primary.handover.test) == (True, timedelta(minutes=30))


def test_rotations_stand_in_layers(schedule):
    primary = schedule(
        f"rotation: [ {{ every: 7d, start: '2026-01-05', members: [anna] }}, {nights('[boris]')} ]"
    )

    assert [who(primary.rota, (), NOW + timedelta(hours=hours)).contact for hours in (0, 6)] == [
        "boris",
        "anna",
    ]


def test_times_may_be_named(schedule):
    primary = schedule(
        "rotation: [ { every: 7d, start: '2026-01-05', members: [anna] }, { every: 7d, start: '2026-01-05', members: [boris], only: weekend } ]",
        time_intervals="time_intervals: [ { name: weekend, time_intervals: [ { weekdays: [saturday, sunday] } ] } ]",
    )

    assert [who(primary.rota, (), NOW + timedelta(days=days)).contact for days in (0, 3)] == ["anna", "boris"]


def test_a_calendar_is_a_file_beside_the_configuration_or_an_address_that_stays_secret(schedule, tmp_path):
    (tmp_path / "oncall.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")

    of_file = schedule("ical: oncall.ics, handover: { at: '10:00' }").calendar
    of_url = schedule("ical: 'webcal://calendar.example/private-token/basic.ics'").calendar

    assert (of_file.path, of_file.url, of_file.place.day_starts) == (tmp_path / "oncall.ics", None, time(10))
    assert of_url.url == Secret("https://calendar.example/private-token/basic.ics")
    assert "private-token" not in repr(of_url)


# --- what is wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "code", "path"),
    [
        ("", "missing-key", "schedules.primary"),
        ("rotation: { every: 7d, start: '2026-01-05', members: [] }", "bad-value", "schedules.primary.rotation.members"),
        ("rotation: { every: 7d, start: '2026-01-05', members: [anna, bors] }", "unknown-contact", "schedules.primary.rotation.members[1]"),
        ("rotation: [ { every: 7d, start: '2026-01-05', members: [anna, vera] } ]", "no-phone", "schedules.primary.rotation[0].members[1]"),
        ("rotation: { every: 30m, start: '2026-01-05', members: [anna] }", "bad-value", "schedules.primary.rotation.every"),
        ("rotation: { every: 7d, start: monday, members: [anna] }", "bad-value", "schedules.primary.rotation.start"),
        ("rotation: { every: 7d, start: '0001-01-01T00:00+14:00', members: [anna] }", "bad-value", "schedules.primary.rotation.start"),
        ("rotation: { every: 7d, start: '9999-12-31', members: [anna] }", "bad-value", "schedules.primary.rotation.start"),
        ("rotation: { evry: 7d, start: '2026-01-05', members: [anna] }", "missing-key", "schedules.primary.rotation"),
        ("rotation: { every: 7d, start: '2026-01-05', members: [anna], only: night }", "unknown-interval", "schedules.primary.rotation.only[0]"),
        ("rotation: { every: 7d, start: '2026-01-05', members: [anna], only: [ { weekdays: [funday] } ] }", "bad-interval", "schedules.primary.rotation.only[0].weekdays"),
        (f"{WEEKLY}, zone: Europe/Moskow", "bad-value", "schedules.primary.zone"),
        (f"{WEEKLY}, handover: {{ at: noon }}", "bad-value", "schedules.primary.handover.at"),
        (f"{WEEKLY}, handover: {{ test: 7d }}", "bad-value", "schedules.primary.handover.test"),
        ("ical: nowhere.ics", "missing-file", "schedules.primary.ical"),
        ("ical: broken.ics", "bad-calendar", "schedules.primary.ical"),
    ],
)  # fmt: skip
def test_a_fault_has_its_place(loaded, tmp_path, written, code, path):
    (tmp_path / "broken.ics").write_text("<html>")

    found = [(fault.code, fault.path) for fault in loaded(written).faults]

    assert found.count((code, path)) == 1


def test_a_calendar_that_is_too_large_is_told_by_its_size(loaded, tmp_path):
    (tmp_path / "large.ics").write_bytes(b"BEGIN:VCALENDAR\n" + b" " * 4 * 1024 * 1024)

    (fault,) = loaded("ical: large.ics").faults

    assert (fault.code, fault.cause) == ("bad-calendar", f"{tmp_path / 'large.ics'} is larger than 4 MiB")


def test_a_phone_that_is_to_be_proved_has_to_be_there(loaded):
    faults = loaded(
        "rotation: { every: 7d, start: '2026-01-05', members: [anna, vera] }, handover: { test: 30m }",
        receivers="receivers: [ { name: ops, steps: [ { notify: [schedule/primary] } ] } ]",
    ).faults

    assert [(each.code, each.path) for each in faults] == [
        ("no-phone", "schedules.primary.rotation.members[1]")
    ]


def test_a_private_chat_needs_somebody_known_there(loaded):
    faults = loaded(
        WEEKLY, receivers="receivers: [ { name: ops, steps: [ { notify: ['chat:schedule/primary'] } ] } ]"
    ).faults

    assert [(each.code, each.path) for each in faults] == [
        ("no-telegram", "schedules.primary.rotation.members[0]"),
        ("no-telegram", "schedules.primary.rotation.members[1]"),
    ]


@pytest.mark.parametrize(
    ("address", "code"),
    [("sms:schedule/primry", "unknown-schedule"), ("sms:schedule/primary#phone2", "bad-address")],
)
def test_an_address_names_a_schedule_that_is_there(loaded, address, code):
    faults = loaded(
        WEEKLY, receivers=f"receivers: [ {{ name: ops, steps: [ {{ notify: ['{address}'] }} ] }} ]"
    ).faults

    assert [(each.code, each.path) for each in faults] == [(code, "receivers[0].steps[0].notify[0]")]


# --- what only the clock tells ----------------------------------------------------------------------


def test_a_sound_schedule_is_not_spoken_of(warned):
    assert warned(WEEKLY) == []


def test_a_hole_in_the_next_weeks_is_named_with_its_times(warned):
    ((code, path, cause),) = warned(f"rotation: {nights('[anna]')}")

    assert (code, path) == ("oncall-gap", "schedules.primary")
    assert (
        cause
        == "nobody is on call 2026-01-14 18:00 to 2026-01-15 09:00, and 27 times more in the next 4 weeks"
    )


def test_a_rotation_that_begins_later_leaves_a_hole_until_then(warned):
    ((code, _, cause),) = warned("rotation: { every: 7d, start: '2026-01-20T10:00', members: [anna, boris] }")

    assert (code, cause) == (
        "oncall-gap",
        "nobody is on call 2026-01-14 15:00 to 2026-01-20 10:00 in the next 4 weeks",
    )


def test_a_hole_beyond_four_weeks_is_not_spoken_of(warned, tmp_path):
    (tmp_path / "a.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T000000Z\nDTEND:20260301T000000Z\nSUMMARY:Anna\nEND:VEVENT\nEND:VCALENDAR\n"
    )

    assert warned("ical: a.ics") == []


def test_a_calendars_strangers_are_named(warned, tmp_path):
    (tmp_path / "a.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T000000Z\nDTEND:20260301T000000Z\nSUMMARY:Gleb\nEND:VEVENT\nEND:VCALENDAR\n"
    )

    found = warned(f"{WEEKLY}, ical: a.ics")

    assert found == [
        ("bad-calendar", "schedules.primary.ical", "events name no contact with a phone: 'Gleb'")
    ]


def test_whom_no_sms_reaches_fills_no_hole_of_a_calendar(warned, tmp_path):
    (tmp_path / "a.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T000000Z\nDTEND:20260301T000000Z\nSUMMARY:vera\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    late = WEEKLY.replace("2026-01-05", "2026-01-21")

    found = warned(f"{late}, ical: a.ics")

    assert {code for code, _, _ in found} == {"bad-calendar", "oncall-gap"}


def test_whose_turn_never_comes_is_named(warned):
    hidden = "rotation: [ { every: 7d, start: '2026-01-05', members: [anna] }, { every: 7d, start: '2026-01-05', members: [boris] } ]"

    assert warned(hidden) == [
        ("no-handover", "schedules.primary.rotation[0].members[0]", "anna never comes to be on call")
    ]


def test_who_waits_longer_than_one_looks_ahead_is_not_said_to_wait_for_ever(warned):
    contacts = BLOCKS["contacts"].replace("vera", "olga: { phone: '+79087964783' }, vera")
    long = "rotation: { every: 220d, start: '2026-01-05', members: [anna, boris, olga] }"

    assert warned(long, contacts=contacts) == []


def test_a_hand_over_needs_two(warned):
    alone = "rotation: { every: 7d, start: '2026-01-05', members: [anna] }, handover: { sms: true }"

    ((code, path, _),) = warned(alone)

    assert (code, path) == ("no-handover", "schedules.primary.handover")


def test_a_schedule_that_nobody_uses_is_named(warned):
    ((code, path, _),) = warned(
        WEEKLY, receivers="receivers: [ { name: ops, steps: [ { notify: [anna] } ] } ]"
    )

    assert (code, path) == ("unused-schedule", "schedules.primary")
