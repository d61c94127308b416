"""The heartbeat goes out while alerts would reach people, and stops when a part of the way does not work."""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.app import App
from pilotbridge.config.loader import parse
from pilotbridge.config.settings import HeartbeatSettings, Secret
from pilotbridge.errors import StoreUnavailable, TryLater
from pilotbridge.heartbeat import Heard, Heartbeat
from pilotbridge.logs import Redaction
from pilotbridge.pinging import PingWay, ping
from pilotbridge.runtime.stepped import SteppedRuntime
from pilotbridge.testing.world import CONFIGURATION

URL = "https://pings.example/ping/0123-4567-a-token"
WITH_HEARTBEAT = CONFIGURATION.replace("bridge: {{", f"bridge: {{{{ heartbeat: {{{{ url: {URL} }}}},")


@pytest.fixture
def world(make_world):
    return make_world(configuration=WITH_HEARTBEAT)


def metric(world, name, **labels):
    written = ",".join(f'{key}="{value}"' for key, value in labels.items())
    line = f"pilotbridge_{name}{{{written}}} "
    found = [row for row in world.app.meter.render().decode().splitlines() if row.startswith(line)]
    return float(found[0].rpartition(" ")[2]) if found else None


def noted(world):
    with world.engine.read() as read:
        return read.meta("heartbeat").split(" ", 2)[1:]


def test_it_goes_out_every_minute_while_everything_works(world):
    world.run_for(minutes=10)

    assert len(world.pings.heard) == 10
    assert set(world.pings.urls) == {URL}
    assert metric(world, "heartbeats_total", outcome="sent") == 10
    assert noted(world) == ["sent", ""]


def test_none_goes_out_when_none_is_configured(make_world):
    world = make_world()

    world.run_for(minutes=10)

    assert world.pings.heard == []


def test_it_stops_with_the_gateway_and_comes_back_with_it(world):
    world.run_for(minutes=5)
    world.order("faults", kind="down", count=None)
    world.run_for(minutes=2)
    before = len(world.pings.heard)

    world.run_for(minutes=20)
    meanwhile, why = len(world.pings.heard), noted(world)
    works = metric(world, "heartbeat_part_works", part="gateway")
    world.order("faults/clear")
    world.run_for(minutes=3)

    assert meanwhile - before <= 1
    assert works == 0
    assert why[0] == "withheld"
    assert why[1].startswith("gateway: smspilot has not answered for")
    assert len(world.pings.heard) - meanwhile >= 2
    assert metric(world, "heartbeat_part_works", part="gateway") == 1


def test_a_gateway_that_says_no_to_everything_does_not_work(world):
    world.order("faults", kind="code", code=106, count=None)

    world.run_for(minutes=10)

    assert world.pings.heard == []


def test_one_gateway_of_two_is_enough(make_world):
    second = "  backup: {{ type: smspilot, url: http://sandbox/api2.php, api_key: {key} }}\nsources:\n"
    world = make_world(configuration=WITH_HEARTBEAT.replace("sources:\n", second, 1))
    silent = next(heard for heard in world.app.sending.answering if heard.name == "smspilot")
    world.run_for(minutes=1)

    silent.answered_at_boot_ms = None
    beat = heartbeat_of(world, gateways=world.app.sending.answering)
    beat.turn()

    assert len(world.pings.heard) == 2


def test_nothing_goes_out_before_a_gateway_has_answered(world):
    world.order("faults", kind="down", count=None)

    world.run_for(minutes=2)

    assert world.pings.heard == []
    assert noted(world) == ["withheld", "gateway: smspilot has not answered since the start"]


def test_it_stops_while_the_intake_does_not_answer(world):
    world.run_for(minutes=3)
    world.door_fault = "no connection in time"

    world.run_for(minutes=5)
    meanwhile = len(world.pings.heard)
    world.door_fault = ""
    world.run_for(minutes=2)

    assert meanwhile == 3
    assert len(world.pings.heard) == 5
    assert metric(world, "heartbeats_total", outcome="withheld") == 5


class Full:
    """A store that cannot write; or (``hangs``) never says whether it has."""

    def __init__(self, *, hangs: bool = False) -> None:
        self._hangs = hangs

    def write(self, job):
        future: Future[None] = Future()
        if not self._hangs:
            future.set_exception(StoreUnavailable("the disk is full"))
        return future


def heartbeat_of(world, **parts):
    ground = world.app.ground
    usual = {
        "store": ground.store,
        "gateways": world.app.sending.answering,
        "door": lambda: "",
        "work": lambda: "",
        "clock": world.runtime.clock,
        "meter": world.app.meter,
        "troubles": world.app.troubles,
    }
    way = PingWay(make_adapter=lambda: world.pings)
    return Heartbeat(HeartbeatSettings(Secret(URL)), way, **{**usual, **parts})


def test_it_stops_while_the_store_does_not_write(world):
    world.run_for(seconds=30)

    heartbeat_of(world, store=Full()).turn()

    assert world.pings.heard == []
    assert metric(world, "heartbeat_part_works", part="store") == 0
    assert metric(world, "heartbeat_part_works", part="gateway") == 1


def test_it_stops_while_a_worker_fails_every_turn(world):
    world.run_for(minutes=3)
    before = len(world.pings.heard)

    world.app.overseer.failed("alerting", ValueError())
    world.run_for(minutes=3)
    meanwhile, why = len(world.pings.heard), noted(world)
    world.app.overseer.works("alerting")
    world.run_for(minutes=2)

    assert (meanwhile, len(world.pings.heard)) == (before, before + 2)
    assert why == [
        "withheld",
        "work: worker alerting fails every turn, and what it should do waits: ValueError",
    ]


def test_a_commit_that_never_returns_is_not_waited_for(world):
    world.run_for(seconds=30)

    heartbeat_of(world, store=Full(hangs=True), commits_within=timedelta(seconds=0.01)).turn()

    assert world.pings.heard == []
    assert metric(world, "heartbeat_part_works", part="store") == 0


def test_a_ping_that_does_not_get_through_is_told_of_and_tried_again(world):
    world.run_for(minutes=2)
    world.pings.status = 0

    world.run_for(minutes=6)
    (incident,) = world.incidents()
    why = noted(world)
    world.pings.status = 200
    world.run_for(minutes=10)

    assert incident.name == "HeartbeatUnsent"
    assert why == ["failed", "pings.example: connection refused"]
    assert world.incidents()[0].closed_at is not None


@pytest.mark.parametrize(
    ("status", "says"),
    [(302, "a redirect, which is never followed"), (404, "answers 404"), (500, "answers 500")],
)
def test_only_a_yes_is_a_yes(world, status, says):
    world.pings.status = status

    with pytest.raises(TryLater, match=says) as raised:
        ping(URL, PingWay(make_adapter=lambda: world.pings), world.runtime.clock)

    assert "token" not in raised.value.reason


def test_a_dry_run_pings_nobody(world):
    runtime = SteppedRuntime(world.clock)
    ground = replace(world.app.ground, runtime=runtime, ping_adapter=None)
    App(world.app.in_force.settings, world.app.in_force.plugins, ground, world.app.meter)

    runtime.run_for(timedelta(minutes=3))

    assert world.pings.heard == []


def test_its_address_is_a_secret():
    settings = parse(
        f"bridge: {{ heartbeat: {{ url: '{URL}', proxy: 'socks5h://me:a-password@proxy:1080' }} }}\n"
        "gateways: { smspilot: { api_key: a-key } }\n"
        "sources: { alertmanager: { token: a-token-of-sixteen } }\n"
        "contacts: { anna: { phone: '+7 908 796-47-81' } }\n"
        "receivers: [ { name: ops, steps: [ { notify: [sms:anna] } ] } ]\n"
        "route: { receiver: ops }\n"
    ).settled()

    cleaned = Redaction(settings.secrets).clean(f"GET {URL} by /ping/0123-4567-a-token with a-password")

    assert "0123" not in cleaned
    assert "a-password" not in cleaned
    assert "0123" not in repr(settings)


def test_a_gateway_that_is_listened_to_is_a_gateway_like_before(world):
    (heard,) = world.app.sending.gateways.values()

    assert isinstance(heard, Heard)
    assert heard.account().balance_rub == heard.balance_rub()
    assert json.dumps(heard.name) == '"smspilot"'
