"""The documents of the vendor's pages, read and written from the client's side and from the gateway's."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.smspilot import wire
from pilotbridge.smspilot.wire import Form, Version

GOLDEN = Path(__file__).parent / "golden"
KEY = wire.Credentials("KEY")

PACKET = wire.Send(
    (
        wire.Sms(
            "79087964781",
            "...",
            id=1,
            sender="TAXI",
            send_at=datetime(2030, 1, 1, 10, tzinfo=UTC),
            callback="http://host/s",
            callback_method="get",
            ttl_min=60,
        ),
    ),
    sender="INFORM",
)
XML_PACKET = wire.Send((wire.Sms("79087964781", 'text, XML-escaped: <b> & "q"', id=1, sender="TAXI"),))
SINCE = datetime(2011, 9, 20, 16, tzinfo=UTC)

CLIENT_ASKS = {
    "send.json": (PACKET, KEY),
    "send.xml": (XML_PACKET, KEY),
    "check_ids.json": (wire.CheckIds(("10005", "10006")), KEY),
    "check_ids.xml": (wire.CheckIds(("10005",)), KEY),
    "check_packet.json": (wire.CheckPacket("1234"), KEY),
    "check_packet.xml": (wire.CheckPacket("1234"), KEY),
    "balance.json": (wire.AskBalance(), KEY),
    "balance.xml": (wire.AskBalance(), KEY),
    "balance_sms.json": (wire.AskBalance(in_sms=True), KEY),
    "info.json": (wire.AskInfo(), KEY),
    "info.xml": (wire.AskInfo(), KEY),
    "info_login.xml": (wire.AskInfo(), wire.Credentials(login="me", password="secret")),
    "inbound.json": (wire.AskInbound(SINCE), KEY),
    "inbound.xml": (wire.AskInbound(SINCE), KEY),
}

GATEWAY_HEARS = CLIENT_ASKS | {
    "send.json": (
        wire.AskedSend(
            (
                wire.AskedSms(
                    "79087964781",
                    "...",
                    1,
                    "TAXI",
                    datetime(2030, 1, 1, 10, tzinfo=UTC),
                    "http://host/s",
                    "get",
                    60,
                    "2030-01-01 10:00:00",
                ),
            )
        ),
        KEY,
    ),
    "send.xml": (
        wire.AskedSend(
            (wire.AskedSms("79087964781", 'text, XML-escaped: <b> & "q"', 1, "TAXI", callback_method="get"),)
        ),
        KEY,
    ),
}

_OLD_ENTRY = wire.Entry(
    12345, "10005", "SMSPILOT", "79131437355", "text", 1, 0, 0, "", "RU", "MTS", Decimal("0.29")
)
_NO_DATE_ENTRY = wire.Entry(
    12345, "10005", "SMSPILOT", "79131437355", "text", 1, 0, 0, wire.NO_DATE, "RU", "MTS", Decimal("0.29")
)
_NEW_ENTRY = wire.Entry(
    0, "10000", "INFORM", "79087964781", "проверка", 1, 0, 0, "", "RU", "TELE2", Decimal("2.96")
)
_INFO = {
    "id": "1",
    "tariff_id": "7",
    "email": "me@example.org",
    "phone": "79087964781",
    "balance": "405.60",
    "date": "2011-08-11 14:35",
    "senders": "SMSPILOT, TAXI",
    "default_sender": "SMSPILOT",
    "any_sender": "0",
}
_INBOUND = wire.InboundAnswer(
    (wire.Received("12345", "79087964781", "79021121075", "1234 ...", "2011-09-20 20:15", "", "0"),)
)
_CHECKED = wire.CheckAnswer((wire.Checked(12345, "10005", 1, "2011-08-11 14:35:00"),))
_NOT_THE_KEY = wire.ErrorAnswer(101, "APIKEY is invalid", "Неправильный API-ключ")

CLIENT_HEARS = {
    "send.v2_5.json": wire.SendAnswer("123456", Decimal("20006.97"), Decimal("2.96"), (_NEW_ENTRY,)),
    "send.v2_4_13.json": wire.SendAnswer("1234", Decimal(10000), None, (_NO_DATE_ENTRY,)),
    "send.v2_4_13.xml": wire.SendAnswer("1234", Decimal(10000), None, (_OLD_ENTRY,)),
    "check.v2_4_13.json": _CHECKED,
    "check.v2_4_13.xml": _CHECKED,
    "balance.json": wire.BalanceAnswer(Decimal("405.60")),
    "balance.xml": wire.BalanceAnswer(Decimal("405.60")),
    "info.json": wire.InfoAnswer(_INFO),
    "info.xml": wire.InfoAnswer(_INFO | {"senders": "SMSPILOT,TAXI"}),
    "inbound.json": _INBOUND,
    "inbound.xml": _INBOUND,
    "error.json": _NOT_THE_KEY,
    "error.xml": _NOT_THE_KEY,
    "error_241.json": wire.ErrorAnswer(241, "..."),
}
GATEWAY_ANSWERS = CLIENT_HEARS | {
    "send.v2_4_13.json": wire.SendAnswer("1234", Decimal(10000), None, (_OLD_ENTRY,)),
    "info.xml": wire.InfoAnswer(_INFO),
}
del GATEWAY_ANSWERS["error_241.json"]

READERS = {
    "send": wire.read_send_answer,
    "check": wire.read_check_answer,
    "balance": wire.read_balance_answer,
    "info": wire.read_info_answer,
    "inbound": wire.read_inbound_answer,
    "error": wire.read_send_answer,
    "error_241": wire.read_send_answer,
}


def test_every_golden_document_is_used_from_both_sides():
    requests = {path.name for path in (GOLDEN / "requests").iterdir()}
    answers = {path.name for path in (GOLDEN / "answers").iterdir()}

    assert requests == set(CLIENT_ASKS) == set(GATEWAY_HEARS)
    assert answers == set(CLIENT_HEARS) == {*GATEWAY_ANSWERS, "error_241.json"}


@pytest.mark.parametrize("name", CLIENT_ASKS)
def test_the_client_writes_the_documented_request(name):
    command, credentials = CLIENT_ASKS[name]

    written = wire.write_request(command, credentials, form_of(name))

    assert meaning(written) == meaning(read("requests", name))


@pytest.mark.parametrize("name", GATEWAY_HEARS)
def test_the_gateway_reads_the_documented_request(name):
    command, credentials = GATEWAY_HEARS[name]

    asked = wire.read_request("", read("requests", name))

    assert asked == wire.Asked(form_of(name), credentials, command)


@pytest.mark.parametrize("name", GATEWAY_ANSWERS)
def test_the_gateway_writes_the_documented_answer(name):
    version = Version.V2_4_13 if "v2_4_13" in name else Version.V2_5

    written = wire.write_answer(GATEWAY_ANSWERS[name], form_of(name), version)

    assert meaning(written) == meaning(read("answers", name))


@pytest.mark.parametrize("name", CLIENT_HEARS)
def test_the_client_reads_the_documented_answer(name):
    assert reader_of(name)(read("answers", name)) == CLIENT_HEARS[name]


@pytest.mark.parametrize("name", CLIENT_HEARS)
def test_every_beginning_of_an_answer_is_torn_or_says_the_same(name):
    whole = read("answers", name)

    for length in range(len(whole)):
        try:
            answer = reader_of(name)(whole[:length])
        except wire.Torn:
            continue
        assert answer == CLIENT_HEARS[name], whole[:length]
        assert not whole[length:].strip()


@pytest.mark.parametrize("name", CLIENT_HEARS)
@given(at=st.integers(0, 10_000), byte=st.binary(min_size=0, max_size=3))
def test_an_answer_with_a_wound_is_torn_or_an_answer_and_never_another_error(name, at, byte):
    whole = read("answers", name)
    at %= len(whole)

    never_raises_but_torn(reader_of(name), whole[:at] + byte + whole[at + 1 :])


@pytest.mark.parametrize("reader", READERS.values())
@given(body=st.binary(max_size=200))
def test_any_bytes_are_torn_or_an_answer(reader, body):
    never_raises_but_torn(reader, body)
    never_raises_but_torn(reader, b"{" + body)
    never_raises_but_torn(reader, b"<" + body)


@pytest.mark.parametrize("name", [name for name in CLIENT_HEARS if not name.startswith("error")])
def test_an_answer_to_another_command_is_torn(name):
    for reader in set(READERS.values()) - {reader_of(name)}:
        with pytest.raises(wire.Torn):
            reader(read("answers", name))


def read(folder: str, name: str) -> bytes:
    return (GOLDEN / folder / name).read_bytes()


def form_of(name: str) -> Form:
    return Form(name.rpartition(".")[2])


def reader_of(name: str):
    return READERS[name.partition(".")[0]]


def meaning(document: bytes):
    """The document without what means nothing: the order of names, blanks between elements."""
    if document.lstrip().startswith(b"<"):
        return shape(ElementTree.fromstring(document))
    return json.loads(document)


def shape(element):
    children = [shape(child) for child in element]
    return element.tag, dict(element.attrib), element.text or "", children


def never_raises_but_torn(reader, body):
    with suppress(wire.Torn):
        reader(body)
