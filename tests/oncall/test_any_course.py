"""Whatever happens to a schedule: somebody is always called, and every change is said once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotbridge.errors import Refused
from pilotbridge.testing.world import World
from tests.oncall.schedules import configured

SHORT = "rotation: { every: 1h, start: '2026-01-12T11:30', members: [anna, boris, vera] }"
CONFIGURED = configured(f"{SHORT}, handover: {{ sms: true, test: 10m }}")
NAMES = ("anna", "boris", "vera")

names = st.sampled_from(NAMES)
deeds = st.one_of(
    st.tuples(st.just("take"), names),
    st.tuples(st.just("put"), names),
    st.tuples(st.just("end"), st.just("")),
    st.tuples(st.just("off"), names),
    st.tuples(st.just("on"), names),
    st.tuples(st.just("crash"), st.just("")),
    st.tuples(st.just("stop"), st.just("")),
    st.tuples(st.just("wait"), st.just("")),
)


def do(world: World, deed: str, name: str) -> None:
    desk = world.app.desk.oncall
    phone = world.contacts[name].phone.digits if name else ""
    match deed:
        case "take":
            desk.take("primary", name, timedelta(minutes=25))
        case "put":
            now = world.now
            desk.override("primary", name, now + timedelta(minutes=5), now + timedelta(minutes=45), by="anna")
        case "end":
            with world.engine.read() as read:
                number = next((row.override.id for row in read.overrides_since(0)), 0)
            desk.end(number, by="anna")
        case "off":
            world.order("scripts", phone=phone, outcome="undelivered")
        case "on":
            world.order("scripts/clear", phone=phone)
        case "crash":
            world.crash()
        case "stop":
            world.clock.forward(35 * 60_000)
            world.crash()


def begun(world: World) -> list[str]:
    """Who was told that they are on call, in order."""
    told = (message for message in world.messages() if message.origin == "oncall")
    return [each.contact for each in told if each.text.startswith(("You are on call", "Vy dezhurite"))]


@pytest.mark.timeout(300)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(deeds, min_size=2, max_size=7))
def test_somebody_is_always_called_and_every_change_is_said_once(tmp_path_factory, course):
    world = World(tmp_path_factory.mktemp("course"), configuration=CONFIGURED)
    try:
        for deed, name in course:
            with suppress(Refused):
                do(world, deed, name)
            world.run_for(minutes=17)
            with world.engine.read() as read:
                called = world.app.desk.oncall.roster(read).called("primary").contact
                holder = read.holders()["primary"].contact
            assert called in NAMES
            assert holder == called
        told = begun(world)
    finally:
        world.close()

    assert all(one != other for one, other in pairwise(told))
