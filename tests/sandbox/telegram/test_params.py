"""Bodies: JSON, form and multipart say the same, and what cannot be read is refused with a reason."""

import json
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.sandbox.http import Request
from pilotbridge.sandbox.telegram.multipart import BadMultipart, read_multipart
from pilotbridge.sandbox.telegram.params import read_params
from pilotbridge.sandbox.telegram.wording import ApiError
from tests.sandbox.telegram.conftest import FORUM, TOKEN

FIELDS = {"chat_id": FORUM, "text": "привет & <b>", "reply_markup": {"inline_keyboard": []}}


def multipart(fields):
    parts = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return (parts + "--B--\r\n").encode()


WRITTEN = {name: value if isinstance(value, str) else json.dumps(value) for name, value in FIELDS.items()}
BODIES = {
    "application/json": json.dumps(FIELDS).encode(),
    "application/x-www-form-urlencoded": urlencode(WRITTEN).encode(),
    "multipart/form-data; boundary=B": multipart(WRITTEN),
    "": urlencode(WRITTEN).encode(),
}


@pytest.mark.parametrize("content_type", BODIES)
def test_every_body_says_the_same(content_type):
    params = read_params(Request("POST", "/", "", {"content-type": content_type}, BODIES[content_type]))

    assert params.integer("chat_id") == FORUM
    assert params.text("text") == FIELDS["text"]
    assert params.value("reply_markup") == FIELDS["reply_markup"]
    assert params.value("nothing") is None


def test_a_query_is_read_too_and_the_body_wins():
    request = Request("POST", "/", "text=a&limit=5", {"content-type": "application/json"}, b'{"text": "b"}')

    params = read_params(request)

    assert (params.text("text"), params.integer("limit")) == ("b", 5)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"\xff"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=B", b"--B\r\n\r\nx"),
        ("multipart/form-data; boundary=B", b"--B\r\nno head--B--"),
        ("multipart/form-data; boundary=B", b"--B\r\nA: b\r\n\r\nx\r\n--B--"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(box, content_type, body):
    request = Request("POST", f"/bot{TOKEN}/sendMessage", "", {"content-type": content_type}, body)

    told = json.loads(box.sandbox.handle(request, box.now).body)

    assert told["error_code"] == 400
    assert told["description"].startswith("Bad Request: can't parse the body")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body):
    for content_type in BODIES:
        with suppress(ApiError):
            read_params(Request("POST", "/", "", {"content-type": content_type}, body))


@given(st.binary(max_size=100).filter(lambda content: b"\r\n--B" not in content))
def test_a_file_arrives_byte_for_byte(content):
    head = b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n\r\n'

    _, files = read_multipart("multipart/form-data; boundary=B", head + content + b"\r\n--B--\r\n")

    assert (files["f"].name, files["f"].content) == ("a.bin", content)


def test_a_thousand_parts_are_enough():
    with pytest.raises(BadMultipart, match="more than 1000"):
        read_multipart("multipart/form-data; boundary=B", b"--B\r\n\r\n" * 1001 + b"--B--")


@pytest.mark.parametrize("number", ["x", "1.5", "9" * 30, "٣", "1" * 5000])
def test_a_number_must_be_one(messenger, number):
    assert messenger.refusal("getUpdates", offset=number)[0] == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/bot{TOKEN}/getMe", 200),
        (f"/bot{TOKEN}/GETME", 200),
        (f"/bot{TOKEN}/dance", 404),
        ("/bot123/getMe", 404),
        ("/bot/getMe", 404),
        (f"/bot1{TOKEN}/getMe", 401),
        (f"/bot{TOKEN}/", 404),
        (f"/bot{TOKEN}", 404),
    ],
)
def test_a_path_needs_the_token_and_a_method(box, path, status):
    answer = box.sandbox.handle(Request("GET", path), box.now)

    assert answer.status == status
    assert json.loads(answer.body)["ok"] is (status == 200)
