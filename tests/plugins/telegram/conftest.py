"""A bot of the plugin on the sandbox in the same process: a real store, a hand-moved clock, no socket."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from pilotbridge import ChatPost, ChatReceipt, NewPost, Place, RoomId
from pilotbridge.bridge import BridgeParts, PluginBridge
from pilotbridge.logs import Redaction, configure
from pilotbridge.model import Trouble
from pilotbridge.sandbox.http import Request
from pilotbridge.sandbox.telegram.chats import Bot
from pilotbridge.sandbox.telegram.state import FIRST_PERSON, FIRST_SUPERGROUP
from pilotbridge.testing.bot_request import SandboxBotRequest
from pilotbridge_plugins.telegram import Telegram
from pilotbridge_plugins.telegram.options import TelegramOptions

TOKEN = Bot().token
FORUM = RoomId(str(FIRST_SUPERGROUP))
ANNA = RoomId(str(FIRST_PERSON))


def ask(world: Any, method: str, **fields: Any) -> Any:
    """One call of the bot's from elsewhere; its result."""
    headers = {"content-type": "application/json"}
    request = Request("POST", f"/bot{TOKEN}/{method}", "", headers, msgspec.json.encode(fields))
    answer = world.sandbox.handle(request, world.gateway_clock.utc_now())
    return msgspec.json.decode(answer.body)["result"]


class Stranger(SandboxBotRequest):
    """Something on the way that answers in Telegram's place."""

    def __init__(self, code: int, body: bytes = b"<html>go away</html>") -> None:
        self.told = code, body

    async def do_request(self, *_: object, **__: object) -> tuple[int, bytes]:
        return self.told


class Stage:
    """One bot beside a bridge in miniature, and Telegram's people to be told what to do."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.troubles: dict[str, Trouble] = {}
        app = world.app
        parts = BridgeParts(
            store=app.ground.store,
            settings=lambda: app.in_force.settings,
            postage=app.in_force.postage,
            clock=world.runtime.clock,
            raise_trouble=lambda trouble: self.troubles.update({trouble.name: trouble}),
            wake=lambda: None,
            clear_trouble=lambda name, _what: self.troubles.pop(name, None),
            runtime=world.runtime,
            hook_path=lambda chat: f"/hooks/{chat}/s3cret",
        )
        self.bridge = PluginBridge("telegram", parts)

    def start(self, network: Any = None, **options: Any) -> Any:
        given = TelegramOptions.model_validate({"token": TOKEN} | options)
        self.chat = Telegram().open("telegram", given, network=network or self.network)
        self.chat.start(self.bridge)
        self.world.settle()
        return self.chat

    def network(self, patience: Any) -> SandboxBotRequest:
        clock = self.world.gateway_clock
        return SandboxBotRequest(self.world.sandbox, clock.utc_now, read_s=patience.read_s)

    # -- the bridge's side -----------------------------------------------------------------------

    def submit(self, post: ChatPost) -> ChatReceipt:
        """Post it when the limits let it; returns or raises what became of it."""
        return self.chat.submit(post).result(0)

    def say(self, text: str, room: RoomId = FORUM, thread: str = "", **more: Any) -> ChatReceipt:
        return self.submit(NewPost(Place(room, thread), text, **more))

    def kept(self) -> list[dict[str, Any]]:
        """Every update that is on disk, in the order it came."""
        with self.world.engine.read() as read:
            return [msgspec.json.decode(one.body) for one in reversed(read.chat_updates_listed())]

    # -- Telegram's side -------------------------------------------------------------------------

    def order(self, path: str, **fields: Any) -> Any:
        """Tell a person of the sandbox to do something; the bot's poll hears of it at once."""
        return self.world.order(f"telegram/{path}", **fields)

    def look(self, path: str) -> Any:
        return self.world.look(f"telegram/{path}")

    def fault(self, kind: str, **fields: Any) -> None:
        self.order("faults", kind=kind, **fields)

    def texts(self, room: str = FORUM) -> list[str]:
        return [one.get("text", "") for one in reversed(self.look(f"chats/{room}/messages"))]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Every line at the most talkative level, with no secret known; afterwards logging is as before."""
    before = [
        (logger, logger.level) for logger in map(logging.getLogger, ("", "httpx", "httpcore", "telegram"))
    ]
    handlers, written = list(logging.root.handlers), io.StringIO()
    configure(Redaction(), stream=written, as_json=True, level="debug")
    yield written
    logging.root.handlers = handlers
    for logger, level in before:
        logger.setLevel(level)
    logging.captureWarnings(False)


@pytest.fixture
def stage(world) -> Iterator[Stage]:
    made = Stage(world)
    made.start()
    yield made
    made.chat.close()


Make = Callable[..., Stage]
