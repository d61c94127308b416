"""Copies of the database by command: made beside a bridge, checked, and brought back."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

from tests.cli.conftest import COMMAND, Run, on_terminal


def test_a_copy_is_made_beside_a_running_bridge_and_is_sound(pilotbridge: Run, world, tmp_path):
    world.send_sms("anna", "hello")

    copied = pilotbridge("db", "backup", tmp_path / "copy.db", config=world)
    verified = pilotbridge("db", "verify", tmp_path / "copy.db", config=world)

    assert copied.code == 0
    assert (verified.code, verified.out) == (0, f"{tmp_path / 'copy.db'} is sound\n")


def test_a_copy_never_overwrites(pilotbridge: Run, world, tmp_path):
    (tmp_path / "copy.db").write_text("precious")

    told = pilotbridge("db", "backup", tmp_path / "copy.db", config=world)

    assert told.code == 4
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_copy_comes_back_and_what_was_on_its_way_is_in_doubt(pilotbridge: Run, world, tmp_path):
    world.app.desk.pause("so that it waits", by="boris")
    world.send_sms("anna", "hello")
    pilotbridge("db", "backup", tmp_path / "copy.db", config=world)
    world.engine.close()

    told = pilotbridge("db", "restore", tmp_path / "copy.db", "--yes", config=world)

    assert told.code == 0
    assert "1 message may have been sent since the copy was made: in doubt now" in told.out
    assert f"What it replaced is {world.engine.path.with_suffix('.replaced.db')}." in told.out
    [message] = pilotbridge("messages", "list", "--json", config=world).json
    assert message["state"] == "in_doubt"


def test_a_copy_needs_a_folder_that_is_there(pilotbridge: Run, world, tmp_path):
    told = pilotbridge("db", "backup", tmp_path / "nowhere" / "copy.db", config=world)

    assert told.code == 3
    assert f"there is no folder {tmp_path / 'nowhere'}; make it, or name another" in told.err


def test_what_is_brought_back_has_to_be_a_copy(pilotbridge: Run, world, tmp_path):
    world.engine.close()

    itself = pilotbridge("db", "restore", world.engine.path, "--yes", config=world)
    nothing = pilotbridge("db", "restore", tmp_path / "none.db", "--yes", config=world)

    assert (itself.code, "is the database itself; name a copy of it" in itself.err) == (4, True)
    assert (nothing.code, "there is no file" in nothing.err) == (3, True)


def test_nothing_is_brought_back_under_a_bridge(pilotbridge: Run, world, tmp_path):
    pilotbridge("db", "backup", tmp_path / "copy.db", config=world)

    told = pilotbridge("db", "restore", tmp_path / "copy.db", "--yes", config=world)

    assert told.code == 75
    assert "stop it first" in told.err


def test_nothing_is_brought_back_without_a_yes(pilotbridge: Run, world, tmp_path):
    pilotbridge("db", "backup", tmp_path / "copy.db", config=world)
    world.engine.close()

    config = world.folder / "pilotbridge.yaml"
    told = subprocess.run(
        [COMMAND, "-c", config, "db", "restore", tmp_path / "copy.db"],
        input=b"n\n",
        capture_output=True,
        check=False,
    )

    assert told.returncode == 1
    assert b"Replace " in told.stderr
    assert not world.engine.path.with_suffix(".replaced.db").exists()


def test_what_is_no_sound_copy_is_not_brought_back(pilotbridge: Run, world, tmp_path):
    (tmp_path / "copy.db").write_bytes(b"junk" * 1000)
    world.send_sms("anna", "hello")
    world.engine.close()

    told = pilotbridge("db", "restore", tmp_path / "copy.db", "--yes", config=world)

    assert told.code == 78
    assert len(pilotbridge("messages", "list", "--json", config=world).json) == 1


def test_a_file_that_is_not_sound_exits_1_and_one_that_is_not_there_3(pilotbridge: Run, world, tmp_path):
    (tmp_path / "junk.db").write_bytes(b"junk" * 1000)

    junk = pilotbridge("db", "verify", tmp_path / "junk.db", "--json", config=world)
    none = pilotbridge("db", "verify", tmp_path / "none.db", config=world)

    assert (junk.code, junk.json["sound"]) == (1, False)
    assert none.code == 3


def test_what_is_past_its_time_is_forgotten(pilotbridge: Run, make_world):
    world = make_world(start=datetime(2020, 1, 13, 9, 0, tzinfo=UTC))
    world.send_sms("anna", "hello")
    world.run_for(minutes=1)
    world.engine.close()

    pruned = pilotbridge("db", "prune", "--json", config=world).json

    assert pruned["rows"] >= 1
    assert pilotbridge("messages", "list", config=world).out == "No messages.\n"


def test_what_is_not_past_its_time_stays(pilotbridge: Run, make_world):
    world = make_world(start=datetime.now(UTC))
    world.send_sms("anna", "hello")
    world.run_for(minutes=1)
    world.engine.close()

    told = pilotbridge("db", "prune", config=world)

    assert told.out == "nothing is old enough\n"


def test_on_a_terminal_the_work_shows_and_leaves_only_its_result(world, tmp_path):
    seen = on_terminal("db", "backup", tmp_path / "copy.db", config=world.folder / "pilotbridge.yaml")

    assert "copying" in seen
    assert "is copied into" in seen.splitlines()[-1] or "KiB" in seen
