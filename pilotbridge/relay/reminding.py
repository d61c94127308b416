"""Conversations that nobody answers are called to mind: first in their room, then by SMS.

Each is a row with a due time, so that a restart forgets none and repeats none. A reminder that falls outside
of the line's hours comes when they begin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pilotbridge import intervals
from pilotbridge.clock import Clock, from_ms, to_ms
from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.errors import PilotBridgeError
from pilotbridge.logs import get_logger
from pilotbridge.model import Address
from pilotbridge.outbox.enqueue import Order, Postage, enqueue, marked
from pilotbridge.outbox.posts.enqueue import Saying, in_room, say
from pilotbridge.outbox.recipients import recipient_of
from pilotbridge.relay.away import is_away
from pilotbridge.relay.rooms import contact_with, line_named, shown_party
from pilotbridge.relay.texting import Desk
from pilotbridge.store.chat_records import About, Conversation, ConversationId
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs

BATCH = 100
IN_THE_ROOM, BY_SMS = 1, 2

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """How it is called to mind now (0: not yet), and when next (None: never again)."""

    by: int
    again: datetime | None


def next_step(conversation: Conversation, line: RelayLine | None, now: datetime) -> Step:
    """What is due for a conversation whose time has come."""
    if line is None or line.remind_after is None or conversation.waits_since_ms is None:
        return Step(0, None)
    if is_away(line, now):
        return Step(0, intervals.next_change(line.hours, now))
    by = conversation.reminded + 1
    more = by < BY_SMS and bool(line.remind)
    return Step(by, now + line.remind_after if more else None)


WhoIsCalled = Callable[[ReadVerbs, Address, int], Address]
"""Puts the person in place of a schedule, at that moment (ms UTC)."""


class Reminders:
    """The worker ``reminders``."""

    name = "reminders"

    def __init__(
        self,
        store: Store,
        desk: Desk,
        *,
        clock: Clock,
        called: WhoIsCalled,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._called = called
        self._wake = wake

    def turn(self) -> int | None:
        """Call to mind what is due; returns when to come back (ms UTC)."""
        now_ms = self._clock.now_ms()
        with self._store.read() as read:
            due = read.conversations_to_remind(now_ms, BATCH)
        if due:
            self._store.write(lambda tx: self._remind_all(tx, due, now_ms)).result()
            self._wake()
        with self._store.read() as read:
            return read.next_reminder()

    def _remind_all(self, tx: WriteVerbs, due: Sequence[Conversation], now_ms: int) -> None:
        """The words of each and its next time are one commit."""
        for conversation in due:
            self._remind(tx, conversation.id, now_ms)

    def _remind(self, tx: WriteVerbs, conversation_id: ConversationId, now_ms: int) -> None:
        conversation = tx.conversation(conversation_id)
        if conversation is None or (conversation.remind_at_ms or now_ms + 1) > now_ms:
            return
        settings = self._desk.settings()
        line = line_named(conversation.line, settings)
        step = next_step(conversation, line, from_ms(now_ms))
        tx.reminded_of(
            conversation.id, step.by or conversation.reminded, to_ms(step.again) if step.again else None
        )
        if line is None or not step.by:
            return
        words = _words(conversation, line, settings, now_ms)
        if step.by == IN_THE_ROOM:
            _tell_room(tx, conversation, words, now_ms)
        else:
            for address in line.remind:
                called = self._called(tx, address, now_ms)
                _text(tx, called, conversation, words, settings, self._desk.postage(), now_ms)


def _words(conversation: Conversation, line: RelayLine, settings: Settings, now_ms: int) -> str:
    """Who waits, for how long, where."""
    waited = timedelta(milliseconds=now_ms - (conversation.waits_since_ms or now_ms))
    contact = contact_with(conversation.party, settings)
    who = contact.name if contact else shown_party(conversation.party, settings)
    return (
        f"{who} has waited {_long(waited)} for an answer (line {line.name}, conversation {conversation.id})"
    )


def _long(waited: timedelta) -> str:
    minutes = int(waited.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _tell_room(tx: WriteVerbs, conversation: Conversation, words: str, now_ms: int) -> None:
    where = f"write in the topic {conversation.title}" if conversation.thread else "reply to their message"
    saying = Saying(
        f"{words}: {where}, or /close it there.",
        f"conversation {conversation.id} waits",
        about=About("conversation", conversation.id),
        repeats=True,
    )
    say(tx, in_room(conversation.chat, conversation.room), saying, now_ms)


def _text(
    tx: WriteVerbs,
    to: Address,
    conversation: Conversation,
    words: str,
    settings: Settings,
    postage: Postage,
    now_ms: int,
) -> None:
    """An SMS to one of ours; that it cannot go keeps no other from going."""
    try:
        recipient = recipient_of(to, settings)
        order = Order(
            recipient=recipient.phone,
            text=marked(tx, recipient.phone, f"{words}.", postage, now_ms),
            reason=f"conversation {conversation.id} waits",
            origin=f"reminder:{conversation.line}",
            contact=recipient.name,
        )
        enqueue(tx, order, postage, now_ms)
    except PilotBridgeError as error:
        log.error("a reminder cannot go", to=str(to), conversation=conversation.id, reason=error.reason)
