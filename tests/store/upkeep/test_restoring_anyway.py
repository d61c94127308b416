"""A copy that is not sound comes back only when it is wanted anyway: what can be read of it."""

import pytest

from pilotbridge.errors import ConfigurationError
from pilotbridge.lifecycle import State
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.store.copies import backup
from pilotbridge.store.restoring import restore
from pilotbridge.store.soundness import verify
from tests.store.upkeep.damage import many_and_a_copy, overwrite_middle, overwrite_root, spoilt
from tests.store.upkeep.rows import NOW, Middle, opened, put, states

ODD = "INSERT INTO attempt VALUES (77, 1, 'main', 1, 1, 1, 1, 1, '', NULL, '', 0, '', '')"


def test_a_copy_that_is_not_sound_is_restored_only_when_it_is_wanted_anyway(engine, path, tmp_path):
    message = put(engine)
    backup(path, tmp_path / "copy.db")
    engine.close()
    spoilt(tmp_path / "copy.db", ODD)

    with pytest.raises(ConfigurationError, match=r"is not restored: 1 attempts of .* with --anyway"):
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())
    engine = opened(path)
    before = states(engine)
    engine.close()
    restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle(), anyway=True)

    assert before == {message: State.QUEUED}
    engine = opened(path)
    assert states(engine) == {message: State.IN_DOUBT}
    engine.close()
    assert not list(tmp_path.glob("*.restoring*"))


def test_damaged_indexes_of_a_copy_are_made_anew_when_it_is_wanted_anyway(engine, path, tmp_path):
    copy = tmp_path / "copy.db"
    count = many_and_a_copy(engine, path, copy)
    overwrite_root(copy, "message_recipient")

    with pytest.raises(ConfigurationError, match="with --anyway"):
        restore(copy, path, clock=HandClock(NOW), rng=Middle())
    restore(copy, path, clock=HandClock(NOW), rng=Middle(), anyway=True)

    assert verify(path) == []
    engine = opened(path)
    assert len(states(engine)) == count
    engine.close()


def test_of_a_copy_with_a_damaged_table_what_can_be_read_comes_back_and_what_is_lost_is_said(
    engine, path, tmp_path
):
    copy = tmp_path / "copy.db"
    count = many_and_a_copy(engine, path, copy)
    overwrite_middle(copy, "text 50 ")

    restored = restore(copy, path, clock=HandClock(NOW), rng=Middle(), anyway=True)

    assert "rows of message could not be read" in restored.faults
    engine = opened(path)
    assert {1, count} <= set(states(engine))
    assert count - 20 < len(states(engine)) < count
    engine.close()


@pytest.mark.parametrize("content", [b"", b"junk" * 1000])
def test_what_is_no_database_of_ours_is_never_restored(engine, path, tmp_path, content):
    message = put(engine)
    engine.close()
    (tmp_path / "copy.db").write_bytes(content)

    with pytest.raises(ConfigurationError, match="no database") as refused:
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle(), anyway=True)

    assert "pilotbridge db restore" not in refused.value.reason  # which is what has just been tried

    engine = opened(path)
    assert states(engine) == {message: State.QUEUED}
    engine.close()
