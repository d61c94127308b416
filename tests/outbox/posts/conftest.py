"""The chat outbox in miniature: a real store, a scripted chat, a clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.chat import ChatMessageId, Lane, Place, Tick
from pilotbridge.model import Trouble
from pilotbridge.outbox.posts.enqueue import Saying, Spot, mark, say
from pilotbridge.outbox.posts.posting import Posting
from pilotbridge.runtime.stepped import HandClock, SteppedRuntime
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.chat_records import About, ConversationId, NewConversation, PostId, PostRow
from pilotbridge.store.migrations import migrate
from pilotbridge.store.sqlite import SqliteEngine
from pilotbridge.testing.world import START, Steady
from tests.relay.scripted import OPS, ScriptedChat


class Complaints:
    def __init__(self) -> None:
        self.open: dict[str, Trouble] = {}

    def raise_trouble(self, trouble: Trouble) -> None:
        self.open[trouble.name] = trouble

    def clear(self, name: str, what: str) -> None:
        self.open.pop(name, None)


class Quiet:
    def __init__(self) -> None:
        self.outcomes: list[str] = []

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        self.outcomes.append(labels["outcome"])


class Board:
    """One chat, its outbox, and whoever posts."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "pilotbridge.db"
        self.clock = HandClock(START)
        self.chat = ScriptedChat()
        self.troubles = Complaints()
        self.meter = Quiet()
        self.open()

    def open(self) -> None:
        self.engine = SqliteEngine(self.path)
        self.engine.open(lambda connection: migrate(connection.raw, self.path))
        self.store = DirectStore(self.engine)
        self.runtime = SteppedRuntime(self.clock)
        self.posting = Posting(
            self.store,
            self.chat.account("team"),
            rooms=lambda: {"ops-room": OPS},
            clock=self.clock,
            rng=Steady(),
            meter=self.meter,
            troubles=self.troubles,
            wake=lambda: self.wake(),
        )
        self.wake = self.runtime.add_worker(self.posting)
        self.posting.recover()

    def crash(self) -> None:
        """Everything in memory is lost."""
        self.engine.close()
        self.open()

    def run_for(self, **duration: float) -> None:
        from datetime import timedelta

        self.wake()
        self.runtime.run_for(timedelta(**duration))

    def settle(self) -> None:
        self.wake()
        self.runtime.settle()

    def write(self, job: Any) -> Any:
        return self.store.write(job).result()

    def conversation(self, party: str = "+79131437355") -> ConversationId:
        new = NewConversation("ops", party, "team", OPS, party)
        return self.write(lambda tx: tx.add_conversation(new, self.clock.now_ms()))

    def say(
        self,
        text: str,
        *,
        conversation: ConversationId | None = None,
        lane: Lane = Lane.URGENT,
        repeats: bool = True,
        room: str = OPS,
        settle: bool = True,
    ) -> PostId:
        saying = Saying(text, "a test", lane=lane, repeats=repeats, about=About("inbound", 7))
        spot = Spot("team", Place(room), conversation)
        post = self.write(lambda tx: say(tx, spot, saying, self.clock.now_ms()))
        if settle:
            self.settle()
        return post

    def mark(self, tick: Tick, message: str = "p1", *, about: int = 1, settle: bool = True) -> PostId:
        at, of = Spot("team", Place(OPS)), About("message", about)
        post = self.write(
            lambda tx: mark(tx, at, ChatMessageId(message), tick, about=of, now_ms=self.clock.now_ms())
        )
        if settle:
            self.settle()
        return post

    def row(self, post: PostId) -> PostRow:
        with self.store.read() as read:
            found = read.post(post)
        assert found
        return found

    def state(self, post: PostId) -> str:
        return self.row(post).state

    def history(self, post: PostId) -> list[tuple[str, str]]:
        with self.store.read() as read:
            return [(each.event, each.state) for each in read.events_of("post", post)]

    def texts(self) -> list[str]:
        return [posted.text for posted in self.chat.posted]


@pytest.fixture
def board(tmp_path) -> Iterator[Board]:
    made = Board(tmp_path)
    yield made
    made.engine.close()
