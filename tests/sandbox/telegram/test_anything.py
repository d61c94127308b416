"""Whatever a client or a script sends, it gets an answer in the right shape."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotbridge.sandbox.http import Request, Response, Waiting
from pilotbridge.sandbox.telegram.chat_orders import CHAT_ORDERS
from pilotbridge.sandbox.telegram.control import ORDERS
from pilotbridge.sandbox.telegram.methods import METHODS
from tests.sandbox.conftest import Box
from tests.sandbox.telegram.conftest import ANNA, FORUM, Messenger

LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=6)
OFTEN = st.sampled_from([FORUM, ANNA, 1, 2, 3, "HTML", "<b>x</b>", "👀", "kicked", "private"])
NAMES = st.sampled_from(
    [
        "message_id",
        "text",
        "emoji",
        "type",
        "offset",
        "length",
        "inline_keyboard",
        "callback_data",
        "reply_to",
        "file_id",
        "sticker",
        "document",
        "allow_sending_without_reply",
        "command",
        "description",
        "forum_topic_created",
    ]
)
VALUES = st.recursive(
    OFTEN | LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
PARAMS = st.dictionaries(
    st.sampled_from(
        [
            "chat_id",
            "from_chat_id",
            "message_id",
            "text",
            "caption",
            "parse_mode",
            "entities",
            "reply_markup",
            "reply_parameters",
            "document",
            "message_thread_id",
            "name",
            "icon_color",
            "icon_custom_emoji_id",
            "reaction",
            "user_id",
            "commands",
            "callback_query_id",
            "url",
            "secret_token",
            "allowed_updates",
            "offset",
            "limit",
            "timeout",
            "action",
            "drop_pending_updates",
            "max_connections",
        ]
    ),
    VALUES,
    max_size=6,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "person",
            "text",
            "thread",
            "reply_to",
            "also",
            "anonymous",
            "message_id",
            "button",
            "data",
            "emoji",
            "status",
            "rights",
            "name",
            "kind",
            "id",
            "title",
            "is_forum",
            "members",
            "bot",
            "update",
            "enforce",
            "method",
            "chat_id",
            "count",
            "for_s",
            "probability",
            "seed",
            "seconds",
            "token",
            "privacy",
            "webhook_retries_s",
            "first_name",
        ]
    ),
    VALUES,
    max_size=4,
)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def busy_messenger():
    messenger = Messenger(Box())
    messenger.send("card", message_thread_id=messenger.topic())
    messenger.write("hello")
    messenger.write("hello", ANNA)
    return messenger


def encoded(fields):
    return json.dumps(fields).replace("NaN", "null").replace("-Infinity", "null").replace("Infinity", "null")


@MANY
@given(st.sampled_from(sorted(METHODS)), PARAMS, st.booleans())
def test_any_call_is_granted_or_refused(method, params, is_here):
    messenger = busy_messenger()
    params = {"chat_id": FORUM, "message_id": 3} | params if is_here else params
    body = encoded(params).encode()
    request = messenger.request(method, body, **{"content-type": "application/json"})

    answer = messenger.box.sandbox.begin(request, messenger.box.now)

    assert isinstance(answer, Response | Waiting)
    if isinstance(answer, Response):
        told = json.loads(answer.body)
        assert told["ok"] or told["description"]
        assert answer.status == (200 if told["ok"] else told["error_code"])


@MANY
@given(st.sampled_from([*sorted(ORDERS), *(f"chats/{FORUM}/{verb}" for verb in CHAT_ORDERS)]), FIELDS)
def test_any_order_is_carried_out_or_refused_and_all_can_be_looked_at(path, fields):
    messenger = busy_messenger()
    request = Request("POST", f"/sandbox/telegram/{path}", body=encoded(fields).encode())

    answer = messenger.box.sandbox.handle(request, messenger.box.now)

    assert answer.status in (200, 400, 404, 409)
    for name in ("", "chats", "presses", "updates", "calls", "limits", "faults", f"chats/{FORUM}/messages"):
        messenger.look(name)


@pytest.mark.parametrize(
    "also", [{"document": "x"}, {"document": {"no": "id"}}, {"text": 5}, {"caption": []}]
)
def test_a_message_of_nonsense_disturbs_nobody(messenger, also):
    messenger.order(f"chats/{FORUM}/write", also=also)

    assert messenger.refusal("sendDocument", chat_id=FORUM, document="x")[0] == 400
    assert messenger.look(f"chats/{FORUM}/messages", "text=zzz") == []
    assert len(messenger.updates()) == 1
