"""What a plugin keeps quiet because a group is only about it, where the group has more than it sees."""

from __future__ import annotations

import pytest

from pilotbridge.matcher import Matchers
from tests.alerting.conftest import NoPlugins, alert

ABOUT_DISKS = Matchers.parse('alertname="DiskFull"')


class Quiet(NoPlugins):
    def mute_group(self, notification):
        return "only disks" if notification.is_only_about(ABOUT_DISKS) else ""


@pytest.fixture
def world(build):
    return build(hooks=Quiet())


def test_a_large_group_of_the_bridges_own_is_kept_quiet_by_what_groups_it(world):
    world.push(*(alert(instance=f"db{number}") for number in range(25)))
    world.run_for(minutes=1)

    assert world.texts_to() == []


def test_so_is_one_of_its_senders_when_all_of_it_has_that_label(world):
    world.push(*(alert(instance=f"db{number}") for number in range(25)), source="am", group="eu1")
    world.run_for(minutes=1)

    assert world.texts_to() == []


def test_a_large_group_of_its_senders_is_told_when_it_holds_others_too(world):
    disks = [alert(instance=f"db{number}") for number in range(24)]
    world.push(*disks, alert("ApiDown", severity="warning"), source="am", group="eu1")
    world.run_for(minutes=1)

    assert len(world.texts_to()) == 1


def test_a_small_group_of_its_senders_is_kept_quiet_when_all_of_it_is_seen(world):
    world.push(alert(), alert(instance="db02"), source="am", group="eu1")
    world.run_for(minutes=1)

    assert world.texts_to() == []
