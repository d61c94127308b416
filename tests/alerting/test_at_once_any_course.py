"""Whatever comes in, and in whatever order: what is told at once is what a later look would have told."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.config.settings import RouteNode
from pilotbridge.matcher import Matchers

from .conftest import NoPlugins, alert
from .test_at_once import Asked, silence

COURSES = 40
NOW = RouteNode(
    "root", "ops", group_by=("alertname",), group_wait=timedelta(0), group_interval=timedelta(minutes=2)
)
GRAVE = replace(NOW, path="root/0", receiver="both", matchers=Matchers.parse('{severity="critical"}'))
LATER = replace(
    NOW, path="root/1", group_wait=timedelta(seconds=30), matchers=Matchers.parse("{alertname=D}")
)
REF = re.compile(r"#\d+|1234 \d+")

QUESTIONS = (
    "SELECT * FROM alert ORDER BY 1",
    "SELECT * FROM member ORDER BY 1, 2",
    "SELECT key, due_at_ms, flushed_at_ms, notified_at_ms, muted, incident_id IS NULL, left_out"
    " FROM alert_group ORDER BY 1",
    "SELECT name, severity, receiver, alerts, notifications, closed_at_ms FROM incident ORDER BY 1, 2, 3, 4",
)


def course(chance: random.Random) -> Iterator[tuple[list[dict], dict, int]]:
    """Bodies with what is said of each, and the seconds until the next."""
    for _ in range(chance.randint(3, 7)):
        of_group = {"source": "am", "group": chance.choice("gh")} if chance.random() < 0.4 else {}
        if of_group and chance.random() < 0.3:
            of_group |= {"left_out": 2} if chance.random() < 0.7 else {"ended": of_group["group"]}
        alerts = [one(chance) for _ in range(chance.randint(1, 4))]
        yield alerts, of_group, chance.choice([0, 1, 5, 61, 130, 400])


def one(chance: random.Random) -> dict:
    more: dict = {"state": "resolved"} if chance.random() < 0.3 else {}
    more |= {"lease_s": 60} if chance.random() < 0.2 else {}
    more |= {"starts": 1_764_000_000_000 + chance.randint(0, 3) * 1000} if chance.random() < 0.2 else {}
    severity = chance.choice(["critical", "warning", "info", ""])
    return alert(chance.choice("ABCD"), chance.choice(["db1", "db2"]), severity, **more)


def seen(world) -> list:
    """All that is on record; in which order new ones got their refs is nobody's business."""
    rows = world.engine.connection.raw.execute
    told = [(m.recipient, REF.sub("#", m.text), m.state, m.reason) for m in world.messages()]
    return [sorted(told, key=str), *(rows(question).fetchall() for question in QUESTIONS)]


def gone_through(world, chance: random.Random) -> list[list]:
    """What is on record after each body."""
    found = []
    if chance.random() < 0.3:
        world.write(lambda tx: tx.put_silence(silence(world), world.now_ms()))
    for alerts, of_group, wait_s in course(chance):
        world.push(*alerts, **of_group)
        if chance.random() < 0.3:
            world.send_all()
        world.run_for(seconds=wait_s)
        found.append(seen(world))
    return found


@pytest.mark.parametrize("seed", range(COURSES))
def test_told_at_once_or_by_the_next_look_it_is_the_same(build, seed):
    route = replace(NOW, children=(GRAVE, LATER))

    at_once, by_a_look = (
        gone_through(build(hooks, route=route), random.Random(seed)) for hooks in (NoPlugins(), Asked())
    )

    assert at_once == by_a_look
