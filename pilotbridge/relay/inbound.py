"""What becomes of an SMS that came in: plugins are told, one may answer it, else it looks for a conversation.

Each row takes effect once: the reply and the row's end are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pilotbridge.clock import Clock
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Closed, NotAllowed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import InboundSms, Line, MessageId
from pilotbridge.outbox.enqueue import Order, Postage, enqueue, marked
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Answered, Hooks
from pilotbridge.store.protocol import Store, WriteVerbs

BATCH = 100
ANSWERED, ROUTED, UNROUTED = "answered", "routed", "unrouted"
NO_CHAT = "no chat is configured"
QUESTIONS = 2
"""A plugin's answer may be overtaken, as when somebody else takes the incident meanwhile: it is asked again.

Never for ever: everybody who wrote later would wait behind an answer that always fails."""

log = get_logger(__name__)


def lines_of(settings: Settings) -> list[Line]:
    """Every line people can text back on, the longest prefix first."""
    gateways = [gateway.reply_to for gateway in settings.gateways.values() if gateway.reply_to]
    lines = dict.fromkeys([*(relay.line for relay in settings.lines), *gateways])
    return sorted(lines, key=lambda line: len(line.prefix), reverse=True)


def without_prefix(text: str, number: str, lines: list[Line]) -> str:
    """What the person wrote: the service prefix of the line it came in by is taken off."""
    for line in lines:
        if not line.prefix or _digits(line.number) != _digits(number):
            continue
        head, rest = text[: len(line.prefix)], text[len(line.prefix) :]
        if head == line.prefix and (not rest or rest[0].isspace()):
            return rest.strip()
    return text.strip()


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isdigit())


class InboundFlow:
    """The worker ``inbound``."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Callable[[], Settings],
        hooks: Hooks,
        postage: Callable[[], Postage],
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._hooks = hooks
        self._postage = postage
        self._clock = clock
        self._wake = wake

    @property
    def name(self) -> str:
        return "inbound"

    def turn(self) -> int | None:
        """Deal with what came in, oldest first; returns when to come back (ms UTC)."""
        with self._store.read() as read:
            waiting = read.inbound_waiting(BATCH)
        for sms in waiting:
            self._deal_with(sms)
        return self._clock.now_ms() if len(waiting) == BATCH else None

    def _deal_with(self, sms: InboundSms) -> None:
        written = replace(sms, text=without_prefix(sms.text, sms.number, lines_of(self._settings())))
        self._hooks.inbound_recorded(written)
        why_not = ""
        for _ in range(QUESTIONS):
            answered = self._hooks.answer_inbound(written)
            if answered is None:
                break
            why_not = self._answer(written, answered)
            if not why_not:
                return
        if why_not:
            self._leave(sms, why_not)
            return
        conversation = self._hooks.choose_conversation(written)
        self._leave(sms, f"{conversation} was chosen, and {NO_CHAT}" if conversation else NO_CHAT)

    def _leave(self, sms: InboundSms, reason: str) -> None:
        self._store.write(lambda tx: tx.settle_inbound(sms.id, UNROUTED, reason)).result()

    def _answer(self, sms: InboundSms, answered: Answered) -> str:
        """Whatever the plugin asked for, its reply and the row's end: all of it, or nothing and why."""

        def job(tx: WriteVerbs) -> MessageId | None:
            if not tx.settle_inbound(sms.id, ANSWERED, f"{answered.plugin}: {answered.reply.reason}"):
                return None
            for write in answered.writes:
                write(tx)
            return self._reply(tx, sms, answered)

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

    def _reply(self, tx: WriteVerbs, sms: InboundSms, answered: Answered) -> MessageId | None:
        text, to = answered.reply.text, sms.phone
        if not text:
            return None
        if to is None:
            log.warning(
                "a reply goes nowhere: its sender is no phone", plugin=answered.plugin, inbound=sms.id
            )
            return None
        postage, now_ms = self._postage(), self._clock.now_ms()
        order = Order(
            recipient=to,
            text=marked(tx, to, text, postage, now_ms),
            reason=f"{answered.plugin} answers inbound {sms.id}",
            origin=f"plugin:{answered.plugin}",
            contact=self._contact(to),
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
        contacts = self._settings().contacts.values()
        return next((c.name for c in contacts if phone in (c.phone, c.second_phone)), "")
