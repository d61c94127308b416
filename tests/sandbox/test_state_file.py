"""The state in a file: a sandbox that starts again is the one that stopped."""

import resource
from contextlib import contextmanager
from decimal import Decimal

import pytest

from pilotbridge.sandbox.state_file import BadState, StateFile
from tests.sandbox.conftest import PHONE, Box, Kept


def reborn(path, before=None):
    if before is not None:
        before.file.close()
    box = Kept(path)
    if before is not None:
        box.now = before.now
    return box


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.jsonl"


def facts(box):
    names = ("", "account", "scripts", "phones", "messages", "inbound", "time")
    shown = {name: box.look(name) for name in names}
    return shown | {"": shown[""] | {"requests": 0, "callbacks": 0, "faults": 0}}


def test_everything_that_counts_comes_back(path):
    box = reborn(path)
    box.order("account", price_rub="1.50", senders=["OPS"])
    box.order("account", name="second", apikeys=["A" * 64])
    box.order("scripts", phone="79131437355", outcome="undelivered", count=2)
    box.send("a", "b", callback="http://host/s", ttl=60)
    box.ask(send=[{"to": PHONE, "text": "t"}], test=1)
    box.send("c", to="79131437355", send_datetime="2026-11-25 00:00:00")
    box.order("messages/10001", status=-1, error=603)
    box.order(f"phones/{PHONE}/sms", text="417")
    box.order("time", advance_s=30)

    again = reborn(path, box)

    assert facts(again) == facts(box)
    assert again.error_of("a") == 243
    assert again.send("new")[0]["server_id"] == "10004"
    assert again.order(f"phones/{PHONE}/sms", text="more")["id"] == "10001"


def test_callbacks_that_were_heard_are_not_told_again(path):
    box = reborn(path)
    box.send("hi", callback="http://host/s")
    box.run_for(seconds=1)
    assert box.make_calls() == [(1, 0)]

    box.run_for(seconds=5)
    again = reborn(path, box)

    assert again.make_calls() == [(2, 0)]
    assert reborn(path, again).make_calls() == []


def test_money_is_counted_from_the_last_setting(path):
    box = reborn(path)
    box.send("a")
    box.order("account", balance_rub="100")
    box.send("b")

    assert reborn(path, box).look("account")["balance_rub"] == "97.04"


def test_a_torn_last_line_is_cut_off_and_the_file_goes_on(path):
    box = reborn(path)
    box.send("a")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"packet":[{"server_id":100')

    again = reborn(path, box)
    assert path.read_bytes() == whole
    again.send("b")

    assert [row["text"] for row in reborn(path, again).look("messages")] == ["b", "a"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_every_cut_of_the_file_opens(path, cut):
    box = reborn(path)
    box.send("a")
    box.order("scripts", phone=PHONE, outcome="refused")
    path.write_bytes(path.read_bytes()[:-cut])

    assert reborn(path, box).look("messages")


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b'{"unknown":1}',
        b'{"packet":5}',
        b"{}",
        b'{"message":{"server_id":1}}',
        b'{"scripts":{}}',
        b'{"a":1,"b":2}',
        b"\xff",
    ],
)
def test_a_file_of_something_else_is_refused_with_its_line(path, line):
    before = reborn(path)
    before.send("a")
    path.write_bytes(path.read_bytes() + line + b"\n")

    with pytest.raises(BadState, match=":2: "):
        reborn(path, before)


def test_a_disk_that_takes_half_a_line_leaves_a_file_that_opens(path):
    box = reborn(path)
    box.send("a")

    with files_of_at_most(path.stat().st_size + 20), pytest.raises(OSError, match="too large"):
        box.send("lost")
    box.send("b")

    assert [row["text"] for row in reborn(path, box).look("messages")] == ["b", "a"]


@contextmanager
def files_of_at_most(size):
    """No file of this process may grow beyond ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_two_sandboxes_never_write_into_one_file(path):
    first = reborn(path)
    first.send("a")

    with pytest.raises(BadState, match="another sandbox"):
        reborn(path)

    assert [row["text"] for row in reborn(path, first).look("messages")] == ["a"]


def test_a_file_that_cannot_be_had_says_why(tmp_path):
    with pytest.raises(BadState, match="No such file or directory; choose another"):
        reborn(tmp_path / "nowhere" / "state.jsonl")


def test_reset_empties_the_file(path):
    box = reborn(path)
    box.send("a")
    box.order("reset")
    box.send("b")

    assert [row["text"] for row in reborn(path, box).look("messages")] == ["b"]


def test_a_closed_file_is_left_alone(path):
    with StateFile(path) as world:
        box = Box(world)
        box.send("a")
    written = path.read_bytes()

    box.send("b")

    assert path.read_bytes() == written
    assert path.stat().st_mode & 0o077 == 0


def test_a_packet_of_refusals_leaves_nothing_but_its_id(path):
    box = reborn(path)
    refused = box.ask(send=[{"to": "5", "text": "a"}])

    again = reborn(path, box)

    assert box.sandbox.world.packets == again.sandbox.world.packets == {}
    assert again.sandbox.world.accounts["main"].balance_rub == Decimal("20006.97")
    assert again.ask(send=[{"to": PHONE, "text": "b"}])["server_packet_id"] != refused["server_packet_id"]
