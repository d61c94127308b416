"""Files that could not be posted: each is taken in once, or set aside where everybody sees it."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from pilotbridge.config.settings import BridgeSettings
from pilotbridge.errors import StoreUnavailable
from pilotbridge.spooled import Spooled
from pilotbridge.web.spool import ASIDE, SET_ASIDE, STUCK, Spool
from tests.web.conftest import Door


class Troubles:
    """Those that are open, by name."""

    def __init__(self) -> None:
        self.open: dict[str, str] = {}

    def raise_trouble(self, trouble) -> None:
        self.open[trouble.name] = trouble.summary

    def clear(self, name: str, what: str) -> None:
        self.open.pop(name, None)


class Folder:
    """A spool folder and the bridge's part that looks into it."""

    def __init__(self, door: Door, path) -> None:
        self.path = path
        self.troubles = Troubles()
        self.door = door
        door.settings = replace(door.settings, bridge=BridgeSettings(spool=path))
        self.spool = Spool(
            store=door.store,
            settings=lambda: door.settings,
            sources=lambda: door.sources,
            clock=door.clock,
            troubles=self.troubles,
            on_arrived=lambda arrived: door.arrived.append(list(arrived)),
            tell_whose=lambda body, given_to: "this looks like nothing",
        )

    def put(self, body="DiskFull firing", *, source="lines", key="notify-1", at_ms=1) -> str:
        spooled = Spooled(source, key, at_ms, body)
        (self.path / spooled.file_name).write_bytes(spooled.encode())
        return spooled.file_name

    @property
    def files(self) -> list[str]:
        return sorted(name for name in os.listdir(self.path) if name != ASIDE)

    @property
    def aside(self) -> list[str]:
        return sorted(os.listdir(self.path / ASIDE)) if (self.path / ASIDE).exists() else []


@pytest.fixture
def folder(door, tmp_path):
    path = tmp_path / "spool"
    path.mkdir(mode=0o700)
    return Folder(door, path)


def test_a_file_is_taken_in_and_removed(folder, door):
    folder.put("DiskFull firing\nApiDown firing")

    folder.spool.turn()

    [body] = door.journal
    assert (body.incoming.source, body.incoming.body, body.alerts) == (
        "lines",
        b"DiskFull firing\nApiDown firing",
        2,
    )
    assert [arrived.journal_id for [arrived] in door.arrived] == [1]
    assert folder.files == []
    assert not folder.troubles.open


def test_files_are_taken_in_oldest_first(folder, door):
    folder.put("B firing", key="a", at_ms=2_000_000_000_000)
    folder.put("A firing", key="b", at_ms=1_000_000_000_000)

    folder.spool.turn()

    assert [body.incoming.body for body in door.journal] == [b"A firing", b"B firing"]


def test_a_file_that_is_still_being_written_is_left_alone(folder, door):
    name = folder.put()
    (folder.path / name).rename(folder.path / f".{name}")

    folder.spool.turn()

    assert (folder.files, folder.aside, door.journal) == ([f".{name}"], [], [])


def test_a_file_that_can_be_neither_taken_nor_moved_is_told_of_and_keeps_no_other_waiting(folder, door):
    bad = folder.put("DiskFull burning", key="a", at_ms=1)
    folder.put("DiskFull firing", key="b", at_ms=2)
    (folder.path / ASIDE / bad).mkdir(parents=True)

    folder.spool.turn()

    assert [body.incoming.body for body in door.journal] == [b"DiskFull firing"]
    assert bad in folder.troubles.open[STUCK]


def test_what_is_set_aside_is_nobody_elses_to_read(folder):
    folder.put("DiskFull burning")

    folder.spool.turn()

    assert (folder.path / ASIDE).stat().st_mode & 0o777 == 0o700


def test_one_body_that_cannot_be_written_is_set_aside_and_keeps_no_other_waiting(folder, door):
    class Unwritable(type(door.sources["lines"])):
        def parse(self, incoming, options):
            if b"Bad" in incoming.body:
                incoming.headers["half"] = "\ud800"
            return super().parse(incoming, options)

    door.sources["lines"] = Unwritable()
    name = folder.put("Bad firing", key="a", at_ms=1)
    folder.put("Good firing", key="b", at_ms=2)

    folder.spool.turn()

    assert [body.incoming.body for body in door.journal] == [b"Good firing"]
    assert (folder.files, folder.aside) == ([], [name])
    assert "could not be written" in folder.troubles.open[SET_ASIDE]


def test_a_body_that_was_posted_and_kept_as_well_is_one(folder, door):
    folder.put(key="notify-7")
    door.post(b"DiskFull firing", ("Idempotency-Key", "notify-7"))

    folder.spool.turn()

    assert len(door.journal) == len(door.arrived) == 1
    assert folder.files == []


def test_a_file_that_was_taken_in_and_not_yet_removed_has_no_second_effect(folder, door):
    name = folder.put()
    written = (folder.path / name).read_bytes()
    folder.spool.turn()
    (folder.path / name).write_bytes(written)

    folder.spool.turn()

    assert len(door.journal) == len(door.arrived) == 1
    assert folder.files == []


def test_while_the_disk_is_full_files_stay_where_they_are(folder, door):
    folder.put()
    door.disk.is_full = True
    folder.spool.turn()
    assert len(folder.files) == 1
    door.disk.is_full = False

    folder.spool.turn()

    assert len(door.journal) == 1
    assert folder.files == []


@pytest.mark.parametrize(
    ("body", "source", "says"),
    [
        ("DiskFull burning", "lines", "this looks like nothing (no state: 'burning')"),
        ("<html>", "lines", "this is a page"),
        ("bug", "lines", "the source lines failed on this body: ZeroDivisionError"),
        ("DiskFull firing", "unheard-of", "there is no source 'unheard-of'"),
        ("Disk\0 firing", "lines", "NUL"),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_a_row_and_a_trouble(folder, door, body, source, says):
    name = folder.put(body, source=source)

    folder.spool.turn()

    assert (folder.files, folder.aside) == ([], [name])
    [refusal] = door.refusals
    assert says in refusal.message
    assert name in folder.troubles.open[SET_ASIDE]
    assert says in folder.troubles.open[SET_ASIDE]
    assert not door.journal


@pytest.mark.parametrize(
    "written",
    [b"", b"{", b"\xff\xfe", b"[]", json.dumps({"source": "lines", "body": 1}).encode(), b"x" * 20_000],
)
def test_a_file_that_is_none_of_ours_is_set_aside(folder, door, written):
    (folder.path / "1-a.json").write_bytes(written)

    folder.spool.turn()

    assert folder.aside == ["1-a.json"]
    assert SET_ASIDE in folder.troubles.open
    assert len(door.refusals) == 1


def test_a_name_that_is_no_text_is_shown_all_the_same(folder, door):
    (folder.path / os.fsdecode(b"1-\xff.json")).write_bytes(b"{")

    folder.spool.turn()

    assert "1-\\udcff.json" in door.refusals[0].message
    assert len(folder.aside) == 1


@tries(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=st.binary(max_size=200)
    | st.fixed_dictionaries(
        {
            "source": st.sampled_from(["lines", "other", "", "\ud800"]) | st.none(),
            "key": st.text(min_size=1, max_size=300) | st.integers(),
            "at_ms": st.integers() | st.text(max_size=3),
            "body": st.text(max_size=50).map(lambda text: f"{text} firing")
            | st.sampled_from(["bug", "\ud800"]),
        }
    ).map(lambda told: json.dumps(told).encode())
)
def test_any_file_is_taken_in_or_set_aside_and_none_is_lost(folder, door, written):
    aside, journal = len(folder.aside), len(door.journal)
    name = f"{aside}-{journal}-{len(written)}-{zlib.crc32(written)}.json"
    (folder.path / name).write_bytes(written)

    folder.spool.turn()

    assert folder.files == []
    if name not in folder.aside:
        spooled = Spooled.decode(written)
        # A key that came before means the same notification again, whatever stands in the file.
        kept = {(row.once, row.incoming.body) for row in door.journal}
        assert any(f"key:{spooled.key}" == once or spooled.body.encode() == body for once, body in kept)


def test_one_bad_file_does_not_keep_back_the_others(folder, door):
    folder.put("DiskFull burning", key="a", at_ms=1)
    folder.put("DiskFull firing", key="b", at_ms=2)

    folder.spool.turn()

    assert len(door.journal) == 1
    assert folder.files == []


def test_the_trouble_ends_when_somebody_has_looked_after_the_files(folder):
    name = folder.put("DiskFull burning")
    folder.spool.turn()
    (folder.path / ASIDE / name).unlink()

    folder.spool.turn()

    assert not folder.troubles.open


def test_a_file_that_was_corrected_and_moved_back_is_taken_in(folder, door):
    name = folder.put(source="unheard-of")
    folder.spool.turn()
    corrected = (folder.path / ASIDE / name).read_bytes().replace(b"unheard-of", b"lines")
    (folder.path / ASIDE / name).unlink()
    (folder.path / name).write_bytes(corrected)

    folder.spool.turn()

    assert len(door.journal) == 1
    assert not folder.troubles.open


def test_a_link_is_never_followed(folder, door, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_bytes(Spooled("lines", "k", 1, "Secret firing").encode())
    (folder.path / "1-a.json").symlink_to(secret)
    os.mkfifo(folder.path / "2-b.json")

    folder.spool.turn()

    assert folder.aside == ["1-a.json", "2-b.json"]
    assert not door.journal


def test_what_is_still_being_written_is_left_alone(folder, door):
    (folder.path / ".tmp-notify-1").write_bytes(b"{")
    (folder.path / "readme.txt").write_bytes(b"hello")

    folder.spool.turn()

    assert folder.files == [".tmp-notify-1", "readme.txt"]
    assert not folder.troubles.open


def test_a_folder_that_everybody_may_write_into_is_not_read(folder, door):
    folder.put()
    folder.path.chmod(0o777)

    folder.spool.turn()

    assert not door.journal
    assert "everybody may write into it" in folder.troubles.open[STUCK]


def test_a_folder_that_is_not_there_is_a_trouble_when_it_was_named(folder):
    folder.path.rmdir()

    folder.spool.turn()

    assert "No such file" in folder.troubles.open[STUCK]


def test_without_a_folder_there_is_nothing_to_do(folder, door, tmp_path):
    door.settings = replace(door.settings, bridge=BridgeSettings(data_dir=tmp_path / "none"))

    folder.spool.turn()

    assert not folder.troubles.open


def test_a_trouble_about_the_folder_ends_with_its_cause(folder, door):
    folder.path.chmod(0o777)
    folder.spool.turn()
    folder.path.chmod(0o700)

    folder.spool.turn()

    assert not folder.troubles.open


def test_a_store_that_fails_in_the_middle_loses_nothing(folder, door):
    folder.put("A firing", key="a", at_ms=1)
    folder.put("B firing", key="b", at_ms=2)
    write, calls = door.store.write, []

    class Second:
        def read(self):
            return door.store.read()

        def write(self, job):
            calls.append(job)
            if len(calls) == 2:
                raise StoreUnavailable("the disk is full")
            return write(job)

    spool = Spool(
        store=Second(),
        settings=lambda: door.settings,
        sources=lambda: door.sources,
        clock=door.clock,
        troubles=folder.troubles,
        on_arrived=lambda arrived: None,
        tell_whose=lambda body, given_to: "",
    )

    spool.turn()

    assert [body.incoming.body for body in door.journal] == [b"A firing"]
    assert len(folder.files) == 1
