"""One ping over real sockets on loopback: by TLS, by a proxy, to servers that are unkind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilotbridge.clock import SystemClock
from pilotbridge.errors import TryLater
from pilotbridge.pinging import PingWay, ping
from tests.smspilot.transport.peers import Peer, answer, answering, drip, reading_then

CERTS = Path(__file__).parent / "smspilot" / "transport" / "certs"
NO_PORT = 9


@pytest.fixture
def peers() -> Iterator[Callable[..., Peer]]:
    started: list[Peer] = []

    def start(script: Callable[..., None], cert: str = "") -> Peer:
        started.append(Peer(script, cert))
        return started[-1]

    yield start
    for peer in started:
        peer.stop()


def beat(peer: Peer, scheme: str = "http", **way) -> None:
    ping(f"{scheme}://127.0.0.1:{peer.port}/ping/a-token", PingWay(**way), SystemClock())


def why_not(peer: Peer, scheme: str = "http", **way) -> str:
    with pytest.raises(TryLater) as raised:
        beat(peer, scheme, **way)
    assert "a-token" not in raised.value.reason
    return raised.value.reason


def test_it_is_one_get_and_any_2xx_is_a_yes(peers):
    peer = peers(answering(answer(b"", "204 No Content")))

    beat(peer)

    (request,) = peer.requests
    assert request.startswith(b"GET /ping/a-token HTTP/1.1\r\n")
    assert b"User-Agent: PilotBridge/" in request


def test_tls_is_checked_against_the_systems_authorities_and_the_named_file(peers):
    peer = peers(answering(answer()), cert="good")

    beat(peer, "https", ca_file=CERTS / "ca.pem")

    assert "name its authority in ca_file" in why_not(peer, "https")


def test_a_certificate_that_has_expired_is_refused(peers):
    peer = peers(answering(answer()), cert="expired")

    assert "has expired" in why_not(peer, "https", ca_file=CERTS / "ca.pem")


def test_it_goes_by_the_proxy_that_is_named(peers):
    proxy = peers(answering(answer()))

    ping("http://pings.example/ping/a-token", PingWay(f"http://127.0.0.1:{proxy.port}"), SystemClock())

    assert proxy.requests[0].startswith(b"GET http://pings.example/ping/a-token HTTP/1.1")


def test_it_goes_by_no_proxy_of_the_environment_unless_told_so(peers, monkeypatch):
    peer, proxy = peers(answering(answer())), peers(answering(answer()))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("no_proxy", raising=False)

    beat(peer)
    direct = len(proxy.requests)
    ping("http://pings.example/x", PingWay("env"), SystemClock())

    assert (direct, len(peer.requests), len(proxy.requests)) == (0, 1, 1)


def test_a_redirect_is_not_followed(peers):
    other = peers(answering(answer()))
    headers = f"Location: http://127.0.0.1:{other.port}/\r\n"
    peer = peers(answering(answer(b"", "302 Found", headers)))

    assert "a redirect, which is never followed" in why_not(peer)
    assert other.connections == 0


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_server_that_drips_or_says_nothing_is_left_in_time(peers, head):
    peer = peers(reading_then(drip(head)))
    began = time.monotonic()

    assert "no complete answer in time" in why_not(peer, within_s=0.5)
    assert time.monotonic() - began < 5


def test_nobody_there_is_told_without_the_address():
    with pytest.raises(TryLater) as raised:
        ping(f"http://127.0.0.1:{NO_PORT}/ping/a-token", PingWay(), SystemClock())

    assert raised.value.reason == "127.0.0.1: connection refused"
