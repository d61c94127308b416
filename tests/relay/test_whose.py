"""Whose phone a reply is for when the chat has not told us all, or has moved: the right one, or a word."""

from __future__ import annotations

import pytest

from pilotbridge.chat import MarkPost, NewPost, NewThread
from tests.relay.scripted import ScriptedRoom, lost

PARCEL, TITLE, HEAD = "+79131437355", "+7913***7355", "+7913***7355:"
TWIN = "+79131447355"
"""Reads like PARCEL where numbers are masked."""
OLD, NEW = "-100", "-200"


@pytest.fixture
def quoting(relay):
    """A room without threads."""
    relay.chat.rooms[OLD].has_threads = False
    return relay


def loses_answers(relay) -> None:
    """The chat shows every first copy of a text, and its answer is lost."""

    def is_first(post) -> bool:
        return isinstance(post, NewPost) and not post.text.startswith("(again)")

    relay.chat.loses = lambda post: lost() if is_first(post) else None


def asks(relay, text: str = "Where is it?", *, who: str = PARCEL) -> None:
    relay.world.sms_from(who, text)
    relay.world.run_for(seconds=30)


def replies(relay, text: str, to, *, room: str = OLD, **more) -> None:
    """Anna replies to a message of ours as people see it."""
    relay.chat.writes(text, room=room, reply_to=to.id, quoted=to.text, **more)
    relay.world.run_for(minutes=2)


# --- a copy whose number we were never told ---------------------------------------------------------


def test_a_reply_to_a_copy_whose_answer_was_lost_reaches_its_phone(quoting):
    loses_answers(quoting)
    asks(quoting)
    asks(quoting, "Hello", who="+79131437399")
    first = quoting.chat.posted[0]

    replies(quoting, "On its way", first)

    assert first.text == f"{HEAD}\nWhere is it?"
    assert quoting.world.texts_to(PARCEL) == ["On its way"]


def test_also_while_its_repeat_is_still_to_come_and_after_a_crash(quoting):
    asks(quoting, "Hello", who="+79131437399")
    quoting.chat.holds = []
    asks(quoting)
    post, future = quoting.chat.holds[-1]
    quoting.chat.holds = None
    quoting.chat.answer(post, future)
    quoting.world.crash()

    replies(quoting, "On its way", quoting.chat.posted[1])

    assert quoting.world.texts_to(PARCEL) == ["On its way"]


def test_what_fits_two_phones_is_sent_to_neither_and_says_so(quoting):
    loses_answers(quoting)
    asks(quoting, who=PARCEL)
    asks(quoting, who=TWIN)
    first = quoting.chat.posted[0]

    replies(quoting, "On its way", first)

    assert quoting.world.messages() == []
    assert any("whose phone this is for" in text for text in quoting.chat.texts())


def test_a_twin_that_texted_something_else_is_no_reason_to_ask(quoting):
    loses_answers(quoting)
    asks(quoting, who=PARCEL)
    asks(quoting, "Hello", who=TWIN)
    first = next(posted for posted in quoting.chat.posted if posted.text.endswith("Where is it?"))

    replies(quoting, "On its way", first)

    assert quoting.world.texts_to(PARCEL) == ["On its way"]
    assert quoting.world.texts_to(TWIN) == []


@pytest.mark.parametrize("quoted", [f"{HEAD}\nnobody texted this", f"(again) {HEAD}\nnor this", ""])
def test_a_reply_to_a_phones_text_that_nobody_knows_is_refused_with_a_sentence(quoting, quoted):
    asks(quoting)

    quoting.chat.writes("On its way", reply_to="m1", quoted=quoted)
    quoting.world.run_for(minutes=2)

    assert quoting.world.messages() == []
    assert "it is not known whose phone this is for" in quoting.chat.texts()[-1]


@pytest.mark.parametrize("quoted", [None, "#417 CRIT DiskFull", "Silent for 60 min: alertname=DiskFull"])
def test_talk_about_anything_else_is_left_alone(quoting, quoted):
    asks(quoting)

    quoting.chat.writes("thanks", reply_to="m1", quoted=quoted)
    quoting.world.run_for(minutes=2)

    assert (quoting.world.messages(), len(quoting.chat.posted)) == ([], 1)


def test_what_a_stranger_replies_is_left_alone_whatever_it_quotes(quoting):
    loses_answers(quoting)
    asks(quoting)

    replies(quoting, "let me in", quoting.chat.posted[0], who=66)

    assert quoting.world.messages() == []
    assert not any("whose phone" in text for text in quoting.chat.texts())


def test_a_text_in_a_thread_that_we_made_and_were_not_told_of_reaches_its_phone(relay):
    """It stands beside the one that the conversation has."""
    left = iter([lost()])
    relay.chat.loses = lambda post: next(left, None) if isinstance(post, NewThread) else None
    asks(relay)
    first, second = relay.chat.rooms[OLD].threads

    relay.chat.writes("On its way", thread=first, thread_title=relay.chat.rooms[OLD].threads[first])
    relay.world.run_for(minutes=2)

    assert relay.chat.posted[0].thread == second
    assert relay.world.texts_to(PARCEL) == ["On its way"]


@pytest.mark.parametrize("twins", [(), (PARCEL, TWIN)])
def test_a_text_in_a_thread_of_ours_that_fits_no_phone_or_two_is_refused_with_a_sentence(relay, twins):
    left = iter([lost(), None, lost()])
    relay.chat.loses = lambda post: next(left, None) if isinstance(post, NewThread) else None
    for who in twins:
        asks(relay, who=who)
    relay.chat.rooms[OLD].threads["t0"] = TITLE

    relay.chat.writes("On its way", thread="t0", thread_title=TITLE)
    relay.world.run_for(minutes=2)

    assert relay.world.messages() == []
    assert "it is not known whose phone this is for" in relay.chat.texts(TITLE)[-1]


def test_a_reply_to_ones_own_text_that_was_refused_is_for_the_same_phone(quoting):
    asks(quoting)
    refused = quoting.chat.writes("", kind="photo", reply_to=quoting.chat.posted[0].id)
    quoting.world.settle()

    quoting.chat.writes("Look at this", reply_to=refused)
    quoting.world.run_for(minutes=2)

    assert quoting.world.texts_to(PARCEL) == ["Look at this"]


# --- a room that has moved, where numbers begin anew ------------------------------------------------


def moves(relay) -> None:
    relay.chat.rooms[OLD].moved_to = NEW
    relay.chat.rooms[NEW] = ScriptedRoom(has_threads=False)


def test_what_was_written_before_the_move_and_comes_after_it_is_sent_once(quoting):
    asks(quoting)
    asked = quoting.chat.posted[0]
    moves(quoting)
    asks(quoting, "Hello?")

    replies(quoting, "On its way", asked)

    assert quoting.world.texts_to(PARCEL) == ["On its way"]


def test_nothing_in_the_new_room_is_marked_for_what_was_written_in_the_old_one(quoting):
    asks(quoting)
    message = quoting.chat.writes("On its way", reply_to=quoting.chat.posted[0].id)
    moves(quoting)

    quoting.world.run_for(minutes=2)

    calls = [post for post in quoting.chat.calls if isinstance(post, MarkPost) and post.message == message]
    assert {post.place.room for post in calls} == {OLD}
    with quoting.reads() as read:
        left = [post.reason for post in read.posts_listed() if post.state == "cancelled"]
    assert set(left) == {"its message stayed in the room that has moved"}
    assert quoting.world.texts_to(PARCEL) == ["On its way"]


def test_also_when_the_chat_tells_of_the_move_while_a_mark_is_on_its_way(quoting):
    asks(quoting)
    quoting.chat.holds = held = []
    quoting.chat.writes("On its way", reply_to=quoting.chat.posted[0].id)
    quoting.world.settle()
    moves(quoting)
    quoting.chat.brings("room_moved", room=OLD, new_room=NEW)
    quoting.world.settle()

    quoting.chat.holds = None
    for post, future in held:
        quoting.chat.answer(post, future)
    quoting.world.run_for(minutes=2)

    assert [type(post) for post, _ in held] == [MarkPost]
    assert {post.place.room for post in quoting.chat.calls if isinstance(post, MarkPost)} == {OLD}


def test_a_failure_of_what_was_written_before_the_move_is_told_in_the_new_room_in_reply_to_nothing(quoting):
    asks(quoting)
    quoting.world.order("scripts", phone=PARCEL[1:], outcome="undelivered", error=605)
    quoting.chat.writes("On its way", reply_to=quoting.chat.posted[0].id)
    quoting.world.settle()
    moves(quoting)

    quoting.world.run_for(minutes=10)

    told = [posted for posted in quoting.chat.posted if "Not delivered" in posted.text]
    assert [(posted.room, posted.reply_to) for posted in told] == [(NEW, None)]
    assert told[0].text.startswith(HEAD)


def test_a_refusal_that_waits_for_the_room_goes_to_the_new_one_in_reply_to_nothing(quoting):
    asks(quoting)
    moves(quoting)
    quoting.chat.writes("", kind="sticker", reply_to=quoting.chat.posted[0].id)
    quoting.world.run_for(minutes=1)

    (told,) = [posted for posted in quoting.chat.posted if "text only" in posted.text]
    assert (told.room, told.reply_to) == (NEW, None)
    assert told.text.startswith(HEAD)
