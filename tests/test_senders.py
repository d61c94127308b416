"""What all senders' bodies have in common: times as people write them, and one word about one condition."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge import AlertState, Incoming, Malformed, Told, Unreadable, read_json, read_moment
from pilotbridge.senders import TEST_LASTS, is_form, what_instead

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TEN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
DECODER = msgspec.json.Decoder(dict[str, int])


def incoming(at=AT, source="monitoring"):
    return Incoming(source, b"", {}, {}, at)


def told(**changes):
    return Told(**{"name": "DiskFull", "identity": {"id": "7"}, **changes})


# --- JSON -------------------------------------------------------------------------------------------


class Body(msgspec.Struct):
    name: str
    count: int | None = None
    at: datetime | None = None
    tags: list[str] = []


@pytest.mark.parametrize(
    ("body", "says", "at"),
    [
        ("[]", "an object is expected here, and a list came", ""),
        ("{}", "the field name is missing", ""),
        ('{"name": true}', "a text is expected here, and true or false came", "name"),
        (
            '{"name": "a", "count": 1.5}',
            "a whole number or null is expected here, and a number came",
            "count",
        ),
        (
            '{"name": "a", "at": "soon"}',
            "it is no time as RFC 3339 writes it, like 2026-11-25T03:14:00Z",
            "at",
        ),
        ('{"name": "a", "tags": ["b", {}]}', "a text is expected here, and an object came", "tags[1]"),
    ],
)
def test_another_shape_is_told_in_words_with_its_place(body, says, at):
    with pytest.raises(Unreadable) as refused:
        read_json(body.encode(), msgspec.json.Decoder(Body))

    assert (str(refused.value), refused.value.at) == (says, at)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"a\ud83d", "a\ufffd"),
        (r"\ud83dx", "\ufffdx"),
        (r"\uDE00", "\ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"a\u0000b", "a\ufffdb"),
        (r"\\u0000", r"\u0000"),
        (r"\\ud83d \ud83d", "\\ud83d \ufffd"),
        (r"\n\\\u0000", "\n\\\ufffd"),
        (r"\ud83d\ude00\u0000", "\U0001f600\ufffd"),
    ],
)
def test_what_is_no_character_is_read_as_a_sign_for_it(written, read):
    body = b'{"text": "%s"}' % written.encode()

    assert read_json(body, msgspec.json.Decoder(dict[str, str])) == {"text": read}


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_what_is_all_characters_is_read_as_it_is(text):
    body = json.dumps({"text": text, "odd": "\0"}).encode()

    assert read_json(body, msgspec.json.Decoder(dict[str, str]))["text"] == text


# --- a word -----------------------------------------------------------------------------------------


def test_a_word_that_it_holds_and_one_that_it_is_over_are_one_alert():
    firing = told(severity="high", labels={"instance": "db01"}).alert(incoming())
    over = told(name="fine again", resolved=True).alert(incoming(AT + timedelta(hours=1)))

    assert (firing.state, over.state) == (AlertState.FIRING, AlertState.RESOLVED)
    assert firing.fingerprint == over.fingerprint
    assert over.ends_at == AT + timedelta(hours=1)


@pytest.mark.parametrize(
    "changes", [{"severity": "low"}, {"name": "x"}, {"value": "5"}, {"labels": {"a": "b"}}]
)
def test_nothing_but_its_identity_identifies_it(changes):
    assert told(**changes).alert(incoming()).fingerprint == told().alert(incoming()).fingerprint


@pytest.mark.parametrize("other", [{"identity": {"id": "8"}}, {"identity": {"id": "7", "host": "db01"}}])
def test_another_identity_is_another_alert(other):
    assert told(**other).alert(incoming()).fingerprint != told().alert(incoming()).fingerprint


def test_the_same_identity_of_another_source_is_another_alert():
    assert told().alert(incoming(source="other")).fingerprint != told().alert(incoming()).fingerprint


def test_what_was_not_said_is_no_label_and_its_time_is_that_of_arrival():
    alert = told(labels={"team": "", "": "x"}, summary="").alert(incoming())

    assert dict(alert.labels) == {"alertname": "DiskFull"}
    assert not alert.annotations
    assert (alert.starts_at, alert.ends_at, alert.expires_at) == (AT, None, None)


def test_a_test_ends_by_itself_and_is_one_of_its_own():
    first, second = (told(is_test=True).alert(incoming(at)) for at in (AT, AT + timedelta(seconds=1)))

    assert first.expires_at == AT + TEST_LASTS
    assert first.fingerprint != second.fingerprint


def test_who_took_it_took_the_same_alert():
    taken = told(to="anna").taken(incoming(), by="boris", note="on it")

    assert (taken.fingerprint, taken.to) == (told().alert(incoming()).fingerprint, "anna")


# --- times ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("1795600800", TEN),
        ("1795600800000", TEN),
        ("1795600800.0", TEN),
        ("2026-11-25T10:00:00Z", TEN),
        ("2026-11-25T13:00:00+03:00", TEN),
        ("2026-11-25 10:00", TEN),
        (" 2026-11-25T10:00:00 ", TEN),
    ],
)
def test_times_are_read_as_senders_write_them(written, moment):
    assert read_moment(written) == moment


def test_a_time_without_a_zone_is_of_the_zone_that_is_known():
    assert read_moment("2026-11-25 13:00", zone=ZoneInfo("Europe/Moscow")) == TEN


@pytest.mark.parametrize(
    "written", ["", "soon", "-5", "0", "nan", "inf", "1e400", "0001-01-01", "9999-12-31"]
)
def test_what_is_no_time_is_none(written):
    assert read_moment(written) is None


@given(st.text(max_size=40))
def test_any_text_is_a_time_with_a_zone_or_none(written):
    moment = read_moment(written)

    assert moment is None or moment.tzinfo is UTC


# --- JSON -------------------------------------------------------------------------------------------


def test_the_mark_that_windows_puts_before_a_text_is_skipped():
    assert read_json(b'\xef\xbb\xbf{"a": 1}', DECODER) == {"a": 1}


def test_another_shape_is_unreadable_with_its_place():
    with pytest.raises(Unreadable, match="a whole number is expected here, and a text came") as found:
        read_json(b'{"a": "b"}', DECODER)

    assert found.value.at == "[...]"
    assert not isinstance(found.value, Malformed)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b" ", "it is empty"),
        (b"\x1f\x8bxx", "it is packed"),
        (b"PK\x03\x04xx", "it is packed"),
        ("{}".encode("utf-16"), "it is UTF-16"),
        (b"\n<html>", "it is a web page"),
        (b"<alert/>", "it is XML"),
        (b"a-b=1", "it is a form"),
        (b"hello", ""),
        (b"x = 1", ""),
    ],
)
def test_what_is_no_json_is_called_what_it_is(body, says):
    assert what_instead(body).startswith(says) if says else not what_instead(body)


@given(st.binary(max_size=300))
def test_any_bytes_have_a_shape_or_a_sentence(body):
    try:
        read_json(body, DECODER)
    except Unreadable as refused:
        assert refused.reason  # noqa: PT017 - either outcome is right


@given(st.binary(max_size=100))
def test_any_bytes_are_a_form_or_none(body):
    assert is_form(body) in (True, False)
