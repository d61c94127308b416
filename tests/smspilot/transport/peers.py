"""Servers on loopback that answer as they are told to, and requests to them."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pilotbridge.clock import Instant
from pilotbridge.smspilot.transport import Answer, Transport

CERTS = Path(__file__).parent / "certs"
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


def close(_peer: Peer, connection: socket.socket) -> None:
    connection.close()
