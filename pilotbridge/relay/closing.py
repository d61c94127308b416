"""A conversation is closed: nobody waits there any more, and its topic shows it. The next SMS opens it."""

from __future__ import annotations

from pilotbridge.chat import Written
from pilotbridge.config.settings import Settings
from pilotbridge.model import Contact
from pilotbridge.outbox.posts.enqueue import change_thread
from pilotbridge.relay import wording
from pilotbridge.relay.deciding import VIEWER
from pilotbridge.relay.whose import whose
from pilotbridge.store.chat_records import Conversation
from pilotbridge.store.protocol import WriteVerbs

CLOSE = "close"
CLOSED = "closed"


def close(tx: WriteVerbs, conversation: Conversation, settings: Settings, *, by: str, now_ms: int) -> bool:
    """False when it was closed before; its topic may have been opened since and is closed all the same."""
    reason, was_open = f"{by} closed the conversation", conversation.state != CLOSED
    if was_open:
        tx.set_conversation_state(conversation.id, CLOSED)
        tx.add_event("conversation", conversation.id, now_ms, "close", state=CLOSED, reason=reason)
    if conversation.thread and conversation.chat in settings.chats:
        change_thread(tx, conversation, reason, now_ms, is_open=False)
    return was_open


def reopen(tx: WriteVerbs, conversation: Conversation, settings: Settings, now_ms: int) -> None:
    """They have texted again: the topic that was closed with the conversation is opened first."""
    if conversation.state == CLOSED and conversation.thread and conversation.chat in settings.chats:
        change_thread(tx, conversation, "they have texted again", now_ms, is_open=True)


def close_by_command(
    tx: WriteVerbs, chat: str, written: Written, contact: Contact, settings: Settings, now_ms: int
) -> tuple[Conversation | None, str]:
    """What ``/close`` comes to, and the answer; '' in a topic, which a word of ours would open again."""
    conversation = whose(tx, chat, written, settings, now_ms).conversation
    if contact.role == VIEWER:
        return conversation, wording.VIEWER
    if conversation is None:
        return None, wording.NOTHING_TO_CLOSE
    was_open = close(tx, conversation, settings, by=contact.name, now_ms=now_ms)
    if conversation.thread:
        return conversation, ""
    return conversation, wording.CLOSED if was_open else wording.CLOSED_ALREADY
