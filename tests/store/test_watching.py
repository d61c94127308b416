"""A damaged database becomes visible while the bridge runs, with what to do; no start waits for the look."""

from __future__ import annotations

import sqlite3
from threading import Event, current_thread

from pilotbridge.runtime.aside import do_aside


def damage(world, table: str) -> None:
    """Overwrite the page by which a table is found, as a bad disk would."""
    connection = sqlite3.connect(world.engine.path)
    [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    connection.close()
    overwrite(world, (page - 1) * 4096, 4096)


def overwrite(world, begin: int, size: int) -> None:
    world.engine.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with world.engine.path.open("r+b") as file:
        file.seek(begin)
        file.write(b"\xff" * size)


def said(world) -> list[str]:
    return [text for text in world.texts_to("anna") if "StoreDamaged" in text]


def test_damage_is_told_soon_after_the_start_with_table_and_fix(world):
    damage(world, "optout")

    world.run_for(minutes=2)

    [text] = said(world)
    assert text.startswith("CRIT StoreDamaged store the database is damaged (table optout")
    with world.engine.read() as read:
        [row] = [row for row in read.alerts_listed("", 10) if row.alert.name == "StoreDamaged"]
    assert "pilotbridge db restore a backup, or a copy of the file with --anyway" in str(
        row.alert.annotations["summary"]
    )


def test_damage_that_comes_later_is_found_within_half_a_day(world):
    world.run_for(minutes=2)
    damage(world, "optout")

    world.run_for(hours=11)
    before = said(world)
    world.run_for(hours=2)

    assert (before, len(said(world)) >= 1) == ([], True)


def test_damage_under_which_nobody_could_open_it_anew_is_told_while_it_runs(world):
    world.settle()
    overwrite(world, 100, 4096 - 100)  # behind the file's own head

    world.run_for(minutes=2)

    [text] = said(world)
    assert text.startswith("CRIT StoreDamaged store the database is damaged (the list of its tables")


def test_a_sound_database_is_nothing_to_tell(world):
    world.fire()

    world.run_for(hours=25)

    assert said(world) == []


def test_the_look_is_taken_on_a_thread_that_nobody_waits_for():
    begun, goes_on, threads = Event(), Event(), []

    def look() -> None:
        threads.append(current_thread())
        begun.set()
        goes_on.wait(5)

    do_aside("look", look)

    assert begun.wait(5)
    assert threads[0] is not current_thread()
    assert threads[0].daemon
    goes_on.set()
    threads[0].join(5)
