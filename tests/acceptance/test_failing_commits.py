"""Every commit on an alert's way fails once, in each way a disk can: it still reaches the phone, once."""

from __future__ import annotations

import pytest

from pilotbridge.errors import StoreUnavailable
from pilotbridge.lifecycle import State
from pilotbridge.testing.world import CONFIGURATION
from tests.failing_disk import BUSY, FULL, IO, Disk, put_on

LATER = CONFIGURATION.replace("group_wait: 0s", "group_wait: 30s")


def post(world) -> None:
    """As a sender that posts again until it hears 2xx."""
    while True:
        try:
            world.fire("DiskFull")
        except AssertionError as refused:
            if "try-later" not in str(refused):
                raise
            continue
        except StoreUnavailable:
            world.runtime.rearm()  # it was heard; a worker's turn failed behind it
        return


def go_on(world, seconds: int) -> None:
    """Every worker takes its turns; one that cannot reach the store takes another a second later."""
    for _ in range(seconds):
        try:
            world.run_for(seconds=1)
        except StoreUnavailable:
            world.runtime.rearm()


@pytest.mark.parametrize("configuration", [CONFIGURATION, LATER], ids=["at once", "later"])
@pytest.mark.parametrize(
    "disk",
    [
        lambda number: Disk({number}, FULL),
        lambda number: Disk({number}, BUSY),
        lambda number: Disk({number}, IO),
        lambda number: Disk({number}, IO, is_kept=True),
    ],
    ids=["full", "locked", "io error", "io error, and kept"],
)
def test_whichever_commit_fails_the_alert_reaches_the_phone_once(make_world, disk, configuration):
    number, lasts = 0, True
    while lasts:
        number += 1
        world, failing = make_world(configuration=configuration), disk(number)
        put_on(world, failing)
        post(world)
        go_on(world, 180)

        lasts = failing.commits >= number
        texts = [text for text in world.texts_to("anna") if "DiskFull" in text]
        messages = [each for each in world.messages() if each.origin == "alert"]
        assert len(texts) == 1, (number, texts, messages)
        assert [each.state for each in messages] == [State.DELIVERED], (number, messages)
        with world.engine.read() as read:
            assert read.oddities() == [], number
        if number > 60:
            break

    assert number > 12, number


@pytest.mark.parametrize("configuration", [CONFIGURATION, LATER], ids=["at once", "later"])
def test_a_disk_that_is_full_for_long_uses_up_no_refs(make_world, configuration):
    world = make_world(configuration=configuration)
    put_on(world, Disk(range(2, 60), FULL))
    post(world)

    go_on(world, 180)

    assert [incident.ref for incident in world.incidents()] == ["550"]
