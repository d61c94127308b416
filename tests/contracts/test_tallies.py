"""What /metrics says of chats is what there is, after any course of posts, talks, forgetting and crashes."""

from __future__ import annotations

import random

import pytest

from pilotbridge.chat import Lane, RoomId
from pilotbridge.lifecycle import MOVES, Event
from pilotbridge.phone import PhoneNumber
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.chat_records import NewConversation, PostDraft, PostKind, PostMove
from pilotbridge.store.migrations import migrate, numbered
from pilotbridge.store.sqlite import SqliteEngine

OPS = RoomId("-100")
NOW = 1_700_000_000_000
STUCK = ("held", "in_doubt", "parked", "refused", "undelivered", "lapsed")
DEPENDS = (PostKind.MARK, PostKind.THREAD, PostKind.CHANGE)
"""Refused, these wait for nobody: what depended on them goes another way."""


class Broken(Exception):
    """A job that fails after it has written."""


class Course:
    """A bridge's days with chats, in an order that ``seed`` decides."""

    def __init__(self, reopen, seed: int) -> None:
        self._reopen = reopen
        self._store = DirectStore(reopen())
        self._chance = random.Random(seed)
        self._posts: list[int] = []
        self._conversations: list[int] = []

    def go_on(self, steps: int) -> None:
        deeds = [self._put, self._move, self._move, self._move, self._talk, self._talk_on, self._talk_on]
        rare = [self._crash, self._fail, self._prune, self._forget]
        for _ in range(steps):
            self._chance.choice(rare if self._chance.random() < 0.1 else deeds)()

    def gauged(self) -> tuple[dict[str, int], int]:
        with self._store.read() as read:
            return read.count_conversations()[0], read.count_posts()[1]

    def counted(self) -> tuple[dict[str, int], int]:
        """The same, by looking at every row."""
        with self._store.read() as read:
            states = [view.conversation.state for view in read.conversations_viewed(limit=10_000)]
            posts = read.posts_listed(limit=10_000)
        stuck = [
            post
            for post in posts
            if post.state in STUCK and not (post.state == "refused" and post.kind in DEPENDS)
        ]
        return {state: states.count(state) for state in ("new", "answered", "closed")}, len(stuck)

    def oddities(self) -> list[str]:
        with self._store.read() as read:
            return read.oddities()

    def _write(self, job):
        return self._store.write(job).result()

    def _put(self) -> None:
        draft = PostDraft(
            "team", OPS, self._chance.choice(list(PostKind)), "{}", Lane.URGENT, "a test", NOW, True,
            conversation=self._chance.choice([None, *self._conversations]),
        )  # fmt: skip
        self._posts.append(self._write(lambda tx: tx.add_post(draft, NOW)))

    def _move(self) -> None:
        with self._store.read() as read:
            row = read.post(self._chance.choice(self._posts)) if self._posts else None
        events = [event for event in Event if row is not None and (row.state, event) in MOVES]
        if row is None or not events:
            return
        event = self._chance.choice(events)
        doubt = NOW if event is Event.LOSE else row.in_doubt_since_ms
        ends_doubt = event in (Event.ACCEPT, Event.REQUEUE)
        move = PostMove(
            row.id,
            row.revision,
            row.state,
            event,
            "a test",
            NOW,
            in_doubt_since_ms=None if ends_doubt else doubt,
        )
        self._write(lambda tx: tx.move_post(move, NOW))

    def _talk(self) -> None:
        party = f"+7908796{len(self._conversations):04d}"
        new = NewConversation("ops", party, "team", OPS, "somebody")
        self._conversations.append(self._write(lambda tx: tx.add_conversation(new, NOW)))

    def _talk_on(self) -> None:
        if not self._conversations:
            return
        which, deed = self._chance.choice(self._conversations), self._chance.randrange(3)
        if deed == 0:
            self._write(lambda tx: tx.heard_in(which, NOW))
        elif deed == 1:
            self._write(lambda tx: tx.said_in(which, NOW))
        else:
            self._write(lambda tx: tx.set_conversation_state(which, "closed"))

    def _crash(self) -> None:
        self._store = DirectStore(self._reopen())

    def _fail(self) -> None:
        def breaks(tx):
            tx.add_conversation(NewConversation("ops", "+70000000000", "team", OPS, "nobody"), NOW)
            raise Broken

        with pytest.raises(Broken):
            self._write(breaks)

    def _prune(self) -> None:
        self._write(lambda tx: tx.prune_posts(NOW + 1))

    def _forget(self) -> None:
        phone = PhoneNumber(f"+7908796{self._chance.randrange(20):04d}")
        self._write(lambda tx: tx.forget_some(phone, 500, "salt"))


@pytest.mark.parametrize("seed", range(12))
def test_the_gauges_of_chats_are_what_there_is_after_any_course(reopen, seed):
    course = Course(reopen, seed)

    course.go_on(150)

    assert course.gauged() == course.counted()
    assert not [odd for odd in course.oddities() if "figures" in odd]


def test_a_figure_that_is_wrong_is_found_by_verify(engine):
    DirectStore(engine).write(
        lambda tx: tx.add_conversation(NewConversation("ops", "+7", "team", OPS, "x"), NOW)
    )
    engine.connection.execute("UPDATE tally SET amount = amount + 1 WHERE what = 'new'")

    with DirectStore(engine).read() as read:
        odd = read.oddities()

    assert odd == ["1 figures of chats that are not what there is"]


def test_rows_that_a_person_puts_in_or_deletes_by_hand_are_counted_too(engine):
    store = DirectStore(engine)
    store.write(lambda tx: tx.add_conversation(NewConversation("ops", "+7", "team", OPS, "x"), NOW))
    draft = PostDraft("team", OPS, PostKind.TEXT, "{}", Lane.URGENT, "a test", NOW, True)
    post = store.write(lambda tx: tx.add_post(draft, NOW)).result()
    by_hand = engine.connection.execute

    by_hand("DELETE FROM conversation")
    copied = "chat, room, lane, kind, content, repeats, created_at_ms, reason"
    by_hand(f"INSERT INTO post (state, {copied}) SELECT 'held', {copied} FROM post WHERE id = ?", (post,))

    with store.read() as read:
        assert read.count_conversations()[0] == {"new": 0, "answered": 0, "closed": 0}
        assert read.count_posts() == (1, 1)


def test_what_an_older_database_holds_is_counted_when_it_is_brought_up_to_date(tmp_path):
    path = tmp_path / "pilotbridge.db"
    before = {number: text for number, text in numbered().items() if number < 19}
    old = SqliteEngine(path)
    old.open(lambda connection: migrate(connection.raw, path, texts=before))
    for state in ("new", "closed", "closed"):
        old.connection.execute(
            "INSERT INTO conversation (line, party, chat, room, title, state, made_at_ms) "
            "SELECT 'ops', '+7' || count(*), 'team', '-1', 'x', ?, 1 FROM conversation", (state,)
        )  # fmt: skip
    for state, kind in (("held", "text"), ("refused", "mark"), ("refused", "text"), ("delivered", "text")):
        old.connection.execute(
            "INSERT INTO post (state, reason, chat, room, lane, kind, content, repeats, created_at_ms) "
            "VALUES (?, 'x', 'team', '-1', 1, ?, '{}', 0, 1)", (state, kind)
        )  # fmt: skip
    old.close()

    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))

    with DirectStore(engine).read() as read:
        assert read.count_conversations()[0] == {"new": 1, "answered": 0, "closed": 2}
        assert read.count_posts()[1] == 2
        assert read.oddities() == []
    engine.close()
