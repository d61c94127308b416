"""What the gateway takes from clients of every kind, and the code it answers when something is wrong."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.smspilot import wire
from pilotbridge.smspilot.wire import Form, Version

PHONE = "79087964781"


def first_message(**fields):
    document = {"apikey": "K", "send": [{"to": PHONE, "text": "hi"} | fields]}
    return wire.read_request("", json.dumps(document).encode()).command.messages[0]


def command_of(**fields):
    return wire.read_request("", json.dumps({"apikey": "K"} | fields).encode()).command


# --- forms of a request -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "body", "form"),
    [
        ("", b'{"apikey":"K","balance":"rur"}', Form.JSON),
        ("", b'\xef\xbb\xbf\n {"apikey":"K","balance":"rur"}', Form.JSON),
        ("", b'<balance apikey="K" return="rur"/>', Form.XML),
        ("", b'<balance apikey="K">rur</balance>', Form.XML),
        ("", b'<balance apikey="K"/>', Form.XML),
        ("", b"<balance><apikey>K</apikey><return>rur</return></balance>", Form.XML),
        ("json=" + quote('{"apikey":"K","balance":"rur"}'), b"", Form.JSON),
        ("xml=" + quote('<balance apikey="K" return="rur"/>'), b"", Form.XML),
        ("", b"json=" + quote('{"apikey":"K","balance":"rur"}').encode(), Form.JSON),
        ("", b"xml=" + quote('<balance apikey="K" return="rur"/>').encode(), Form.XML),
        ("apikey=K&balance=rur", b"", Form.JSON),
        ("apikey=K&balance=RUR", b"", Form.JSON),
        ("apikey=K&balance=rur&format=xml", b"", Form.XML),
        ("", b"apikey=K&balance=rur", Form.JSON),
        ("apikey=K&balance=sms", b"balance=rur", Form.JSON),
        (
            "",
            b'--b0\r\nContent-Disposition: form-data; name="apikey"\r\n\r\nK\r\n'
            b'--b0\r\nContent-Disposition: form-data; name="balance"\r\n\r\nrur\r\n'
            b"--b0\r\nstray\r\n--b0--\r\n",
            Form.JSON,
        ),
    ],
)
def test_one_command_is_taken_in_every_form(query, body, form):
    assert wire.read_request(query, body) == wire.Asked(form, wire.Credentials("K"), wire.AskBalance())


def test_a_text_in_a_part_of_a_form_arrives_as_it_was_written():
    parts = {"apikey": "K", "to": "79087964781", "send": "one\r\ntwo\n\r\n\r\nthree"}
    body = "".join(
        f'--b0\r\nContent-Disposition: form-data; filename="x.txt"; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )

    asked = wire.read_request("", f"{body}--b0--\r\n".encode())

    assert asked.command.messages[0].text == parts["send"]


@pytest.mark.parametrize(
    ("query", "body", "form", "code"),
    [
        ("", b"", Form.JSON, 10),
        ("", b" \r\n", Form.JSON, 10),
        ("debug=me%40example.org&r=5", b"", Form.JSON, 10),
        ("", b"hello", Form.JSON, 11),
        ("", b"<send", Form.XML, 12),
        ("", b'<!DOCTYPE a [<!ENTITY x "y">]><info apikey="&x;"/>', Form.XML, 12),
        ("", b'{"apikey":"K","inbound":true,}', Form.JSON, 13),
        ("", b'{"apikey":"\xff"}', Form.JSON, 13),
        ("", b'[{"apikey":"K"}]', Form.JSON, 13),
        ("", b"[" * 50_000, Form.JSON, 13),
        ("json=%7B", b"", Form.JSON, 13),
        ("xml=no", b"", Form.XML, 12),
    ],
)
def test_what_cannot_be_read_has_a_code_and_no_credentials(query, body, form, code):
    asked = wire.read_request(query, body)

    assert (asked.form, asked.credentials, asked.command) == (form, None, wire.Wrong(code))


@pytest.mark.parametrize("document", [b'{"apikey":"K"}', b'<cancel apikey="K"/>', b"apikey=K&x=1"])
def test_no_known_command_is_14(document):
    assert wire.read_request("", document).command == wire.Wrong(14)


def test_the_first_command_in_the_gateways_order_counts():
    assert command_of(inbound=True, info=True, balance="rur") == wire.AskBalance()


def test_debug_and_referral_go_with_any_command_and_change_nothing():
    in_query = wire.read_request("debug=a%40b&r=77", b'{"apikey":"K","info":true}')
    in_root = wire.read_request("", b'{"apikey":"K","info":true,"debug":"a@b","format":"json"}')
    referred = wire.read_request("r=77", b'{"apikey":"K","info":true,"debug":"a@b"}')

    assert (in_query.debug, in_query.referral, in_query.command) == ("a@b", "77", wire.AskInfo())
    assert (in_root.debug, in_root.referral, in_root.command) == ("a@b", "", wire.AskInfo())
    assert (referred.debug, referred.referral) == ("a@b", "77")


@pytest.mark.parametrize(
    ("fields", "credentials"),
    [
        ({"apikey": "K"}, wire.Credentials("K")),
        ({"apikey": None, "login": "me", "password": "p"}, wire.Credentials("", "me", "p")),
        ({"apikey": "", "login": "me", "password": 5}, wire.Credentials("", "me", "5")),
        ({}, wire.Credentials()),
        ({"apikey": 123}, wire.Credentials("123")),
    ],
)
def test_credentials_stand_in_the_root(fields, credentials):
    assert wire.read_request("", json.dumps(fields).encode()).credentials == credentials


@pytest.mark.parametrize("strange", [["K"], {"a": 1}, True, 1.5, 10**30])
def test_credentials_of_a_strange_kind_are_given_and_match_nothing(strange):
    given_key = wire.read_request("", json.dumps({"apikey": strange}).encode()).credentials.apikey

    assert given_key
    assert not given_key.isalnum()


@given(query=st.text(max_size=60), body=st.binary(max_size=200))
def test_any_request_is_read_into_something(query, body):
    for document in (body, b"{" + body, b"<" + body, b"json=" + body, b"--" + body):
        assert isinstance(wire.read_request(query, document), wire.Asked)


# --- one message ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "to"),
    [
        (PHONE, PHONE),
        (79087964781, PHONE),
        ("+7 (908) 796-47-81", PHONE),
        ("89087964781", PHONE),
        ("8 908 796 47 81", PHONE),
        ("380501234567", "380501234567"),
        ("9087964781", "9087964781"),
        ("8123456789012", "8123456789012"),
    ],
)
def test_a_phone_is_taken_as_people_write_it(written, to):
    message = first_message(to=written)

    assert (message.to, message.error) == (to, 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 210),
        ({"to": None}, 210),
        ({"to": "abc"}, 211),
        ({"to": "123456789"}, 211),
        ({"to": "1234567890123456"}, 211),
        ({"to": "79087964781,79087964782"}, 211),
        ({"to": "٧٩٠٨٧٩٦٤٧٨١"}, 211),
        ({"to": ["79087964781"]}, 211),
        ({"to": 7908796478.1}, 211),
        ({"to": 10**30}, 211),
        ({"text": ""}, 220),
        ({"text": " \n "}, 220),
        ({"text": None}, 220),
        ({"text": ["a"]}, 220),
        ({"id": "one"}, 230),
        ({"id": 1.5}, 230),
        ({"id": True}, 230),
        ({"id": 10**30}, 230),
        ({"id": "9" * 30}, 230),
        ({"from": "ab"}, 201),
        ({"from": "TWELVELETTER"}, 201),
        ({"from": "ИНФО"}, 201),
        ({"from": "A B"}, 201),
        ({"from": ["INFORM"]}, 201),
        ({"from": "1" * 17}, 201),
        ({"send_datetime": "tomorrow"}, 250),
        ({"send_datetime": "2030-02-30 10:00:00"}, 250),
        ({"send_datetime": "2030-01-01 10:00"}, 250),
        ({"send_datetime": 999999999999}, 250),
        ({"send_datetime": -5}, 250),
        ({"send_datetime": True}, 250),
        ({"send_datetime": {}}, 250),
        ({"callback": "ftp://host/s"}, 260),
        ({"callback": "http://"}, 260),
        ({"callback": "host/s"}, 260),
        ({"callback": "http://ho st/s"}, 260),
        ({"callback": "http://host/a\nb"}, 260),
        ({"callback": 5}, 260),
        ({"callback_method": "put"}, 260),
        ({"callback_method": 1}, 260),
        ({"ttl": 9}, 270),
        ({"ttl": 1441}, 270),
        ({"ttl": "an hour"}, 270),
        ({"ttl": 10.5}, 270),
    ],
)
def test_a_wrong_field_earns_its_code(fields, code):
    assert first_message(**fields).error == code


@pytest.mark.parametrize("fault", [{"to": ""}, {"to": "123"}, {"text": ""}, {"from": "ab"}, {"ttl": 9}])
def test_a_refused_message_keeps_its_clients_number(fault):
    assert first_message(**{"id": "417"} | fault).id == 417


def test_a_message_without_fields_lacks_a_phone():
    assert command_of(send=[{}]).messages[0].error == 210


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"text": 5}, "text", "5"),
        ({"id": "7"}, "id", 7),
        ({"id": ""}, "id", 0),
        ({"id": None}, "id", 0),
        ({"id": -3}, "id", -3),
        ({"from": "Taxi-2.0"}, "sender", "Taxi-2.0"),
        ({"from": "79021121075"}, "sender", "79021121075"),
        ({"from": 79021121075}, "sender", "79021121075"),
        ({"from": ""}, "sender", ""),
        ({"send_datetime": ""}, "send_at", None),
        ({"send_datetime": None}, "send_at", None),
        ({"send_datetime": 1893492000}, "send_datetime", "2030-01-01 10:00:00"),
        ({"send_datetime": "1893492000"}, "send_at", datetime(2030, 1, 1, 10, tzinfo=UTC)),
        ({"send_datetime": "2030-01-01 10:00:00"}, "send_at", datetime(2030, 1, 1, 10, tzinfo=UTC)),
        ({"callback": "https://u:p@[::1]:80/s?a=1#f"}, "callback", "https://u:p@[::1]:80/s?a=1#f"),
        ({"callback": "HTTP://host"}, "callback", "HTTP://host"),
        ({"callback": ""}, "callback", ""),
        ({"callback_method": "POST"}, "callback_method", "post"),
        ({"callback_method": ""}, "callback_method", "get"),
        ({"ttl": "60"}, "ttl_min", 60),
        ({"ttl": 1440}, "ttl_min", 1440),
        ({"ttl": ""}, "ttl_min", None),
        ({"tll": 5}, "ttl_min", None),
    ],
)
def test_a_field_is_taken_in_each_of_its_forms(fields, name, value):
    message = first_message(**fields)

    assert message.error == 0
    assert getattr(message, name) == value


def test_the_packet_speaks_for_messages_that_do_not():
    packet = command_of(
        **{"from": "INFORM", "ttl": "60", "callback": "http://h/s", "callback_method": "POST"},
        send_datetime=1893492000,
        send=[{"to": PHONE, "text": "a"}, {"to": PHONE, "text": "b", "from": "TAXI", "ttl": 10}],
    )

    quiet, outspoken = packet.messages
    assert (quiet.sender, quiet.ttl_min, quiet.callback, quiet.callback_method) == (
        "INFORM",
        60,
        "http://h/s",
        "post",
    )
    assert quiet.send_datetime == "2030-01-01 10:00:00"
    assert (outspoken.sender, outspoken.ttl_min) == ("TAXI", 10)


@pytest.mark.parametrize("value", [1, "1", True])
def test_test_and_cost_are_switches_of_any_type(value):
    packet = command_of(send=[{"to": PHONE, "text": "a"}], test=value, cost=value)

    assert (packet.test, packet.cost) == (True, True)


@pytest.mark.parametrize("value", [0, "0", None, False, ""])
def test_test_and_cost_can_be_off(value):
    packet = command_of(send=[{"to": PHONE, "text": "a"}], test=value, cost=value)

    assert (packet.test, packet.cost) == (False, False)


@pytest.mark.parametrize("wanted", [None, [], {}, "text", True, ["text"], [{"to": PHONE}, 5]])
def test_a_packet_that_is_no_list_of_messages_is_240(wanted):
    assert command_of(send=wanted) == wire.Wrong(240)


def test_a_flat_command_sends_one_text_to_each_number():
    packet = wire.read_request(f"apikey=K&send=hi&to={PHONE},%2B79087964782&from=INFORM&id=5", b"").command

    assert [(m.to, m.text, m.sender, m.id) for m in packet.messages] == [
        (PHONE, "hi", "INFORM", 5),
        ("79087964782", "hi", "INFORM", 5),
    ]


def test_an_xml_message_may_be_written_in_attributes_or_elements():
    by_attribute = wire.read_request("", b'<send apikey="K"><sms to="79087964781" text="hi"/></send>')
    by_element = wire.read_request(
        "", b"<send apikey='K'><sms><to>79087964781</to><text>hi</text></sms></send>"
    )

    assert by_attribute.command.messages == by_element.command.messages


# --- the other commands -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({"check": [{"server_id": 10005}, {"server_id": "10006"}]}, wire.CheckIds(("10005", "10006"))),
        ({"check": ["10005", 10006]}, wire.CheckIds(("10005", "10006"))),
        ({"check": [{}, {"server_id": None}, [], {"server_id": 10**30}]}, wire.CheckIds(("", "", "", "?"))),
        ({"check": []}, wire.Wrong(303)),
        ({"check": {"server_id": "1"}}, wire.Wrong(303)),
        ({"check": True, "server_packet_id": "1234"}, wire.CheckPacket("1234")),
        ({"check": 1, "server_packet_id": 1234}, wire.CheckPacket("1234")),
        ({"check": True}, wire.Wrong(304)),
        ({"check": True, "server_packet_id": "abc"}, wire.Wrong(304)),
        ({"check": True, "server_packet_id": "١٢"}, wire.Wrong(304)),
        ({"balance": "sms"}, wire.AskBalance(in_sms=True)),
        ({"balance": True}, wire.AskBalance(in_sms=True)),
        ({"balance": ["rur"]}, wire.AskBalance(in_sms=True)),
        ({"info": True}, wire.AskInfo()),
        ({"inbound": True}, wire.AskInbound()),
        ({"inbound": True, "since": ""}, wire.AskInbound()),
        ({"inbound": True, "since": None}, wire.AskInbound()),
        (
            {"inbound": 1, "since": "2011-09-20 16:00:00"},
            wire.AskInbound(datetime(2011, 9, 20, 16, tzinfo=UTC)),
        ),
        ({"inbound": True, "since": "2011-09-20"}, wire.Wrong(500)),
        ({"inbound": True, "since": 5}, wire.Wrong(500)),
    ],
)
def test_a_command_is_read_or_has_a_code(fields, command):
    assert command_of(**fields) == command


@pytest.mark.parametrize(
    ("parameters", "command"),
    [
        ({"info": "1"}, wire.AskInfo()),
        (
            {"inbound": "1", "since": "2011-09-20 16:00:00"},
            wire.AskInbound(datetime(2011, 9, 20, 16, tzinfo=UTC)),
        ),
        ({"check": "1", "server_packet_id": "1234"}, wire.CheckPacket("1234")),
        ({"check": "1", "server_id": "10005, 10006"}, wire.CheckIds(("10005", "10006"))),
        ({"check": "10005"}, wire.CheckIds(("10005",))),
        ({"check": "1,2"}, wire.CheckIds(("1", "2"))),
        ({"check": "1"}, wire.Wrong(304)),
        ({"balance": "sms"}, wire.AskBalance(in_sms=True)),
    ],
)
def test_flat_commands_are_read_like_documents(parameters, command):
    assert wire.read_request(urlencode({"apikey": "K"} | parameters), b"").command == command


@pytest.mark.parametrize(
    ("document", "command"),
    [
        (b'<check apikey="K"/>', wire.Wrong(303)),
        (b'<check apikey="K" server_packet_id="1234"/>', wire.CheckPacket("1234")),
        (b'<balance apikey="K" return="sms"/>', wire.AskBalance(in_sms=True)),
        (b'<inbound apikey="K"/>', wire.AskInbound()),
        (b'<inbound apikey="K" since="x"/>', wire.Wrong(500)),
        (b'<send apikey="K"/>', wire.Wrong(240)),
    ],
)
def test_xml_commands_are_read_or_have_a_code(document, command):
    assert wire.read_request("", document).command == command


# --- answers ----------------------------------------------------------------------------------------


def test_a_refusal_speaks_the_gateways_words():
    assert wire.refusal(243) == wire.ErrorAnswer(243, "Loop protection", "Защита от дубликатов")


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("version", Version)
def test_what_the_gateway_writes_a_client_reads(form, version):
    entry = wire.Entry(
        1, "5", "INFORM", PHONE, "é \r\n<", 1, 3, 0, "2030-01-01 10:00:00", "RU", "MTS", Decimal("1.50")
    )
    packet = wire.SendAnswer("9", Decimal("1E+2"), Decimal("1.50"), (entry,))

    heard = wire.read_send_answer(wire.write_answer(packet, form, version))

    assert heard.entries == (entry,)
    assert heard.balance == 100
    assert heard.cost == (Decimal("1.50") if version is Version.V2_5 else None)


def test_a_document_says_how_it_is_labelled():
    assert Form.JSON.content_type == "application/json; charset=utf-8"
    assert Form.XML.content_type == "text/xml; charset=utf-8"


@pytest.mark.parametrize("form", Form)
def test_half_of_a_surrogate_pair_never_breaks_an_answer(form):
    row = wire.Received("1", PHONE, "79021121075", "a\ud800b", "2026-01-01 00:00")
    entry = wire.Entry(1, "5", "A1B", PHONE, "a\ud800b", 1, 0, 0, "", "", "", Decimal("1.5"))

    inbound = wire.read_inbound_answer(wire.write_answer(wire.InboundAnswer((row,)), form))
    sent = wire.read_send_answer(wire.write_answer(wire.SendAnswer("1", None, None, (entry,)), form))

    assert inbound.entries[0].text == "a\ufffdb"
    assert (sent.entries[0].text, sent.entries[0].price) == ("a\ufffdb", Decimal("1.5"))
