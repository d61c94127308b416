"""What an operator can do from a chat: cards' buttons and commands, each with an answer in one message.

Every verb is that of the desk's other doors, within the transaction that ends the update. Strangers get
nothing at all, but for a code that ties them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from pilotbridge.alerting.cards.keeper import Cards
from pilotbridge.alerting.cards.pressing import press_card
from pilotbridge.chat import Pressed, Tick, Written
from pilotbridge.clock import from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.desk.chat_words import HELP, left_at, status
from pilotbridge.desk.desk import Wanted, order_of
from pilotbridge.desk.oncall_chat import Ask, OnCallChat, duration_of
from pilotbridge.errors import NotAllowed, Refused
from pilotbridge.lifecycle import State
from pilotbridge.matcher import Matcher, Matchers, Op
from pilotbridge.model import Contact, MessageId
from pilotbridge.oncall.acknowledgement import acknowledge
from pilotbridge.oncall.roster import roster_of
from pilotbridge.oncall.silences import add_silence, new_silence_id
from pilotbridge.outbox.enqueue import Postage, enqueue
from pilotbridge.relay.enrolment import redeem_code
from pilotbridge.relay.texting import NO_CONVERSATION, follow
from pilotbridge.store.chat_records import ChatSms
from pilotbridge.store.protocol import WriteVerbs

VIEWER = "viewer"
DEFAULT_SILENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One command, by whom, and when."""

    tx: WriteVerbs
    chat: str
    event: Written
    contact: Contact
    now_ms: int


class InChat:
    """See the module. ``balances`` are the gateways' last known roubles, ``new_id`` makes a silence's id."""

    def __init__(
        self,
        cards: Cards,
        *,
        settings: Callable[[], Settings],
        postage: Callable[[], Postage],
        balances: Callable[[], dict[str, Decimal | None]],
        new_id: Callable[[], str],
    ) -> None:
        self._cards = cards
        self._settings = settings
        self._postage = postage
        self._balances = balances
        self._new_id = new_id
        self._on_call = OnCallChat(settings, postage)
        self._does: dict[str, tuple[bool, Callable[[Asked], str]]] = {
            "status": (False, lambda asked: status(asked.tx, asked.now_ms)),
            "balance": (False, lambda _: left_at(self._balances())),
            "help": (False, lambda _: HELP),
            "start": (False, lambda _: HELP),
            "ack": (True, self._ack),
            "silence": (True, self._silence),
            "sms": (True, self._sms),
            "who": (False, lambda asked: self._on_call.who(_about_shifts(asked))),
            "oncall": (False, lambda asked: self._on_call.oncall(_about_shifts(asked))),
            "swap": (True, lambda asked: self._on_call.answer(_about_shifts(asked))),
        }

    def press(self, tx: WriteVerbs, chat: str, event: Pressed, contact: Contact, now_ms: int) -> str | None:
        """What whoever pressed a card's button is told; None when it is another's."""
        return press_card(tx, self._cards, chat, event, contact, now_ms)

    def command(
        self,
        tx: WriteVerbs,
        chat: str,
        event: Written,
        contact: Contact | None,
        *,
        is_ours: bool,
        now_ms: int,
    ) -> str | None:
        """The answer; None when nothing is answered."""
        if event.command == "link" and event.is_private:
            return self._link(tx, chat, event, now_ms)
        if contact is None:
            return None
        if event.command == "id":
            return _ids(event)
        known = self._does.get(event.command)
        if known is None or not is_ours:
            return None
        acts, does = known
        if acts and contact.role == VIEWER:
            return "You may read here, not act: your role is viewer."
        try:
            return does(Asked(tx, chat, event, contact, now_ms))
        except Refused as error:
            return error.reason

    def _link(self, tx: WriteVerbs, chat: str, event: Written, now_ms: int) -> str | None:
        """A stranger hears of a code that ties, and of nothing else."""
        try:
            contact = redeem_code(tx, event.text, chat, event.author, self._settings(), now_ms)
        except NotAllowed:
            return None
        return f"You are {contact.name} here from now on. /help says what you can do."

    # -- acting ----------------------------------------------------------------------------------

    def _ack(self, asked: Asked) -> str:
        ref, note = _first_word(asked.event.text)
        if not ref:
            return "Which one? /ack 417"
        taken = acknowledge(asked.tx, ref, by=asked.contact.name, note=note, now_ms=asked.now_ms)
        return f"Taken #{taken.ref} {taken.name}. Silent till it clears."

    def _silence(self, asked: Asked) -> str:
        words = asked.event.text.split()
        if not words:
            return "What, and for how long? /silence 417 2h, or /silence alertname=DiskFull 30m"
        lasts = duration_of(words[-1]) if len(words) > 1 else None
        named = words[:-1] if lasts is not None else words
        lasts = lasts or DEFAULT_SILENCE
        now = from_ms(asked.now_ms)
        silence = add_silence(
            asked.tx,
            self._matchers(asked, " ".join(named)),
            starts=now,
            ends=now + lasts,
            author=asked.contact.name,
            comment="from the chat",
            id=new_silence_id(self._new_id()),
            now_ms=asked.now_ms,
        )
        minutes = int(lasts.total_seconds() // 60)
        return f"Silent for {minutes} min: {', '.join(silence.matchers)}"

    def _matchers(self, asked: Asked, named: str) -> list[str]:
        row = asked.tx.incident_by_ref(named.removeprefix("#"))
        if row is None:
            try:
                return [str(matcher) for matcher in Matchers.parse(named).all]
            except ValueError as error:
                raise Refused(f"{named} is neither an open incident nor a matcher: {error}") from error
        if not row.incident.group.labels:
            raise Refused("its group has no labels; write a matcher: /silence alertname=DiskFull 1h")
        return [str(Matcher(name, Op.EQUAL, value)) for name, value in row.incident.group.labels.items()]

    def _sms(self, asked: Asked) -> str:
        to, text = _first_word(asked.event.text)
        if not text:
            return "To whom, and what? /sms anna back at nine"
        order = order_of(
            Wanted(to, text),
            roster_of(asked.tx, self._settings(), asked.now_ms),
            by=f"{asked.contact.name} in {asked.chat}",
        )
        number = enqueue(asked.tx, order, self._postage(), asked.now_ms)
        _show_on_command(asked, number)
        message = asked.tx.message(number)
        waits = f"; it waits: {message.reason}" if message and message.state is State.HELD else ""
        return f"SMS {number} to {order.contact or order.recipient} is on its way{waits}."


def _show_on_command(asked: Asked, number: MessageId) -> None:
    """The command is the message that shows how the SMS fares."""
    here, taken = asked.event, Tick.TAKEN.value
    sms = ChatSms(number, asked.chat, here.place, here.message, NO_CONVERSATION, asked.contact.name, taken)
    follow(asked.tx, sms, asked.now_ms)


def _first_word(text: str) -> tuple[str, str]:
    """And what follows it, behind a space or on another line."""
    words = text.split(maxsplit=1)
    return words[0] if words else "", words[1].strip() if len(words) > 1 else ""


def _about_shifts(asked: Asked) -> Ask:
    return Ask(asked.tx, asked.event.text, asked.contact, asked.now_ms)


def _ids(event: Written) -> str:
    thread = f", thread {event.place.thread}" if event.place.thread else ""
    return f"chat {event.place.room}{thread}, you {event.author.id}"
