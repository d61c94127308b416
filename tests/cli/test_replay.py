"""The journal through another configuration: who would have been told, how often, and at what price."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pilotbridge.clock import SystemClock
from pilotbridge.replay.report import shares
from pilotbridge.testing.world import CONFIGURATION
from tests.cli.conftest import Run

WEEK = timedelta(days=7)


@pytest.fixture
def world(make_world):
    """A week ago one disk filled and one page was taken; its bridge has ended."""
    start = SystemClock().utc_now() - timedelta(days=3)
    world = make_world(start=start, plugins={"ack_by_text": {}})
    disk = world.fire("DiskFull", instance="db01")
    world.run_for(minutes=20)
    world.resolve(disk)
    world.run_for(hours=1)
    world.fire("ApiDown", instance="api1")
    world.run_for(minutes=2)
    world.sms_from("anna", world.incidents()[-1].ref)
    world.run_for(minutes=30)
    world.engine.close()
    yield world
    world.crash()


def changed(world, old: str, new: str):
    """Another configuration beside the one that ran, on the same database."""
    text = (world.folder / "pilotbridge.yaml").read_text("utf-8")
    assert old in text
    file = world.folder / "changed.yaml"
    file.write_text(text.replace(old, new), "utf-8")
    file.chmod(0o600)
    return file


def people(fact) -> dict[str, tuple[int, int]]:
    return {row["person"]: (row["sms_before"], row["sms_after"]) for row in fact["people"]}


def test_the_same_configuration_changes_nothing(pilotbridge: Run, world):
    told = pilotbridge("routes", "replay", "--json", config=world)

    assert told.code == 0, told.err
    assert people(told.json) == {"anna": (3, 3)}
    assert (told.json["bodies"], told.json["alerts"], told.json["incidents"]) == (3, 3, 2)


def test_another_receiver_shows_person_by_person(pilotbridge: Run, world):
    file = changed(world, "receiver: page-ops\n", "receiver: page-boris\n")

    told = pilotbridge("routes", "replay", "--price", "3", config=file)

    assert told.code == 0, told.err
    assert "3 bodies with 3 alerts since " in told.out
    assert "compared with what was really sent" in told.out
    [anna] = [line for line in told.out.splitlines() if line.startswith("anna")]
    assert "3 -> 0 (-3)" in anna
    assert "roubles: 9.00 -> 9.00 (+0.00)" in told.out


def test_another_configuration_can_be_compared_with(pilotbridge: Run, world):
    file = changed(world, "receiver: page-ops\n", "receiver: page-boris\n")

    told = pilotbridge("routes", "replay", "--against", file, "--json", config=world)

    assert people(told.json) == {"anna": (0, 3), "boris": (3, 0)}
    assert told.json["compared_with"] == str(file)


def test_what_was_taken_then_is_taken_now(pilotbridge: Run, world):
    steps = "steps: [ { notify: [sms:anna] }, { after: 10m, when: unacknowledged, notify: [sms:boris] } ]"
    file = changed(world, "steps: [ { notify: [sms:anna] } ]", steps)

    told = pilotbridge("routes", "replay", "--json", config=file)

    # Nobody took the disk; the page that Anna took goes no further.
    assert people(told.json) == {"anna": (3, 3), "boris": (0, 2)}


def test_nothing_is_sent_or_written(pilotbridge: Run, world):
    before = world.taken(), (world.folder / "data" / "pilotbridge.db").read_bytes()

    pilotbridge("routes", "replay", config=world)

    assert (world.taken(), (world.folder / "data" / "pilotbridge.db").read_bytes()) == before


def test_what_lies_in_the_spool_stays_for_the_bridge(pilotbridge: Run, world):
    spool = world.folder / "data" / "spool"
    spool.mkdir(mode=0o700)
    (spool / "1-1.json").write_text('{"source": "alertmanager", "key": "k", "body": "{}"}', "utf-8")

    pilotbridge("routes", "replay", config=world)

    assert [file.name for file in spool.iterdir()] == ["1-1.json"]


def test_what_a_source_cannot_read_any_more_is_counted(pilotbridge: Run, world):
    file = changed(world, "alertmanager: { token", "other: { type: alertmanager, token")

    told = pilotbridge("routes", "replay", config=file)

    assert "3 bodies could not be read under this configuration" in told.out


def test_an_sms_is_at_night_by_when_it_went_and_not_by_when_it_was_written(make_world):
    """Noon UTC is three in the afternoon for Anna; it waited until one at night."""
    world = make_world()
    sent = world.message(world.send_sms("anna", "hello"))
    waited = replace(sent, created_at=datetime(2026, 1, 12, 12, tzinfo=UTC))

    found = [
        shares([replace(waited, accepted_at=at)], world.app.in_force.settings)["anna"].at_night
        for at in (datetime(2026, 1, 12, 22, tzinfo=UTC), datetime(2026, 1, 12, 13, tzinfo=UTC), None)
    ]

    assert found == [1, 0, 0]


def test_an_empty_journal_says_so(pilotbridge: Run, world):
    told = pilotbridge("routes", "replay", "--since", "1m", config=world)

    assert told.code == 0
    assert "nobody is told anything" in told.out


def test_without_a_database_there_is_nothing_to_replay(pilotbridge: Run, tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(
        CONFIGURATION.format(folder=tmp_path / "d", plugins=tmp_path, key="k" * 32, token="t" * 32)
    )
    file.chmod(0o600)

    told = pilotbridge("routes", "replay", config=file)

    assert told.code == 3
    assert "no database" in told.err
