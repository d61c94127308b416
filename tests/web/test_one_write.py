"""An answer's head and body leave in one piece; who streams still feels how fast the client reads."""

from __future__ import annotations

import asyncio

import pytest

from pilotbridge.web.one_write import WRITTEN_AT_ONCE, OneWrite


class Transport:
    """Notes what reaches it."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def close(self) -> None:
        self.told.append("closed")

    def abort(self) -> None:
        self.told.append("aborted")

    def is_closing(self) -> bool:
        return "closed" in self.told


@pytest.fixture
def loop():
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def wire(loop):
    return OneWrite(Transport(), loop)


def one_round(loop) -> None:
    loop.call_soon(loop.stop)
    loop.run_forever()


def test_head_and_body_are_one_piece(wire, loop):
    wire.write(b"head ")
    wire.write(b"body")
    one_round(loop)

    wire.write(b"the next")
    one_round(loop)

    assert wire.told == [b"head body", b"the next"]


def test_what_is_long_is_handed_over_at_once(wire):
    wire.write(b"head ")
    wire.write(b"x" * WRITTEN_AT_ONCE)

    assert [len(piece) for piece in wire.told] == [WRITTEN_AT_ONCE + 5]


def test_closing_hands_over_what_was_written(wire, loop):
    wire.write(b"the last word")
    wire.close()
    one_round(loop)

    assert wire.told == [b"the last word", "closed"]
    assert wire.is_closing()


def test_what_is_cut_off_says_nothing_more(wire, loop):
    wire.write(b"never heard")
    wire.abort()
    one_round(loop)

    assert wire.told == ["aborted"]
