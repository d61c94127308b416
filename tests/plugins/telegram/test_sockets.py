"""The plugin over real sockets: directly, through proxies, below a path, behind TLS; what did not leave."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from pilotbridge import (
    Button,
    ConfigurationError,
    EditPost,
    MarkPost,
    NewPost,
    NewThread,
    Place,
    ReplyLost,
    RoomId,
    Tick,
    TryLater,
)
from pilotbridge.sandbox.telegram.state import FIRST_SUPERGROUP
from tests.plugins.telegram.sockets import CERTS, TOKEN, ConnectProxy, Prefixed, Rig, SocksProxy

FORUM = RoomId(str(FIRST_SUPERGROUP))
HERE = Place(FORUM)
NO_PORT = 9


@pytest.fixture
def rig() -> Iterator[Rig]:
    with Rig() as made:
        yield made


def talk(rig: Rig, text: str = "hello") -> None:
    """Both ways."""
    rig.submit(NewPost(HERE, text))
    rig.order(f"chats/{FORUM}/write", text=f"{text} yourself")
    rig.until(lambda: f"{text} yourself" in rig.bridge.texts())
    assert [one["text"] for one in rig.look(f"chats/{FORUM}/messages")] == [f"{text} yourself", text]


def test_it_talks_both_ways_and_an_update_is_here_at_once(rig):
    rig.start()
    talk(rig)
    began = time.monotonic()
    rig.order(f"chats/{FORUM}/write", text="quick")
    rig.until(lambda: "quick" in rig.bridge.texts())

    assert time.monotonic() - began < 2


def test_everything_it_can_post(rig):
    rig.start()
    thread = rig.submit(NewThread(FORUM, "Anna")).thread
    there = Place(FORUM, thread)
    posted = rig.submit(NewPost(there, "card", buttons=((Button("Take", "t:1"),),))).message
    rig.submit(EditPost(there, posted, "taken"))
    rig.submit(MarkPost(there, posted, Tick.DELIVERED))

    (shown, *_) = rig.look(f"chats/{FORUM}/messages?thread={thread}&text=taken")
    assert (shown["text"], shown["reactions"][0]["emoji"]) == ("taken", "👌")


def test_a_press_is_answered(rig):
    rig.start()
    posted = rig.submit(NewPost(HERE, "card", buttons=((Button("Take", "t:1"),),))).message
    rig.order(f"chats/{FORUM}/press", message_id=int(posted))
    rig.until(lambda: bool(rig.bridge.updates))
    pressed = rig.chat.read(next(iter(rig.bridge.updates.values())))

    rig.chat.answer_press(pressed.press, "Taken")
    rig.submit(NewPost(HERE, "after"))

    wait_until(lambda: rig.look("presses")[0]["answer"])
    assert rig.look("presses")[0]["answer"]["text"] == "Taken"


def wait_until(is_so) -> None:
    deadline_s = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline_s


# --- on the way -------------------------------------------------------------------------------------


def test_below_a_path_behind_tls_with_an_authority_of_ones_own(rig):
    port = rig.open_door(Prefixed("/telegram/api", rig.sandbox.port).serve, cert="good")
    rig.start(api_url=f"https://127.0.0.1:{port}/telegram/api/", ca_file=CERTS / "ca.pem")

    talk(rig)


def test_an_authority_that_nobody_knows_is_never_trusted(rig):
    port = rig.open_door(Prefixed("/x", rig.sandbox.port).serve, cert="good")
    rig.start(api_url=f"https://127.0.0.1:{port}/x")

    with pytest.raises(TryLater, match=r"(?i)certificate.*nothing was sent"):
        rig.submit(NewPost(HERE, "x"))


def test_a_ca_file_without_certificates_is_a_fault_of_the_configuration(rig):
    with pytest.raises(ConfigurationError, match="ca_file"):
        rig.start(ca_file=CERTS / "make.sh")
    rig.chat = None


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_through_a_socks_proxy_that_resolves_the_name(rig, scheme):
    proxy = SocksProxy()
    port = rig.open_door(proxy.serve)
    rig.start(api_url=f"http://bot-api.invalid:{rig.sandbox.port}", proxy=f"{scheme}://127.0.0.1:{port}")

    talk(rig)

    assert set(proxy.asked) == {"bot-api.invalid"}


def test_through_an_http_proxy_with_a_password(rig):
    proxy = ConnectProxy()
    port = rig.open_door(proxy.serve)
    behind = rig.open_door(Prefixed("/x", rig.sandbox.port).serve, cert="good")
    rig.start(
        api_url=f"https://127.0.0.1:{behind}/x",
        ca_file=CERTS / "ca.pem",
        proxy=f"http://ops:secret@127.0.0.1:{port}",
    )

    talk(rig)

    assert all(f"CONNECT 127.0.0.1:{behind}" in head for head in proxy.asked)
    assert all("Proxy-Authorization: Basic b3BzOnNlY3JldA==" in head for head in proxy.asked)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_counts_only_when_asked_for(rig, monkeypatch, variable):
    monkeypatch.setenv(variable, f"http://127.0.0.1:{NO_PORT}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    rig.start()
    rig.submit(NewPost(HERE, "direct"))
    rig.chat.close()

    rig.start(proxy="env")
    with pytest.raises(TryLater, match="nothing was sent"):
        rig.submit(NewPost(HERE, "x"))


# --- could it have happened? ------------------------------------------------------------------------


async def never(_reader, _writer):
    """Take the connection and say nothing."""
    await asyncio.Event().wait()


async def hangs_up(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(
    "way",
    ["nobody listens", "no such name", "refusing socks", "refusing proxy", "silent proxy", "silent tls"],
)
def test_what_fails_before_a_byte_has_left_surely_did_not_happen(rig, way):
    options = {
        "nobody listens": lambda: {"api_url": f"http://127.0.0.1:{NO_PORT}"},
        "no such name": lambda: {"api_url": "http://bot-api.invalid"},
        "refusing socks": lambda: {
            "proxy": f"socks5h://127.0.0.1:{rig.open_door(SocksProxy(refuses=True).serve)}"
        },
        "refusing proxy": lambda: {
            "api_url": "https://127.0.0.1:1",
            "proxy": f"http://127.0.0.1:{rig.open_door(ConnectProxy('407 Password, please').serve)}",
        },
        "silent proxy": lambda: {
            "api_url": "https://127.0.0.1:1",
            "proxy": f"http://127.0.0.1:{rig.open_door(never)}",
        },
        "silent tls": lambda: {
            "api_url": f"https://127.0.0.1:{rig.open_door(never)}",
            "connect_timeout": "1s",
        },
    }[way]()
    rig.start(**options)

    with pytest.raises(TryLater, match="nothing was sent"):
        rig.submit(NewPost(HERE, "x"))


@pytest.mark.parametrize("way", ["hangs up", "silence"])
def test_what_fails_after_that_may_have_happened(rig, way):
    port = rig.open_door(hangs_up if way == "hangs up" else never)
    rig.start(api_url=f"http://127.0.0.1:{port}", read_timeout="500ms")

    with pytest.raises(ReplyLost):
        rig.submit(NewPost(HERE, "x"))


@pytest.mark.parametrize(
    "kind", ["error_after", "timeout_after", "reset", "reply_lost", "torn", "truncated", "wrong_json", "html"]
)
def test_every_fault_of_the_sandbox_over_sockets(rig, kind):
    rig.start(read_timeout="500ms")
    rig.order("faults", kind=kind, method="sendMessage", count=1)

    with pytest.raises(ReplyLost):
        rig.submit(NewPost(HERE, "x"))

    rig.submit(NewPost(HERE, "y"))


# --- secrets ----------------------------------------------------------------------------------------


def test_neither_the_token_nor_a_text_stands_in_a_line_of_any_library(rig, log):
    rig.start()
    rig.order("faults", kind="html", method="getUpdates", count=1)
    for kind in ("wrong_json", "truncated", "reset", "flood"):
        rig.order("faults", kind=kind, method="sendMessage", count=1)
        with pytest.raises((ReplyLost, TryLater)):
            rig.submit(NewPost(HERE, "a private text"))
    rig.order(f"chats/{FORUM}/write", text="a private answer")
    rig.until(lambda: "a private answer" in rig.bridge.texts())
    rig.until(lambda: "updates could not be fetched" in log.getvalue())  # by the poll that came after

    # The sandbox stands in the same process, and its web server tells what it is asked.
    ours = "".join(line for line in log.getvalue().splitlines() if "uvicorn" not in line)
    for secret in (TOKEN, TOKEN.partition(":")[2], "a private"):
        assert secret not in ours


def test_the_library_is_imported_only_when_a_bot_starts():
    code = (
        "import sys\n"
        "from pilotbridge_plugins.telegram import register_chats\n"
        "from pilotbridge_plugins.telegram.options import TelegramOptions\n"
        "chat = register_chats()[0].open('telegram', TelegramOptions(token='1:x'))\n"
        "print('telegram' in sys.modules, 'httpx' in sys.modules)\n"
    )

    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert said.stdout.split() == ["False", "False"]
