"""Conversations, the links that lead from chat messages to them, and the SMS that people wrote in chats."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pilotbridge.chat import ChatMessageId, Place, RoomId, ThreadId
from pilotbridge.model import InboundId, MessageId
from pilotbridge.store.chat_records import ChatSms, Conversation, ConversationId, Link, NewConversation
from pilotbridge.store.connection import Statements
from pilotbridge.store.sql.rows import Row, cost_rub

_NEWEST = 1 << 62


class ConversationReads(Statements):
    __slots__ = ()

    def conversation(self, conversation: ConversationId) -> Conversation | None:
        return self._one("conversation_by_id", (conversation,))

    def conversation_of(self, line: str, party: str, chat: str, room: RoomId) -> Conversation | None:
        """The conversation of a line and a party in a room."""
        return self._one("conversation_of", (line, party, chat, room))

    def conversation_in(self, chat: str, place: Place) -> Conversation | None:
        """The conversation whose thread this is."""
        return self._one("conversation_in", (chat, place.room, place.thread))

    def open_conversations_in(self, chat: str, room: RoomId, limit: int = 2) -> list[Conversation]:
        """Conversations of a room that nobody has closed, newest first."""
        return [_conversation(row) for row in self.rows("open_conversations_in", (chat, room, limit))]

    def has_conversations(self, chat: str, room: RoomId) -> bool:
        """Whether anybody is talked to in a room."""
        return self.row("any_conversation_in", (chat, room)) is not None

    def conversations_of_party(self, party: str) -> list[Conversation]:
        """Newest first."""
        return [_conversation(row) for row in self.rows("conversations_of_party", (party,))]

    def conversations_listed(
        self, *, state: str = "", limit: int = 100, before: int = _NEWEST
    ) -> list[Conversation]:
        """Newest first."""
        params = {"state": state, "limit": limit, "before": before}
        return [_conversation(row) for row in self.rows("conversations_listed", params)]

    def conversations_to_remind(self, now_ms: int, limit: int) -> list[Conversation]:
        """Those that are to be called to mind by now."""
        return [_conversation(row) for row in self.rows("conversations_to_remind", (now_ms, limit))]

    def next_reminder(self) -> int | None:
        """When a conversation is called to mind next (ms UTC)."""
        row = self.row("next_reminder")
        return None if row is None else row[0]

    def link(self, chat: str, room: RoomId, message: ChatMessageId) -> Link | None:
        """What a chat message stands for."""
        row = self.row("get_link", (chat, room, message))
        return None if row is None else _link(row)

    def chat_sms_open(self, after: int = 0, limit: int = 500) -> list[ChatSms]:
        """SMS of chats whose last word is not told yet, by their number."""
        return [_chat_sms(row) for row in self.rows("chat_sms_open", (after, limit))]

    def chat_sms_in(self, messages: Sequence[MessageId]) -> list[ChatSms]:
        """Those of these messages, open or not."""
        found = {row[0]: _chat_sms(row) for row in self.rows_in("chat_sms_in", messages)}
        return list(found.values())

    def chat_sms(self, message: MessageId) -> ChatSms | None:
        row = self.row("chat_sms_of", (message,))
        return None if row is None else _chat_sms(row)

    def rub_per_part(self) -> Decimal | None:
        """What a part of an SMS cost lately; None while none did."""
        row = self.row("rub_per_part")
        return None if row is None else cost_rub(row[0])

    def _one(self, query: str, params: tuple[object, ...]) -> Conversation | None:
        row = self.row(query, params)
        return None if row is None else _conversation(row)


class ConversationWrites(ConversationReads):
    __slots__ = ()

    def add_conversation(self, new: NewConversation, now_ms: int) -> ConversationId:
        row = self.row("add_conversation", (new.line, new.party, new.chat, new.room, new.title, now_ms))
        assert row
        return ConversationId(row[0])

    def set_thread(self, conversation: ConversationId, thread: ThreadId) -> None:
        """Where it is from now on; no thread when that is gone."""
        self.run("set_conversation_thread", (thread, conversation))

    def set_conversation_state(self, conversation: ConversationId, state: str) -> None:
        """``answered`` or ``closed``: nobody waits there."""
        self.run("set_conversation_state", (state, conversation))

    def heard_in(self, conversation: ConversationId, now_ms: int, *, remind_at_ms: int | None = None) -> None:
        """The party has written: it is new, whatever it was, and waits since then if it did not before."""
        params = {"id": conversation, "now": now_ms, "remind": remind_at_ms}
        self.run("heard_in_conversation", params)

    def said_in(self, conversation: ConversationId, now_ms: int) -> None:
        """Somebody has written to the party: it is answered."""
        self.run("said_in_conversation", {"id": conversation, "now": now_ms})

    def reminded_of(self, conversation: ConversationId, times: int, again_at_ms: int | None) -> None:
        """It was called to mind so often, and will be again then."""
        self.run("reminded_of_conversation", (times, again_at_ms, conversation))

    def away_in(self, conversation: ConversationId, day: str) -> None:
        """The away text of that day was sent."""
        self.run("away_in_conversation", (day, conversation))

    def put_link(self, link: Link, now_ms: int) -> None:
        params = (link.chat, link.room, link.message, link.conversation, link.inbound, link.sms, now_ms)
        self.run("put_link", params)

    def put_chat_sms(self, sms: ChatSms) -> None:
        at = sms.place
        params = (sms.sms, sms.chat, at.room, at.thread, sms.message, sms.conversation, sms.person, sms.told)
        self.run("put_chat_sms", params)

    def told_chat_sms(self, message: MessageId, tick: str, *, is_open: bool) -> None:
        """What the person's message shows now, and whether more is to come."""
        self.run("told_chat_sms", (tick, is_open, message))

    def asked_chat_sms(self, message: MessageId, *, asked: bool) -> None:
        self.run("asked_chat_sms", (asked, message))


def _conversation(row: Row) -> Conversation:
    """From ``conversation_columns``."""
    return Conversation(
        ConversationId(row[0]), row[1], row[2], row[3], RoomId(row[4]), ThreadId(row[5]), *row[6:]
    )


def _link(row: Row) -> Link:
    return Link(
        chat=row[0],
        room=RoomId(row[1]),
        message=ChatMessageId(row[2]),
        conversation=ConversationId(row[3]),
        inbound=None if row[4] is None else InboundId(row[4]),
        sms=None if row[5] is None else MessageId(row[5]),
    )


def _chat_sms(row: Row) -> ChatSms:
    """From ``chat_sms_columns``."""
    return ChatSms(
        sms=MessageId(row[0]),
        chat=row[1],
        place=Place(RoomId(row[2]), ThreadId(row[3])),
        message=ChatMessageId(row[4]),
        conversation=ConversationId(row[5]),
        person=row[6],
        told=row[7],
        asked=bool(row[8]),
        is_open=bool(row[9]),
    )
