"""An SMS that somebody writes at the desk in a conversation: judged like a text from the chat, and shown.

Nobody can be asked back at a command line, so what the chat asks with a button is refused here, with the word
that says yes to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pilotbridge.chat import ChatMessageId, Person, PersonId, Tick, Written
from pilotbridge.clock import from_ms
from pilotbridge.errors import NotAllowed
from pilotbridge.model import Contact, MessageId
from pilotbridge.outbox.enqueue import Order, enqueue, marked
from pilotbridge.outbox.posts.enqueue import Saying
from pilotbridge.relay.conversations import tell
from pilotbridge.relay.deciding import Ask, Asked, Ignore, Refuse, Seen, Send, decide
from pilotbridge.relay.rooms import contact_with, line_named
from pilotbridge.relay.texting import Desk, with_phone
from pilotbridge.store.chat_records import About, ChatSms, Conversation
from pilotbridge.store.protocol import WriteVerbs

NO_MESSAGE = ChatMessageId("")
"""Nobody wrote it in the chat: there is no message there that could show how it fares."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wants sent. ``max_parts`` allows more than ``limits.parts_per_sms``."""

    text: str
    by: str
    repeat: bool = False
    max_parts: int = 0


def answer(tx: WriteVerbs, conversation: Conversation, wanted: Answer, desk: Desk, now_ms: int) -> MessageId:
    """Put the SMS into the outbox, and what it says into the conversation's thread.

    :raises NotAllowed: when a text from the chat would be refused or asked about, with what to do.
    """
    seen = _see(tx, conversation, wanted, desk, now_ms)
    verdict = decide(seen)
    match verdict:
        case Ignore(reason):
            raise NotAllowed(reason)
        case Refuse(sentence):
            why = sentence.removeprefix("Not sent: ").removesuffix(".")
            lifted = f"; contacts optouts remove {conversation.id} lifts it" if seen.optout else ""
            raise NotAllowed(why + lifted)
        case Ask():
            raise NotAllowed(_why_not(verdict, seen))
        case Send():
            return _send(tx, conversation, wanted, verdict, desk, now_ms)


def _see(tx: WriteVerbs, conversation: Conversation, wanted: Answer, desk: Desk, now_ms: int) -> Seen:
    settings = desk.settings()
    written = Written(
        place=conversation.place,
        message=NO_MESSAGE,
        author=Person(PersonId("desk"), wanted.by),
        at=from_ms(now_ms),
        text=wanted.text,
    )
    seen = Seen(
        written,
        Contact(wanted.by, None, settings.bridge.zone),
        is_ours=True,
        conversation=conversation,
        parts_max=max(wanted.max_parts, settings.limits.parts_per_sms),
        waived=frozenset({Asked.EQUAL} if wanted.repeat else ()),
    )
    phone = conversation.phone
    return seen if phone is None else with_phone(tx, seen, conversation, phone, desk, now_ms)


def _why_not(asked: Ask, seen: Seen) -> str:
    """What the chat would ask, as a refusal, and how to say yes."""
    if asked.kind is Asked.EQUAL:
        return (
            "the same text went to this phone a moment ago, and the gateway would refuse it; wait, or send "
            "it with a mark (--repeat)"
        )
    return (
        f"{asked.sentence.removesuffix(' Send it?')} limits.parts_per_sms is {seen.parts_max}; shorten it, "
        "or allow more (--max-parts)"
    )


def _send(
    tx: WriteVerbs, conversation: Conversation, wanted: Answer, verdict: Send, desk: Desk, now_ms: int
) -> MessageId:
    settings, postage, phone = desk.settings(), desk.postage(), conversation.phone
    assert phone is not None
    line, contact = line_named(conversation.line, settings), contact_with(conversation.party, settings)
    order = Order(
        recipient=phone,
        text=marked(tx, phone, wanted.text, postage, now_ms) if verdict.is_marked else wanted.text,
        reason=f"{wanted.by} answers conversation {conversation.id}",
        origin="person",
        contact=contact.name if contact else "",
        sender=line.sender if line else "",
        line=conversation.line,
        is_unasked=True,
    )
    sms = enqueue(tx, order, postage, now_ms)
    tx.said_in(conversation.id, now_ms)
    tx.put_chat_sms(_followed(sms, conversation, wanted))
    _show(tx, conversation, replace(wanted, text=order.text), sms, desk, now_ms)
    return sms


def _followed(sms: MessageId, conversation: Conversation, wanted: Answer) -> ChatSms:
    """The thread hears when it does not arrive."""
    taken = Tick.TAKEN.value
    here = conversation
    return ChatSms(sms, here.chat, here.place, NO_MESSAGE, here.id, wanted.by, taken)


def _show(
    tx: WriteVerbs, conversation: Conversation, wanted: Answer, sms: MessageId, desk: Desk, now_ms: int
) -> None:
    """Whoever reads the thread sees what was said, and by whom."""
    if conversation.chat not in desk.settings().chats:
        return
    saying = Saying(
        f"{wanted.by}, at the desk: {wanted.text}",
        f"message {sms} was written at the desk",
        about=About("message", sms),
        repeats=True,
    )
    tell(tx, conversation, saying, desk.settings(), now_ms)
