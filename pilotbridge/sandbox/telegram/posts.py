"""One message of a chat and one press of a button, as they are kept.

``content`` holds the fields of the Bot API's Message that are what was said; everything around it is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

QUERY_LASTS_MS = 60_000


@dataclass(frozen=True, slots=True)
class Post:
    """One message. ``reactions`` are by person; a message that is gone stays so that its id does."""

    chat_id: int
    message_id: int
    sender_id: int
    at_ms: int
    content: Mapping[str, Any]
    thread_id: int = 0
    reply_to: int = 0
    markup: Mapping[str, Any] | None = None
    edited_ms: int = 0
    reactions: Mapping[int, str] = field(default_factory=dict)
    is_anonymous: bool = False
    is_gone: bool = False

    @property
    def text(self) -> str:
        return str(self.content.get("text", self.content.get("caption", "")))

    @property
    def is_service(self) -> bool:
        """Whether it tells of something that happened, instead of something said."""
        return any(
            name.startswith(("forum_topic_", "migrate_", "new_chat_", "left_")) for name in self.content
        )

    def buttons(self) -> list[Json]:
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button, until the bot has answered it; ``answer`` is what it said."""

    id: str
    chat_id: int
    message_id: int
    person_id: int
    at_ms: int
    button: str
    answer: Mapping[str, Any] | None = None

    def can_be_answered(self, at_ms: int) -> bool:
        return self.answer is None and at_ms - self.at_ms <= QUERY_LASTS_MS
