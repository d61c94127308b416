"""One request and its answer over real sockets on loopback: what surely did not leave, and what may have."""

import gzip
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotbridge.clock import Instant
from pilotbridge.config.settings import GatewaySettings
from pilotbridge.errors import ConfigurationError, ReplyLost, TryLater
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Lost, OutgoingSms
from pilotbridge.smspilot.client import SmspilotGateway
from pilotbridge.smspilot.redaction import Redaction
from pilotbridge.smspilot.transport import ANSWER_BYTES_MAX, Answer, Endpoint, Transport

CERTS = Path(__file__).parent / "test_client_certs"
KEY = "CANARY7890ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
DOCUMENT = b'{"apikey":"CANARY"}'
NO_PORT = 9  # discard: nobody listens there


class HandClock:
    """A clock that moves when told to, or with the real one where sockets wait."""

    def __init__(self, *, real: bool = False) -> None:
        self.passed_ms = 0
        self.real = real

    def forward(self, ms: int) -> None:
        self.passed_ms += ms

    def now(self) -> Instant:
        return Instant(self.now_ms(), self.boot_ms(), "boot")

    def boot_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000 if self.real else self.passed_ms

    def now_ms(self) -> int:
        return int(self.utc_now().timestamp() * 1000)

    def utc_now(self) -> datetime:
        return datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class Peer:
    """A server on loopback that runs ``script`` for each connection and remembers what it read."""

    def __init__(self, script: Callable[["Peer", socket.socket], None], cert: str = "") -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.connections = 0
        self.hung_up = threading.Event()
        self.stopping = threading.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if cert else None
        if self._context:
            self._context.load_cert_chain(CERTS / f"{cert}.pem")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with suppress(OSError), connection:
            if self._context is None:
                self.script(self, connection)
            else:
                with self._context.wrap_socket(connection, server_side=True) as secured:
                    self.script(self, secured)

    def read(self, connection: socket.socket) -> bytes:
        """Read one request; empty when the client has hung up."""
        request = b""
        while b"\r\n\r\n" not in request:
            chunk = connection.recv(65536)
            if not chunk:
                self.hung_up.set()
                return b""
            request += chunk
        head, _, body = request.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]

    def stop(self) -> None:
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


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


def url_of(peer: Peer, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{peer.port}/api2.php"


def answer(body: bytes = b"{}", status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def answering(*parts: bytes):
    """Read requests for ever and answer each with all ``parts``."""

    def script(peer: Peer, connection: socket.socket) -> None:
        while peer.read(connection):
            for part in parts:
                connection.sendall(part)

    return script


def reading_then(act: Callable[[Peer, socket.socket], None]):
    """Read one request, then do something unkind."""

    def script(peer: Peer, connection: socket.socket) -> None:
        if peer.read(connection):
            act(peer, connection)

    return script


def reset(_peer: Peer, connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drip(head: bytes):
    """Send ``head``, then a byte now and then until the client hangs up."""

    def act(peer: Peer, connection: socket.socket) -> None:
        connection.sendall(head)
        while not peer.stopping.wait(0.02):
            connection.sendall(b"x")

    return act


def post(transport: Transport, document: bytes = DOCUMENT, **query: str) -> Answer:
    return transport.post(document, content_type="application/json", query=query)


# --- what arrives -----------------------------------------------------------------------------------


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


# --- connections ------------------------------------------------------------------------------------


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


# --- the gateway may have it ------------------------------------------------------------------------


def close(_peer: Peer, connection: socket.socket) -> None:
    connection.close()


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


# --- surely nothing left ----------------------------------------------------------------------------


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


# --- redirects --------------------------------------------------------------------------------------


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


# --- proxies ----------------------------------------------------------------------------------------


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


# --- TLS --------------------------------------------------------------------------------------------


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
