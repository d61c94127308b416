"""A copy that comes back: nothing of it is sent on a guess, and what it replaces is kept."""

import os
import signal
import sqlite3
import sys

import pytest

from pilotbridge.chat import Lane, RoomId
from pilotbridge.errors import ConfigurationError
from pilotbridge.lifecycle import Event, State
from pilotbridge.outbox.client_ids import client_id_base
from pilotbridge.runtime.stepped import HandClock
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.chat_records import PostDraft, PostKind
from pilotbridge.store.copies import backup
from pilotbridge.store.migrations import migrate, numbered
from pilotbridge.store.records import changed
from pilotbridge.store.restoring import restore
from pilotbridge.store.soundness import verify
from pilotbridge.store.sqlite import SqliteEngine
from tests.store.upkeep.damage import spoilt
from tests.store.upkeep.rows import NOW, NOW_MS, Middle, move, opened, put, states


def test_what_was_on_its_way_in_the_copy_comes_back_in_doubt(engine, path, tmp_path):
    queued, held, sending, accepted, parked = (
        put(engine),
        put(engine, hold="cap"),
        put(engine),
        put(engine),
        put(engine),
    )
    move(engine, sending, Event.CLAIM)
    move(engine, accepted, Event.CLAIM, Event.ACCEPT)
    move(engine, parked, Event.CLAIM, Event.LOSE, Event.PARK)
    rng = Middle()
    base = DirectStore(engine).write(lambda tx: client_id_base(tx, rng)).result()
    epoch = engine.epoch
    backup(path, tmp_path / "copy.db")
    put(engine)
    engine.close()

    restored = restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=rng)

    engine = opened(path)
    assert restored.in_doubt == 3
    assert states(engine) == {
        queued: State.IN_DOUBT, held: State.IN_DOUBT, sending: State.IN_DOUBT,
        accepted: State.ACCEPTED, parked: State.PARKED,
    }  # fmt: skip
    assert engine.epoch > epoch
    with engine.read() as read:
        assert int(read.meta("client_id_base")) not in (0, base)
        assert read.outbox_row(queued).doubt.boot_id == ""
        assert "restored from a copy" in read.message(queued).reason
    assert verify(path) == []
    engine.close()


def test_what_was_to_be_posted_in_the_copy_comes_back_in_doubt(engine, path, tmp_path):
    def post(**changes):
        draft = PostDraft(
            "team", RoomId("-100"), PostKind.TEXT, "{}", Lane.URGENT, "a test", NOW_MS, repeats=True
        )
        return DirectStore(engine).write(lambda tx: tx.add_post(changed(draft, **changes), NOW_MS)).result()

    text, mark = post(), post(kind=PostKind.MARK)
    backup(path, tmp_path / "copy.db")
    engine.close()

    assert restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle()).in_doubt == 1

    engine = opened(path)
    with engine.read() as read:
        assert (read.post(text).state, read.post(mark).state) == (State.IN_DOUBT, State.QUEUED)
        assert "restored from a copy" in read.post(text).reason
        assert read.post(text).in_doubt_since_ms == NOW_MS
    assert verify(path) == []
    engine.close()


def test_the_database_that_was_replaced_stays_beside_it(engine, path, tmp_path):
    put(engine)
    backup(path, tmp_path / "copy.db")
    later = put(engine)
    engine.close()

    restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    old = sqlite3.connect(path.with_suffix(".replaced.db"))
    assert old.execute("SELECT max(id) FROM message").fetchone() == (later,)
    old.close()


def test_whoever_restores_the_wrong_copy_first_still_has_the_original(engine, path, tmp_path):
    put(engine)
    backup(path, tmp_path / "copy.db")
    original = put(engine)
    engine.close()

    for _ in range(3):
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    old = sqlite3.connect(path.with_suffix(".replaced.1.db"))
    assert old.execute("SELECT max(id) FROM message").fetchone() == (original,)
    old.close()
    assert path.with_suffix(".replaced.2.db").exists()


DAMAGES = {
    "no head": lambda raw: b"\xff" * 100 + raw[100:],
    "no middle": lambda raw: raw[:4096] + b"\xff" * 8192 + raw[12_288:],
    "half": lambda raw: raw[: len(raw) // 2],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_database_gives_way_to_its_backup_and_is_kept_as_it_is(path, tmp_path, damage):
    before = opened(path)
    message = put(before)
    before.close()
    backup(path, tmp_path / "copy.db")
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)

    restored = restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    assert restored.in_doubt == 1
    assert verify(path) == []
    after = opened(path)
    assert states(after) == {message: State.IN_DOUBT}
    after.close()
    assert path.with_suffix(".replaced.db").stat().st_size == len(damaged)


def test_the_log_of_a_damaged_database_is_kept_beside_it(path, tmp_path):
    opened(path).close()
    backup(path, tmp_path / "copy.db")
    path.write_bytes(b"\xff" * 8192)
    path.with_name(path.name + "-wal").write_bytes(b"what came last")

    for _ in range(2):
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    assert verify(path) == []
    assert path.with_name("pilotbridge.replaced.1.db-wal").read_bytes() == b"what came last"


def test_a_restore_killed_at_any_step_leaves_a_database_in_its_place(path, tmp_path):
    before = opened(path)
    message = put(before)
    before.close()
    backup(path, tmp_path / "copy.db")

    killed_at = 0
    while dies_while_restoring(tmp_path / "copy.db", path, killed_at):
        killed_at += 1
        assert path.exists(), killed_at
        found = opened(path)
        assert set(states(found)) == {message}, killed_at
        found.close()

    assert killed_at >= 5


def dies_while_restoring(copy, path, killed_at: int) -> bool:
    """Whether a process that restores was killed at that change of the folder."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    left = killed_at + 1

    def watch(event: str, _arguments: object) -> None:
        nonlocal left
        if event in ("os.rename", "os.link", "os.remove"):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    restore(copy, path, clock=HandClock(NOW), rng=Middle())
    os._exit(0)


def test_nothing_is_restored_under_a_running_bridge(engine, path, tmp_path):
    backup(path, tmp_path / "copy.db")

    with pytest.raises(ConfigurationError, match="is in use by another PilotBridge"):
        restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())


def test_figures_that_are_wrong_in_a_copy_are_counted_anew(engine, path, tmp_path):
    put(engine)
    backup(path, tmp_path / "copy.db")
    engine.close()
    spoilt(tmp_path / "copy.db", "UPDATE message_count SET amount = 5 WHERE state = 'held'")

    restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    assert verify(path) == []


def test_a_copy_of_an_older_version_is_restored(path, tmp_path):
    before = SqliteEngine(path)
    texts = {number: text for number, text in numbered().items() if number < 15}
    before.open(lambda connection: migrate(connection.raw, path, texts=texts))
    before.close()
    backup(path, tmp_path / "copy.db")

    restore(tmp_path / "copy.db", path, clock=HandClock(NOW), rng=Middle())

    assert verify(path) == []


def test_a_copy_is_restored_where_there_was_nothing(engine, path, tmp_path):
    put(engine)
    backup(path, tmp_path / "copy.db")

    restore(tmp_path / "copy.db", tmp_path / "new" / "pilotbridge.db", clock=HandClock(NOW), rng=Middle())

    assert verify(tmp_path / "new" / "pilotbridge.db") == []
