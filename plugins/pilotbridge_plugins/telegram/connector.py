"""One bot as the bridge has it: posts go out within the limits, updates come in.

Everything of python-telegram-bot runs on the event loop and is imported when the bot starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import random
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotbridge import (
    Bridge,
    ChatEvent,
    ChatPost,
    ChatReceipt,
    Closed,
    ConfigurationError,
    Lane,
    RoomFacts,
    RoomId,
    UpdateId,
    WebhookAnswer,
)
from pilotbridge_plugins.telegram.limits import Limits
from pilotbridge_plugins.telegram.options import TelegramOptions
from pilotbridge_plugins.telegram.updates import read, read_number

if TYPE_CHECKING:
    from pilotbridge_plugins.telegram.fetching import Hook
    from pilotbridge_plugins.telegram.sending import Sending
    from pilotbridge_plugins.telegram.wire import MakeRequest, Wire

SECRET_HEADER = "x-telegram-bot-api-secret-token"
CLOSES_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Running:
    """What there is of a bot once it has started."""

    bridge: Bridge
    wire: Wire
    sending: Sending


class TelegramChat:
    """A :class:`pilotbridge.ChatConnector` for one bot."""

    max_text = 4096

    def __init__(self, name: str, options: TelegramOptions, make_request: MakeRequest | None = None) -> None:
        self.name = name
        self._options = options
        self._make_request = make_request
        self._limits = Limits()
        self._username = ""
        self._running: Running | None = None

    # -- life ------------------------------------------------------------------------------------

    def start(self, bridge: Bridge) -> None:
        """Begin to fetch. No network call on this thread.

        :raises ConfigurationError: when ``ca_file`` holds no certificates, or nobody can bring updates here.
        """
        from pilotbridge_plugins.telegram.fetching import Fetching
        from pilotbridge_plugins.telegram.refusals import Reader
        from pilotbridge_plugins.telegram.sending import Sending
        from pilotbridge_plugins.telegram.wire import open_wire

        wire, reader = open_wire(self._options, self._make_request), Reader(self._options.token.reveal())
        self._running = Running(bridge, wire, Sending(wire, bridge, reader, self._limits))
        self._username = bridge.storage("telegram").get(self.name) or ""
        fetching = Fetching(
            wire,
            bridge,
            name=self.name,
            reader=reader,
            poll_s=self._options.poll_timeout.total_seconds(),
            hook=self._hook(bridge),
            learn=self._learn,
            jitter=random.uniform,
        )
        bridge.run_forever(f"updates {self.name}", fetching.step)

    def close(self) -> None:
        """Close the connections; from a thread that is not the loop's."""
        if self._running is None:
            return
        closing = self._running.bridge.call_async(self._running.wire.close())
        # After the loop has ended there is nothing to close.
        with contextlib.suppress(Closed, TimeoutError):
            closing.result(CLOSES_WITHIN_S)

    def _learn(self, username: str) -> None:
        """Telegram says what the bot is called; commands may be addressed to it by that name."""
        if username != self._username and self._running is not None:
            self._username = username
            self._running.bridge.storage("telegram").set(self.name, username)

    # -- out -------------------------------------------------------------------------------------

    def wait_s(self, room: RoomId, lane: Lane) -> float:
        """Seconds until ``room`` may get a post of ``lane``."""
        return self._limits.wait_s(room, lane, self._now_s())

    def submit(self, post: ChatPost) -> Future[ChatReceipt]:
        """Do it once; the future fails as the contract says."""
        if self._running is None:
            return _failed(Closed(f"{self.name} has not been started"))
        return self._running.bridge.call_async(self._running.sending.submit(post))

    def answer_press(self, press: str, text: str) -> None:
        """Tell whoever pressed, if it is not too late."""
        if self._running is not None:
            self._running.bridge.call_async(self._running.sending.answer(press, text))

    # -- in --------------------------------------------------------------------------------------

    def read(self, body: bytes) -> ChatEvent | None:
        """What a stored update says.

        :raises ValueError: when it is no update of Telegram.
        """
        return read(body, self._username)

    def webhook(self, headers: Mapping[str, str], body: bytes) -> Future[WebhookAnswer]:
        """Keep one update that was brought to us, and answer after the commit."""
        if self._running is None:
            return _done(WebhookAnswer(503))
        if not hmac.compare_digest(_secret_in(headers), self._webhook_secret().encode()):
            return _done(WebhookAnswer(401))
        try:
            number = read_number(body)
        except ValueError:
            return _done(WebhookAnswer(400))
        return _answered(self._running.bridge.store_update(self.name, UpdateId(number), body))

    def _hook(self, bridge: Bridge) -> Hook | None:
        if self._options.updates == "poll":
            return None
        from pilotbridge_plugins.telegram.fetching import Hook

        url = bridge.hook_url(self.name)
        if not url:
            raise ConfigurationError(
                f"chats.{self.name}: updates: webhook needs web.external_url; write it, or updates: poll"
            )
        return Hook(url, self._webhook_secret())

    def _webhook_secret(self) -> str:
        """What Telegram shows with each update; it needs no keeping, as the token has it in it."""
        return hmac.new(self._options.token.reveal().encode(), b"webhook", hashlib.sha256).hexdigest()

    # -- looking ---------------------------------------------------------------------------------

    def look_at(self, rooms: Mapping[str, RoomId]) -> Mapping[str, RoomFacts]:
        """Ask Telegram about the bot and each room, on a loop and connections of its own.

        :raises PilotBridgeError: when it cannot be asked at all.
        """
        return asyncio.run(self._look_at(rooms))

    async def _look_at(self, rooms: Mapping[str, RoomId]) -> Mapping[str, RoomFacts]:
        from pilotbridge_plugins.telegram.looking import Look
        from pilotbridge_plugins.telegram.refusals import Reader
        from pilotbridge_plugins.telegram.wire import open_wire

        wire = open_wire(self._options, self._make_request)
        try:
            reader = Reader(self._options.token.reveal())
            return await Look(wire.bot, reader, polls=self._options.updates == "poll").at(rooms)
        finally:
            await wire.close()

    def _now_s(self) -> float:
        return self._running.bridge.clock.steady_s() if self._running else 0.0


def _secret_in(headers: Mapping[str, str]) -> bytes:
    shown = next((value for name, value in headers.items() if name.lower() == SECRET_HEADER), "")
    return shown.encode("utf-8", "surrogateescape")


def _answered(stored: Future[bool]) -> Future[WebhookAnswer]:
    """200 once it is on disk, also when it was already; 503 when it could not be put there."""
    answer: Future[WebhookAnswer] = Future()

    def told(done: Future[bool]) -> None:
        answer.set_result(WebhookAnswer(200 if done.exception() is None else 503))

    stored.add_done_callback(told)
    return answer


def _done(answer: WebhookAnswer) -> Future[WebhookAnswer]:
    future: Future[WebhookAnswer] = Future()
    future.set_result(answer)
    return future


def _failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future
