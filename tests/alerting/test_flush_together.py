"""Groups that are due together are written together, and what is wrong with one costs the others nothing."""

from __future__ import annotations

import pytest

from pilotbridge.alerting.flush import GROUPS_PER_READ, LOOKS
from pilotbridge.errors import StoreUnavailable
from pilotbridge.model import Reason
from pilotbridge.oncall.acknowledgement import acknowledge
from tests.failing_disk import FULL, Disk, put_on

from .conftest import NoPlugins, alert


class Unstorable(NoPlugins):
    """A plugin that keeps one group quiet for a reason that no database can hold."""

    def mute_group(self, notification):
        return "half a character: \ud800" if notification.incident.name == "Broken" else ""


def test_a_group_that_cannot_be_written_keeps_no_other_waiting(build):
    world = build(hooks=Unstorable())

    world.push(alert("Broken"), alert("DiskFull"), alert("NoPing"))
    world.run_for(seconds=31)

    assert sorted(text.split()[1] for text in world.texts_to()) == ["DiskFull", "NoPing"]


def test_a_group_that_cannot_be_written_is_looked_at_again(build):
    hooks = Unstorable()
    world = build(hooks=hooks)
    world.push(alert("Broken"))
    world.run_for(seconds=31)

    hooks.mute_group = lambda notification: ""
    world.run_for(seconds=11)

    assert [text.split()[1] for text in world.texts_to()] == ["Broken"]


class TakenWhileWorded(NoPlugins):
    """Each time a repeat is worded its group changes; at last somebody takes its incident."""

    def __init__(self):
        self.world = None
        self.asked = 0

    def mute_group(self, notification):
        incident, now_ms = notification.incident, self.world.now_ms()
        if notification.reason is Reason.REPEAT:
            self.asked += 1
            if self.asked == LOOKS:
                self.world.store.write(
                    lambda tx: acknowledge(tx, incident.ref, by="boris", now_ms=now_ms)
                ).result()
            self.world.store.write(lambda tx: tx.wake_group(incident.group.id, now_ms)).result()
        return ""


def test_what_is_taken_while_it_is_worded_is_not_told_even_at_the_last_look(build):
    hooks = TakenWhileWorded()
    hooks.world = world = build(hooks=hooks)
    world.fire()

    world.run_for(hours=5)

    assert hooks.asked == LOOKS
    assert len(world.texts_to()) == 1


class GrowsWhileWorded(NoPlugins):
    """Each time a group is worded for the first time one more of its alerts comes in."""

    def __init__(self):
        self.world = None
        self.asked = 0

    def mute_group(self, notification):
        if notification.reason is Reason.FIRST:
            self.asked += 1
            self.world.fire("DiskFull", f"db1{self.asked}", settle=False)
            self.world.ingest.turn()
        return ""


def test_what_came_in_while_it_was_worded_is_told_after_the_interval(build):
    hooks = GrowsWhileWorded()
    hooks.world = world = build(hooks=hooks)
    world.fire()
    world.run_for(seconds=31)
    at_once = len(world.texts_to())

    world.run_for(minutes=5)

    assert (hooks.asked, at_once) == (LOOKS, 1)
    assert [text.split()[0] for text in world.texts_to()] == ["CRIT", "+1"]


class BreaksWhileItsEndIsWorded(NoPlugins):
    """Each time an end is worded its group changes; at last one more of its alerts comes in."""

    def __init__(self):
        self.world = None
        self.asked = 0

    def mute_group(self, notification):
        group, now_ms = notification.incident.group.id, self.world.now_ms()
        if notification.reason is Reason.ALL_RESOLVED:
            self.asked += 1
            self.world.store.write(lambda tx: tx.wake_group(group, now_ms)).result()
            if self.asked == LOOKS:
                self.world.fire("DiskFull", "db02", settle=False)
                self.world.ingest.turn()
        return ""


def test_what_came_in_while_an_end_was_worded_is_told_after_the_interval(build):
    hooks = BreaksWhileItsEndIsWorded()
    hooks.world = world = build(hooks=hooks)
    world.fire()
    world.run_for(seconds=31)
    world.send_all()
    world.resolve()

    world.run_for(minutes=11)

    assert [text.split()[0] for text in world.texts_to()] == ["CRIT", "CLEAR", "CRIT"]


def test_refs_that_are_given_out_together_differ(build):
    world = build()

    world.push(*[alert(f"Alert{number}") for number in range(60)])
    world.run_for(seconds=31)

    assert len({incident.ref for incident in world.incidents()}) == 60


def test_what_was_written_before_the_disk_was_full_is_known_to_be(build):
    world = build()
    world.push(*[alert(f"Alert{number}") for number in range(GROUPS_PER_READ + 10)])
    put_on(world, Disk(range(2, 100), FULL))

    with pytest.raises(StoreUnavailable):
        world.run_for(seconds=31)

    assert len(world.texts_to()) == GROUPS_PER_READ
    assert world.meter.of("notifications", reason="first") == GROUPS_PER_READ
