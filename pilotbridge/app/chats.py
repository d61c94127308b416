"""A bridge with chats or without: what the other parts ask of either, and the one without.

The one with chats stands in ``connected``, which is loaded only where a chat is configured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pilotbridge.app.ground import Shared
from pilotbridge.app.sending import Sending
from pilotbridge.bridge import BridgeParts
from pilotbridge.chat import ChatConnector
from pilotbridge.model import MessageId
from pilotbridge.outbox.posts.strays import hold_strays

MAX_TEXT = 4096
"""For a chat that only counts from the next start."""


class Chats(Protocol):
    """``connectors`` by the chats' names."""

    @property
    def connectors(self) -> Mapping[str, ChatConnector]: ...

    def max_text(self, chat: str) -> int:
        """How many characters one post of this chat takes."""

    def are_down(self) -> bool:
        """Whether there are chats, and none of them takes anything now."""

    def settled(self, message_ids: Sequence[MessageId]) -> None:
        """The fate of these SMS is known."""

    def recover(self) -> None:
        """Take up what the last run left, and hold what no chat is there for any more."""

    def start(self, parts: BridgeParts) -> None:
        """Let people write."""

    def finish(self) -> None:
        """Put on disk what is still only known here."""

    def close(self) -> None: ...


def open_chats(shared: Shared, sending: Sending) -> Chats:
    """Those of the configuration at the start.

    :raises ConfigurationError: when no plugin brings a type that it names.
    """
    if not shared.settings().chats:
        return NoChats(shared)
    from pilotbridge.app.connected import Connected

    return Connected(shared, sending)


class NoChats:
    """Nobody writes, and posts that a run before meant for a chat wait visibly."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.connectors: Mapping[str, ChatConnector] = {}

    def max_text(self, _chat: str) -> int:
        return MAX_TEXT

    def are_down(self) -> bool:
        return False

    def settled(self, message_ids: Sequence[MessageId]) -> None:
        pass

    def recover(self) -> None:
        now_ms = self._shared.clock.now_ms()
        self._shared.store.write(lambda tx: hold_strays(tx, (), now_ms)).result()

    def start(self, parts: BridgeParts) -> None:
        pass

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass
