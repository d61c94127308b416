"""What people do in a chat beside texting: commands, and buttons that are none of the relay's questions.

The relay knows who did it and where; what it comes to is somebody else's business, handed in at the root.
"""

from __future__ import annotations

from typing import Protocol

from pilotbridge.chat import Pressed, Written
from pilotbridge.model import Contact
from pilotbridge.store.protocol import WriteVerbs


class Deeds(Protocol):
    """Both run within the transaction that ends the update."""

    def press(self, tx: WriteVerbs, chat: str, event: Pressed, contact: Contact, now_ms: int) -> str | None:
        """What whoever pressed is told; None: not a button of these."""
        ...

    def command(
        self,
        tx: WriteVerbs,
        chat: str,
        event: Written,
        contact: Contact | None,
        *,
        is_ours: bool,
        now_ms: int,
    ) -> str | None:
        """The answer to a command; None: nothing is answered. ``is_ours``: in a room of the configuration.

        ``contact`` is None for a stranger.
        """
        ...


class NoDeeds:
    """There are none."""

    def press(self, *_: object, **__: object) -> None:
        return None

    def command(self, *_: object, **__: object) -> None:
        return None
