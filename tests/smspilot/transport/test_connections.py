"""Which connection a request takes: one that is known to be well, and none that may be dead."""

import socket
import threading

from tests.smspilot.transport.peers import HandClock, Peer, answer, answering, post, url_of


def test_a_connection_is_used_again(peers, transports):
    peer = peers(answering(answer()))
    transport = transports(url_of(peer))

    post(transport)
    post(transport)

    assert (len(peer.requests), peer.connections) == (2, 1)


def test_an_idle_connection_is_not_trusted(peers, transports):
    clock = HandClock()
    peer = peers(answering(answer()))
    transport = transports(url_of(peer), clock)

    post(transport)
    clock.passed_ms += 2_001
    post(transport)

    assert (len(peer.requests), peer.connections) == (2, 2)


def test_a_connection_in_steady_use_is_kept_however_old_it_is(peers, transports):
    clock = HandClock()
    peer = peers(answering(answer()))
    transport = transports(url_of(peer), clock)

    for _ in range(5):
        post(transport)
        clock.passed_ms += 1_900

    assert (len(peer.requests), peer.connections) == (5, 1)


def test_a_connection_that_was_closed_meanwhile_is_replaced(peers, transports):
    def once(peer: Peer, connection: socket.socket) -> None:
        peer.read(connection)
        connection.sendall(answer())
        connection.close()
        peer.hung_up.set()

    peer = peers(once)
    transport = transports(url_of(peer))

    post(transport)
    assert peer.hung_up.wait(5)
    post(transport)

    assert (len(peer.requests), peer.connections) == (2, 2)


def test_each_thread_has_a_connection_of_its_own(peers, transports):
    together = threading.Barrier(2, timeout=5)

    def meet(peer: Peer, connection: socket.socket) -> None:
        peer.read(connection)
        together.wait()
        connection.sendall(answer())

    peer = peers(meet)
    transport = transports(url_of(peer))
    other = threading.Thread(target=post, args=(transport,))

    other.start()
    post(transport)
    other.join(5)

    assert peer.connections == 2


def test_close_hangs_up(peers, transports):
    peer = peers(answering(answer()))
    transport = transports(url_of(peer))
    post(transport)

    transport.close()

    assert peer.hung_up.wait(5)
