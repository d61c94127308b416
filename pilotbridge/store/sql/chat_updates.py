"""What people do in chats, as it came, and the questions whose buttons they press."""

from __future__ import annotations

from pilotbridge.store.chat_records import ChatUpdate, ConversationId, PostId, Question
from pilotbridge.store.connection import Statements


class ChatUpdateReads(Statements):
    __slots__ = ()

    def chat_updates_waiting(self, limit: int) -> list[ChatUpdate]:
        """Updates nobody has looked at, in the order they came."""
        return [ChatUpdate(*row) for row in self.rows("chat_updates_waiting", (limit,))]

    def chat_updates_listed(self, limit: int = 100) -> list[ChatUpdate]:
        """Newest first."""
        return [ChatUpdate(*row) for row in self.rows("chat_updates_listed", (limit,))]

    def question(self, token: str) -> Question | None:
        row = self.row("get_question", (token,))
        return None if row is None else Question(*row)


class ChatUpdateWrites(ChatUpdateReads):
    __slots__ = ()

    def add_chat_update(self, chat: str, update_id: int, body: bytes, now_ms: int) -> bool:
        """Keep an update; False when it came before."""
        return self.row("add_chat_update", (chat, update_id, now_ms, body)) is not None

    def settle_chat_update(
        self,
        update: int,
        state: str,
        reason: str,
        *,
        conversation: ConversationId | None = None,
        keeps_text: bool = True,
    ) -> bool:
        """What became of it: ``done``, ``ignored`` (its text is never kept) or ``unreadable``."""
        params = {
            "id": update,
            "state": state,
            "reason": reason,
            "conversation": conversation,
            "keeps": keeps_text and state != "ignored",
        }
        return self.run("settle_chat_update", params) == 1

    def put_question(self, token: str, kind: str, content: str, post: PostId | None, now_ms: int) -> None:
        self.run("put_question", (token, kind, content, post, now_ms))

    def answer_question(self, token: str, answer: str, *, by: str, now_ms: int) -> bool:
        """False when somebody was first."""
        return self.run("answer_question", (now_ms, by, answer, token)) == 1
