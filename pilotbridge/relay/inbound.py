"""What becomes of an SMS that came in: plugins are told, one may answer it, else a conversation gets it.

Each row takes effect once: its reply or its post and the row's end are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from pilotbridge.clock import Clock, from_ms
from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.errors import Closed, NotAllowed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import InboundId, InboundSms, MessageId, Reply
from pilotbridge.outbox.enqueue import Order, Postage, enqueue, marked
from pilotbridge.outbox.posts.content import HEAD_UNITS
from pilotbridge.outbox.posts.rooms import find_room
from pilotbridge.phone import PhoneNumber, phone_of
from pilotbridge.protocols import Answered, Hooks
from pilotbridge.relay import lines
from pilotbridge.relay.away import say_away
from pilotbridge.relay.closing import reopen
from pilotbridge.relay.conversations import conversation_with, relayed, tell
from pilotbridge.relay.destination import (
    Destination,
    Stays,
    cut,
    destination_of,
    relayed_text,
)
from pilotbridge.relay.lines import line_of
from pilotbridge.relay.optouts import Granted, Wish, explain, grant, read_wish
from pilotbridge.relay.rooms import contact_with, party_of
from pilotbridge.store.protocol import Store, WriteVerbs

BATCH = 100
MS = timedelta(milliseconds=1)
ANSWERED, ROUTED, UNROUTED = "answered", "routed", "unrouted"
QUESTIONS = 2
"""A plugin's answer may be overtaken, as when somebody else takes the incident meanwhile: it is asked again.

Never for ever: everybody who wrote later would wait behind an answer that always fails."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Came:
    """An SMS with the text as its person wrote it, and the line that it came in by."""

    sms: InboundSms
    line: RelayLine | None


def _joined(remark: str, more: str) -> str:
    return "; ".join(filter(None, (remark, more)))


class InboundFlow:
    """The worker ``inbound``. ``max_text`` is how long a post of a chat may be, in UTF-16 units."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Callable[[], Settings],
        hooks: Hooks,
        postage: Callable[[], Postage],
        clock: Clock,
        wake: Callable[[], None],
        max_text: Callable[[str], int] = lambda _chat: 4096,
    ) -> None:
        self._store = store
        self._settings = settings
        self._hooks = hooks
        self._postage = postage
        self._clock = clock
        self._wake = wake
        self._max_text = max_text
        self._told_of = InboundId(0)

    @property
    def name(self) -> str:
        return "inbound"

    def turn(self) -> int | None:
        """Deal with what came in, oldest first; returns when to come back (ms UTC)."""
        with self._store.read() as read:
            waiting = read.inbound_waiting(BATCH)
        for sms in waiting:
            self._deal_safely(sms)
        return self._clock.now_ms() if len(waiting) == BATCH else None

    def _deal_safely(self, sms: InboundSms) -> None:
        try:
            self._deal_with(sms)
        except (TryLater, Closed):
            raise
        except Exception as error:  # a tick: an SMS that nobody can deal with keeps no other waiting
            log.exception("an SMS could not be dealt with", inbound=sms.id)
            self._leave(sms, f"it could not be dealt with ({type(error).__name__}); the log says why")

    def _deal_with(self, sms: InboundSms) -> None:
        settings = self._settings()
        came = Came(replace(sms, text=lines.written(sms, settings)), line_of(sms, settings))
        if sms.id != self._told_of:  # one that is dealt with again, as after a full disk, is no news
            self._hooks.inbound_recorded(came.sms)
        self._told_of = sms.id
        if self._grant(came):
            return
        why_not = self._ask(came)
        if why_not is not None:
            self._relay(sms, came.sms, self._hooks.choose_conversation(came.sms), why_not)

    def _ask(self, came: Came) -> str | None:
        """None: a plugin has answered it. '': none wanted to; else why its answer came to nothing."""
        why_not = ""
        for _ in range(QUESTIONS):
            answered = self._hooks.answer_inbound(came.sms)
            if answered is None:
                return why_not
            why_not = self._answer(came, answered)
            if not why_not:
                return None
        return why_not

    def _leave(self, sms: InboundSms, reason: str) -> None:
        self._store.write(lambda tx: tx.settle_inbound(sms.id, UNROUTED, reason)).result()

    # -- to a chat -------------------------------------------------------------------------------

    def _relay(self, sms: InboundSms, written: InboundSms, chosen: str, remark: str) -> None:
        """Its post and ROUTED are one commit, or it stays with the reason; ``remark`` goes with either."""
        now_ms = self._clock.now_ms()
        found = destination_of(sms, chosen, self._settings(), from_ms(now_ms))
        if isinstance(found, Stays):
            self._leave(sms, _joined(remark, found.reason))
            return
        if found.aside:
            log.warning("a plugin's choice means nothing here", inbound=sms.id, cause=found.aside)
        to = replace(found, aside=_joined(remark, found.aside))
        self._store.write(lambda tx: self._post(tx, written, to, now_ms)).result()
        self._wake()

    def _post(self, tx: WriteVerbs, sms: InboundSms, to: Destination, now_ms: int) -> None:
        reason = f"relayed by the line {to.line.name}"
        if not tx.settle_inbound(sms.id, ROUTED, f"{reason}; {to.aside}" if to.aside else reason):
            return
        settings = self._settings()
        conversation = conversation_with(tx, to.line, party_of(sms.sender), to.room, settings, now_ms)
        remind_ms = now_ms + to.line.remind_after // MS if to.line.remind_after else None
        reopen(tx, conversation, settings, now_ms)
        tx.heard_in(conversation.id, now_ms, remind_at_ms=remind_ms)
        text = relayed_text(sms.text, sms.created_at, settings.bridge.zone, from_ms(now_ms))
        for piece in cut(text, self._max_text(to.room.chat) - HEAD_UNITS):
            tell(tx, conversation, relayed(piece, sms.id), settings, now_ms)
        say_away(tx, conversation, to.line, settings, self._postage(), from_ms(now_ms))

    # -- STOP and START --------------------------------------------------------------------------

    def _grant(self, came: Came) -> bool:
        """Whether the text was such a wish. It is granted before any plugin is asked."""
        line, phone = came.line, phone_of(came.sms.sender)
        wish = read_wish(came.sms.text, line) if line and phone else None
        if line is None or phone is None or wish is None:
            return False
        granted = self._store.write(lambda tx: self._do(tx, came, wish, phone, line)).result()
        if granted:
            self._wake()
        return granted

    def _do(self, tx: WriteVerbs, came: Came, wish: Wish, phone: PhoneNumber, line: RelayLine) -> bool:
        sms, now_ms, settings = came.sms, self._clock.now_ms(), self._settings()
        contact = contact_with(phone.e164, settings)
        if contact is not None and wish is Wish.STOP:
            done: Granted | None = explain(contact, sms.text, settings)
        else:
            done = grant(tx, wish, phone, line, sms.text, now_ms)
        if done is None:
            return False
        if tx.settle_inbound(sms.id, ANSWERED, f"line {line.name}: {done.reason}"):
            self._tell_room(tx, sms, line, done, now_ms)
            if done.answer:
                self._say_back(tx, came, phone, Answered("optout", Reply(done.answer, done.reason)))
        return True

    def _tell_room(
        self, tx: WriteVerbs, sms: InboundSms, line: RelayLine, done: Granted, now_ms: int
    ) -> None:
        settings = self._settings()
        room = find_room(line.room, settings)
        if room is None:
            return
        conversation = conversation_with(tx, line, party_of(sms.sender), room, settings, now_ms)
        tell(tx, conversation, relayed(done.told, sms.id), settings, now_ms)

    # -- a plugin's answer -----------------------------------------------------------------------

    def _answer(self, came: Came, answered: Answered) -> str:
        """Whatever the plugin asked for, its reply and the row's end: all of it, or nothing and why."""
        sms = came.sms

        def job(tx: WriteVerbs) -> MessageId | None:
            if not tx.settle_inbound(sms.id, ANSWERED, f"{answered.plugin}: {answered.reply.reason}"):
                return None
            for write in answered.writes:
                write(tx)
            return self._reply(tx, came, answered)

        done = self._store.write(job)
        error = done.exception()
        if isinstance(error, TryLater | Closed):
            raise error
        if error is not None:
            log.error("a plugin's answer failed", plugin=answered.plugin, inbound=sms.id, cause=str(error))
            return f"the answer of {answered.plugin} could not be carried out: {error}"
        if done.result() is not None:
            self._wake()
        return ""

    def _reply(self, tx: WriteVerbs, came: Came, answered: Answered) -> MessageId | None:
        if not answered.reply.text:
            return None
        phone = came.sms.phone
        if phone is None:
            log.warning(
                "a reply goes nowhere: its sender is no phone", plugin=answered.plugin, inbound=came.sms.id
            )
            return None
        return self._say_back(tx, came, phone, answered)

    def _say_back(self, tx: WriteVerbs, came: Came, to: PhoneNumber, answered: Answered) -> MessageId | None:
        """Text back; a number that may not be texted is told so in the log."""
        sms, postage, now_ms = came.sms, self._postage(), self._clock.now_ms()
        order = Order(
            recipient=to,
            text=marked(tx, to, answered.reply.text, postage, now_ms),
            reason=f"{answered.plugin} answers inbound {sms.id}",
            origin=f"plugin:{answered.plugin}",
            contact=self._contact(to),
            sender=came.line.sender if came.line else "",
        )
        try:
            message_id = enqueue(tx, order, postage, now_ms)
        except NotAllowed as error:
            log.warning(
                "a reply may not be sent", plugin=answered.plugin, inbound=sms.id, reason=error.reason
            )
            return None
        tx.name_reply(sms.id, message_id)
        return message_id

    def _contact(self, phone: PhoneNumber) -> str:
        contact = contact_with(phone.e164, self._settings())
        return contact.name if contact else ""
