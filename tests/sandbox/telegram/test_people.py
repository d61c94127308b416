"""People: they write, edit, press, react, come and go, block and migrate, and the bot hears what it may."""

import pytest

from tests.sandbox.telegram.conftest import ANNA, FORUM
from tests.sandbox.telegram.test_sending import keyboard


def group(messenger, **fields):
    return messenger.order("chats", kind="group", title="Old", **fields)["id"]


def test_a_press_is_answered_once(messenger):
    card = messenger.send("disk full", reply_markup=keyboard([("Take", "a1"), ("Later", "b2")]))
    messenger.order(f"chats/{FORUM}/press", message_id=card["message_id"], button="Later")

    (update,) = messenger.updates()
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == (
        "b2",
        ANNA,
        card["message_id"],
    )
    assert messenger.ask("answerCallbackQuery", callback_query_id=query["id"], text="noted") is True

    assert "query is too old" in messenger.refusal("answerCallbackQuery", callback_query_id=query["id"])[1]
    assert messenger.look("presses")[0]["answer"]["text"] == "noted"


def test_a_press_is_too_old_after_a_minute(messenger, box):
    card = messenger.send("disk full", reply_markup=keyboard([("Take", "a1")]))
    pressed = messenger.order(f"chats/{FORUM}/press", message_id=card["message_id"])
    box.run_for(seconds=61)

    assert "query is too old" in messenger.refusal("answerCallbackQuery", callback_query_id=pressed["id"])[1]


def test_an_answer_to_a_press_has_200_characters(messenger):
    card = messenger.send("disk full", reply_markup=keyboard([("Take", "a1")]))
    pressed = messenger.order(f"chats/{FORUM}/press", message_id=card["message_id"])

    assert messenger.refusal("answerCallbackQuery", callback_query_id=pressed["id"], text="x" * 201)[0] == 400
    assert messenger.ask("answerCallbackQuery", callback_query_id=pressed["id"], text="x" * 200)


def test_a_forged_client_can_press_what_is_not_there(messenger):
    card = messenger.send("no buttons")
    status, told = messenger.box.try_order(
        f"telegram/chats/{FORUM}/press", message_id=card["message_id"], button="Take"
    )
    assert (status, "it has: none" in told["error"]) == (404, True)

    messenger.order(f"chats/{FORUM}/press", message_id=card["message_id"], data="forged")

    assert messenger.updates()[0]["callback_query"]["data"] == "forged"


def test_an_edit_is_told_with_its_time(messenger, box):
    written = messenger.write("417")
    box.run_for(seconds=3)
    messenger.order(f"chats/{FORUM}/edit", message_id=written["message_id"], text="418")

    edited = messenger.updates()[1]["edited_message"]

    assert (edited["text"], edited["edit_date"] - edited["date"]) == ("418", 3)


def test_people_send_more_than_text(messenger):
    sticker = {"sticker": {"file_id": "s", "file_unique_id": "u", "type": "regular"}}
    messenger.order(f"chats/{FORUM}/write", also=sticker)
    messenger.write("as the room", anonymous=True)

    first, second = (update["message"] for update in messenger.updates())

    assert first["sticker"] == sticker["sticker"]
    assert (second["from"]["username"], second["sender_chat"]["id"]) == ("GroupAnonymousBot", FORUM)


def test_a_command_is_marked_as_one(messenger):
    messenger.write("/sms 79087964781 hello")

    assert messenger.updates()[0]["message"]["entities"] == [
        {"type": "bot_command", "offset": 0, "length": 4}
    ]


def test_a_kicked_bot_hears_it_and_can_say_nothing(messenger):
    messenger.order(f"chats/{FORUM}/bot", status="kicked")

    told = messenger.updates()[0]["my_chat_member"]
    assert (told["old_chat_member"]["status"], told["new_chat_member"]["status"]) == (
        "administrator",
        "kicked",
    )
    assert messenger.refusal("sendMessage", chat_id=FORUM, text="x") == (
        403,
        "Forbidden: bot was kicked from the supergroup chat",
    )
    messenger.write("are you there?")
    assert len(messenger.updates()) == 1


def test_a_bot_that_comes_back_hears_that_it_did(messenger):
    messenger.order(f"chats/{FORUM}/bot", status="kicked")
    messenger.order(f"chats/{FORUM}/bot", status="administrator")

    kinds = [next(name for name in update if name != "update_id") for update in messenger.updates()]

    assert kinds == ["my_chat_member", "my_chat_member", "message"]
    assert messenger.send()["text"] == "hi"


def test_a_blocked_bot_cannot_write_until_it_is_unblocked(messenger):
    messenger.order(f"chats/{ANNA}/bot", status="kicked")
    assert messenger.refusal("sendMessage", chat_id=ANNA, text="x") == (
        403,
        "Forbidden: bot was blocked by the user",
    )

    messenger.order(f"chats/{ANNA}/bot", status="member")

    assert messenger.send(chat_id=ANNA)


def test_a_group_that_became_a_supergroup_says_where_it_went(messenger):
    old = group(messenger)
    messenger.send(chat_id=old)

    new = messenger.order(f"chats/{old}/migrate")["id"]

    told = messenger.answer("sendMessage", chat_id=old, text="x")
    assert told == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new},
    }
    heard = [update["message"] for update in messenger.updates()]
    assert [one.get("migrate_to_chat_id") for one in heard] == [new, None]
    assert heard[1]["migrate_from_chat_id"] == old
    assert messenger.send(chat_id=new)["chat"]["type"] == "supergroup"
    assert messenger.box.try_order(f"telegram/chats/{old}/migrate")[0] == 409


def test_a_bot_that_left_a_group_is_not_in_it(messenger):
    messenger.ask("leaveChat", chat_id=FORUM)

    assert messenger.refusal("getChat", chat_id=FORUM) == (
        403,
        "Forbidden: bot is not a member of the supergroup chat",
    )
    assert messenger.refusal("leaveChat", chat_id=ANNA)[0] == 400


def test_people_join_and_leave(messenger):
    boris = messenger.order("people", first_name="Boris", username="boris")["id"]
    assert messenger.box.try_order(f"telegram/chats/{FORUM}/write", person=boris, text="x")[0] == 409
    messenger.updates(allowed_updates=["chat_member", "message"])

    messenger.order(f"chats/{FORUM}/member", person=boris, status="member")
    messenger.write("hello", person=boris)
    messenger.order(f"chats/{FORUM}/member", person=boris, status="left")

    told = [next(name for name in update if name != "update_id") for update in messenger.updates()]
    assert told == ["chat_member", "message", "message", "chat_member", "message"]
    assert messenger.ask("getChatMember", chat_id=FORUM, user_id=boris)["status"] == "left"


def test_rights_of_the_bot_are_shown_and_can_be_taken(messenger):
    me = messenger.ask("getMe")["id"]
    assert messenger.ask("getChatMember", chat_id=FORUM, user_id=me)["can_manage_topics"] is True

    messenger.order(f"chats/{FORUM}/bot", status="administrator", rights=[])

    assert messenger.ask("getChatMember", chat_id=FORUM, user_id=me)["can_manage_topics"] is False
    assert [one["user"]["id"] for one in messenger.ask("getChatAdministrators", chat_id=FORUM)] == [ANNA]
    assert messenger.refusal("getChatMember", chat_id=FORUM, user_id=5)[1] == "Bad Request: user not found"


def test_an_answer_in_a_supergroup_without_topics_carries_its_thread(messenger):
    room = messenger.order("chats", kind="supergroup", title="Plain", bot="administrator")["id"]
    question = messenger.write("question", room)
    answer = messenger.write("answer", room, reply_to=question["message_id"])
    messenger.write("answer to it", room, reply_to=answer["message_id"])

    told = [update["message"] for update in messenger.updates()]

    assert [one.get("message_thread_id") for one in told] == [
        None,
        question["message_id"],
        question["message_id"],
    ]
    assert not any("is_topic_message" in one for one in told)


def test_what_a_person_deletes_is_not_told(messenger):
    written = messenger.write()
    messenger.updates(offset=-1)

    messenger.order(f"chats/{FORUM}/delete", message_id=written["message_id"])

    assert len(messenger.updates()) == 1
    assert (
        messenger.refusal(
            "sendMessage", chat_id=FORUM, text="x", reply_parameters={"message_id": written["message_id"]}
        )[0]
        == 400
    )


def test_commands_are_kept_and_must_be_commands(messenger):
    menu = [{"command": "status", "description": "what is open"}]
    messenger.ask("setMyCommands", commands=menu)

    assert messenger.ask("getMyCommands") == menu
    assert messenger.refusal("setMyCommands", commands=[{"command": "Bad!", "description": "x"}])[0] == 400
    assert messenger.refusal("setMyCommands", commands=[{"command": "ok", "description": ""}])[0] == 400


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("bot", {"token": "short"}, 400),
        ("bot", {"tokn": "x"}, 400),
        ("people", {"id": -5}, 400),
        ("people", {"first_name": 5.5}, 400),
        ("chats", {"kind": "channel"}, 400),
        ("chats", {"kind": "group", "is_forum": True}, 400),
        ("chats", {"kind": "private", "person": ANNA}, 409),
        ("chats", {"kind": "private", "person": 77}, 404),
        ("chats", {"kind": "group", "id": 5}, 400),
        ("chats/77/write", {"text": "x"}, 404),
        (f"chats/{FORUM}/write", {}, 400),
        (f"chats/{FORUM}/write", {"txt": "x"}, 400),
        (f"chats/{FORUM}/write", {"text": "x", "reply_to": 9}, 404),
        (f"chats/{FORUM}/write", {"text": "x", "thread": 9}, 404),
        (f"chats/{FORUM}/edit", {"message_id": 9, "text": "x"}, 404),
        (f"chats/{FORUM}/press", {"message_id": "x"}, 400),
        (f"chats/{FORUM}/member", {"person": ANNA, "status": "guest"}, 400),
        (f"chats/{FORUM}/migrate", {}, 409),
        (f"chats/{ANNA}/bot", {"status": "administrator"}, 400),
        (f"chats/{ANNA}/member", {"person": ANNA, "status": "left"}, 400),
        (f"chats/{ANNA}/topics", {"name": "x"}, 409),
        (f"chats/{FORUM}/dance", {}, 404),
        ("nothing", {}, 404),
        ("limits", {"enforce": ["chats"]}, 400),
        ("faults", {"kind": "flood", "method": "sendMesage"}, 400),
        ("faults", {"kind": "error_before", "status": 200}, 400),
        ("faults", {"kind": "slow", "seconds": -1}, 400),
        ("faults", {"kind": "no"}, 400),
    ],
)
def test_an_order_that_makes_no_sense_changes_nothing(messenger, path, fields, status):
    before = messenger.look(""), messenger.look("chats"), messenger.look("limits")

    told = messenger.box.try_order(f"telegram/{path}", **fields)

    assert (told[0], bool(told[1]["error"])) == (status, True)
    assert (messenger.look(""), messenger.look("chats"), messenger.look("limits")) == before
