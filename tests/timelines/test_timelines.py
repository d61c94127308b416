"""Each row of the table on the hand-moved clock: what every phone hears, when, and nothing else."""

from __future__ import annotations

import os

import pytest

from tests.timelines.stage import Stage, unlike
from tests.timelines.story import PEOPLE, Story, stories

EVERYWHERE = bool(os.environ.get("PILOTBRIDGE_LONG"))
"""Kills on both sides of every line; else in each phase one, now after its beginning, now before its end."""
TABLE = [pytest.param(story, id=f"{file}: {story.name}") for file, story in stories()]
ROBUST = [row for row in TABLE if not row.values[0].unless_killed]


def heard(stage: Stage) -> dict[str, list[tuple[int, str]]]:
    return {who: stage.heard(who) for who in PEOPLE}


@pytest.mark.parametrize("story", TABLE)
def test_each_phone_hears_what_the_story_says_and_nothing_else(make_world, tmp_path, story: Story):
    stage = Stage(make_world, tmp_path, story)

    stage.play()

    assert not unlike(story, heard(stage))


@pytest.mark.parametrize("story", ROBUST)
def test_a_kill_in_every_phase_repeats_nothing_and_forgets_nothing(make_world, tmp_path, story: Story):
    stage = Stage(make_world, tmp_path, story)

    stage.play(lambda number: (True, True) if EVERYWHERE else (number % 2 == 1, number % 2 == 0))

    assert not unlike(story, heard(stage))


def test_the_table_has_eighty_rows_and_each_its_own_name():
    names = [story.name for _, story in stories()]

    assert len(names) >= 80
    assert len(set(names)) == len(names)
