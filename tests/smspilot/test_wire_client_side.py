"""What a client takes from a gateway of any version, and what it refuses to take for an answer."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pilotbridge.smspilot import wire
from pilotbridge.smspilot.wire import Form, Torn

KEY = wire.Credentials("K" * 64)


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ('"status":0,"id":7', "id", 7),
        ('"status":0,"id":"7"', "id", 7),
        ('"status":0,"id":7.0', "id", 7),
        ('"status":0.0,"error":0.0', "status", 0),
        ('"status":0', "id", 0),
        ('"status":0,"id":null', "id", 0),
        ('"status":0,"id":""', "id", 0),
        ('"status":"-2","error":"243"', "error", 243),
        ('"status":-2', "status", -2),
        ('"status":0,"server_id":10000', "server_id", "10000"),
        ('"status":0,"server_id":10000.0', "server_id", "10000"),
        ('"status":0,"to":79087964781', "to", "79087964781"),
        ('"status":0,"price":"2.96"', "price", Decimal("2.96")),
        ('"status":0,"price":2.96', "price", Decimal("2.96")),
        ('"status":0,"price":3', "price", Decimal(3)),
        ('"status":0,"price":"2,96"', "price", Decimal("2.96")),
        ('"status":0,"price":"nan"', "price", None),
        ('"status":0,"price":"1 000,50"', "price", None),
        ('"status":0,"price":"1,000"', "price", None),
        ('"status":0,"price":true', "price", None),
        ('"status":0,"price":1e999', "price", None),
        ('"status":0,"price":""', "price", None),
        ('"status":0', "price", None),
        ('"status":0,"send_datetime":"0000-00-00 00:00:00"', "send_at", None),
        ('"status":0,"send_datetime":""', "send_at", None),
        ('"status":0,"send_datetime":null', "send_at", None),
        ('"status":3,"send_datetime":"2030-01-01 10:00:00"', "send_at", datetime(2030, 1, 1, 10, tzinfo=UTC)),
        ('"status":0,"new_in_3_0":{"a":[1]}', "status", 0),
    ],
)
def test_strings_and_numbers_and_missing_fields_are_read_alike(entry, field, value):
    answer = wire.read_send_answer(f'{{"send":[{{{entry}}}],"surprise":1}}'.encode())

    assert getattr(answer.entries[0], field) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html><body>502 Bad Gateway</body></html>",
        b"<!DOCTYPE html><html></html>",
        b"SUCCESS=SMS SENT 0.89/320.50",
        b"[]",
        b"null",
        b"{}",
        b'"send"',
        b'{"send":{}}',
        b'{"send":null}',
        b'{"send":["x"]}',
        b'{"send":[{}]}',
        b'{"send":[{"status":true}]}',
        b'{"send":[{"status":"ok"}]}',
        b'{"send":[{"status":0.5}]}',
        b'{"send":[{"status":0,"id":[]}]}',
        b'{"send":[{"status":0,"id":123456789012345678901234567890}]}',
        b'{"send":[{"status":0,"server_id":1.5}]}',
        b'{"send":[{"status":0,"server_id":' + b"9" * 5000 + b"}]}",
        b'{"send":[{"status":0,"price":' + b"9" * 5000 + b"}]}",
        b'{"send":[{"status":0}],"error":{"code":"110"}}',
        b'{"error":{}}',
        b'{"error":{"code":"0"}}',
        b'{"error":{"code":"none"}}',
        b'{"error":"101"}',
        b"[" * 100_000,
        b'["\xff"]',
        b'{"send":[{"status":0,}],"text":"\xff"}',
        b'{"send":' * 100_000,
        b"<send>",
        b'<?xml version="1.0" encoding="utf-99"?><send/>',
        b'<?xml version="1.0" encoding="punycode"?><send/>',
        b'<?xml version="1.0" encoding="big5"?><send/>',
        b'<!DOCTYPE x [<!ENTITY a "b">]><send><sms status="&a;"/></send>',
    ],
)
def test_what_is_no_answer_to_a_packet_is_torn(body):
    with pytest.raises(Torn):
        wire.read_send_answer(body)


@pytest.mark.parametrize(
    ("reader", "body"),
    [
        (wire.read_balance_answer, b'{"balance":"many"}'),
        (wire.read_balance_answer, b'{"balance":null}'),
        (wire.read_balance_answer, b"<balance/>"),
        (wire.read_info_answer, b'{"info":[]}'),
        (wire.read_info_answer, b'{"info":true}'),
        (wire.read_inbound_answer, b'{"inbound":true}'),
        (wire.read_check_answer, b'{"check":[{"server_id":"1"}]}'),
        (wire.read_check_answer, b'{"check":true}'),
    ],
)
def test_what_is_no_answer_to_the_command_is_torn(reader, body):
    with pytest.raises(Torn):
        reader(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<error><code>101</code><description>no</description></error>",
        b'<error code="101" description="no"/>',
        b'<error description="no">101</error>',
        b"<send><error><code>101</code><description>no</description></error></send>",
        b'<check><error code="101" description="no"/></check>',
        b'{"error":{"code":101,"description":"no"}}',
        b'{"balance":"0","error":{"code":101,"description":"no"}}',
        b'\xef\xbb\xbf {"error":{"code":"101","description":"no"}}\n',
    ],
)
def test_a_top_level_error_is_read_in_every_shape(body):
    assert wire.read_send_answer(body) == wire.ErrorAnswer(101, "no")
    assert wire.read_check_answer(body) == wire.ErrorAnswer(101, "no")


def test_an_error_beside_rows_takes_nothing_back():
    row = '<sms id="7" to="79087964781" server_id="100" status="0" error="0"/>'

    sent = wire.read_send_answer(f'<send><error code="110"/>{row}</send>'.encode())

    assert [entry.server_id for entry in sent.entries] == ["100"]


def test_a_row_that_cannot_be_read_costs_no_other_row_its_word():
    sent = wire.read_send_answer(b'{"send":[{"id":1,"status":"?"},{"id":2,"status":0}],"balance":"a lot"}')
    checked = wire.read_check_answer(b'{"check":[{"server_id":"1"},{"server_id":"2","status":2}]}')

    assert [entry.id for entry in sent.entries] == [2]
    assert sent.balance is None
    assert [entry.server_id for entry in checked.entries] == ["2"]


@pytest.mark.parametrize("half", [b"\\ud83d", b"\xf0\x9f", b"\xff"])
def test_half_a_character_costs_a_list_nothing_but_that_character(half):
    answer = wire.read_inbound_answer(
        b'{"inbound":[{"id":"1","phone":"79","text":"ok 417"},{"id":"2","phone":"79","text":"hi '
        + half
        + b'"}]}'
    )

    assert [row.text.rstrip("\ufffd") for row in answer.entries] == ["ok 417", "hi "]
    assert answer.entries[1].text.endswith("\ufffd")


def test_an_sms_without_a_sender_or_a_readable_time_is_kept():
    answer = wire.read_inbound_answer(b'{"inbound":[{"id":"1","text":"ok 417","created":"yesterday"}]}')

    (row,) = answer.entries
    assert (row.id, row.phone, row.text) == ("1", "", "ok 417")
    with pytest.raises(Torn):
        _ = row.created_at


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"417", "417"),
        (b"417.0", "417"),
        (b"12.5", "12.5"),
        (b"true", "1"),
        (b"null", ""),
        (b"123456789012345678901", "123456789012345678901"),
        (b'{"ok":[417]}', '{"ok":[417]}'),
    ],
)
def test_an_sms_of_strange_types_keeps_back_no_other(written, text):
    answer = wire.read_inbound_answer(
        b'{"inbound":[{"id":1,"phone":79087964781,"text":' + written + b'},{"id":2,"text":"ok 417"}]}'
    )

    assert [row.text for row in answer.entries] == [text, "ok 417"]
    assert answer.entries[0].phone == "79087964781"


def test_an_answers_entry_may_come_as_child_elements():
    sms = b"<sms><status>0</status><to>79</to><text>hi</text></sms>"
    body = b"<send><server_packet_id>9</server_packet_id>" + sms + b"</send>"

    answer = wire.read_send_answer(body)

    assert answer.server_packet_id == "9"
    assert (answer.entries[0].to, answer.entries[0].text) == ("79", "hi")


def test_an_unknown_code_is_kept_and_says_that_it_is_unknown():
    answer = wire.read_send_answer(b'{"send":[{"status":-2,"error":999}]}')

    assert answer.entries[0].code.meaning is wire.Meaning.UNKNOWN
    assert "999" in answer.entries[0].code.english
    assert wire.ErrorAnswer(110).code.meaning is wire.Meaning.TRANSIENT


def test_the_account_is_read_whatever_its_fields_and_types():
    answer = wire.read_info_answer(
        b'{"info":{"id":1,"any_sender":true,"balance":1.5,"name":null,"x":[1],"senders":"A1B, C2D,,"}}'
    )

    assert answer.fields == {
        "id": "1",
        "any_sender": "1",
        "balance": "1.5",
        "name": "",
        "senders": "A1B, C2D,,",
    }
    assert answer.senders == ("A1B", "C2D")
    assert wire.InfoAnswer({}).senders == ()


def test_created_is_moscow_time_to_the_minute():
    row = b'"id":5,"phone":79087964781,"num":"79021121075","text":"1234 hi","created":"2026-11-24 02:05"'

    answer = wire.read_inbound_answer(b'{"inbound":[{' + row + b"}]}")

    assert answer.entries[0].created_at == datetime(2026, 11, 23, 23, 5, tzinfo=UTC)
    assert answer.entries[0].id == "5"


def test_login_and_password_stand_in_for_a_key():
    written = wire.write_request(wire.AskInfo(), wire.Credentials(login="me", password="p"))

    assert written == b'{"login":"me","password":"p","info":true}'


def test_a_packet_carries_its_defaults_and_switches():
    packet = wire.Send(
        (wire.Sms("79087964781", "hi"),),
        sender="INFORM",
        send_at=datetime(2030, 1, 1, tzinfo=UTC),
        callback="https://h/s",
        callback_method="post",
        ttl_min=10,
        test=True,
        cost=True,
    )

    for form in Form:
        heard = wire.read_request("", wire.write_request(packet, KEY, form)).command
        assert (heard.test, heard.cost) == (True, True)
        assert heard.messages[0] == wire.AskedSms(
            "79087964781",
            "hi",
            0,
            "INFORM",
            datetime(2030, 1, 1, tzinfo=UTC),
            "https://h/s",
            "post",
            10,
            "2030-01-01 00:00:00",
        )


def test_a_false_switch_and_no_since_are_not_written():
    packet = wire.write_request(wire.Send((wire.Sms("7", "a"),)), wire.Credentials("K"))

    assert packet == b'{"apikey":"K","send":[{"id":0,"to":"7","text":"a"}]}'
    assert wire.write_request(wire.AskInbound(), wire.Credentials("K")) == b'{"apikey":"K","inbound":true}'


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("text", ["a\r\nb\tc", "<&>\"'", "Ёж 😀 €", "]]>", " lead"])
def test_a_text_arrives_as_it_was_written(form, text):
    written = wire.write_request(wire.Send((wire.Sms("79087964781", text),)), KEY, form)

    assert wire.read_request("", written).command.messages[0].text == text


@pytest.mark.parametrize(
    ("form", "text", "arrives"),
    [
        (Form.JSON, "a\ud800b", "a\ufffdb"),
        (Form.XML, "a\ud800b", "a\ufffdb"),
        (Form.XML, "a\x00\x1bb", "a\ufffd\ufffdb"),
        (Form.JSON, "a\x00b", "a\x00b"),
    ],
)
def test_what_the_form_cannot_hold_becomes_a_replacement_character(form, text, arrives):
    written = wire.write_request(wire.Send((wire.Sms("79087964781", text),)), KEY, form)

    assert wire.read_request("", written).command.messages[0].text == arrives


def test_credentials_never_print_themselves():
    assert "K" not in repr(KEY).removeprefix("Credentials")
