"""Telegram: rooms are groups with topics and private chats with a bot.

It owns the wire to the Bot API, its limits and the translation of its errors; what is posted, and what an
event means, is the bridge's business. python-telegram-bot is imported when an account starts.
"""

from __future__ import annotations

from typing import Any

from pilotbridge import ChatConnector, hookimpl
from pilotbridge_plugins.telegram.connector import TelegramChat
from pilotbridge_plugins.telegram.options import TelegramOptions


class Telegram:
    """The chat type ``telegram``."""

    options: type[Any] | None = TelegramOptions
    type: str = "telegram"

    def open(self, name: str, options: Any, *, network: Any = None) -> ChatConnector:
        """One bot. ``network`` makes a ``telegram.request.BaseRequest`` of a ``wire.Patience``."""
        return TelegramChat(name, options, network)


@hookimpl
def register_chats() -> list[Telegram]:
    return [Telegram()]
