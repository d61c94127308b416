"""Alerting on one thread."""

from __future__ import annotations


def test_a_body_alone_is_told_of_without_any_wait(make_world):
    world = make_world()
    began = world.now
    world.fire("DiskFull")

    assert [message.created_at for message in world.messages()] == [began]
