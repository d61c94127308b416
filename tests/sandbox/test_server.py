"""The server: broken connections as a client sees them, callbacks over HTTP, time, starting and stopping."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from pilotbridge.sandbox.callbacks import Call
from pilotbridge.sandbox.calling import make_call, read_answer
from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.server import Server, ThreadedServer, read_address
from pilotbridge.sandbox.telegram.chats import Bot
from pilotbridge.smspilot.wire import TEST_KEY

PHONE = "79087964781"
TOKEN = Bot().token
SEEN = ("requests", "telegram/calls")


class Client:
    """One client of a running sandbox, over one connection that is kept."""

    def __init__(self, server: ThreadedServer) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, text: str = "hi", **fields) -> requests.Response:
        document = {"apikey": TEST_KEY, "send": [{"to": PHONE, "text": text} | fields]}
        return self.session.post(f"{self.server.url}/api2.php", data=json.dumps(document), timeout=10)

    def order(self, path: str, **fields) -> dict:
        answer = self.session.post(f"{self.server.url}/sandbox/{path}", json=fields, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, path: str) -> list[dict]:
        return self.session.get(f"{self.server.url}/sandbox/{path}", timeout=10).json()


@pytest.fixture
def client() -> Iterator[Client]:
    with ThreadedServer() as server, closing(requests.Session()):
        yield Client(server)


@pytest.mark.parametrize(
    ("fault", "error", "taken"),
    [
        ({"kind": "reset"}, requests.ConnectionError, False),
        ({"kind": "reply_lost"}, requests.ConnectionError, True),
        ({"kind": "timeout_before", "seconds": 0.05}, requests.ConnectionError, False),
        ({"kind": "timeout_after", "seconds": 0.05}, requests.ConnectionError, True),
        ({"kind": "torn", "at_byte": 40}, requests.exceptions.ChunkedEncodingError, True),
        ({"kind": "torn", "at_byte": 0}, requests.exceptions.ChunkedEncodingError, True),
    ],
)
def test_a_connection_really_breaks(client, fault, error, taken):
    client.order("faults", **fault)

    with pytest.raises(error):
        client.send()

    assert [row["text"] for row in client.look("messages")] == ["hi"] * taken
    assert client.send("next").json()["send"][0]["error"] == 0


def test_a_client_that_gives_up_first_ends_the_waiting(client):
    client.order("faults", kind="timeout_after", seconds=300)
    document = {"apikey": TEST_KEY, "send": [{"to": PHONE, "text": "hi"}]}

    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{client.server.url}/api2.php", data=json.dumps(document), timeout=0.1)

    assert len(client.look("messages")) == 1


def test_a_slow_answer_comes(client):
    client.order("faults", kind="slow", seconds=0.05)

    assert client.send().elapsed.total_seconds() >= 0.05


def test_while_it_is_down_no_connection_is_accepted(client):
    client.order("faults", kind="down", for_s=0.3)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", client.server.port), 5)
    while not is_listening(client.server.port):
        pass

    assert client.send().json()["send"][0]["error"] == 0


def test_a_port_that_somebody_took_meanwhile_is_waited_for(client):
    client.order("faults", kind="down", for_s=0.1)
    with socket.create_server(("127.0.0.1", client.server.port)) as taken:
        taken.settimeout(0.3)
        with pytest.raises(TimeoutError):
            taken.accept()
    while not is_listening(client.server.port):
        pass

    assert client.send().status_code == 200


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionError:
        return False
    return True


def test_an_endless_body_is_refused(client):
    answer = client.session.post(f"{client.server.url}/api2.php", data=b"x" * (17 * 1024 * 1024), timeout=10)

    assert answer.status_code == 413


@pytest.mark.parametrize("cut", [None, 30])
def test_a_query_that_nobody_escaped_is_understood(client, cut):
    """In one piece, and cut in the middle of its first line; the connection goes on."""
    asked = (
        f"GET /api2.php?apikey={TEST_KEY}&to={PHONE}&send=привет HTTP/1.1\r\nHost: gateway\r\n\r\n".encode()
    )

    with socket.create_connection(("127.0.0.1", client.server.port), 10) as caller:
        for _ in range(2):
            caller.sendall(asked[:cut])
            caller.sendall(asked[cut:] if cut else b"")
            assert caller.recv(65536).startswith(b"HTTP/1.1 200 OK")

    assert [message["text"] for message in client.look("messages")][-1] == "привет"


def test_head_has_no_body(client):
    answer = client.session.head(f"{client.server.url}/", timeout=5)

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


# --- callbacks --------------------------------------------------------------------------------------


@contextmanager
def script(answer: bytes = b"OK") -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """A web server that a callback goes to; what it was told, as method, path and body."""
    told: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            told.append((self.command, self.path, body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/s", told
        listening.shutdown()
        thread.join()


def test_moving_time_makes_the_callbacks_before_it_answers(client):
    with script() as (url, told):
        client.send(callback=f"{url}?row=5")
        client.order("time", advance_s=60)

        assert told == [
            ("GET", "/s?row=5&server_id=10000&status=1&error=0", ""),
            ("GET", "/s?row=5&server_id=10000&status=2&error=0", ""),
        ]


def test_a_callback_may_be_a_post(client):
    with script() as (url, told):
        client.send(callback=url, callback_method="post")
        client.order("time", advance_s=1)

        assert told == [("POST", "/s", "server_id=10000&status=1&error=0")]


def test_callbacks_come_by_themselves_when_they_are_due(client):
    client.order("account", operator_after_s=0.02, final_after_s=0.04)
    with script() as (url, told):
        client.send(callback=url)
        while len(told) < 2:
            client.look("time")

    assert [path[-16:] for _, path, _ in told] == ["status=1&error=0", "status=2&error=0"]


def test_a_script_that_is_slow_keeps_back_nobody_elses_callback():
    with listener(None) as silent, script() as (url, _), ThreadedServer() as server:
        client = Client(server)
        client.order("account", operator_after_s=0.02, final_after_s=0.04)
        client.send("a", callback=f"http://127.0.0.1:{silent}/s")
        client.send("b", callback=url)
        while len(heard := client.look("callbacks")) < 2:
            client.look("time")

    assert [(row["server_id"], row["status"]) for row in heard] == [("10001", 2), ("10001", 1)]


def test_a_late_request_lands_by_itself(client):
    client.order("faults", kind="late", seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        client.send()

    while not client.look("messages"):
        client.look("time")


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nOK", (200, "OK")),
        (b"HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\nOK", (302, "OK")),
        (b"SSH-2.0-OpenSSH\r\n", (0, "the answer is no HTTP")),
        (b"HTTP/1.1 maybe\r\n\r\n", (0, "the answer is no HTTP")),
        (b"", (0, "the answer is no HTTP")),
    ],
)
def test_what_a_script_answers_is_heard(answer, heard):
    with listener(answer) as port:
        told = asyncio.run(make_call(call_to(f"http://user@127.0.0.1:{port}")))

    assert (told.status, told.body) == heard


@pytest.mark.parametrize(
    ("pieces", "ends"),
    [
        ((b"HTTP/1.0 200 OK\r\n", b"\r\n", b"O", b"K"), True),
        ((b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 2\r\n\r", b"\nO", b"K"), False),
        ((b"HTTP/1.1 200 OK\r\ncontent-length:2\r\nX: y\r\n\r\nOK",), False),
    ],
)
def test_an_answer_in_pieces_is_read_to_its_end(pieces, ends):
    async def read() -> bytes:
        reader = asyncio.StreamReader()
        reading = asyncio.create_task(read_answer(reader))
        for piece in pieces:
            await asyncio.sleep(0)
            reader.feed_data(piece)
        await asyncio.sleep(0)
        if ends:
            reader.feed_eof()
        return await asyncio.wait_for(reading, 5)

    assert asyncio.run(read()) == b"".join(pieces)


def test_a_script_that_is_silent_or_absent_is_not_heard():
    with listener(None) as port:
        silent = asyncio.run(make_call(call_to(f"http://127.0.0.1:{port}/s"), 0.05))
    absent = asyncio.run(make_call(call_to("http://127.0.0.1:9/s")))
    nonsense = asyncio.run(make_call(call_to("http://127.0.0.1:99999/s")))

    assert (silent.status, silent.body) == (0, "no answer within 0.05 s")
    assert absent.status == nonsense.status == 0
    assert absent.body
    assert nonsense.body


def test_an_https_script_must_show_a_good_certificate():
    with listener(b"no TLS here") as port:
        told = asyncio.run(make_call(call_to(f"https://127.0.0.1:{port}/s")))

    assert told.status == 0
    assert not told.is_ok


def call_to(url: str) -> Call:
    return Call(10000, url, "get", 1, 0, 0)


@contextmanager
def listener(answer: bytes | None) -> Iterator[int]:
    """Takes one connection and says ``answer`` once something came; None says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                if answer is None:
                    connection.recv(65536)
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=take)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


# --- starting and stopping --------------------------------------------------------------------------


def test_a_server_runs_on_the_loop_of_its_caller():
    async def story() -> int:
        async with Server(Sandbox()) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"GET /sandbox/ HTTP/1.0\r\n\r\n")
            status = int((await reader.read()).split()[1])
            writer.close()
        await server.stop()
        return status

    assert asyncio.run(story()) == 200


def test_a_server_that_never_started_can_be_stopped():
    asyncio.run(Server(Sandbox()).stop())
    ThreadedServer()._stop()


def test_a_taken_port_is_an_error_of_the_caller():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError):
        ThreadedServer(port=taken.getsockname()[1]).start()


@pytest.mark.parametrize(
    ("listen", "address"),
    [("127.0.0.1:8025", ("127.0.0.1", 8025)), (":0", ("127.0.0.1", 0)), ("[::1]:8025", ("::1", 8025))],
)
def test_an_address_is_host_and_port(listen, address):
    assert read_address(listen) == address


@pytest.mark.parametrize("listen", ["", "localhost", "host:http", "host:99999", "host:-1"])
def test_what_is_no_address_is_said_so(listen):
    with pytest.raises(ValueError, match="HOST:PORT"):
        read_address(listen)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_listens_on_ipv6():
    with ThreadedServer(host="::1") as server:
        assert requests.get(f"{server.url}/sandbox/", timeout=5).status_code == 200


def program(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A sandbox as a process of its own, and its address."""
    code = (
        "import sys; from pathlib import Path; from pilotbridge.sandbox.server import serve;"
        "serve('127.0.0.1:0', Path(sys.argv[1]), ready=lambda url: print(url, flush=True))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "state")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert running.stdout is not None
    return running, running.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_ends_in_order_and_keeps_its_state(tmp_path, number):
    counts = []

    for text in ("a", "b"):
        running, url = program(tmp_path)
        document = {"apikey": TEST_KEY, "send": [{"to": PHONE, "text": text}]}
        requests.post(f"{url}/api2.php", data=json.dumps(document), timeout=5)
        counts.append(requests.get(f"{url}/sandbox/", timeout=5).json()["messages"])
        running.send_signal(number)
        _, complaints = running.communicate(timeout=10)
        assert (running.returncode, complaints) == (0, "")

    assert counts == [1, 2]


def test_whoever_waits_for_an_answer_does_not_hold_up_the_end(tmp_path):
    running, url = program(tmp_path)
    gateway, ask = f"{url}/api2.php?apikey={TEST_KEY}", []
    for kind, command in (("slow", "balance"), ("timeout_before", "info")):
        requests.post(f"{url}/sandbox/faults", json={"kind": kind, "command": command}, timeout=5)
    with ThreadPoolExecutor() as clients:
        for address in (
            f"{gateway}&balance=rur",
            f"{gateway}&info=1",
            f"{url}/bot{TOKEN}/getUpdates?timeout=30",
        ):
            ask.append(clients.submit(requests.get, address, timeout=60))
        while [requests.get(f"{url}/sandbox/{seen}", timeout=5).text.count('"number"') for seen in SEEN] != [
            2,
            1,
        ]:
            """They are on their way."""

        running.send_signal(signal.SIGTERM)
        _, complaints = running.communicate(timeout=10)

    assert (running.returncode, complaints) == (0, "")
    assert "20006.97" in ask[0].result().text
    assert isinstance(ask[1].exception(), requests.ConnectionError)
    assert ask[2].result().json() == {"ok": True, "result": []}
