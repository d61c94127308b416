"""The web server on real sockets: deadlines, caps, an orderly end, and the control socket."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pilotbridge.config.settings import Listen
from pilotbridge.web.asgi import Answer
from pilotbridge.web.receiving import Limits
from pilotbridge.web.server import WebServer

LOOPBACK = Listen("127.0.0.1", 0)
SHORT = Limits(receive_s=0.2)
GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


async def echo(scope, receive, send):
    """Answers with the length of the body."""
    length = 0
    while True:
        event = await receive()
        length += len(event.get("body", b""))
        if not event.get("more_body"):
            break
    await Answer(200, b"%d" % length, b"text/plain").give(send)


def on_server(test: Callable[[WebServer], Awaitable[None]], app=echo, limits: Limits = SHORT) -> None:
    """Run ``test`` beside a server on a free port."""

    async def run() -> None:
        server = WebServer(app, limits=limits)
        await server.start(LOOPBACK)
        try:
            async with asyncio.timeout(20):
                await test(server)
        finally:
            await server.stop()

    asyncio.run(run())


class Client:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server: WebServer) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", server.listen.port))

    def write(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer; status 0 when the connection has ended instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, b""
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        return int(head[9:12]), await self.reader.readexactly(length)

    async def drip(self, data: bytes, every_s: float) -> None:
        for at in range(len(data)):
            self.writer.write(data[at : at + 1])
            await asyncio.sleep(every_s)

    async def ended_after_s(self) -> float:
        """How long it takes until the server ends the connection."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert (await self.answer())[0] == 0
        return loop.time() - begun


def test_a_request_is_answered_and_the_connection_kept():
    async def test(server):
        client = await Client.connect(server)
        client.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello")
        first = await client.answer()
        client.write(GET)
        assert [first, await client.answer()] == [(200, b"5"), (200, b"0")]

    on_server(test)


def test_the_answer_says_neither_program_nor_date():
    async def test(server):
        client = await Client.connect(server)
        client.write(GET)
        head = (await client.reader.readuntil(b"\r\n\r\n")).lower()
        assert b"uvicorn" not in head
        assert b"date:" not in head

    on_server(test)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST / HT",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-len",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
        b"\r\n\r\n",
    ],
)
def test_a_request_that_is_not_whole_in_time_is_cut_off(beginning):
    async def test(server):
        client = await Client.connect(server)
        client.write(beginning)
        assert 0.1 < await client.ended_after_s() < 0.9

    on_server(test)


def test_a_steady_drip_does_not_stretch_the_deadline():
    async def test(server):
        client = await Client.connect(server)
        client.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\n")
        dripping = asyncio.create_task(client.drip(b"x" * 500, every_s=0.01))
        assert 0.1 < await client.ended_after_s() < 0.9
        dripping.cancel()

    on_server(test)


def test_the_deadline_holds_for_each_request_of_a_kept_connection():
    async def test(server):
        client = await Client.connect(server)
        for _ in range(3):
            client.write(GET)
            assert (await client.answer())[0] == 200
            await asyncio.sleep(0.15)
        client.write(GET + b"GET / HT")
        assert (await client.answer())[0] == 200
        assert 0.1 < await client.ended_after_s() < 0.9

    on_server(test)


def test_a_slow_answer_is_not_the_clients_fault():
    async def slow(scope, receive, send):
        await asyncio.sleep(0.5)
        await echo(scope, receive, send)

    async def test(server):
        client = await Client.connect(server)
        client.write(GET)
        assert await client.answer() == (200, b"0")

    on_server(test, slow)


@pytest.mark.parametrize("piece", [b"x-a: " + b"y" * 1000 + b"\r\n", b"y" * 1000])
def test_a_head_without_end_is_431(piece):
    async def test(server):
        client = await Client.connect(server)
        client.write(b"GET / HTTP/1.1\r\nhost: a\r\nx-long: ")
        for _ in range(8):
            client.write(piece)
        assert (await client.answer())[0] == 431

    on_server(test, limits=Limits(head_bytes=8_000))


def test_a_long_body_is_no_long_head():
    async def test(server):
        client = await Client.connect(server)
        client.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 200000\r\n\r\n")
        for _ in range(200):
            client.write(b"x" * 1000)
            await client.writer.drain()
        assert await client.answer() == (200, b"200000")

    on_server(test, limits=Limits(head_bytes=8_000))


def test_what_is_no_http_is_400():
    async def test(server):
        client = await Client.connect(server)
        client.write(b"\x16\x03\x01 hello\r\n\r\n")
        assert (await client.answer())[0] == 400

    on_server(test)


@pytest.mark.parametrize(
    "smuggled",
    [
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5x\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_a_body_of_two_lengths_is_refused(smuggled):
    async def test(server):
        client = await Client.connect(server)
        client.write(smuggled)
        assert (await client.answer())[0] in (0, 400)

    on_server(test)


def test_a_connection_too_many_hears_503_but_health_answers():
    async def test(server):
        first, second = await Client.connect(server), await Client.connect(server)
        for client in (first, second):
            client.write(GET)
            assert (await client.answer())[0] == 200
        third = await Client.connect(server)
        third.write(b"GET /-/healthy HTTP/1.1\r\nhost: a\r\n\r\n")
        assert (await third.answer())[0] == 200
        third.write(GET)
        status, body = await third.answer()
        assert (status, b"too many connections" in body) == (503, True)

    on_server(test, limits=Limits(connections=2, spare=1))


def test_beyond_the_spare_ones_a_connection_is_ended_at_once():
    async def test(server):
        kept = [await Client.connect(server) for _ in range(3)]
        kept[0].write(GET)
        assert (await kept[0].answer())[0] == 200
        assert await (await Client.connect(server)).ended_after_s() < 1

    on_server(test, limits=Limits(connections=2, spare=1))


def test_a_closed_connection_makes_room():
    async def test(server):
        for _ in range(5):
            client = await Client.connect(server)
            client.write(GET)
            assert (await client.answer())[0] == 200
            client.writer.close()
            await client.writer.wait_closed()
            while server.connections:
                await asyncio.sleep(0.005)

    on_server(test, limits=Limits(connections=1, spare=0))


# --- the end ----------------------------------------------------------------------------------------


def test_stopping_lets_a_request_in_flight_finish_and_takes_no_more():
    begun = asyncio.Event()

    async def slow(scope, receive, send):
        begun.set()
        await asyncio.sleep(0.3)
        await echo(scope, receive, send)

    async def test(server):
        client = await Client.connect(server)
        client.write(GET)
        await begun.wait()
        stopping = asyncio.create_task(server.stop())
        assert await client.answer() == (200, b"0")
        await stopping
        with pytest.raises(ConnectionRefusedError):
            await Client.connect(server)

    on_server(test, slow)


def test_stopping_does_not_wait_for_ever():
    async def never(scope, receive, send):
        await asyncio.Event().wait()

    async def run():
        server = WebServer(never, limits=SHORT, stop_within_s=1)
        await server.start(LOOPBACK)
        client = await Client.connect(server)
        client.write(GET)
        await asyncio.sleep(0.05)
        async with asyncio.timeout(5):
            await server.stop()

    asyncio.run(run())


def test_a_server_that_never_started_can_be_stopped():
    asyncio.run(WebServer(echo).stop())


def test_a_taken_port_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = Listen("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(OSError, match=f"{listen} is taken by another program; .*change web.listen"):
            asyncio.run(WebServer(echo).start(listen))


def test_an_address_that_is_not_here_is_said_in_a_sentence():
    with pytest.raises(OSError, match="this machine has no such address"):
        asyncio.run(WebServer(echo).start(Listen("192.0.2.1", 8080)))


def test_a_free_port_is_told():
    async def test(server):
        assert server.url == f"http://127.0.0.1:{server.listen.port}"
        assert server.listen.port > 0

    on_server(test)


# --- the control socket -----------------------------------------------------------------------------


async def control_status(path: Path) -> int:
    client = Client(*await asyncio.open_unix_connection(str(path)))
    client.write(GET)
    return (await client.answer())[0]


@pytest.fixture
def control(tmp_path):
    return tmp_path / "data" / "control.sock"


def test_the_control_socket_is_for_this_user_only_and_goes_with_the_server(control):
    async def run():
        server = WebServer(echo)
        await server.start_control(control)
        assert await control_status(control) == 200
        assert stat.S_IMODE(control.stat().st_mode) == 0o600
        assert stat.S_IMODE(control.parent.stat().st_mode) == 0o700
        await server.stop()

    asyncio.run(run())

    assert not control.exists()


def test_what_a_killed_process_left_is_replaced(control):
    control.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(control))

    async def run():
        server = WebServer(echo)
        await server.start_control(control)
        assert await control_status(control) == 200
        await server.stop()

    asyncio.run(run())


def test_the_socket_of_a_running_bridge_is_left_alone(control):
    async def run():
        first, second = WebServer(echo), WebServer(echo)
        await first.start_control(control)
        with pytest.raises(OSError, match="another PilotBridge answers"):
            await second.start_control(control)
        assert await control_status(control) == 200
        await first.stop()

    asyncio.run(run())


def test_a_file_in_the_way_is_not_removed(control):
    control.parent.mkdir(mode=0o700)
    control.write_text("mine")

    with pytest.raises(OSError, match="in the way"):
        asyncio.run(WebServer(echo).start_control(control))

    assert control.read_text() == "mine"


def test_a_folder_others_may_enter_is_refused_with_the_command_to_run(control):
    control.parent.mkdir()
    control.parent.chmod(0o755)

    with pytest.raises(OSError, match=f"chmod 700 {control.parent}"):
        asyncio.run(WebServer(echo).start_control(control))


def test_a_path_too_long_for_a_socket_is_said_in_a_sentence(tmp_path):
    path = tmp_path / ("x" * 200) / "control.sock"

    with pytest.raises(OSError, match=r"shorter bridge\.data_dir"):
        asyncio.run(WebServer(echo).start_control(path))

    assert not os.path.exists(path.parent)
