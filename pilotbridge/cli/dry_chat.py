"""A chat that never posts, for ``run --dry-run``: what would have gone is a line of the log."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from itertools import count
from typing import Any

from pilotbridge.chat import (
    ChatMessageId,
    ChatPost,
    ChatReceipt,
    ChatType,
    EditPost,
    Lane,
    NewPost,
    NewThread,
    RoomFacts,
    RoomId,
    ThreadId,
    WebhookAnswer,
)
from pilotbridge.logs import get_logger
from pilotbridge.protocols import Bridge

log = get_logger(__name__)


class DryChat:
    """Takes every post and says so; nobody writes in it."""

    max_text = 4096

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers = count(2)

    def start(self, bridge: Bridge) -> None:
        """Nothing is fetched: an update that is fetched is gone for the real bridge."""

    def wait_s(self, room: RoomId, lane: Lane) -> float:  # noqa: ARG002 - there are no limits
        return 0.0

    def submit(self, post: ChatPost) -> Future[ChatReceipt]:
        self._tell(post)
        number = str(next(self._numbers))
        future: Future[ChatReceipt] = Future()
        future.set_result(ChatReceipt(ChatMessageId(number), ThreadId(number)))
        return future

    def _tell(self, post: ChatPost) -> None:
        match post:
            case NewPost() | EditPost():
                log.info("a chat post would have gone", chat=self.name, room=post.place.room, text=post.text)
            case NewThread():
                log.info("a thread would have been made", chat=self.name, room=post.room, title=post.title)

    def answer_press(self, press: str, text: str) -> None:
        """Nobody presses."""

    def read(self, body: bytes) -> None:  # noqa: ARG002 - nothing comes
        return None

    def webhook(self, headers: Mapping[str, str], body: bytes) -> Future[WebhookAnswer]:  # noqa: ARG002
        """Whoever brings something brings it again to the real bridge."""
        future: Future[WebhookAnswer] = Future()
        future.set_result(WebhookAnswer(503))
        return future

    def look_at(self, rooms: Mapping[str, RoomId]) -> Mapping[str, RoomFacts]:
        return {name: RoomFacts(room) for name, room in rooms.items()}

    def close(self) -> None:
        """Nothing is open."""


class _DryType:
    def __init__(self, real: ChatType) -> None:
        self.options = real.options
        self.type = real.type

    def open(self, name: str, options: Any, *, network: Any = None) -> DryChat:  # noqa: ARG002
        return DryChat(name)


def dry_chats(types: Mapping[str, ChatType]) -> dict[str, ChatType]:
    """The same types, none of which reaches anybody."""
    return {name: _DryType(real) for name, real in types.items()}
