"""From a post to Telegram's answer: within the limits, within a time, and never in a third way.

Whatever goes wrong leaves here as one of the bridge's own errors, with a reason that holds no token.
"""

from __future__ import annotations

import asyncio

from telegram.error import TelegramError

from pilotbridge import Bridge, ChatPost, ChatReceipt, PilotBridgeError, Refused, ReplyLost, RoomId, TryLater
from pilotbridge_plugins.telegram.limits import Limits
from pilotbridge_plugins.telegram.posting import deliver, room_of
from pilotbridge_plugins.telegram.refusals import Reader
from pilotbridge_plugins.telegram.wire import Wire

ANSWER_CHARACTERS = 200
GRACE_S = 10.0
"""How much longer than connecting and reading a call may take before it is given up."""


class Sending:
    """The calls of one bot."""

    def __init__(self, wire: Wire, bridge: Bridge, reader: Reader, limits: Limits) -> None:
        self._bot = wire.bot
        self._patience_s = wire.patience_s + GRACE_S
        self._clock = bridge.clock
        self._log = bridge.log()
        self._reader = reader
        self._limits = limits

    async def submit(self, post: ChatPost) -> ChatReceipt:
        """Do it once.

        :raises PilotBridgeError: as the contract of a chat says.
        """
        room = room_of(post)
        self._limits.took(room, self._clock.steady_s())
        try:
            async with asyncio.timeout(self._patience_s):
                return await deliver(self._bot, post)
        except asyncio.CancelledError:
            raise ReplyLost("the bridge ended while Telegram was asked") from None
        except Exception as error:
            raise self._meaning(error, post, room) from error
        finally:
            self._limits.landed(room, self._clock.steady_s())

    def _meaning(self, error: Exception, post: ChatPost, room: RoomId) -> PilotBridgeError:
        meant = self._reader.of_post(error, post)
        if isinstance(meant, TryLater) and meant.after and not meant.counts:
            self._limits.must_wait(room, meant.after.total_seconds(), self._clock.steady_s())
        if type(meant) is Refused or not isinstance(error, TelegramError | TimeoutError):
            # What nobody has foreseen must not hide in the row of one post.
            self._log.error("a post failed for a reason of its own", room=room, reason=meant.reason)
        return meant

    async def answer(self, press: str, text: str) -> None:
        """Tell whoever pressed; nothing depends on it."""
        try:
            await self._bot.answer_callback_query(press, text[:ANSWER_CHARACTERS] or None)
        except TelegramError as error:
            reason = self._reader.meaning(error, may_repeat=True).reason
            self._log.info("a press could not be answered", reason=reason)
