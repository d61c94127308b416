"""How updates come in: a poll whose offset passes only what is on disk, or a webhook that is kept in place.

It keeps nothing: after a restart Telegram brings again what was not confirmed, and the store knows it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from telegram.error import Conflict, TelegramError

from pilotbridge import Bridge, PilotBridgeError, TryLater, UpdateId
from pilotbridge_plugins.telegram.failing import CONFLICT, TOKEN, Failing
from pilotbridge_plugins.telegram.refusals import TOKEN_REFUSED, Reader
from pilotbridge_plugins.telegram.updates import KINDS
from pilotbridge_plugins.telegram.wire import Wire, fetch

LOOK_EVERY_S = 300.0
"""How often a webhook is looked after."""
OTHER_POLL = "another program polls this bot; stop it, or give the bridge a bot of its own"
OTHER_WEBHOOK = (
    "somebody has set a webhook for this bot; restart the bridge to take it back, or change the token"
)


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Telegram brings updates, and the word that says that it was Telegram."""

    url: str
    secret: str

    @property
    def host(self) -> str:
        """As much of the address as may be told."""
        return urlsplit(self.url).hostname or ""


class Fetching:
    """Takes in the updates of one bot, one step after the other."""

    def __init__(
        self,
        wire: Wire,
        bridge: Bridge,
        *,
        name: str,
        reader: Reader,
        poll_s: float,
        hook: Hook | None,
        learn: Callable[[str], None],
        jitter: Callable[[float, float], float],
    ) -> None:
        self._wire = wire
        self._bridge = bridge
        self._name = name
        self._reader = reader
        self._poll_s = poll_s
        self._hook = hook
        self._learn = learn
        self._failing = Failing(name, bridge, jitter)
        self._log = bridge.log()
        self._offset: int | None = None
        self._is_introduced = False

    async def step(self) -> float:
        """One poll, or one look after the webhook; returns the seconds to rest.

        :raises StoreUnavailable: when what came could not be kept; it will come again.
        """
        try:
            rest_s = await self._once()
        except (TelegramError, LookupError, TypeError, AttributeError) as error:
            meant = self._meaning(error)
            return self._failing.failed(meant, trouble=_trouble(meant))
        self._failing.over()
        return rest_s

    async def _once(self) -> float:
        if not self._is_introduced:
            await self._introduce()
        if self._hook is not None:
            await self._look_after_webhook(self._hook)
            return LOOK_EVERY_S
        await self._poll()
        return 0.0

    async def _introduce(self) -> None:
        """Learn our own name, and let updates come the one way that is configured."""
        me = await self._wire.bot.get_me()
        self._learn(me.username or "")
        if self._hook is None:
            await self._wire.bot.delete_webhook()
        self._is_introduced = True

    def _meaning(self, error: Exception) -> PilotBridgeError:
        match error:
            case Unreached():
                return TryLater(error.message)
            case Conflict():
                return TryLater(OTHER_WEBHOOK if "webhook" in error.message.lower() else OTHER_POLL)
            case TelegramError():
                return self._reader.meaning(error, may_repeat=True)
        return TryLater(f"an answer in a shape that nobody knows ({type(error).__name__})")

    # -- by poll ---------------------------------------------------------------------------------

    async def _poll(self) -> None:
        found = await fetch(self._wire.bot, self._offset, self._poll_s, KINDS)
        numbers = await self._keep(found)
        # With an offset Telegram forgets what is older. Once nothing is left it may count anew from any
        # number, so the offset is not carried on.
        self._offset = max(numbers) + 1 if numbers else None

    async def _keep(self, found: list[Any]) -> list[int]:
        """Put every update on disk; returns their numbers once they are."""
        kept: list[tuple[int, Future[bool]]] = []
        for update in found:
            number = update.get("update_id") if isinstance(update, dict) else None
            if not isinstance(number, int) or number < 0:
                self._log.error("an update without a number cannot be kept", chat=self._name)
                continue
            body = json.dumps(update).encode()
            kept.append((number, self._bridge.store_update(self._name, UpdateId(number), body)))
        for _, future in kept:
            await asyncio.wrap_future(future)
        return [number for number, _ in kept]

    # -- by webhook ------------------------------------------------------------------------------

    async def _look_after_webhook(self, hook: Hook) -> None:
        """Have updates brought here, and say so when Telegram does not get through."""
        bot = self._wire.bot
        known = await bot.get_webhook_info()
        if known.url != hook.url or set(known.allowed_updates or ()) != set(KINDS):
            await bot.set_webhook(hook.url, secret_token=hook.secret, allowed_updates=list(KINDS))
            self._log.info("the webhook is set", chat=self._name)
            return
        if known.pending_update_count and known.last_error_message:
            told = self._reader.clean(known.last_error_message)
            raise Unreached(f"{known.pending_update_count} updates wait, {hook.host} is not reached: {told}")


class Unreached(TelegramError):
    """Telegram does not reach our webhook."""


def _trouble(error: PilotBridgeError) -> str:
    """What people must hear of at once, for it does not mend by itself."""
    if error.reason in (OTHER_WEBHOOK, OTHER_POLL):
        return CONFLICT
    return TOKEN if error.reason == TOKEN_REFUSED else ""
