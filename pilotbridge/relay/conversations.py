"""Conversations in a transaction: found or made on first use, heard in, spoken in."""

from __future__ import annotations

from dataclasses import replace

from pilotbridge.chat import Lane
from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.model import InboundId
from pilotbridge.outbox.posts.enqueue import Saying, in_conversation, say
from pilotbridge.outbox.posts.rooms import Room
from pilotbridge.relay.rooms import head_of, title_of
from pilotbridge.store.chat_records import About, Conversation, NewConversation, PostId
from pilotbridge.store.protocol import WriteVerbs


def conversation_with(
    tx: WriteVerbs, line: RelayLine, party: str, room: Room, settings: Settings, now_ms: int
) -> Conversation:
    """The conversation of ``line`` and ``party`` in ``room``; its thread is made when something is posted."""
    here = tx.room_now(room.chat, room.id)
    known = tx.conversation_of(line.name, party, room.chat, here)
    if known is not None:
        return known
    new = NewConversation(line.name, party, room.chat, here, title_of(party, settings))
    made = tx.conversation(tx.add_conversation(new, now_ms))
    assert made
    return made


def tell(
    tx: WriteVerbs, conversation: Conversation, saying: Saying, settings: Settings, now_ms: int
) -> PostId:
    """Post in a conversation, with its head where there are no threads."""
    headed = replace(saying, head=head_of(conversation.party, settings))
    return say(tx, in_conversation(conversation), headed, now_ms)


def relayed(text: str, inbound: InboundId) -> Saying:
    """What a phone has texted: it goes first, and rather twice than not at all."""
    return Saying(text, f"inbound {inbound}", lane=Lane.URGENT, about=About("inbound", inbound), repeats=True)
