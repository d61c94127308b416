"""Whom a transport trusts, and what a certificate that is refused is said to be."""

import socket

import pytest

from pilotbridge.errors import ConfigurationError, ReplyLost, TryLater
from pilotbridge.smspilot.redaction import Redaction
from pilotbridge.smspilot.transport import Endpoint, Transport
from tests.smspilot.transport.peers import (
    CERTS,
    HandClock,
    Peer,
    answer,
    answering,
    close,
    post,
    reading_then,
    reset,
    url_of,
)


def test_an_authority_from_the_ca_file_is_trusted_beside_the_systems(peers, transports):
    peer = peers(answering(answer(b"secured")), cert="good")

    assert post(transports(url_of(peer, "https"), ca_file=CERTS / "ca.pem")).body == b"secured"


@pytest.mark.parametrize(
    ("cert", "ca_file", "words"),
    [
        ("good", None, ["signed by nobody known here", "ca_file"]),
        (
            "expired",
            "ca.pem",
            ["for 127.0.0.1 has expired", "from Jan  1 00:00:00 2020 GMT to Jan  1 00:00:00 2021 GMT"],
        ),
        ("future", "ca.pem", ["is not valid yet", "from Jan  1 00:00:00 2110 GMT"]),
        ("stranger", "ca.pem", ["for another name than 127.0.0.1"]),
    ],
)
def test_a_refused_certificate_says_what_is_wrong_and_what_time_it_is_here(
    peers, transports, cert, ca_file, words
):
    peer = peers(answering(answer()), cert=cert)

    with pytest.raises(TryLater) as later:
        post(transports(url_of(peer, "https"), ca_file=ca_file and CERTS / ca_file))

    for word in [*words, "the local clock says 2026-11-24 09:30 UTC", "nothing was sent"]:
        assert word in str(later.value)
    assert peer.requests == []


def test_a_gateway_without_tls_is_told_apart(peers, transports):
    def hang_up(_peer: Peer, connection: socket.socket) -> None:
        connection.recv(1)

    peer = peers(hang_up)

    with pytest.raises(TryLater, match=r"TLS handshake with 127\.0\.0\.1 failed|reset|closed"):
        post(transports(url_of(peer, "https")))
    assert peer.connections == 1

    plain = peers(lambda _peer, connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with pytest.raises(TryLater, match="the TLS handshake with"):
        post(transports(url_of(plain, "https")))


@pytest.mark.parametrize("act", [close, reset], ids=["closes", "resets"])
def test_a_tls_connection_that_dies_after_the_document_is_in_doubt(peers, transports, act):
    peer = peers(reading_then(act), cert="good")

    with pytest.raises(ReplyLost):
        post(transports(url_of(peer, "https"), ca_file=CERTS / "ca.pem"))

    assert len(peer.requests) == 1


def test_a_tls_answer_torn_inside_is_in_doubt(peers, transports):
    peer = peers(
        reading_then(lambda _peer, connection: connection.sendall(answer(b"x" * 50)[:-10])), cert="good"
    )

    with pytest.raises(ReplyLost, match=r"torn|TLS") as lost:
        post(transports(url_of(peer, "https"), ca_file=CERTS / "ca.pem"))

    assert lost.value.head == "x" * 40


@pytest.mark.parametrize(("name", "cause"), [("make.sh", "no certificate"), ("none.pem", "No such file")])
def test_a_ca_file_without_certificates_is_a_fault_of_the_configuration(name, cause):
    with pytest.raises(ConfigurationError, match=f"ca_file .*{name}: .*it must be a PEM file") as fault:
        Transport(
            Endpoint("https://gateway.invalid/", ca_file=CERTS / name),
            clock=HandClock(),
            redaction=Redaction([]),
            user_agent="x",
        )

    assert cause in str(fault.value)


@pytest.mark.parametrize("url", ["", "smspilot.ru", "ftp://smspilot.ru/", "https://", "https:///api2.php"])
def test_a_url_that_names_no_web_server_is_a_fault_of_the_configuration(url):
    with pytest.raises(ConfigurationError, match="must begin with https://"):
        Endpoint(url)
