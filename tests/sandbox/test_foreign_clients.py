"""Requests as programs of others send them, byte for byte, over a real connection."""

import http.client
import json
import socket
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest

from pilotbridge.sandbox.server import ThreadedServer
from pilotbridge.smspilot.wire import TEST_KEY

PHONE = "79087964781"


@pytest.fixture(scope="module")
def server():
    with ThreadedServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(server):
    post(server, "/sandbox/reset", b"{}")


def post(server, path, body, **headers):
    return exchange(server, "POST", path, body, headers)


def exchange(server, method, path, body=b"", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    told = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return told


def raw(server, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


JSON_SEND = {"apikey": TEST_KEY, "send": [{"from": "INFORM", "to": int(PHONE), "text": "проверка"}]}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        r"application/json\r\n",
        "application/x-www-form-urlencoded",
        "text/xml",
        None,
    ],
)
def test_php_and_python_clients_send_json_under_any_content_type(server, content_type):
    body = json.dumps(JSON_SEND).encode()
    headers = {} if content_type is None else {"Content-Type": content_type}

    status, answered, told = exchange(server, "POST", "/api2.php", body, headers)

    assert status == 200
    assert answered["content-type"] == "application/json; charset=utf-8"
    assert int(answered["content-length"]) == len(told)
    assert answered["access-control-allow-origin"] == "*"
    assert json.loads(told)["send"][0]["text"] == "проверка"


def test_php_curl_waits_for_100_continue_on_a_long_body(server):
    body = json.dumps(JSON_SEND | {"debug": "x" * 2000}).encode()
    head = (
        f"POST /api2.php HTTP/1.1\r\nHost: smspilot.ru\r\nExpect: 100-continue\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    told = raw(server, head.encode() + body)

    assert b"HTTP/1.1 200" in told
    assert b'"status":0' in told


def test_a_php_array_comes_as_multipart(server):
    boundary = "------------------------d74496d66958873e"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"apikey": TEST_KEY, "balance": "rur"}.items()
    )

    _, _, told = post(
        server,
        "/api2.php",
        f"{parts}--{boundary}--\r\n".encode(),
        **{"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )

    assert json.loads(told) == {"balance": 20006.97}


def test_csharp_and_node_put_the_document_into_the_query(server):
    document = json.dumps(JSON_SEND | {"send": [{"to": PHONE, "text": "a&b=c? ы"}]}, ensure_ascii=False)

    _, _, told = exchange(server, "GET", f"/api2.php?json={quote(document)}")

    assert json.loads(told)["send"][0]["text"] == "a&b=c? ы"


def test_a_query_that_nobody_escaped_is_read_as_far_as_http_allows(server):
    document = f'{{"apikey":"{TEST_KEY}","balance":"rur"}}'
    request = f"GET /api2.php?json={document} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert b"20006.97" in raw(server, request.encode())


def test_a_qt_client_sends_xml_under_the_wrong_type_and_gets_xml(server):
    body = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<send apikey="{TEST_KEY}">'
        f'<sms from="INFORM" to="{PHONE}">Тест &amp; &lt;b&gt;</sms></send>'
    )

    _, answered, told = post(
        server, "/api2.php", body.encode(), **{"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert answered["content-type"] == "text/xml; charset=utf-8"
    packet = ElementTree.fromstring(told)
    assert (packet.tag, packet[0].text, packet[0].get("status"), packet[0].get("to")) == (
        "send",
        "Тест & <b>",
        "0",
        PHONE,
    )


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (f"apikey={TEST_KEY}&balance=rur", '{"balance":20006.97}'),
        (f"apikey={TEST_KEY}&balance=sms", '{"balance":6759}'),
        (f"apikey={TEST_KEY}&inbound=1&since=2026-01-01+00:00:00", '{"inbound":[]}'),
        ("login=test&password=test&balance=rur", '{"balance":20006.97}'),
        (
            f"apikey={TEST_KEY}&balance=rur&format=xml",
            '<?xml version="1.0" encoding="utf-8"?>\n<balance>20006.97</balance>',
        ),
    ],
)
def test_flat_parameters_work_by_get_and_post(server, query, told):
    assert exchange(server, "GET", f"/api2.php?{query}")[2].decode() == told
    assert post(server, "/api2.php", query.encode())[2].decode() == told


def test_errors_come_with_200_and_a_code_in_letters(server):
    status, _, told = post(server, "/api2.php", b'{"apikey":"x","info":true}')

    assert status == 200
    assert json.loads(told)["error"] == {
        "code": "101",
        "description": "APIKEY is invalid",
        "description_ru": "Неправильный API-ключ",
    }


def test_an_old_client_of_http_1_0_is_answered_and_closed(server):
    body = json.dumps({"apikey": TEST_KEY, "balance": "rur"})

    told = raw(server, f"POST /api2.php HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    assert told.endswith(b'{"balance":20006.97}')


def test_a_body_in_chunks_is_read_whole(server):
    body = json.dumps({"apikey": TEST_KEY, "balance": "rur"}).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:10], body[10:])) + b"0\r\n\r\n"

    told = raw(
        server,
        b"POST /api2.php HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunks,
    )

    assert told.endswith(b'{"balance":20006.97}')


def test_the_address_of_the_client_is_known(server):
    post(server, "/sandbox/account", b'{"allowed_addresses":["10.1.1.1"]}')

    _, _, told = post(server, "/api2.php", json.dumps({"apikey": TEST_KEY, "balance": "rur"}).encode())

    assert json.loads(told)["error"]["code"] == "113"
    assert urlsplit(server.url).hostname == "127.0.0.1"
