"""From a file that could not be posted to the phone: once, whatever happens around it."""

from __future__ import annotations

import pytest

from pilotbridge.spooled import Spooled
from pilotbridge.testing.world import CONFIGURATION
from tests.plugins.sources.conftest import incoming
from tests.plugins.sources.samples import NAGIOS, NAGIOS_OVER

CONFIGURED = CONFIGURATION.replace("sources:\n", "sources:\n  nagios: {{ token: a-token-of-the-world }}\n")


@pytest.fixture
def world(make_world):
    return make_world(configuration=CONFIGURED)


def leave(world, words, *, key="notify-1"):
    """As `pilotbridge notify` leaves a file; the sender's clock is the bridge's."""
    folder = world.folder / "data" / "spool"
    folder.mkdir(mode=0o700, exist_ok=True)
    at_ms = world.clock.now_ms()
    body = incoming({**words, "time": str(at_ms // 1000)}).body.decode()
    spooled = Spooled("nagios", key, at_ms, body)
    (folder / spooled.file_name).write_bytes(spooled.encode())
    return spooled


def first_words(world):
    return [text.split()[0] for text in world.texts_to("anna")]


def test_a_file_is_taken_in_within_some_seconds(world):
    leave(world, NAGIOS)

    world.run_for(seconds=10)

    assert first_words(world) == ["CRIT"]


def test_what_was_left_while_the_bridge_was_down_is_there_at_its_start(world):
    leave(world, NAGIOS)
    world.crash()

    world.settle()

    assert len(world.incidents()) == 1


def test_a_problem_and_its_end_come_in_their_order(world):
    leave(world, NAGIOS, key="a")
    world.run_for(minutes=1)
    leave(world, NAGIOS_OVER, key="b")
    world.run_for(minutes=6)

    assert first_words(world) == ["CRIT", "CLEAR"]


def test_what_began_and_ended_while_nobody_was_there_wakes_nobody(world):
    problem = leave(world, NAGIOS, key="a")
    over = leave(world, NAGIOS_OVER, key="b")
    assert problem.file_name < over.file_name

    world.run_for(minutes=6)

    assert first_words(world) == []


def test_a_problem_that_arrives_after_its_end_wakes_nobody(world):
    problem = leave(world, NAGIOS)
    (world.folder / "data" / "spool" / problem.file_name).unlink()
    world.run_for(minutes=1)
    over = {**NAGIOS_OVER, "time": str(world.clock.now_ms() // 1000)}
    assert world.post(over, source="nagios").status == 202

    (world.folder / "data" / "spool" / problem.file_name).write_bytes(problem.encode())
    world.run_for(minutes=6)

    assert first_words(world) == []


def test_a_file_that_cannot_be_read_is_a_trouble_that_reaches_a_person(world):
    folder = world.folder / "data" / "spool"
    folder.mkdir(mode=0o700)
    (folder / "1-broken.json").write_bytes(b'{"source": "nag')

    world.run_for(minutes=2)

    assert any("SpoolSetAside" in text for text in world.texts_to("anna"))
    assert (folder / "aside" / "1-broken.json").exists()
