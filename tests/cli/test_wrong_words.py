"""What somebody mistypes is answered with cause and fix in one line, and the exit code that is promised."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("ack", ""), "there is nothing without a name: ref is empty"),
        (("silence", "expire", ""), "there is nothing without a name: "),
        (("messages", "retry", "99"), "there is no message 99; see pilotbridge messages list"),
        (("messages", "cancel", "99"), "there is no message 99; see pilotbridge messages list"),
        (("silence", "expire", "nope"), "there is no silence nope; see pilotbridge silence list"),
    ],
)
def test_what_is_not_there_is_3_and_says_where_to_look(pilotbridge: Run, world, asked, says):
    world.engine.close()

    told = pilotbridge(*asked, config=world)

    assert told.code == 3
    assert told.err.startswith(f"pilotbridge: {says}")
    assert len(told.err.splitlines()) == 1


def test_an_address_that_is_none_is_shown_how_it_is_written(pilotbridge: Run):
    told = pilotbridge("sandbox", "--listen", "foo")

    assert (told.code, "write it like 127.0.0.1:8025" in told.err) == (2, True)


def test_a_file_that_is_no_alertmanagers_is_not_told_to_begin_with_ours(pilotbridge: Run, tmp_path):
    (tmp_path / "hostname").write_text("db01\n")

    told = pilotbridge("import", tmp_path / "hostname")

    assert told.code == 78
    assert "the file must be a block of keys; begin with `route:`" in told.err
