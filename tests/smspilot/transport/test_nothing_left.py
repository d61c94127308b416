"""What surely did not leave: nobody was there, or the answer was a redirect."""

import socket

import pytest

from pilotbridge.errors import ConfigurationError, TryLater
from tests.smspilot.transport.peers import KEY, NO_PORT, answer, answering, post, url_of


def test_a_refused_connection_left_nothing(transports):
    with pytest.raises(TryLater, match=r"127\.0\.0\.1: connection refused; nothing was sent"):
        post(transports(f"http://127.0.0.1:{NO_PORT}/"))


def test_a_name_that_does_not_resolve_left_nothing(transports):
    with pytest.raises(TryLater, match="the name cannot be resolved; nothing was sent"):
        post(transports("http://gateway.invalid/"))


def test_a_gateway_that_does_not_take_the_connection_left_nothing(transports):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            transport = transports(f"http://127.0.0.1:{full.getsockname()[1]}/", connect_timeout_s=0.05)

            with pytest.raises(TryLater, match="no connection in time; nothing was sent"):
                post(transport)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_fault_of_the_configuration_and_never_followed(peers, transports, status):
    elsewhere = peers(answering(answer()))
    moved = answer(b"", f"{status} Moved", f"Location: {url_of(elsewhere)}?apikey={KEY}\r\n")
    peer = peers(answering(moved))

    with pytest.raises(ConfigurationError, match="redirect") as fault:
        post(transports(url_of(peer)))

    assert "to http://127.0.0.1/api2.php," in str(fault.value)
    assert elsewhere.connections == 0
    assert len(peer.requests) == 1


@pytest.mark.parametrize("location", ["", "/new", "http://[", "\xff"])
def test_a_redirect_to_nonsense_is_still_a_redirect(peers, transports, location):
    peer = peers(answering(answer(b"", "302 Found", f"Location: {location}\r\n")))

    with pytest.raises(ConfigurationError, match="redirect"):
        post(transports(url_of(peer)))
