"""Alerting on one thread: at once when it is quiet, in batches under load."""

from __future__ import annotations

import pytest

from pilotbridge.alerting.worker import linger_ms


@pytest.mark.parametrize(("bodies", "wait_ms"), [(0, 0), (1, 0), (2, 1), (9, 4), (20, 10), (1000, 10)])
def test_it_lingers_only_under_load(bodies, wait_ms):
    assert linger_ms(bodies) == wait_ms


def test_a_body_alone_is_told_of_without_any_wait(make_world):
    world = make_world()
    began = world.now
    world.fire("DiskFull")

    assert [message.created_at for message in world.messages()] == [began]


def test_what_comes_while_it_lingers_is_taken_in_together_a_little_later(make_world):
    world = make_world()
    first, second = (
        {
            "version": "4",
            "groupKey": name,
            "status": "firing",
            "receiver": "x",
            "alerts": [
                {
                    "status": "firing",
                    "labels": {"alertname": name},
                    "annotations": {},
                    "startsAt": "2026-01-12T09:00:00Z",
                    "endsAt": "0001-01-01T00:00:00Z",
                }
            ],
        }
        for name in ("One", "Two")
    )
    world.post(first, settle=False)
    world.post(second, settle=False)
    world.settle()
    world.fire("Three")
    told_at_once = [message.text.split()[1] for message in world.messages()]
    world.run_for(seconds=1)

    assert told_at_once == ["One", "Two"]
    assert [message.text.split()[1] for message in world.messages()] == ["One", "Two", "Three"]
