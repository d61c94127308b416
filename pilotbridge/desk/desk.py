"""What an operator can have done; each verb is one transaction and returns the fact as it stands after it.

Errors are those of the flows, each with its sentence: NotFound, NotAllowed, Refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msgspec.structs import replace

from pilotbridge.clock import Clock, to_ms
from pilotbridge.config.sender_names import HOW, is_no_sender
from pilotbridge.config.settings import Settings
from pilotbridge.desk import shown
from pilotbridge.desk.oncall import OnCallDesk
from pilotbridge.desk.people import PeopleDesk
from pilotbridge.desk.privacy import PrivacyDesk
from pilotbridge.errors import NotFound, Refused
from pilotbridge.model import MessageId, Silence
from pilotbridge.oncall.acknowledgement import acknowledge, unacknowledge
from pilotbridge.oncall.roster import Roster, recipient_called, roster_of
from pilotbridge.oncall.silences import add_silence, expire_silence, new_silence_id, set_silence
from pilotbridge.outbox import operating, pausing
from pilotbridge.outbox.enqueue import Order, Postage, enqueue, marked
from pilotbridge.relay.texting import Desk as Relay
from pilotbridge.sms_text import MAX_PARTS, measure, mixed_words
from pilotbridge.store.protocol import Store, WriteVerbs

Fact = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One SMS that a person wants sent. ``repeat`` marks an equal text instead of letting it wait."""

    to: str
    text: str
    sender: str = ""
    ttl_min: int | None = None
    send_at: datetime | None = None
    repeat: bool = False
    once: str = ""


def refuse_no_sender(name: str, settings: Settings) -> None:
    """:raises Refused: when no gateway of ours could send in this name."""
    if is_no_sender(name, (gateway.type for gateway in settings.gateways.values())):
        raise Refused(f"{name!r} is no sender's name; {HOW}", code=201)


def order_of(wanted: Wanted, roster: Roster, *, by: str) -> Order:
    """What is put into the outbox for ``wanted``; of a schedule whoever is on call when it is to be sent.

    :raises Refused: when the text is none that an SMS can carry.
    :raises NotFound: when the address means no phone.
    """
    moment = max(wanted.send_at or roster.at, roster.at)
    recipient = recipient_called(wanted.to, roster.moved_to(moment))
    parts = measure(wanted.text).parts
    if not wanted.text.strip():
        raise Refused("an SMS needs a text", code=220)
    if parts > MAX_PARTS:
        raise Refused(f"the text costs {parts} parts, more than {MAX_PARTS}", code=221)
    mixed = mixed_words(wanted.text)
    if mixed:
        raise Refused(
            f"{mixed[0].word!r} mixes Cyrillic and Latin letters, which the gateway refuses", code=248
        )
    return Order(
        recipient=recipient.phone,
        text=wanted.text,
        reason=f"sent by {by}",
        origin="person",
        is_unasked=True,
        contact=recipient.name,
        sender=wanted.sender,
        ttl_min=wanted.ttl_min,
        send_at_ms=None if wanted.send_at is None else to_ms(wanted.send_at),
    )


class Desk:
    """See the module. ``new_id`` makes an id for a silence; ``wake`` says that there is something to send."""

    def __init__(
        self,
        store: Store,
        *,
        settings: Callable[[], Settings],
        postage: Callable[[], Postage],
        clock: Clock,
        new_id: Callable[[], str],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._postage = postage
        self._clock = clock
        self._new_id = new_id
        self._wake = wake
        relay = Relay(settings, postage, new_id)
        self.privacy = PrivacyDesk(store, settings=settings, clock=clock, new_id=new_id)
        self.people = PeopleDesk(self._done, relay, clock=clock, new_id=new_id)
        self.oncall = OnCallDesk(self._done, settings=settings, postage=postage, clock=clock)

    def settings(self) -> Settings:
        """The configuration that counts now."""
        return self._settings()

    # -- messages --------------------------------------------------------------------------------

    def send(self, wanted: Wanted, *, by: str) -> Fact:
        """Put one SMS into the outbox.

        :raises Refused: when the text is none that an SMS can carry, or the sender none that one can have.
        """
        refuse_no_sender(wanted.sender, self._settings())

        def job(tx: WriteVerbs) -> Fact:
            now_ms, postage = self._clock.now_ms(), self._postage()
            order = order_of(wanted, roster_of(tx, self._settings(), now_ms), by=by)
            earlier = tx.answered_once("send", wanted.once) if wanted.once else None
            if earlier:
                return self._message(tx, MessageId(int(earlier)))
            text = marked(tx, order.recipient, order.text, postage, now_ms) if wanted.repeat else order.text
            message_id = enqueue(tx, replace(order, text=text), postage, now_ms)
            if wanted.once:
                tx.answer_once("send", wanted.once, str(message_id), now_ms)
            return self._message(tx, message_id)

        return self._done(job)

    def retry(self, message_id: int, *, by: str) -> Fact:
        """A new message that names the old one, which will never go by itself."""
        return self._on_message(
            message_id, lambda tx, id_, now_ms: operating.retry(tx, id_, by=by, now_ms=now_ms)
        )

    def cancel(self, message_id: int, *, by: str) -> Fact:
        """It will not be sent."""
        return self._on_message(
            message_id, lambda tx, id_, now_ms: operating.cancel(tx, id_, by=by, now_ms=now_ms)
        )

    def resolve(self, message_id: int, *, accepted: bool, by: str) -> Fact:
        """A person knows what became of a message in doubt."""
        return self._on_message(
            message_id,
            lambda tx, id_, now_ms: operating.resolve(tx, id_, accepted=accepted, by=by, now_ms=now_ms),
        )

    def pause(self, reason: str, *, by: str) -> Fact:
        """The kill switch: nothing is sent until :meth:`resume`; everything is still taken in."""
        self._done(lambda tx: pausing.pause(tx, by=by, why=reason, now_ms=self._clock.now_ms()))
        return {"sending": "paused", "reason": reason}

    def resume(self, *, by: str) -> Fact:
        self._done(lambda tx: pausing.resume(tx, by=by, now_ms=self._clock.now_ms()))
        return {"sending": "on"}

    def _on_message(self, message_id: int, verb: Callable[[WriteVerbs, MessageId, int], MessageId]) -> Fact:
        def job(tx: WriteVerbs) -> Fact:
            return self._message(tx, verb(tx, MessageId(message_id), self._clock.now_ms()))

        return self._done(job)

    def _message(self, tx: WriteVerbs, message_id: MessageId) -> Fact:
        found = tx.message(message_id)
        if found is None:
            raise NotFound(f"there is no message {message_id}")
        return shown.message(found)

    # -- incidents and silences ------------------------------------------------------------------

    def acknowledge(self, ref: str, *, by: str, note: str = "") -> Fact:
        return self._done(
            lambda tx: shown.incident(acknowledge(tx, ref, by=by, note=note, now_ms=self._clock.now_ms()))
        )

    def unacknowledge(self, ref: str, *, by: str) -> Fact:
        return self._done(
            lambda tx: shown.incident(unacknowledge(tx, ref, by=by, now_ms=self._clock.now_ms()))
        )

    def silence(
        self,
        matchers: Sequence[str],
        *,
        starts: datetime | None,
        lasts: timedelta,
        by: str,
        comment: str,
        tells: str = "",
    ) -> Fact:
        """Keep alerts quiet; the receiver ``tells`` hears when that begins and ends.

        :raises NotFound: when there is no such receiver.
        """
        begins = starts or self._clock.utc_now()
        if tells and self._settings().receiver(tells) is None:
            names = ", ".join(self._settings().receivers)
            raise NotFound(f"there is no receiver {tells!r}; there are {names}")

        def job(tx: WriteVerbs) -> Fact:
            added = add_silence(
                tx,
                matchers,
                starts=begins,
                ends=begins + lasts,
                author=by,
                comment=comment,
                id=new_silence_id(self._new_id()),
                now_ms=self._clock.now_ms(),
                tells=tells,
            )
            return shown.silence(added)

        return self._done(job)

    def set_silence(self, wanted: Silence) -> Fact:
        """Add a silence whose id is empty, or change the one with its id; it may become another one."""

        def job(tx: WriteVerbs) -> Fact:
            fresh, now_ms = new_silence_id(self._new_id()), self._clock.now_ms()
            return shown.silence(set_silence(tx, wanted, fresh=fresh, now_ms=now_ms))

        return self._done(job)

    def expire_silence(self, silence_id: str) -> Fact:
        return self._done(
            lambda tx: shown.silence(expire_silence(tx, silence_id, now_ms=self._clock.now_ms()))
        )

    # -- in one transaction ----------------------------------------------------------------------

    def _done(self, job: Callable[[WriteVerbs], T]) -> T:
        result = self._store.write(job).result()
        self._wake()
        return result
