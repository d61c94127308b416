"""Peers and transports that are closed after each test."""

import socket
from collections.abc import Callable, Iterator

import pytest

from pilotbridge.smspilot.redaction import Redaction
from pilotbridge.smspilot.transport import Endpoint, Transport
from tests.smspilot.transport.peers import KEY, HandClock, Peer


@pytest.fixture
def peers() -> Iterator[Callable[..., Peer]]:
    started: list[Peer] = []

    def start(script: Callable[[Peer, socket.socket], None], cert: str = "") -> Peer:
        started.append(Peer(script, cert))
        return started[-1]

    yield start
    for peer in started:
        peer.stop()


@pytest.fixture
def transports() -> Iterator[Callable[..., Transport]]:
    opened: list[Transport] = []

    def open_transport(url: str, clock: HandClock | None = None, **options) -> Transport:
        endpoint = Endpoint(url, **options)
        opened.append(
            Transport(
                endpoint,
                clock=clock or HandClock(),
                redaction=Redaction([KEY]),
                user_agent="PilotBridge/test",
            )
        )
        return opened[-1]

    yield open_transport
    for transport in opened:
        transport.close()
