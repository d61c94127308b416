"""What is posted and what every refusal of Telegram means, on the sandbox's Bot API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telegram.constants import ReactionEmoji

from pilotbridge import (
    Button,
    ChangeThread,
    ChatReceipt,
    EditPost,
    Lane,
    MarkPost,
    Moved,
    NewPost,
    NewThread,
    NoThreads,
    Place,
    PostGone,
    Refused,
    ReplyLost,
    RoomGone,
    RoomId,
    ThreadClosed,
    ThreadGone,
    Tick,
    TryLater,
)
from pilotbridge_plugins.telegram.posting import EMOJI, cut
from tests.plugins.telegram.conftest import ANNA, FORUM, TOKEN, Stranger

HERE = Place(FORUM)


def test_a_text_goes_out_as_it_is(stage):
    receipt = stage.say("<b>диск</b> *полон* & _всё_")

    assert stage.texts() == ["<b>диск</b> *полон* & _всё_"]
    assert receipt == ChatReceipt(message=str(stage.look(f"chats/{FORUM}/messages")[0]["message_id"]))


def test_a_reply_with_buttons(stage):
    asked = stage.order(f"chats/{FORUM}/write", text="hello")

    stage.say(
        "again?",
        reply_to=str(asked["message_id"]),
        buttons=((Button("Send", "s:1"), Button("Leave", "l:1")),),
    )

    (posted,) = stage.look(f"chats/{FORUM}/messages?text=again")
    assert posted["reply_to_message"]["message_id"] == asked["message_id"]
    assert posted["reply_markup"]["inline_keyboard"] == [
        [{"text": "Send", "callback_data": "s:1"}, {"text": "Leave", "callback_data": "l:1"}]
    ]


def test_a_topic_is_made_written_in_renamed_closed_and_opened(stage):
    thread = stage.submit(NewThread(FORUM, "+7908***4781")).thread
    there = Place(FORUM, thread)

    stage.say("hello", thread=thread)
    stage.submit(ChangeThread(there, title="Boris"))
    stage.submit(ChangeThread(there, is_open=False))
    with pytest.raises(ThreadClosed):
        stage.say("x", thread=thread)
    stage.submit(ChangeThread(there, is_open=True))

    (topic,) = stage.look(f"chats/{FORUM}/topics")
    assert (topic["name"], topic["closed"]) == ("Boris", False)
    assert stage.look(f"chats/{FORUM}/messages?thread={thread}&text=hello")


def test_an_edit_and_one_that_changes_nothing(stage):
    message = stage.say("disk full", buttons=((Button("Take", "t:1"),),)).message

    for _ in range(2):
        assert stage.submit(EditPost(HERE, message, "taken by Anna")) == ChatReceipt()

    (shown,) = stage.look(f"chats/{FORUM}/messages")
    assert (shown["text"], "reply_markup" in shown) == ("taken by Anna", False)


@pytest.mark.parametrize("tick", Tick)
def test_a_tick_is_a_reaction_that_telegram_allows(stage, tick):
    message = str(stage.order(f"chats/{FORUM}/write", text="hello")["message_id"])

    stage.submit(MarkPost(HERE, message, tick))

    (shown,) = stage.look(f"chats/{FORUM}/messages?text=hello")
    assert [one["emoji"] for one in shown["reactions"]] == [EMOJI[tick]]
    assert EMOJI[tick] in {emoji.value for emoji in ReactionEmoji}


def test_a_thread_that_is_so_already_is_done(stage):
    thread = stage.submit(NewThread(FORUM, "Anna")).thread

    assert stage.submit(ChangeThread(Place(FORUM, thread), title="Anna", is_open=True)) == ChatReceipt()


@pytest.mark.parametrize(
    ("title", "cut_title"),
    [
        ("Anna", "Anna"),
        ("  ", "…"),
        ("x" * 128, "x" * 128),
        ("x" * 129, "x" * 127 + "…"),
        ("😀" * 65, "😀" * 63 + "…"),
    ],
)
def test_a_title_is_cut_to_what_telegram_takes(title, cut_title):
    assert cut(title) == cut_title


# --- what Telegram refuses --------------------------------------------------------------------------


def test_a_topic_that_was_deleted_is_gone(stage):
    thread = stage.submit(NewThread(FORUM, "Anna")).thread
    stage.order(f"chats/{FORUM}/topics/{thread}/delete")

    for post in (NewPost(Place(FORUM, thread), "x"), ChangeThread(Place(FORUM, thread), title="y")):
        with pytest.raises(ThreadGone, match="the topic is gone"):
            stage.submit(post)


def test_a_message_that_was_deleted_is_gone(stage):
    message = stage.say("x").message
    stage.order(f"chats/{FORUM}/delete", message_id=int(message))

    for post in (
        EditPost(HERE, message, "y"),
        MarkPost(HERE, message, Tick.TAKEN),
        NewPost(HERE, "y", reply_to=message),
    ):
        with pytest.raises(PostGone):
            stage.submit(post)


def test_a_room_without_topics_or_without_the_right_to_make_them(stage):
    group = stage.order("chats", kind="group", title="Ops", members=[int(ANNA)], bot="member")["id"]
    stage.order(f"chats/{FORUM}/bot", status="administrator", rights=[])

    with pytest.raises(NoThreads, match="switch them on"):
        stage.submit(NewThread(RoomId(str(group)), "x"))
    with pytest.raises(NoThreads, match="may not manage topics"):
        stage.submit(NewThread(FORUM, "x"))


@pytest.mark.parametrize(
    ("room", "status", "words"),
    [
        (FORUM, "kicked", "add it again"),
        (FORUM, "left", "add it again"),
        (ANNA, "kicked", "this person has blocked the bot"),
    ],
)
def test_a_room_that_is_closed_to_us(stage, room, status, words):
    stage.order(f"chats/{room}/bot", status=status)

    with pytest.raises(RoomGone, match=words):
        stage.say("x", room)


def test_a_person_who_never_started_the_bot(stage):
    boris = stage.order("people", first_name="Boris")["id"]

    with pytest.raises(RoomGone, match="press Start"):
        stage.say("x", RoomId(str(boris)))


def test_a_room_that_does_not_exist(stage):
    with pytest.raises(RoomGone, match="Chat not found"):
        stage.say("x", RoomId("-100555"))
    with pytest.raises(Refused, match="no id of Telegram's"):
        stage.say("x", RoomId("ops"))


def test_a_group_that_became_a_supergroup_is_elsewhere(stage):
    group = stage.order("chats", kind="group", title="Ops", members=[int(ANNA)], bot="member")["id"]
    new = stage.order(f"chats/{group}/migrate")["id"]

    with pytest.raises(Moved) as moved:
        stage.say("x", RoomId(str(group)))

    assert moved.value.new_room == str(new)


@pytest.mark.parametrize("text", ["", "x" * 4097])
def test_a_text_that_telegram_does_not_take_is_refused(stage, text):
    with pytest.raises(Refused, match="Telegram refuses it: Message"):
        stage.say(text)


def test_a_refusal_nobody_knows_keeps_telegrams_words_and_is_loud(stage, log):
    stage.fault("refused", description="Bad Request: THE_MOON_IS_FULL")

    with pytest.raises(Refused, match="Telegram refuses it: The_moon_is_full"):
        stage.say("x")

    (line,) = [line for line in log.getvalue().splitlines() if "The_moon_is_full" in line]
    assert '"level": "error"' in line


def test_an_answer_in_a_shape_nobody_knows_may_have_happened_and_is_loud(stage, log):
    stage.start(network=lambda _patience: Stranger(200, b'{"ok": true, "result": {"novelty": 1}}'))

    with pytest.raises(ReplyLost):
        stage.say("x")

    assert "a post failed for a reason of its own" in log.getvalue()


# --- what Telegram does not answer ------------------------------------------------------------------


def test_a_flood_waits_as_long_as_telegram_says_in_that_room_only(stage):
    stage.fault("flood", retry_after=35, method="sendMessage")

    with pytest.raises(TryLater) as later:
        stage.say("x")

    assert (later.value.after, later.value.counts) == (timedelta(seconds=35), False)
    assert 34 < stage.chat.wait_s(FORUM, Lane.URGENT) <= 35
    assert stage.chat.wait_s(ANNA, Lane.URGENT) < 2


LOST = ["error_before", "error_after", "timeout_before", "timeout_after", "reset", "reply_lost"]
LOST += ["torn", "truncated", "wrong_json", "html"]


@pytest.mark.parametrize("kind", LOST)
def test_a_new_post_without_an_answer_may_have_happened(stage, kind):
    stage.fault(kind, method="sendMessage", count=1)

    with pytest.raises(ReplyLost):
        stage.say("x")


@pytest.mark.parametrize("kind", LOST)
def test_a_new_topic_without_an_answer_may_have_happened(stage, kind):
    stage.fault(kind, method="createForumTopic", count=1)

    with pytest.raises(ReplyLost):
        stage.submit(NewThread(FORUM, "x"))


@pytest.mark.parametrize("kind", [kind for kind in LOST if kind != "html"])
def test_an_edit_or_a_tick_without_an_answer_is_simply_made_again(stage, kind):
    message = stage.say("x").message
    for method, post in (
        ("editMessageText", EditPost(HERE, message, "y")),
        ("setMessageReaction", MarkPost(HERE, message, Tick.TAKEN)),
    ):
        stage.fault(kind, method=method, count=1)

        with pytest.raises(TryLater):
            stage.submit(post)
        stage.submit(post)

    (shown,) = stage.look(f"chats/{FORUM}/messages")
    assert (shown["text"], len(shown["reactions"])) == ("y", 1)


@pytest.mark.parametrize("code", [400, 403, 404, 409])
def test_an_answer_that_is_not_telegrams_changes_nothing(stage, code):
    stage.start(network=lambda _patience: Stranger(code))

    with pytest.raises(TryLater, match="no Bot API"):
        stage.say("x")


def test_a_token_that_telegram_does_not_know_is_no_fault_of_the_post(stage):
    stage.start(token="123:" + "A" * 35)

    with pytest.raises(TryLater, match="BotFather"):
        stage.say("x")


@pytest.mark.parametrize("kind", ["refused", "reset", "flood", "html"])
def test_no_reason_and_no_repr_holds_the_token(stage, kind):
    told = {"description": f"Bad Request: https://api.telegram.org/bot{TOKEN}/x"} if kind == "refused" else {}
    stage.fault(kind, method="sendMessage", **told)

    with pytest.raises((Refused, TryLater, ReplyLost)) as raised:
        stage.say("x")

    told = f"{raised.value!r} {raised.value} {stage.chat!r} {stage.chat._options!r}"
    assert TOKEN.lower() not in told.lower()
