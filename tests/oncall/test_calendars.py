"""Calendars of schedules: files and addresses, read again and again; what they last said counts meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pilotbridge.calendars import fetch_calendar
from pilotbridge.clock import from_ms
from pilotbridge.errors import TryLater
from tests.oncall.schedules import WEEKLY, configured

ADDRESS = "http://calendar.example/private-1234/oncall.ics"


def calendar(*events: tuple[str, str, str]) -> bytes:
    blocks = (
        f"BEGIN:VEVENT\nUID:{number}\nDTSTART:{start}\nDTEND:{end}\nSUMMARY:{name}\nEND:VEVENT"
        for number, (name, start, end) in enumerate(events)
    )
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *blocks, "END:VCALENDAR", ""]).encode()


VERA = ("Vera", "20260101T000000Z", "20270101T000000Z")
BORIS = ("boris on call", "20260101T000000Z", "20270101T000000Z")


def called(world, **time):
    with world.app.ground.store.read() as read:
        at = from_ms(world.clock.now_ms()) + timedelta(**time)
        return world.app.desk.oncall.roster(read, at).called("primary").contact


def troubles(world):
    return {incident.name: incident.closed_at is not None for incident in world.incidents()}


@pytest.fixture
def world(make_world):
    """Anna is on call by rotation; a calendar at an address says more, once it is there."""
    return make_world(configuration=configured(f"{WEEKLY}, ical: '{ADDRESS}'"))


def says(world, *events, minutes=6):
    world.calendars[ADDRESS] = calendar(*events)
    world.run_for(minutes=minutes)


# --- what they say ----------------------------------------------------------------------------------


def test_what_a_calendar_says_comes_before_the_rotation(world):
    before = called(world)
    says(world, VERA)

    world.fire()
    world.run_for(minutes=1)

    assert (before, called(world)) == ("anna", "vera")
    assert world.texts_to("vera")[0].startswith("KRIT DiskFull")
    assert world.texts_to("anna") == []


def test_a_file_is_read_at_once_and_again_when_it_changes(make_world, tmp_path):
    (tmp_path / "oncall.ics").write_bytes(calendar(VERA))
    world = make_world(configuration=configured(f"ical: '{tmp_path / 'oncall.ics'}'"))
    world.settle()
    first = called(world)

    (tmp_path / "oncall.ics").write_bytes(calendar(BORIS))
    world.run_for(minutes=6)

    assert (first, called(world)) == ("vera", "boris")


def test_a_calendar_that_changes_counts_anew(world):
    says(world, VERA)
    says(world, BORIS)

    assert called(world) == "boris"


def test_events_that_name_nobody_are_left_out(world):
    says(world, ("Gleb", "20260101T000000Z", "20270101T000000Z"))

    assert called(world) == "anna"


# --- when they cannot be read -----------------------------------------------------------------------


@pytest.mark.parametrize("broken", [None, b"<html>log in</html>", b""])
def test_what_it_last_said_counts_while_it_cannot_be_read(world, broken):
    says(world, VERA)
    world.calendars.pop(ADDRESS)
    if broken is not None:
        world.calendars[ADDRESS] = broken

    world.run_for(minutes=30)
    world.crash()
    world.run_for(minutes=10)

    assert called(world) == "vera"
    assert troubles(world) == {}


def test_after_an_hour_somebody_hears_of_it_and_of_its_end(world):
    says(world, VERA)
    kept = world.calendars.pop(ADDRESS)
    world.run_for(minutes=70)
    before = troubles(world)

    world.calendars[ADDRESS] = kept
    world.run_for(minutes=20)

    assert (before, troubles(world)) == ({"CalendarUnread": False}, {"CalendarUnread": True})


def test_one_that_was_never_read_is_a_trouble_at_once(world):
    world.run_for(minutes=1)

    assert troubles(world) == {"CalendarUnread": False}
    assert called(world) == "anna"


def test_its_address_is_in_no_trouble_and_in_no_log(world, capfd):
    world.run_for(minutes=6)

    said = capfd.readouterr()
    with world.app.ground.store.read() as read:
        (trouble,) = [row.alert for row in read.alerts_listed("", 10)]
    assert "nothing answers; it was never read" in trouble.annotations["summary"]
    assert "private-1234" not in said.err + said.out + repr(trouble) + repr(world.app.in_force.settings)


# --- over the network -------------------------------------------------------------------------------


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        status, headers, body = self.server.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = HTTPServer(("127.0.0.1", 0), Answers)
    made.answers = {}
    made.address = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_it_is_fetched_and_a_redirect_is_followed(server):
    server.answers = {
        "/here": (302, {"Location": "/there"}, b""),
        "/there": (200, {}, calendar(VERA)),
    }

    assert fetch_calendar(f"{server.address}/here", None) == calendar(VERA)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, {}, b"gone"), "answers 404; is its address still right"),
        ((500, {}, b""), "answers 500"),
        ((302, {"Location": "/secret"}, b""), "leads from one address to another for ever"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "leads to an address that is not https"),
        ((200, {}, b"x" * (4 * 1024 * 1024 + 1)), "larger than 4 MiB"),
        ((200, {"Content-Length": "99"}, b"x"), "cannot be read"),
    ],
)
def test_what_cannot_be_fetched_has_a_reason_that_keeps_the_address(server, answer, why):
    server.answers = {"/secret": answer}

    with pytest.raises(TryLater, match=why) as failed:
        fetch_calendar(f"{server.address}/secret", None)

    assert "/secret" not in str(failed.value.reason)


def test_nobody_there(server):
    server.shutdown()
    server.server_close()

    with pytest.raises(TryLater, match=r"calendar at 127\.0\.0\.1 cannot be read: Connection"):
        fetch_calendar(f"{server.address}/secret", None)
