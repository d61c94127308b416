"""Messages: sent, edited, copied, reacted to and deleted, and each refusal in Telegram's words."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.sandbox.telegram.entities import read_html, utf16_length
from pilotbridge.sandbox.telegram.wording import ApiError
from tests.sandbox.telegram.conftest import ANNA, FORUM


def keyboard(*rows):
    return {
        "inline_keyboard": [[{"text": text, "callback_data": data} for text, data in row] for row in rows]
    }


def test_a_sent_message_is_shown_as_telegram_shows_it(messenger, box):
    sent = messenger.send("disk full", reply_markup=keyboard([("Take", "a1")]))

    assert sent == {
        "message_id": 2,
        "date": int(box.now.timestamp()),
        "chat": {"id": FORUM, "type": "supergroup", "title": "Duty room", "is_forum": True},
        "from": {
            "id": 1000000001,
            "is_bot": True,
            "first_name": "PilotBridge",
            "username": "pilotbridge_sandbox_bot",
        },
        "text": "disk full",
        "reply_markup": keyboard([("Take", "a1")]),
    }
    assert messenger.texts() == ["disk full"]
    assert messenger.updates() == []


def test_html_becomes_text_with_entities():
    assert read_html('a <b>😀 <i>x</i></b> &lt;<a href="http://h/?a&amp;b">y</a>') == (
        "a 😀 x <y",
        [
            {"type": "bold", "offset": 2, "length": 4},
            {"type": "italic", "offset": 5, "length": 1},
            {"type": "text_link", "url": "http://h/?a&b", "offset": 8, "length": 1},
        ],
    )


@pytest.mark.parametrize("marked", ["a < b", "<b>", "</b>", "<b><i></b></i>", "<blink>x</blink>"])
def test_html_that_cannot_be_read_is_refused(messenger, marked):
    code, description = messenger.refusal("sendMessage", chat_id=FORUM, text=marked, parse_mode="HTML")

    assert code == 400
    assert description.startswith("Bad Request: can't parse entities: ")


@given(st.text(alphabet=st.sampled_from("ab<>/&;😀 pre=\"'"), max_size=30))
def test_any_text_is_refused_or_its_entities_lie_within_it(marked):
    with suppress(ApiError):
        text, entities = read_html(marked)
        assert all(0 <= one["offset"] <= utf16_length(text) - one["length"] for one in entities)


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"chat_id": 5}, (400, "Bad Request: chat not found")),
        ({"chat_id": ""}, (400, "Bad Request: chat_id is empty")),
        ({"chat_id": "@nobody"}, (400, "Bad Request: chat not found")),
        ({"text": " "}, (400, "Bad Request: message text is empty")),
        ({"text": "😀" * 2049}, (400, "Bad Request: message is too long")),
        ({"message_thread_id": 1}, (400, "Bad Request: message thread not found")),
        ({"reply_parameters": {"message_id": 77}}, (400, "Bad Request: message to be replied not found")),
        ({"reply_markup": keyboard([("x", "é" * 32 + "x")])}, (400, "Bad Request: BUTTON_DATA_INVALID")),
        ({"reply_markup": keyboard([("x", "")])}, (400, "Bad Request: BUTTON_DATA_INVALID")),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            (
                400,
                "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline "
                "keyboard",
            ),
        ),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(messenger, params, refusal):
    assert messenger.refusal("sendMessage", **{"chat_id": FORUM, "text": "hi"} | params) == refusal
    assert messenger.texts() == []


def test_the_longest_text_and_the_longest_button_are_taken(messenger):
    sent = messenger.send("😀" * 2048, reply_markup=keyboard([("x", "é" * 32)]))

    assert messenger.texts() == [sent["text"]]


def test_a_reply_to_nothing_can_be_sent_all_the_same(messenger):
    reply = {"message_id": 77, "allow_sending_without_reply": True}

    assert "reply_to_message" not in messenger.send(reply_parameters=reply)


def test_a_person_who_never_wrote_cannot_be_written_to(messenger):
    messenger.order("people", id=2002, first_name="Boris")

    assert messenger.refusal("sendMessage", chat_id=2002, text="x") == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )


def test_an_edit_changes_the_text_and_drops_the_buttons(messenger, box):
    sent = messenger.send("open", reply_markup=keyboard([("Take", "a1")]))
    box.run_for(seconds=5)

    edited = messenger.ask("editMessageText", chat_id=FORUM, message_id=sent["message_id"], text="taken")

    assert (edited["text"], edited["edit_date"] - edited["date"]) == ("taken", 5)
    assert "reply_markup" not in edited


def test_an_edit_that_changes_nothing_is_refused(messenger):
    markup = keyboard([("Take", "a1")])
    sent = messenger.send("open", reply_markup=markup)
    same = {"chat_id": FORUM, "message_id": sent["message_id"], "reply_markup": markup}

    refusals = [messenger.refusal("editMessageText", text="open", **same)]
    refusals.append(messenger.refusal("editMessageReplyMarkup", **same))

    assert {code for code, _ in refusals} == {400}
    assert all("message is not modified: specified new" in description for _, description in refusals)


def test_buttons_can_be_taken_away(messenger):
    sent = messenger.send("open", reply_markup=keyboard([("Take", "a1")]))

    edited = messenger.ask("editMessageReplyMarkup", chat_id=FORUM, message_id=sent["message_id"])

    assert "reply_markup" not in edited


def test_only_what_there_is_and_is_ones_own_can_be_edited(messenger):
    theirs = messenger.write()["message_id"]

    assert messenger.refusal("editMessageText", chat_id=FORUM, message_id=99, text="x")[1] == (
        "Bad Request: message to edit not found"
    )
    assert messenger.refusal("editMessageText", chat_id=FORUM, message_id=theirs, text="x")[1] == (
        "Bad Request: message can't be edited"
    )
    assert messenger.refusal("editMessageText", chat_id=FORUM, text="x")[1] == (
        "Bad Request: message identifier is not specified"
    )


def test_a_deleted_message_is_gone_for_every_method(messenger):
    message_id = messenger.send()["message_id"]
    where = {"chat_id": FORUM, "message_id": message_id}

    messenger.ask("deleteMessage", **where)

    assert messenger.texts() == []
    assert messenger.refusal("deleteMessage", **where)[1] == "Bad Request: message to delete not found"
    assert messenger.refusal("editMessageText", text="x", **where)[0] == 400
    assert messenger.refusal("setMessageReaction", **where)[1] == "Bad Request: message to react not found"
    assert messenger.send()["message_id"] == message_id + 1


def test_what_others_wrote_is_deleted_only_with_the_right(messenger, box):
    theirs = {"chat_id": FORUM, "message_id": messenger.write()["message_id"]}
    messenger.order(f"chats/{FORUM}/bot", status="administrator", rights=["can_manage_topics"])
    assert messenger.refusal("deleteMessage", **theirs)[1] == "Bad Request: message can't be deleted"

    mine = {"chat_id": ANNA, "message_id": messenger.send(chat_id=ANNA)["message_id"]}
    box.run_for(hours=49)

    assert messenger.refusal("deleteMessage", **mine)[1] == (
        "Bad Request: message can't be deleted for everyone"
    )


def test_one_allowed_reaction_stands_at_a_time(messenger):
    where = {"chat_id": FORUM, "message_id": messenger.write()["message_id"]}

    for emoji in "👀✍👌":
        messenger.ask("setMessageReaction", reaction=[{"type": "emoji", "emoji": emoji}], **where)

    assert messenger.look(f"chats/{FORUM}/messages")[0]["reactions"] == [{"from": 1000000001, "emoji": "👌"}]
    messenger.ask("setMessageReaction", reaction=[], **where)
    assert messenger.look(f"chats/{FORUM}/messages")[0]["reactions"] == []


@pytest.mark.parametrize(
    ("emojis", "reason"),
    [("✅", "REACTION_INVALID"), ("✔", "REACTION_INVALID"), ("👀👌", "REACTIONS_TOO_MANY")],
)
def test_other_reactions_are_refused(messenger, emojis, reason):
    reaction = [{"type": "emoji", "emoji": emoji} for emoji in emojis]
    where = {"chat_id": FORUM, "message_id": messenger.write()["message_id"]}

    assert messenger.refusal("setMessageReaction", reaction=reaction, **where) == (
        400,
        f"Bad Request: {reason}",
    )


def test_a_copy_says_the_same_elsewhere(messenger):
    source = messenger.write("look here")

    copied = messenger.ask("copyMessage", chat_id=ANNA, from_chat_id=FORUM, message_id=source["message_id"])

    assert copied == {"message_id": 1}
    assert messenger.texts(ANNA) == ["look here"]
    assert messenger.refusal("copyMessage", chat_id=ANNA, from_chat_id=FORUM, message_id=99)[1] == (
        "Bad Request: message to copy not found"
    )


def test_a_document_is_sent_once_and_then_by_its_id(messenger, box):
    body = (
        b'--B\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n%d\r\n'
        b'--B\r\nContent-Disposition: form-data; name="caption"\r\n\r\nlog\r\n'
        b'--B\r\nContent-Disposition: form-data; name="document"; filename="a.log"\r\n'
        b"Content-Type: text/plain\r\n\r\nline\r\n--B--\r\n" % FORUM
    )
    request = messenger.request("sendDocument", body, **{"content-type": "multipart/form-data; boundary=B"})
    assert box.sandbox.handle(request, box.now).status == 200
    (sent,) = messenger.look(f"chats/{FORUM}/messages")
    assert (sent["caption"], sent["document"]["file_name"], sent["document"]["file_size"]) == (
        "log",
        "a.log",
        4,
    )

    again = messenger.ask("sendDocument", chat_id=ANNA, document=sent["document"]["file_id"])

    assert again["document"] == sent["document"]
    assert messenger.refusal("sendDocument", chat_id=ANNA, document="unknown")[0] == 400
    assert messenger.refusal("sendDocument", chat_id=ANNA)[0] == 400


def test_a_chat_action_must_be_one(messenger):
    assert messenger.ask("sendChatAction", chat_id=ANNA, action="typing") is True
    assert messenger.refusal("sendChatAction", chat_id=ANNA, action="thinking")[0] == 400
