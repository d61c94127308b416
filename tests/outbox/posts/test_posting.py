"""From the chat outbox to a chat: intent first, one at a time per room, and what every answer means."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from pilotbridge.chat import (
    EditPost,
    Lane,
    MarkPost,
    Moved,
    NewThread,
    Place,
    PostGone,
    RoomGone,
    RoomId,
    Tick,
)
from pilotbridge.errors import Closed, Refused, TryLater
from pilotbridge.outbox.posts.enqueue import Edition, Spot, edit
from pilotbridge.outbox.posts.operating import cancel_post
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.soundness import verify
from pilotbridge.store.sqlite import Fenced
from tests.relay.scripted import OPS, lost, once


def down(_post):
    return TryLater("cannot connect")


# --- the usual course -------------------------------------------------------------------------------


def test_the_intent_is_on_disk_before_the_chat_is_asked(board):
    seen = []
    board.chat.fails = lambda _post: seen.append(board.state(1)) or None

    post = board.say("hello")

    assert seen == ["sending"]
    assert board.history(post) == [
        ("enqueue", "queued"),
        ("claim", "sending"),
        ("accept", "accepted"),
        ("confirm", "delivered"),
    ]
    row = board.row(post)
    assert (row.attempts, row.message) == (1, board.chat.posted[0].id)


def test_a_room_gets_one_post_at_a_time_and_rooms_do_not_wait_for_each_other(board):
    board.chat.holds = []
    for n in range(3):
        board.say(f"a{n}", settle=False)
        board.say(f"b{n}", room="-200", settle=False)

    board.settle()

    assert [post.text for post, _ in board.chat.holds] == ["a0", "b0"]
    board.chat.answer(*board.chat.holds.pop(0))
    board.settle()
    assert [post.text for post, _ in board.chat.holds] == ["b0", "a1"]


def test_at_most_eight_rooms_are_served_at_once(board):
    board.chat.holds = []
    for n in range(12):
        board.say("hi", room=f"-{n}", settle=False)

    board.settle()

    assert len(board.chat.holds) == 8


def test_what_is_urgent_goes_first_and_then_the_oldest(board):
    board.chat.wait_s = lambda _room, _lane: 5.0
    board.mark(Tick.TAKEN)
    board.say("chatter", lane=Lane.ANSWER)
    board.say("one")
    board.say("two")
    board.chat.wait_s = lambda _room, _lane: 0.0

    board.run_for(seconds=6)

    assert board.texts() == ["one", "two", "chatter"]
    assert isinstance(board.chat.calls[-1], MarkPost)


def test_a_post_waits_as_long_as_the_connector_says(board):
    board.chat.wait_s = lambda _room, _lane: 3.0 - (board.clock.now_ms() % 60_000) / 1000

    board.say("hello")

    assert board.texts() == []
    board.run_for(seconds=3)
    assert board.texts() == ["hello"]


def test_only_the_newest_tick_of_a_message_is_sent(board):
    board.chat.wait_s = lambda _room, _lane: 60.0
    marks = [board.mark(tick) for tick in (Tick.TAKEN, Tick.SENT, Tick.DELIVERED)]
    other = board.mark(Tick.TAKEN, "p2")
    board.chat.wait_s = lambda _room, _lane: 0.0

    board.run_for(minutes=1)

    assert board.chat.marks == {"p1": ["delivered"], "p2": ["taken"]}
    assert [board.state(post) for post in (*marks, other)] == [
        "cancelled", "cancelled", "delivered", "delivered",
    ]  # fmt: skip
    assert board.row(marks[0]).reason == "a newer one takes its place"


def test_an_edit_waits_for_the_post_that_it_edits_and_a_newer_edit_replaces_it(board):
    board.chat.wait_s = lambda _room, _lane: 60.0
    post = board.say("417 fires")
    at = Spot("team", Place(OPS))

    def change(text):
        edition = Edition(text, "news", of_post=post)
        return board.write(lambda tx: edit(tx, at, edition, board.clock.now_ms()))

    first, second = change("417 taken"), change("417 over")
    board.chat.wait_s = lambda _room, _lane: 0.0
    board.run_for(minutes=1)

    assert board.texts() == ["417 over"]
    assert [board.state(each) for each in (first, second)] == ["cancelled", "delivered"]
    assert [type(call) for call in board.chat.calls][-1] is EditPost


def test_an_edit_of_a_post_that_never_came_to_be_is_cancelled(board):
    board.chat.fails = once(Refused("no"))
    post = board.say("417 fires")
    edition = Edition("417 over", "news", of_post=post)

    change = board.write(lambda tx: edit(tx, Spot("team", Place(OPS)), edition, board.clock.now_ms()))
    board.settle()

    assert (board.state(change), board.row(change).reason) == (
        "cancelled",
        "the post that it edits is not in the chat",
    )


# --- answers that are lost --------------------------------------------------------------------------


def test_a_lost_answer_is_repeated_with_a_mark(board):
    board.chat.loses = once(lost())

    post = board.say("hello")
    board.run_for(minutes=1)

    assert board.texts() == ["hello", "(again) hello"]
    assert board.state(post) == "delivered"
    assert verify(board.path) == []


def test_a_post_that_a_person_calls_off_is_in_doubt_no_longer(board):
    board.chat.loses = once(lost())
    post = board.say("You may read here", repeats=False)
    board.run_for(minutes=1)

    board.store.write(lambda tx: cancel_post(tx, post, by="anna", now_ms=board.clock.now_ms())).result()

    assert (board.state(post), board.row(post).in_doubt_since_ms) == ("cancelled", None)
    assert verify(board.path) == []


class Stopped(DirectStore):
    """The store of a process that is stopped after its first commit; ``meanwhile`` happens."""

    def __init__(self, board, meanwhile):
        super().__init__(board.engine)
        self.meanwhile = [meanwhile]

    def write(self, job):
        done = super().write(job)
        if self.meanwhile:
            self.meanwhile.pop()()
        return done


def test_who_is_stopped_past_the_lease_before_it_posts_does_not_post_and_doubts_nothing(board):
    board.posting._store = Stopped(board, lambda: board.clock.forward(121_000))

    post = board.say("You may read here", repeats=False)
    first = board.texts()
    board.run_for(minutes=1)

    assert first == []
    assert board.texts() == ["You may read here"]
    assert ("lose", "in_doubt") not in board.history(post)


def test_who_was_taken_over_before_it_posts_posts_nothing(board):
    def taken_over():
        with sqlite3.connect(board.path) as other:
            other.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'")
        other.close()

    board.posting._store = Stopped(board, taken_over)

    with pytest.raises(Fenced):
        board.say("hello")

    assert board.texts() == []


def test_chatter_is_not_repeated_but_put_aside(board):
    board.chat.loses = once(lost())

    post = board.say("You may read here", repeats=False)
    board.run_for(hours=1)

    assert board.texts() == ["You may read here"]
    assert (board.state(post), "not worth a repeat" in board.row(post).reason) == ("parked", True)


def test_a_clean_failure_of_a_repeat_does_not_end_the_doubt(board):
    board.chat.loses = once(lost())
    post = board.say("hello")
    board.chat.fails = once(TryLater("busy"))
    board.run_for(minutes=2)

    assert board.texts() == ["hello", "(again) hello"]
    assert ("defer", "in_doubt") in board.history(post)


def test_a_repeat_that_is_refused_is_for_a_person_to_see(board):
    board.chat.loses = once(lost())
    post = board.say("hello")
    board.chat.fails = lambda _post: Refused("no such chat")
    board.run_for(minutes=2)

    assert board.state(post) == "parked"
    assert "a repeat was refused: no such chat" in board.row(post).reason


def test_answers_that_are_always_lost_end_with_a_person(board):
    board.chat.loses = lambda _post: lost()
    post = board.say("hello")

    board.run_for(hours=24)

    assert board.state(post) == "parked"
    assert len(board.texts()) == 11
    assert board.chat.lost == 11


def test_a_tick_whose_answer_is_lost_is_simply_shown_again(board):
    board.chat.loses = once(lost())
    post = board.mark(Tick.SENT)
    board.run_for(minutes=1)

    assert board.chat.marks == {"p1": ["sent", "sent"]}
    assert board.state(post) == "delivered"


def test_what_was_being_posted_when_the_bridge_stopped_is_in_doubt(board):
    board.chat.holds = []
    post = board.say("hello")
    assert board.state(post) == "sending"

    board.chat.holds = None
    board.crash()
    assert board.state(post) == "in_doubt"
    board.run_for(minutes=1)

    assert board.texts() == ["(again) hello"]


def test_a_connector_that_never_answers_holds_nothing_up_for_ever(board):
    board.chat.holds = []
    post = board.say("hello")

    board.run_for(minutes=3)

    assert board.state(post) in ("in_doubt", "sending")
    assert board.row(post).attempts == 2
    assert ("lose", "in_doubt") in board.history(post)


def test_a_plugin_that_raises_costs_only_the_post_that_met_it(board):
    def broken(post):
        if getattr(post, "text", "") == "bad":
            raise RuntimeError("a bug")

    board.chat.fails = broken
    board.say("bad", repeats=False, settle=False)
    board.say("good", room="-200", settle=False)

    board.run_for(minutes=1)

    assert board.texts() == ["good"]
    with board.store.read() as read:
        (stuck,) = read.posts_stuck()
    assert "RuntimeError: a bug" in stuck.reason


# --- answers that are clean -------------------------------------------------------------------------


def test_a_rate_limit_is_obeyed_for_the_whole_room_and_uses_up_nothing(board):
    board.chat.fails = once(TryLater("too many", after=timedelta(seconds=40), counts=False))
    post = board.say("one")
    board.say("two")
    board.say("other", room="-200")

    assert board.texts() == ["other"]
    assert board.row(post).failures == 0
    board.run_for(seconds=39)
    assert board.texts() == ["other"]
    board.run_for(seconds=1)
    assert board.texts() == ["other", "one", "two"]
    assert board.meter.outcomes[0] == "deferred"


def test_while_the_chat_is_away_it_is_asked_one_thing_at_a_time_and_later_and_later(board):
    board.chat.fails = down
    for n in range(30):
        board.say(f"{n}", room=f"-{n}", settle=False)

    board.run_for(minutes=10)

    assert len(board.chat.calls) <= 40
    board.chat.fails = lambda _post: None
    board.run_for(minutes=1)
    assert sorted(board.texts(), key=int) == [f"{n}" for n in range(30)]


def test_after_five_minutes_people_are_told_and_told_that_it_is_over(board):
    board.chat.fails = down
    board.say("hello")
    board.run_for(minutes=4)
    assert board.troubles.open == {}

    board.run_for(minutes=3)

    trouble = board.troubles.open["ChatDown"]
    assert "team has not answered for" in trouble.summary
    board.chat.fails = lambda _post: None
    board.run_for(minutes=2)
    assert board.troubles.open == {}
    assert board.texts() == ["hello"]


def test_a_room_that_is_closed_to_us_is_told_of_until_it_takes_a_post_also_after_a_restart(board):
    board.chat.fails = lambda _post: RoomGone("we were removed")
    board.say("hello")
    assert (
        "the room ops-room is closed to team: we were removed" in board.troubles.open["ChatRoomGone"].summary
    )

    board.troubles.open.clear()
    board.crash()
    assert set(board.troubles.open) == {"ChatRoomGone"}
    board.chat.fails = lambda _post: None
    board.run_for(minutes=11)

    assert (board.texts(), board.troubles.open) == (["hello"], {})


def test_what_a_room_is_called_now_is_told_after_a_restart_too(board):
    board.chat.fails = once(Moved("it is a supergroup now", new_room=RoomId("-900")))
    board.say("hello")
    board.troubles.open.clear()

    board.crash()

    assert 'write chats.team.rooms.ops-room.id: "-900"' in board.troubles.open["ChatRoomMoved"].summary


def test_a_refusal_is_final_and_visible_and_nobody_waits_behind_it(board):
    conversation = board.conversation()
    board.chat.fails = lambda post: Refused("too strange") if getattr(post, "text", "") == "bad" else None
    bad = board.say("bad", conversation=conversation, settle=False)
    board.say("good", conversation=conversation, settle=False)

    board.run_for(minutes=1)

    assert (board.state(bad), board.row(bad).reason) == ("refused", "too strange")
    assert board.texts() == ["good"]
    with board.store.read() as read:
        assert [post.id for post in read.posts_stuck()] == [bad]


def test_where_marks_are_not_allowed_one_line_says_how_a_message_fares(board):
    board.chat.fails = lambda post: Refused("reactions are off") if isinstance(post, MarkPost) else None

    first = board.mark(Tick.TAKEN)
    board.mark(Tick.SENT)
    board.mark(Tick.DELIVERED)
    board.mark(Tick.TAKEN, "p2", about=2)
    board.run_for(minutes=10)

    assert board.state(first) == "refused"
    assert [(posted.reply_to, posted.text) for posted in board.chat.posted] == [
        ("p1", "Delivered"),
        ("p2", "Taken"),
    ]
    assert sum(isinstance(call, MarkPost) for call in board.chat.calls) == 1
    with board.store.read() as read:
        assert read.posts_stuck() == []


def test_a_mark_of_a_message_that_is_gone_bothers_nobody(board):
    board.chat.fails = lambda _post: PostGone("message to react not found")

    post = board.mark(Tick.SENT)
    board.run_for(minutes=10)

    assert (board.state(post), len(board.chat.calls), board.chat.posted) == ("refused", 1, [])
    with board.store.read() as read:
        assert read.posts_stuck() == []


def test_a_reply_to_what_is_gone_is_posted_all_the_same(board):
    from pilotbridge.chat import ChatMessageId
    from pilotbridge.outbox.posts.enqueue import Saying, say

    board.chat.fails = lambda post: PostGone("gone") if getattr(post, "reply_to", None) else None
    saying = Saying("Not delivered", "a test", reply_to=ChatMessageId("p1"))
    board.write(lambda tx: say(tx, Spot("team", Place(OPS)), saying, board.clock.now_ms()))

    board.run_for(minutes=1)

    assert board.texts() == ["Not delivered"]


def test_a_connector_that_is_closing_costs_nothing(board):
    board.chat.fails = once(Closed())
    post = board.say("hello")

    board.run_for(seconds=2)

    assert board.texts() == ["hello"]
    assert board.row(post).failures == 0


# --- conversations ----------------------------------------------------------------------------------


def test_order_is_kept_in_a_conversation_and_others_do_not_wait_for_it(board):
    one, two = board.conversation("+79131437355"), board.conversation("+79131437356")
    board.chat.fails = lambda post: TryLater("just this one") if getattr(post, "text", "") == "a1" else None
    for text, conversation in (("a1", one), ("a2", one), ("b1", two)):
        board.say(text, conversation=conversation, settle=False)

    board.run_for(seconds=30)
    assert board.texts() == ["b1"]

    board.chat.fails = lambda _post: None
    board.run_for(minutes=3)
    assert board.texts() == ["b1", "a1", "a2"]


def test_a_thread_is_made_once_however_often_its_answer_is_awaited(board):
    conversation = board.conversation()
    board.chat.holds = []
    for n in range(3):
        board.say(f"{n}", conversation=conversation)

    assert [type(post) for post, _ in board.chat.holds] == [NewThread]
    held, board.chat.holds = board.chat.holds, None
    board.chat.answer(*held[0])
    board.settle()

    assert board.texts() == ["0", "1", "2"]
    assert len(board.chat.threads()) == 1


def test_a_post_links_its_message_to_the_conversation(board):
    conversation = board.conversation()
    board.say("hello", conversation=conversation)

    with board.store.read() as read:
        link = read.link("team", RoomId(OPS), board.chat.posted[0].id)

    assert link is not None
    assert (link.conversation, link.inbound) == (conversation, 7)
