"""What people look at of the relay: joined once here, so that each door shows the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pilotbridge.chat import RoomId, ThreadId
from pilotbridge.model import InboundId, MessageId
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.chat_records import Conversation, ConversationId, PostRow
from pilotbridge.store.connection import Statements
from pilotbridge.store.sql.posts import post_from
from pilotbridge.store.sql.rows import Row, inbound_from, message_from
from pilotbridge.store.views import ConversationView, InboundView, SmsView

_STATES = ("new", "answered", "closed")


class ViewReads(Statements):
    __slots__ = ()

    def conversations_viewed(
        self, *, line: str = "", party: str = "", state: str = "", limit: int = 100
    ) -> list[ConversationView]:
        """The one where something happened last comes first."""
        params = {"line": line, "party": party, "state": state, "limit": limit}
        if party:
            rows = list(self.rows("conversations_viewed_of", params))
        else:
            asked = [state] if state else _STATES
            rows = [
                row for each in asked for row in self.rows("conversations_viewed", params | {"state": each})
            ]
        views = sorted(map(_conversation, rows), key=_last_happened, reverse=True)
        return views[:limit]

    def count_conversations(self) -> tuple[dict[str, int], int | None]:
        """How many stand in each state, and since when the oldest one waits for an answer (ms UTC)."""
        counts = {row[0]: row[1] for row in self.rows("count_conversations")}
        waiting = self.row("oldest_wait")
        return counts, waiting[0] if waiting else None

    def conversation_viewed(self, conversation: ConversationId) -> ConversationView | None:
        row = self.row("conversation_viewed", (conversation,)) if conversation else None
        return None if row is None else _conversation(row)

    def inbound_viewed(
        self, *, sender: str = "", state: str = "", since_ms: int = 0
    ) -> Iterator[InboundView]:
        """Newest first, as far as they are asked for. ``sender`` is as the gateway writes it."""
        params = {"sender": sender, "state": state, "since": since_ms}
        asked = "inbound_viewed_of" if sender else "inbound_viewed_in" if state else "inbound_viewed"
        return map(_inbound, self.rows(asked, params))

    def inbound_view(self, inbound: InboundId) -> InboundView | None:
        row = self.row("inbound_viewed_one", (inbound,)) if inbound else None
        return None if row is None else _inbound(row)

    def messages_viewed(self, phone: PhoneNumber) -> Iterator[SmsView]:
        """Messages to a phone, newest first, as far as they are asked for."""
        return map(_sms, self.rows("messages_viewed", (phone.e164,)))

    def messages_of_conversation(
        self, conversation: ConversationId, replies: Collection[MessageId]
    ) -> list[SmsView]:
        """Messages that were written in it, and ``replies``; newest first."""
        found = {row[0]: row for row in self.rows_in("messages_viewed_in", sorted(replies))}
        found |= {row[0]: row for row in self.rows("messages_of_conversation", {"id": conversation})}
        views = map(_sms, found.values())
        return sorted(views, key=lambda view: (view.message.created_at, view.message.id), reverse=True)

    def posts_viewed(self, *, state: str = "", words: bool = False, limit: int = 100) -> list[PostRow]:
        """Newest first. ``words`` leaves out ticks and threads that went well."""
        params = {"state": state, "words": words, "limit": limit}
        return [post_from(row) for row in self.rows("posts_viewed_in" if state else "posts_viewed", params)]

    def last_posted_ms(self, chat: str, room: RoomId) -> int | None:
        """When something last was posted in a room; looks at every post."""
        row = self.row("last_posted", (chat, room))
        return None if row is None else row[0]

    def last_delivered_ms(self, phone: PhoneNumber) -> int | None:
        """When a message to this phone last arrived."""
        row = self.row("last_delivered", (phone.e164,))
        return None if row is None else row[0]


def _conversation(row: Row) -> ConversationView:
    """From ``conversation_columns`` and the count."""
    found = Conversation(
        ConversationId(row[0]), row[1], row[2], row[3], RoomId(row[4]), ThreadId(row[5]), *row[6:15]
    )
    return ConversationView(found, row[15])


def _last_happened(view: ConversationView) -> tuple[int, int]:
    here = view.conversation
    return max(here.last_in_ms or 0, here.last_out_ms or 0, here.made_at_ms), here.id


def _inbound(row: Row) -> InboundView:
    """From ``inbound_columns`` and the conversation."""
    reply = None if row[10] is None else MessageId(row[10])
    return InboundView(inbound_from(row), None if row[11] is None else ConversationId(row[11]), reply)


def _sms(row: Row) -> SmsView:
    """From ``message_columns``, the conversation and its author."""
    return SmsView(message_from(row), ConversationId(row[22]) if row[22] else None, row[23])
