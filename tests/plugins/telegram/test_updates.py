"""What updates say: as the sandbox's people make them, as Telegram documents them, and as nobody should."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge import (
    Edited,
    Place,
    Pressed,
    RoomChanged,
    RoomMoved,
    ThreadChanged,
    Written,
)
from pilotbridge_plugins.telegram.updates import read, read_number

FORUM: dict[str, Any] = {"id": -1001000000001, "type": "supergroup", "title": "Duty room", "is_forum": True}
ANNA: dict[str, Any] = {"id": 1001, "is_bot": False, "first_name": "Anna", "last_name": "K"}
ROOM = Place("-1001000000001")


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 1_768_208_400, "chat": FORUM, "from": ANNA} | fields


def told(kind: str = "message", number: int = 1, **fields: Any) -> Any:
    content = message(**fields) if "message" in kind or kind == "channel_post" else fields
    return read(json.dumps({"update_id": number, kind: content}).encode(), "pilot_bot")


def command(text: str, **fields: Any) -> Any:
    return told(text=text, entities=[{"type": "bot_command", "offset": 0, "length": 7}], **fields)


# --- messages ---------------------------------------------------------------------------------------


def test_a_text_in_a_group():
    event = told(text="disk is full")

    assert event == Written(
        place=ROOM,
        message="7",
        author=event.author,
        at=datetime(2026, 1, 12, 9, tzinfo=UTC),
        text="disk is full",
    )
    assert (event.author.id, event.author.name, event.author.is_person) == ("1001", "Anna K", True)


def test_a_text_in_a_topic_names_it_and_general_is_none():
    assert told(text="x", message_thread_id=42, is_topic_message=True).place == Place(ROOM.room, "42")
    assert told(text="x", message_thread_id=1, is_topic_message=True).place == ROOM


def test_in_a_private_chat_there_is_no_general_topic():
    private = {"id": 1001, "type": "private", "first_name": "Anna"}

    assert told(text="x", chat=private, message_thread_id=1, is_topic_message=True).place == Place(
        "1001", "1"
    )


def test_a_chain_of_replies_in_a_group_without_topics_is_no_thread():
    event = told(text="x", message_thread_id=5, reply_to_message={"message_id": 5})

    assert (event.place, event.reply_to) == (ROOM, "5")


@pytest.mark.parametrize(
    "root", [{"message_id": 42}, {"message_id": 43, "forum_topic_created": {"name": "x"}}]
)
def test_the_first_message_of_a_topic_is_not_replied_to(root):
    event = told(text="x", message_thread_id=42, is_topic_message=True, reply_to_message=root)

    assert event.reply_to is None


def test_a_reply_in_a_topic_is_one():
    event = told(text="x", message_thread_id=42, is_topic_message=True, reply_to_message={"message_id": 50})

    assert event.reply_to == "50"


BOT: dict[str, Any] = {"id": 42, "is_bot": True, "first_name": "Pilot", "username": "Pilot_Bot"}
OTHER_BOT = BOT | {"id": 43, "username": "other_bot"}
BEFORE = {"type": "user", "date": 1, "sender_user": BOT}


@pytest.mark.parametrize(
    ("fields", "quoted"),
    [
        ({}, None),
        ({"reply_to_message": message(text="hello", **{"from": ANNA})}, None),
        ({"reply_to_message": message(text="hello", **{"from": OTHER_BOT})}, None),
        ({"reply_to_message": message(text="hello", **{"from": BOT})}, "hello"),
        ({"reply_to_message": message(forum_topic_created={"name": "x"}, **{"from": BOT})}, None),
        ({"external_reply": {"origin": BEFORE, "message_id": 5}}, ""),
        ({"external_reply": {"origin": {"type": "hidden_user", "date": 1}}}, None),
    ],
)
def test_what_of_ours_it_replies_to_also_in_the_group_that_became_a_supergroup(fields, quoted):
    assert told(text="x", **fields).quoted == quoted


@pytest.mark.parametrize(("author", "title"), [(BOT, "+7913***7355"), (OTHER_BOT, ""), (ANNA, "")])
def test_what_we_called_the_topic(author, title):
    first = message(forum_topic_created={"name": "+7913***7355"}, **{"from": author})

    written = told(text="x", message_thread_id=7, is_topic_message=True, reply_to_message=first)

    assert (written.thread_title, written.quoted, written.reply_to) == (title, None, None)


def test_a_private_chat_also_with_topics():
    private = {"id": 1001, "type": "private", "first_name": "Anna"}

    event = told(text="x", chat=private, message_thread_id=9, is_topic_message=True)

    assert (event.is_private, event.place) == (True, Place("1001", "9"))


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("/status", "status", ""),
        ("/STATUS@Pilot_Bot  now, please", "status", "now, please"),
        ("/sms +7908 hello\nthere", "sms", "+7908 hello\nthere"),
    ],
)
def test_a_command_and_what_follows_it(text, word, rest):
    event = command(text)

    assert (event.command, event.text) == (word, rest)


def test_a_command_for_another_bot_is_not_for_us():
    assert command("/status@other_bot") is None


def test_a_slash_that_telegram_does_not_take_for_a_command_is_text():
    event = told(text="/ 5 of them")

    assert (event.command, event.text) == ("", "/ 5 of them")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"sticker": {}}, "sticker"),
        ({"photo": [], "caption": "look"}, "photo"),
        ({"animation": {}, "document": {}}, "animation"),
        ({"venue": {}, "location": {}}, "venue"),
        ({"poll": {}}, "poll"),
        ({"dice": {"emoji": "🎲"}}, "dice"),
        ({"hologram": {}}, "hologram"),
        ({}, "unknown"),
    ],
)
def test_whatever_is_no_text_goes_by_its_name(fields, kind):
    event = told(**fields)

    assert (event.kind, event.text) == (kind, fields.get("caption", ""))


@pytest.mark.parametrize(
    "note", ["new_chat_members", "pinned_message", "video_chat_started", "general_forum_topic_hidden", "gift"]
)
def test_telegrams_own_notes_are_nothing_to_the_bridge(note):
    assert told(**{note: {}}) is None


@pytest.mark.parametrize("mark", [{"forward_origin": {"type": "user"}}, {"forward_date": 1}])
def test_a_forward_is_a_text_of_whoever_forwards_it(mark):
    written = told(text="x", **mark)

    assert (written.text, written.kind, written.author.id) == ("x", "text", "1001")


@pytest.mark.parametrize(
    "fields",
    [
        {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}, "sender_chat": FORUM},
        {"from": {"id": 777000, "first_name": "Telegram"}, "sender_chat": {"id": -1002, "title": "News"}},
        {"from": {"id": 5, "is_bot": True, "first_name": "Other"}},
        {"from": None},
    ],
    ids=["anonymous admin", "linked channel", "another bot", "nobody"],
)
def test_who_hides_or_is_no_human_is_no_person(fields):
    assert not told(text="x", **fields).author.is_person


def test_a_channel_post_is_of_no_person():
    event = told(
        "channel_post", text="x", chat={"id": -1002, "type": "channel", "title": "News"}, **{"from": None}
    )

    assert (event.author.is_person, event.author.name, event.place) == (False, "News", Place("-1002"))


def test_an_edit():
    event = told("edited_message", text="y", edit_date=1, message_thread_id=42, is_topic_message=True)

    assert event == Edited(Place(ROOM.room, "42"), "7", event.author, "y")


def test_a_live_location_that_moves_is_no_edit():
    assert told("edited_message", location={"latitude": 1.0, "longitude": 2.0}, edit_date=1) is None


# --- rooms, threads, buttons ------------------------------------------------------------------------


def test_a_group_that_became_a_supergroup_is_told_by_either_side():
    old = {"id": -55, "type": "group"}

    assert told(chat=old, migrate_to_chat_id=-1009) == RoomMoved("-55", "-1009")
    assert told(chat={"id": -1009}, migrate_from_chat_id=-55) == RoomMoved("-55", "-1009")


@pytest.mark.parametrize(
    ("fields", "is_open", "title"),
    [
        ({"forum_topic_closed": {}}, False, None),
        ({"forum_topic_reopened": {}}, True, None),
        ({"forum_topic_edited": {"name": "Boris"}}, None, "Boris"),
        ({"forum_topic_created": {"name": "shift", "icon_color": 1}}, True, "shift"),
    ],
)
def test_what_becomes_of_a_topic(fields, is_open, title):
    event = told(message_thread_id=42, is_topic_message=True, **fields)

    assert event == ThreadChanged(Place(ROOM.room, "42"), event.by, is_open=is_open, title=title)


def test_another_icon_of_a_topic_is_nothing():
    assert told(message_thread_id=42, forum_topic_edited={"icon_custom_emoji_id": "5"}) is None


@pytest.mark.parametrize(
    ("standing", "is_ours"),
    [
        ({"status": "administrator", "can_manage_topics": True}, True),
        ({"status": "member"}, True),
        ({"status": "restricted", "is_member": True}, True),
        ({"status": "restricted", "is_member": False}, False),
        ({"status": "left"}, False),
        ({"status": "kicked", "until_date": 0}, False),
    ],
)
def test_what_becomes_of_us_in_a_room(standing, is_ours):
    event = told("my_chat_member", chat=FORUM, new_chat_member=standing, old_chat_member={}, **{"from": ANNA})

    assert event == RoomChanged(ROOM.room, is_ours, event.by)


def test_a_press():
    event = told(
        "callback_query", id="99", data="t:1", chat_instance="x", message=message(), **{"from": ANNA}
    )

    assert event == Pressed(ROOM, "7", event.author, "t:1", "99")


def test_a_press_on_a_message_that_telegram_does_not_show_any_more():
    gone = {"message_id": 7, "date": 0, "chat": FORUM}

    event = told("callback_query", id="99", data="t:1", message=gone, **{"from": ANNA})

    assert event == Pressed(ROOM, "7", event.author, "t:1", "99")


@pytest.mark.parametrize(
    "fields", [{"inline_message_id": "5", "data": "x"}, {"game_short_name": "x", "message": message()}]
)
def test_a_press_that_is_none_of_ours(fields):
    assert told("callback_query", id="99", **{"from": ANNA}, **fields) is None


@pytest.mark.parametrize("kind", ["poll", "inline_query", "chat_member", "message_reaction", "novelty"])
def test_other_updates_are_nothing_to_the_bridge(kind):
    assert told(kind, number=5, anything=[1]) is None


# --- what nobody should send ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"update_id": "5"}',
        b'{"update_id": -1}',
        b'{"update_id": 1, "message": 5}',
        b'{"update_id": 1, "message": {"message_id": 1}}',
        b'{"update_id": 1, "message": {"message_id": 1, "date": 1e30, "chat": {"id": 1}}}',
        b'{"update_id": 1, "message": {"message_id": 99999999999999999999, "chat": {"id": 1}}}',
        b'{"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1}, "text": "\\ud800"}}',
        b'{"update_id": 1, "message": "\xff"}',
        b'{"update_id": 1, "message": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_update_is_a_value_error(body):
    with pytest.raises(ValueError, match="no update of Telegram"):
        read(body)


def test_the_number_is_read_without_the_rest():
    assert read_number(b'{"message": 5, "update_id": 700000001}') == 700000001


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WHOLE = {
    "update_id": 1,
    "message": message(
        text="/a b",
        entities=[{"type": "bot_command", "offset": 0, "length": 2}],
        message_thread_id=4,
        is_topic_message=True,
        reply_to_message=message(),
        sender_chat=FORUM,
        forum_topic_edited=None,
    ),
    "edited_message": message(text="x"),
    "callback_query": {"id": "1", "from": ANNA, "data": "x", "message": message()},
    "my_chat_member": {"chat": FORUM, "from": ANNA, "new_chat_member": {"status": "left"}},
}


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, item in inner for deeper in paths(item, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)
    return copy


@given(
    st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]),
    st.data(),
)
def test_a_mutated_update_is_read_or_is_a_value_error(kind, data):
    update = {"update_id": 1, kind: WHOLE[kind]}
    for path in data.draw(st.lists(st.sampled_from(paths(update)), min_size=1, max_size=2)):
        try:
            update = put(update, path, data.draw(anything))
        except (TypeError, KeyError, IndexError):
            continue

    read_or_refuse(json.dumps(update).encode())


@given(anything)
def test_anything_is_read_or_is_a_value_error(value):
    read_or_refuse(json.dumps({"update_id": 1, "message": value}).encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_are_a_value_error(body):
    read_or_refuse(body)


def read_or_refuse(body: bytes) -> None:
    try:
        event = read(body)
    except ValueError:
        return
    assert event is None or hash(event)
