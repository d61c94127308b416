"""Through a proxy, or past it: what it carries, what it tunnels, and what it was not asked for."""

import os
import socket
import ssl
import subprocess
import sys
import traceback
from collections.abc import Callable

import pytest

from pilotbridge.errors import ReplyLost, TryLater
from tests.smspilot.transport.peers import (
    CERTS,
    DOCUMENT,
    KEY,
    NO_PORT,
    HandClock,
    Peer,
    answer,
    answering,
    close,
    drip,
    post,
    reading_then,
    reset,
    url_of,
)


def test_a_proxy_carries_the_request(peers, transports):
    proxy = peers(answering(answer(b"by proxy")))

    got = post(transports("http://gateway.invalid/api2.php", proxy=f"http://me:pass@127.0.0.1:{proxy.port}"))

    assert got.body == b"by proxy"
    assert proxy.requests[0].startswith(b"POST http://gateway.invalid/api2.php HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " in proxy.requests[0]


def test_a_socks_proxy_resolves_the_name_itself(peers, transports):
    names: list[bytes] = []

    def socks(peer: Peer, connection: socket.socket) -> None:
        connection.recv(3)
        connection.sendall(b"\x05\x00")
        names.append(connection.recv(300))
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
        answering(answer(b"by socks"))(peer, connection)

    proxy = peers(socks)

    got = post(transports("http://gateway.invalid/", proxy=f"socks5h://127.0.0.1:{proxy.port}"))

    assert got.body == b"by socks"
    assert b"gateway.invalid" in names[0]


def tunnel_refused(peer: Peer, connection: socket.socket) -> None:
    peer.read(connection)
    connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")


def socks_refused(_peer: Peer, connection: socket.socket) -> None:
    connection.recv(3)
    connection.sendall(b"\x05\xff")


@pytest.mark.parametrize(
    ("scheme", "script"),
    [
        ("http", tunnel_refused),
        ("http", reading_then(close)),
        ("http", reset),
        ("socks5h", socks_refused),
        ("socks5h", reset),
    ],
)
def test_a_proxy_that_makes_no_tunnel_left_nothing(peers, transports, scheme, script):
    proxy = peers(script)

    with pytest.raises(TryLater, match="nothing was sent") as later:
        post(transports("https://gateway.invalid/", proxy=f"{scheme}://me:{KEY}@127.0.0.1:{proxy.port}"))

    assert KEY not in "".join(traceback.format_exception(later.value))
    assert not any(DOCUMENT in request for request in proxy.requests)


BY_TUNNEL = b"by tunnel" * 2_000
"""Longer than what is read at once, so that its end is read later than its beginning."""


def tunnelling(
    peer: Peer, connection: socket.socket, before: Callable[[], None] = lambda: None, cert: str = "good"
) -> None:
    """Make the tunnel that is asked for; the gateway is at its other end, and answers after ``before``."""
    peer.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTS / f"{cert}.pem")
    with context.wrap_socket(connection, server_side=True) as secured:
        peer.read(secured)
        before()
        secured.sendall(answer(BY_TUNNEL))


def test_a_proxy_makes_a_tunnel_to_the_gateway(peers, transports):
    proxy = peers(tunnelling)
    transport = transports(
        url_of(proxy, "https"),
        HandClock(real=True),
        proxy=f"http://127.0.0.1:{proxy.port}",
        ca_file=CERTS / "ca.pem",
    )

    got = post(transport)

    assert got.body == BY_TUNNEL
    assert [request.split()[0] for request in proxy.requests] == [b"CONNECT", b"POST"]


def test_an_answer_has_its_whole_time_however_long_the_tunnel_took(peers, transports):
    clock = HandClock()

    def slowly(peer: Peer, connection: socket.socket) -> None:
        clock.passed_ms += 20_000
        tunnelling(peer, connection, lambda: clock.forward(20_000))

    proxy = peers(slowly)
    transport = transports(
        url_of(proxy, "https"), clock, proxy=f"http://127.0.0.1:{proxy.port}", ca_file=CERTS / "ca.pem"
    )

    assert post(transport).body == BY_TUNNEL


def test_why_a_certificate_is_refused_behind_a_proxy_is_not_asked_past_it(peers, transports):
    """The gateway is where the proxy is, so that the proxy would see a second call."""
    proxy = peers(lambda peer, connection: tunnelling(peer, connection, cert="expired"))
    transport = transports(
        url_of(proxy, "https"), proxy=f"http://127.0.0.1:{proxy.port}", ca_file=CERTS / "ca.pem"
    )

    with pytest.raises(TryLater, match=r"has expired.*nothing was sent"):
        post(transport)

    assert proxy.connections == 1


def test_a_proxy_that_drips_its_tunnel_is_left_at_the_deadline(peers, transports):
    proxy = peers(reading_then(drip(b"HTTP/1.1 200 OK\r\nX: ")))
    transport = transports(
        "https://gateway.invalid/",
        HandClock(real=True),
        proxy=f"http://127.0.0.1:{proxy.port}",
        answer_deadline_s=0.3,
    )

    with pytest.raises(TryLater, match="nothing was sent"):
        post(transport)


def test_a_proxy_that_wants_a_login_left_nothing(peers, transports):
    proxy = peers(answering(answer(b"", "407 Proxy Authentication Required")))

    with pytest.raises(TryLater, match="the proxy wants a name and password"):
        post(transports("http://gateway.invalid/", proxy=f"http://127.0.0.1:{proxy.port}"))


def test_a_proxy_that_nobody_configured_is_not_sought_in_the_configuration(peers, transports):
    between = peers(answering(answer(b"", "407 Proxy Authentication Required")))

    with pytest.raises(TryLater, match=r"of which nothing is configured, .* nothing was sent"):
        post(transports(url_of(between)))


def test_lengths_that_contradict_each_other_are_said_in_words(peers, transports):
    peer = peers(answering(answer(b"{}", headers="Content-Length: 9\r\n")))

    with pytest.raises(ReplyLost, match="the answer is not HTTP"):
        post(transports(url_of(peer)))


def test_a_proxy_nobody_answers_at_left_nothing(transports):
    with pytest.raises(TryLater, match="nothing was sent"):
        post(transports("http://gateway.invalid/", proxy=f"http://127.0.0.1:{NO_PORT}"))


@pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:1", "http://", "127.0.0.1:9"])
def test_a_proxy_address_that_makes_no_sense_left_nothing(transports, proxy):
    with pytest.raises(TryLater, match="nothing was sent"):
        post(transports("http://gateway.invalid/", proxy=proxy))


def _posted_elsewhere(gateway: Peer, proxy: str, **environment: str) -> str:
    """What a process with this environment is answered."""
    code = (
        "from pilotbridge.smspilot.transport import *; from pilotbridge.smspilot.redaction import Redaction\n"
        "from pilotbridge.clock import SystemClock\n"
        f"t = Transport(Endpoint({url_of(gateway)!r}, proxy={proxy!r}), clock=SystemClock(),"
        " redaction=Redaction([]), user_agent='x')\n"
        "print(t.post(b'{}', content_type='x', query={}).body.decode())"
    )
    environment["PATH"] = os.environ["PATH"]
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    return said.stdout.strip()


@pytest.mark.parametrize(("proxy", "through"), [("env", True), ("direct", False)])
def test_the_environment_is_asked_for_proxies_only_when_told_to(peers, proxy, through):
    gateway, by_proxy = peers(answering(answer(b"direct"))), peers(answering(answer(b"by proxy")))

    said = _posted_elsewhere(gateway, proxy, http_proxy=f"http://127.0.0.1:{by_proxy.port}")

    assert said == ("by proxy" if through else "direct")


def test_no_password_that_this_machine_keeps_for_the_host_is_sent(peers, tmp_path):
    """``requests`` would look into ~/.netrc."""
    peer = peers(answering(answer(b"unknown")))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")

    said = _posted_elsewhere(peer, "direct", NETRC=str(netrc))

    assert said == "unknown"
    assert b"authorization" not in peer.requests[0].lower()
