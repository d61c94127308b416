"""Once the document has left, the gateway may have it: nothing is sent again."""

import gzip
import os
import socket
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotbridge.config.settings import GatewaySettings
from pilotbridge.errors import ConfigurationError, ReplyLost, TryLater
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Lost, OutgoingSms
from pilotbridge.smspilot.client import SmspilotGateway
from pilotbridge.smspilot.redaction import Redaction
from pilotbridge.smspilot.transport import ANSWER_BYTES_MAX, Answer, Endpoint, Transport
from tests.smspilot.transport.peers import (
    KEY,
    HandClock,
    Peer,
    answer,
    close,
    drip,
    post,
    reading_then,
    reset,
    url_of,
)

UNKIND = {
    "closes": close,
    "resets": reset,
    "tears the head": lambda _peer, connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "tears the body": lambda _peer, connection: connection.sendall(answer(b"x" * 50)[:-10]),
    "tears a chunk": lambda _peer, connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"
    ),
    "tears the compression": lambda _peer, connection: connection.sendall(
        answer(gzip.compress(os.urandom(500))[:300], headers="Content-Encoding: gzip\r\n")
    ),
    "claims compression": lambda _peer, connection: connection.sendall(
        answer(b"plain", headers="Content-Encoding: gzip\r\n")
    ),
    "contradicts itself": lambda _peer, connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
    ),
    "says nonsense": lambda _peer, connection: connection.sendall(b"\x00\xff\x00 nonsense\r\n\r\n"),
    "has endless headers": lambda _peer, connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999
    ),
    "has too many headers": lambda _peer, connection: connection.sendall(
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 999
    ),
}


@pytest.mark.parametrize("act", UNKIND.values(), ids=UNKIND)
def test_after_the_document_left_every_failure_is_in_doubt_and_nothing_is_sent_again(peers, transports, act):
    peer = peers(reading_then(act))

    with pytest.raises(ReplyLost, match="the request had left"):
        post(transports(url_of(peer)))

    assert (len(peer.requests), peer.connections) == (1, 1)


@pytest.mark.parametrize("act", [close, reset], ids=["closes", "resets"])
def test_a_kept_connection_that_dies_with_the_next_request_is_in_doubt_and_nothing_is_sent_again(
    peers, transports, act
):
    def script(peer: Peer, connection: socket.socket) -> None:
        peer.read(connection)
        connection.sendall(answer())
        peer.read(connection)
        act(peer, connection)

    peer = peers(script)
    transport = transports(url_of(peer))
    post(transport, b"first")

    with pytest.raises(ReplyLost):
        post(transport, b"second")

    assert [request.rpartition(b"\r\n\r\n")[2] for request in peer.requests] == [b"first", b"second"]
    assert peer.connections == 1


def test_after_a_lost_answer_the_next_request_has_a_fresh_connection(peers, transports):
    def script(peer: Peer, connection: socket.socket) -> None:
        peer.read(connection)
        connection.sendall(answer() if len(peer.requests) > 1 else b"")

    peer = peers(script)
    transport = transports(url_of(peer))
    with pytest.raises(ReplyLost):
        post(transport)

    assert post(transport).status == 200
    assert peer.connections == 2


def test_a_silent_gateway_is_left_after_the_read_timeout(peers, transports):
    peer = peers(reading_then(lambda peer, _connection: peer.stopping.wait(20)))

    with pytest.raises(ReplyLost, match="no complete answer in time"):
        post(transports(url_of(peer), read_timeout_s=0.05))


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nX: ", answer(b"", headers="X: y\r\n").replace(b": 0", b": 999999")],
    ids=["head", "body"],
)
def test_a_gateway_that_drips_is_left_at_the_deadline(peers, transports, head):
    peer = peers(reading_then(drip(head)))
    transport = transports(url_of(peer), HandClock(real=True), read_timeout_s=20, answer_deadline_s=0.3)

    with pytest.raises(ReplyLost, match="no complete answer in time"):
        post(transport)


def test_the_gateway_as_it_is_configured_is_left_when_it_drips(peers):
    """A good second passes with every byte; 20 may be silent, and five more are for an answer that comes."""
    clock = HandClock()

    def drip_seconds(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not peer.stopping.wait(0.02):
            clock.forward(1_100)
            connection.sendall(b"x")

    url = url_of(peers(reading_then(drip_seconds)))
    settings = GatewaySettings("main", url=url, read_timeout=timedelta(seconds=20))
    gateway = SmspilotGateway(settings, clock=clock, user_agent="PilotBridge/test")

    outcome = gateway.submit([OutgoingSms(7, PhoneNumber("+79087964781"), "disk full")]).outcomes[7]
    gateway.close()

    assert isinstance(outcome, Lost)
    assert 25_000 <= clock.passed_ms < 200_000


def test_a_gateway_that_falls_silent_is_waited_for_until_the_deadline_only(peers, transports):
    def silent(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        connection.settimeout(5)
        connection.recv(1)
        peer.hung_up.set()

    peer = peers(reading_then(silent))
    transport = transports(url_of(peer), HandClock(real=True), read_timeout_s=20, answer_deadline_s=0.3)

    with pytest.raises(ReplyLost, match="no complete answer in time"):
        post(transport)

    assert peer.hung_up.wait(5)


@pytest.mark.parametrize("compressed", [False, True])
def test_an_endless_answer_is_cut_off(peers, transports, compressed):
    huge = bytes(ANSWER_BYTES_MAX + 1)
    reply = (
        answer(gzip.compress(huge, 1), headers="Content-Encoding: gzip\r\n") if compressed else answer(huge)
    )
    peer = peers(reading_then(lambda _peer, connection: connection.sendall(reply)))

    with pytest.raises(ReplyLost, match="more than 16 MiB"):
        post(transports(url_of(peer)))


def test_what_did_arrive_is_kept_without_secrets(peers, transports):
    torn = answer(
        f'{{"apikey":"{KEY}","send":[{{"to":"79087964781","text":"disk full","apikey":"{KEY[:9]}'.encode()
    )
    torn = torn.replace(b"Content-Length: ", b"Content-Length: 9")
    peer = peers(reading_then(lambda _peer, connection: connection.sendall(torn)))

    with pytest.raises(ReplyLost) as lost:
        post(transports(url_of(peer)))

    assert lost.value.head == '{"apikey":"***","send":[{"to":"7908***4781","text":"***","apikey":"***'


@settings(max_examples=150, deadline=None)
@given(head=st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n"]), junk=st.binary(max_size=80))
def test_any_bytes_are_an_answer_or_in_doubt(head, junk):
    with _junk_peer(head + junk) as transport, suppress(ReplyLost, ConfigurationError, TryLater):
        assert isinstance(post(transport), Answer)


class _junk_peer:
    """A peer and a transport for one example; fixtures would live for all of them."""

    def __init__(self, junk: bytes) -> None:
        self.peer = Peer(reading_then(lambda _peer, connection: connection.sendall(junk)))

    def __enter__(self) -> Transport:
        self.transport = Transport(
            Endpoint(url_of(self.peer)),
            clock=HandClock(),
            redaction=Redaction([]),
            user_agent="PilotBridge/test",
        )
        return self.transport

    def __exit__(self, *_: object) -> None:
        self.transport.close()
        self.peer.stop()
