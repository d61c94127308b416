"""The installed command with a bot: both ways over sockets, an end at once, kills, and no secret told."""

from __future__ import annotations

import signal
import time
from collections import Counter

import pytest

from pilotbridge.sandbox.telegram.chats import Bot
from pilotbridge.sandbox.telegram.state import FIRST_SUPERGROUP
from tests.process.conftest import Bridge

TOKEN = Bot().token
ROOM = FIRST_SUPERGROUP
PHONE = "79131437355"
TITLE = "+7913***7355"
CHAT = """
chats:
  telegram:
    token: "{token}"
    api_url: {url}
    rooms: {{ ops-room: {{ id: "{room}" }} }}
"""


@pytest.fixture
def talking(bridge: Bridge) -> Bridge:
    """A bridge with a bot in the sandbox's duty room, where Anna may answer."""
    text = bridge.file.read_text()
    text = text.replace('prefix: "1234" }', 'prefix: "1234", room: ops-room }')
    text = text.replace(
        'anna: { phone: "+7 908 796-47-81" }', 'anna: { phone: "+7 908 796-47-81", telegram: 1001 }'
    )
    bridge.file.write_text(text + CHAT.format(token=TOKEN, url=bridge.sandbox.url, room=ROOM))
    bridge.order("account", operator_after_s=0.1, final_after_s=0.2)
    return bridge


def topic(bridge: Bridge) -> int:
    found = [one for one in bridge.look(f"telegram/chats/{ROOM}/topics") if one["name"] == TITLE]
    return int(found[0]["message_thread_id"]) if found else 0


def posted(bridge: Bridge) -> list[str]:
    shown = bridge.look(f"telegram/chats/{ROOM}/messages?limit=1000")
    return [one.get("text", "") for one in reversed(shown)]


def meet(bridge: Bridge) -> int:
    """A first SMS and its topic."""
    bridge.order(f"phones/{PHONE}/sms", text="hello")
    bridge.wait_for(lambda: "hello" in posted(bridge), 20, "the SMS in the room")
    return topic(bridge)


def write(bridge: Bridge, text: str, thread: int) -> None:
    bridge.order(f"telegram/chats/{ROOM}/write", text=text, thread=thread)


@pytest.mark.timeout(120)
def test_people_and_phones_talk_and_it_ends_at_once_while_a_poll_waits(talking: Bridge):
    talking.start(level="debug")
    thread = meet(talking)
    write(talking, "hi", thread)
    talking.wait_for(lambda: talking.texts_taken() == ["hi"], 10, "the answer at the gateway")

    talking.signal(signal.SIGTERM)
    began = time.monotonic()
    code = talking.end(15)

    assert code == 0
    assert time.monotonic() - began < 6
    assert "Traceback" not in talking.log()


@pytest.mark.timeout(120)
def test_updates_that_are_brought_by_telegram(talking: Bridge):
    talking.file.write_text(
        talking.file.read_text().replace("    api_url:", "    updates: webhook\n    api_url:")
    )
    talking.start()
    thread = meet(talking)

    write(talking, "hi", thread)

    talking.wait_for(lambda: talking.texts_taken() == ["hi"], 10, "the answer at the gateway")
    assert talking.look("telegram/calls?method=getUpdates") == []
    assert talking.ask("POST", "/hooks/telegram/guess", {"update_id": 1})[0] == 404


@pytest.mark.timeout(120)
def test_kills_at_any_moment_lose_no_answer_and_send_none_twice(talking: Bridge):
    talking.start()
    thread = meet(talking)
    written = [f"answer {number}" for number in range(12)]

    for number, text in enumerate(written):
        write(talking, text, thread)
        time.sleep(0.02 * (number % 4))
        talking.kill()
        talking.start()

    talking.wait_for(lambda: set(talking.texts_taken()) == set(written), 60, "all answers")
    assert Counter(talking.texts_taken()) == Counter(written)


@pytest.mark.timeout(120)
def test_kills_at_any_moment_lose_no_sms_and_repeat_none_without_its_mark(talking: Bridge):
    talking.start()
    meet(talking)
    sent = [f"question {number}" for number in range(5)]

    for number, text in enumerate(sent):
        talking.order(f"phones/{PHONE}/sms", text=text)
        time.sleep(0.15 * (number % 4))
        talking.kill()
        talking.start()

    def shown() -> set[str]:
        return {text.removeprefix("(again) ") for text in posted(talking)}

    talking.wait_for(lambda: shown() >= set(sent), 90, "all SMS in the room")
    assert max(Counter(text for text in posted(talking) if text in sent).values()) == 1


@pytest.mark.timeout(120)
def test_a_gateway_that_hangs_at_the_end_has_no_post_go_twice(talking: Bridge):
    talking.file.write_text(talking.file.read_text().replace("read_timeout: 2s", "read_timeout: 20s"))
    talking.start()
    meet(talking)
    talking.order("faults", kind="slow", command="send", count=1, seconds=15)
    assert talking.fire("Hanging") == 202
    talking.wait_for(lambda: talking.counts().get("sending"), 10, "an SMS that hangs")
    talking.order("telegram/faults", kind="slow", method="sendMessage", count=1, seconds=1)
    before = len(talking.look("telegram/calls?method=sendMessage"))
    talking.order(f"phones/{PHONE}/sms", text="how long")
    talking.wait_for(
        lambda: len(talking.look("telegram/calls?method=sendMessage")) > before, 10, "a post under way"
    )

    talking.signal(signal.SIGTERM)
    code = talking.end(15)
    talking.start()
    talking.order(f"phones/{PHONE}/sms", text="and now")
    talking.wait_for(lambda: any("and now" in text for text in posted(talking)), 30, "the next SMS")

    assert code == 0
    assert [text for text in posted(talking) if "how long" in text] == ["how long"]


@pytest.mark.timeout(120)
def test_the_token_and_what_people_write_stand_in_no_line(talking: Bridge):
    talking.start(level="debug")
    thread = meet(talking)
    for kind in ("flood", "html", "reset", "error_after", "refused"):
        talking.order("telegram/faults", kind=kind, method="sendMessage", count=1, retry_after=1)
        talking.order("telegram/faults", kind=kind, method="getUpdates", count=1, retry_after=1)
    talking.order(f"phones/{PHONE}/sms", text="a private text")
    write(talking, "a private answer", thread)
    talking.wait_for(lambda: "a private answer" in talking.texts_taken(), 30, "the answer")
    talking.wait_for(lambda: any("a private text" in text for text in posted(talking)), 60, "the SMS")
    talking.ask("GET", "/hooks/telegram/guess")
    metrics = talking.ask("GET", "/metrics")[1].decode()
    talking.process.terminate()
    talking.end(15)

    told = (talking.folder / "log").read_text() + metrics
    assert "updates could not be fetched" in told
    for secret in (TOKEN, TOKEN.partition(":")[2], "a private", PHONE):
        assert secret not in told
