"""Topics: made, renamed, closed, reopened and deleted, by the bot and by people."""

import pytest

from tests.sandbox.telegram.conftest import ANNA, FORUM


def test_a_topic_is_the_thread_of_its_first_message(messenger):
    thread_id = messenger.topic("+7908")

    sent = messenger.send("hello", message_thread_id=thread_id)

    assert sent["message_thread_id"] == thread_id
    assert sent["is_topic_message"] is True
    first = sent["reply_to_message"]
    assert first["message_id"] == thread_id
    assert first["forum_topic_created"] == {"name": "+7908", "icon_color": 7322096}
    assert messenger.texts(query=f"thread={thread_id}") == ["", "hello"]


def test_no_topic_has_the_id_of_the_general_one(messenger):
    assert messenger.topic() != 1
    assert messenger.refusal("sendMessage", chat_id=FORUM, text="x", message_thread_id=1) == (
        400,
        "Bad Request: message thread not found",
    )


def test_an_answer_stays_in_the_topic_of_what_it_answers(messenger):
    thread_id = messenger.topic()
    theirs = messenger.write("question", thread=thread_id)

    sent = messenger.send("answer", reply_parameters={"message_id": theirs["message_id"]})

    assert sent["message_thread_id"] == thread_id
    assert sent["reply_to_message"]["text"] == "question"


def test_a_closed_topic_takes_nothing_until_it_is_open_again(messenger):
    thread_id = messenger.topic()
    where = {"chat_id": FORUM, "message_thread_id": thread_id}
    messenger.ask("closeForumTopic", **where)
    assert messenger.refusal("sendMessage", text="x", **where) == (400, "Bad Request: TOPIC_CLOSED")
    assert messenger.refusal("closeForumTopic", **where) == (400, "Bad Request: TOPIC_NOT_MODIFIED")

    messenger.ask("reopenForumTopic", **where)

    assert messenger.ask("sendMessage", text="x", **where)["text"] == "x"


def test_a_deleted_topic_is_not_found_and_takes_its_messages_along(messenger):
    thread_id = messenger.topic()
    where = {"chat_id": FORUM, "message_thread_id": thread_id}
    messenger.send(**where)

    messenger.ask("deleteForumTopic", **where)

    assert messenger.texts() == []
    assert messenger.refusal("sendMessage", text="x", **where)[1] == "Bad Request: message thread not found"
    assert messenger.refusal("editForumTopic", name="y", **where)[1] == "Bad Request: TOPIC_ID_INVALID"
    assert messenger.look(f"chats/{FORUM}/topics")[0]["deleted"] is True


def test_a_topic_can_be_renamed_but_not_to_its_own_name(messenger):
    where = {"chat_id": FORUM, "message_thread_id": messenger.topic("old")}

    messenger.ask("editForumTopic", name="new", **where)

    assert messenger.look(f"chats/{FORUM}/topics")[0]["name"] == "new"
    assert messenger.refusal("editForumTopic", name="new", **where)[1] == "Bad Request: TOPIC_NOT_MODIFIED"


@pytest.mark.parametrize("name", ["", " ", "x" * 129])
def test_a_topic_needs_a_name_of_at_most_128_characters(messenger, name):
    assert messenger.refusal("createForumTopic", chat_id=FORUM, name=name)[0] == 400
    assert messenger.topic("x" * 128)


def test_topics_need_a_forum_and_the_right(messenger):
    assert messenger.refusal("createForumTopic", chat_id=ANNA, name="x")[1] == (
        "Bad Request: the chat is not a forum"
    )
    thread_id = messenger.topic()

    messenger.order(f"chats/{FORUM}/bot", status="member")

    assert messenger.refusal("createForumTopic", chat_id=FORUM, name="x")[1] == (
        "Bad Request: not enough rights to create a topic"
    )
    assert messenger.refusal("closeForumTopic", chat_id=FORUM, message_thread_id=thread_id)[0] == 400


def test_a_private_chat_has_topics_where_the_bot_has_them_switched_on(messenger):
    messenger.order("bot", has_topics_enabled=True)
    thread_id = messenger.topic(chat_id=ANNA)

    messenger.send(chat_id=ANNA, message_thread_id=thread_id)
    messenger.write("to you", ANNA, thread=thread_id)

    (update,) = messenger.updates()
    assert update["message"]["message_thread_id"] == thread_id
    assert messenger.ask("getMe")["has_topics_enabled"] is True
    assert messenger.refusal("closeForumTopic", chat_id=ANNA, message_thread_id=thread_id)[1] == (
        "Bad Request: the chat is not a forum"
    )


def test_people_open_rename_close_and_reopen_topics_and_the_bot_hears_of_it(messenger):
    thread_id = messenger.order(f"chats/{FORUM}/topics", name="shift")["message_thread_id"]
    for verb, fields in (("rename", {"name": "night shift"}), ("close", {}), ("reopen", {})):
        messenger.order(f"chats/{FORUM}/topics/{thread_id}/{verb}", **fields)

    told = [
        name
        for update in messenger.updates()
        for name in update["message"]
        if name.startswith("forum_topic_")
    ]
    assert told == [
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
    ]


def test_in_a_closed_topic_only_administrators_write(messenger):
    boris = messenger.order("people", first_name="Boris")["id"]
    messenger.order(f"chats/{FORUM}/member", person=boris, status="member")
    thread_id = messenger.topic()
    messenger.order(f"chats/{FORUM}/topics/{thread_id}/close")

    said = {"text": "x", "thread": thread_id}
    assert messenger.box.try_order(f"telegram/chats/{FORUM}/write", person=boris, **said)[0] == 409
    assert messenger.box.try_order(f"telegram/chats/{FORUM}/write", person=ANNA, **said)[0] == 200


def test_of_a_topic_that_people_delete_the_bot_hears_nothing(messenger):
    thread_id = messenger.topic()

    messenger.order(f"chats/{FORUM}/topics/{thread_id}/delete")

    assert messenger.updates() == []
    assert messenger.refusal("sendMessage", chat_id=FORUM, text="x", message_thread_id=thread_id)[0] == 400


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("topics/9/close", {}, 404),
        ("topics/x/close", {}, 404),
        ("topics", {"name": ""}, 409),
    ],
)
def test_people_cannot_change_a_topic_that_is_not_there(messenger, path, fields, status):
    told = messenger.box.try_order(f"telegram/chats/{FORUM}/{path}", **fields)

    assert (told[0], bool(told[1]["error"])) == (status, True)


def test_a_topic_is_not_told_what_no_topic_can_do(messenger):
    thread_id = messenger.topic()

    assert messenger.box.try_order(f"telegram/chats/{FORUM}/topics/{thread_id}/fold")[0] == 404
