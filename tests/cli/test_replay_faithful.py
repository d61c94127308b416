"""A replay under the configuration that ran comes to what was really sent, whatever happened then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pilotbridge.clock import SystemClock
from tests.cli.conftest import Run
from tests.oncall.test_calendars import ADDRESS, calendar

EVERYTHING = """
bridge: {{ zone: Europe/Moscow, troubles: page-ops, data_dir: "{folder}", plugin_folder: "{plugins}" }}
gateways:
  smspilot:
    url: http://sandbox/api2.php
    api_key: {key}
    sender: INFORM
    reply_to: {{ number: "79021121075", prefix: "1234" }}
    duplicate_window: 5m
sources: {{ alertmanager: {{ token: {token} }} }}
contacts:
  anna:  {{ phone: "+7 908 796-47-81", role: admin }}
  boris: {{ phone: "+7 908 796-47-82" }}
  vera:  {{ phone: "+7 908 796-47-83", quiet_hours: "22:00-07:00" }}
schedules:
  primary:
    rotation: {{ every: 1d, start: "2026-01-01T09:00", members: [anna, boris] }}
    ical: "http://calendar.example/private-1234/oncall.ics"
receivers:
  - name: page-ops
    steps:
      - notify: [sms:anna]
      - {{ after: 2m, when: undelivered, notify: [sms:vera] }}
      - {{ after: 5m, when: unacknowledged, notify: [sms:boris] }}
  - {{ name: page-vera, steps: [ {{ notify: [sms:vera] }} ] }}
  - {{ name: page-duty, steps: [ {{ notify: [sms:schedule/primary] }} ] }}
route:
  receiver: page-ops
  group_by: [alertname]
  group_wait: 0s
  repeat_interval: 4h
  routes:
  - {{ receiver: page-vera, matchers: [ 'team="night"' ] }}
  - {{ receiver: page-duty, matchers: [ 'team="duty"' ] }}
limits: {{ sms_per_contact_per_hour: 9, parts_per_sms: 2 }}
relay: {{ lines: [ {{ name: ops, number: "79021121075", prefix: "1234" }} ] }}
"""


@pytest.fixture
def mixed(make_world):
    """Two days with a bit of everything; the bridge that saw them has ended."""
    start = SystemClock().utc_now() - timedelta(days=3)
    world = make_world(configuration=EVERYTHING, start=start, plugins={"ack_by_text": {}})
    begins, ends = (f"{start + timedelta(hours=hours):%Y%m%dT%H%M%SZ}" for hours in (24, 48))
    world.calendars[ADDRESS] = calendar(("Vera", begins, ends))
    world.run_for(minutes=6)
    for happens in (_pages, _a_night, _duty, _a_silence, _a_storm, _a_trouble):
        happens(world)
        world.run_for(hours=2)
    world.engine.close()
    yield world
    world.crash()


def _a_trouble(world) -> None:
    """Something is posted that nobody can read, which the bridge says of itself."""
    assert world.post({"hello": "world"}).status == 422
    world.run_for(hours=5)


def _pages(world) -> None:
    """One that nobody takes, with a worse end; and one that is taken."""
    disk = world.fire("DiskFull", instance="db01", severity="warning")
    world.run_for(minutes=20)
    world.fire("DiskFull", instance="db02", severity="critical")
    world.run_for(minutes=30)
    world.resolve(disk)
    world.fire("ApiDown", instance="api1", summary="х" * 90)
    world.run_for(minutes=2)
    world.sms_from("anna", world.incidents()[-1].ref)
    world.run_for(hours=5)


def _a_night(world) -> None:
    """What is no hurry waits for the morning, and is one SMS then."""
    for number in range(6):
        world.fire(f"Backup{number}", team="night", severity="warning")
        world.run_for(hours=3)


def _duty(world) -> None:
    world.app.desk.silence(["alertname=Quiet"], starts=None, lasts=timedelta(hours=1), by="anna", comment="")
    for number in range(4):
        world.fire(f"Duty{number}", team="duty")
        world.run_for(hours=7)


def _a_silence(world) -> None:
    """It keeps quiet what begins and ends in it, and not what outlives it."""
    world.app.desk.silence(["team=quiet"], starts=None, lasts=timedelta(hours=1), by="anna", comment="")
    short = world.fire("Short", team="quiet")
    world.fire("Long", team="quiet")
    world.run_for(minutes=10)
    world.resolve(short)
    world.run_for(hours=2)


def _a_storm(world) -> None:
    """More than a person can read, and more than the cap allows."""
    for number in range(14):
        world.fire(f"Storm{number}", severity="warning" if number % 2 else "critical")
        world.run_for(seconds=5)
    world.run_for(hours=3)


def test_everything_that_was_sent_is_sent_again(pilotbridge: Run, mixed):
    told = pilotbridge("routes", "replay", "--price", "3", "--json", config=mixed)

    assert told.code == 0, told.err
    differ = [
        (row["person"], what, row[f"{what}_before"], row[f"{what}_after"])
        for row in told.json["people"]
        for what in ("sms", "parts", "at_night", "nights", "rub")
        if row[f"{what}_before"] != row[f"{what}_after"]
    ]
    assert differ == []
    assert {row["person"] for row in told.json["people"]} == {"anna", "boris", "vera"}


def test_a_replay_never_asks_a_network_who_is_on_call(pilotbridge: Run, mixed):
    # The address is nobody's: a replay that asked would say so, and page somebody about it.
    told = pilotbridge("routes", "replay", config=mixed)

    assert told.code == 0
    assert "is not known" not in told.out


def test_a_calendar_that_was_never_read_is_named(pilotbridge: Run, mixed):
    text = (mixed.folder / "pilotbridge.yaml").read_text("utf-8")
    file = mixed.folder / "changed.yaml"
    file.write_text(text.replace("primary", "second"), "utf-8")
    file.chmod(0o600)

    told = pilotbridge("routes", "replay", config=file)

    assert told.code == 0, told.err
    assert "who was on call by second is not known: its calendar was never read" in told.out
