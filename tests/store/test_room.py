"""A disk that fills up is told of while there is room to tell it in."""

import pytest

from pilotbridge.store.room import tell_room


class Heard:
    def __init__(self):
        self.open = {}

    def raise_trouble(self, trouble):
        self.open[trouble.name, trouble.what] = trouble.summary

    def clear(self, name, what):
        self.open.pop((name, what), None)


@pytest.fixture
def heard():
    return Heard()


def test_a_disk_that_fills_up_is_told_of_with_what_to_do(tmp_path, heard):
    tell_room(tmp_path, heard, free=lambda _: 63)

    [said] = heard.open.values()
    assert said.startswith(f"63 MiB are left on the disk of {tmp_path}")
    assert "make room" in said


def test_a_disk_with_room_is_nothing_to_tell(tmp_path, heard):
    tell_room(tmp_path, heard, free=lambda _: 64)

    assert heard.open == {}


def test_it_is_over_when_there_is_more_than_just_enough(tmp_path, heard):
    tell_room(tmp_path, heard, free=lambda _: 10)

    tell_room(tmp_path, heard, free=lambda _: 70)
    before = len(heard.open)
    tell_room(tmp_path, heard, free=lambda _: 96)

    assert (before, len(heard.open)) == (1, 0)


def test_a_folder_that_went_away_is_not_taken_for_a_full_disk(tmp_path, heard):
    tell_room(tmp_path / "gone", heard)

    assert heard.open == {}


def test_the_bridge_looks_by_itself(world):
    world.app.troubles.raise_trouble(trouble_of_another_start())
    world.run_for(seconds=30)
    before = [text for text in world.texts_to("anna") if "DiskLow" in text]

    world.run_for(minutes=10)

    told = [text for text in world.texts_to("anna") if "DiskLow" in text]
    assert len(before) == 1
    assert any(text.startswith("CLEAR") for text in told)


def trouble_of_another_start():
    from pilotbridge.model import Severity, Trouble

    return Trouble("DiskLow", "store", "the disk was full", Severity.CRITICAL)
