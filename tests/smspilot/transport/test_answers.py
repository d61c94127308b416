"""One request and its answer over real sockets on loopback: what arrives, and how it may be framed."""

import gzip

import pytest

from pilotbridge.errors import ReplyLost
from pilotbridge.smspilot.transport import Answer
from tests.smspilot.transport.peers import answer, answering, post, reading_then, url_of


def test_a_document_arrives_once_and_whole(peers, transports):
    peer = peers(answering(answer(b'{"balance":1}')))

    got = post(transports(url_of(peer)), b"x" * 300_000, debug="ops@example.org", r="42")

    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    assert got == Answer(200, b'{"balance":1}')
    assert body == b"x" * 300_000
    assert head.startswith(b"POST /api2.php?debug=ops%40example.org&r=42 HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/json" in head
    assert b"\r\nUser-Agent: PilotBridge/test" in head
    assert b"\r\nAccept-Encoding: identity" in head
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "status", ["200 OK", "404 Not Found", "429 Too Many Requests", "500 Oops", "502 Bad Gateway"]
)
def test_every_status_but_a_redirect_is_an_answer(peers, transports, status):
    peer = peers(answering(answer(b"<html>", status)))

    assert post(transports(url_of(peer))) == Answer(int(status[:3]), b"<html>")


@pytest.mark.parametrize(
    "parts",
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n", b"3\r\ndef\r\n0\r\n\r\n"),
        (answer(gzip.compress(b"abcdef"), headers="Content-Encoding: gzip\r\n"),),
        (answer(b"abcdef", headers="Set-Cookie: session=1\r\n"),),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nabc", b"def"),
    ],
)
def test_every_way_to_frame_an_answer_is_read(peers, transports, parts):
    transport = transports(url_of(peers(answering(*parts))))

    assert post(transport).body == b"abcdef"


EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"


@pytest.mark.parametrize(
    "before",
    [(EARLY,), (EARLY, b"HTTP/1.1 102 Processing\r\n\r\n"), (b"HTTP/1.1 100 Continue\r\n\r\n", EARLY * 3)],
)
def test_what_only_announces_an_answer_is_read_past(peers, transports, before):
    peer = peers(answering(*before, answer(b"abcdef")))
    transport = transports(url_of(peer))

    assert [post(transport), post(transport)] == [Answer(200, b"abcdef")] * 2
    assert peer.connections == 1


def test_announcements_without_end_are_in_doubt(peers, transports):
    peer = peers(answering(EARLY * 100))

    with pytest.raises(ReplyLost, match="the answer is not HTTP"):
        post(transports(url_of(peer)))


def test_an_answer_without_length_ends_with_the_connection(peers, transports):
    peer = peers(reading_then(lambda _peer, connection: connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nabcdef")))

    assert post(transports(url_of(peer))).body == b"abcdef"


def test_cookies_are_not_kept(peers, transports):
    peer = peers(answering(answer(headers="Set-Cookie: session=1; Path=/\r\n")))
    transport = transports(url_of(peer))

    post(transport)
    post(transport)

    assert b"Cookie" not in peer.requests[1]
