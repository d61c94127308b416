"""How the SMS that people wrote in a chat fare: a tick on their message, a word when one did not arrive.

What is shown is compared with where the message stands, both rows, so that a crash forgets nothing and a tick
only moves forward.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from pilotbridge.chat import Tick
from pilotbridge.clock import Clock
from pilotbridge.lifecycle import State
from pilotbridge.model import Message, MessageId
from pilotbridge.outbox.posts.enqueue import Spot, mark
from pilotbridge.relay import asking, wording
from pilotbridge.relay.deciding import Asked
from pilotbridge.relay.texting import NO_CONVERSATION, Desk, put_question
from pilotbridge.store.chat_records import About, ChatSms
from pilotbridge.store.protocol import Store, WriteVerbs

LOOKS_EVERY_MS = 60_000
LOOKS_AGAIN_MS = 1_000
"""All that are open are looked at when it is not said which have changed, and not more often than this."""
BATCH = 500

_TICKS = {
    State.ACCEPTED: Tick.SENT,
    State.UNCONFIRMED: Tick.SENT,
    State.DELIVERED: Tick.DELIVERED,
    State.UNDELIVERED: Tick.FAILED,
    State.REFUSED: Tick.FAILED,
    State.LAPSED: Tick.FAILED,
    State.CANCELLED: Tick.FAILED,
}
_RANK = {Tick.TAKEN: 0, Tick.SENT: 1, Tick.DELIVERED: 2, Tick.FAILED: 2}
_OVER = frozenset({State.DELIVERED, State.UNCONFIRMED, *(s for s, t in _TICKS.items() if t is Tick.FAILED)})
_RETRIED = frozenset({State.UNDELIVERED, State.REFUSED, State.LAPSED})


def tick_of(state: State) -> Tick:
    """What a person's message shows while its SMS is in ``state``."""
    return _TICKS.get(state, Tick.TAKEN)


def is_forward(told: Tick, now: Tick) -> bool:
    return _RANK[now] > _RANK[told]


class Ticks:
    """The worker ``ticks``. :meth:`hand_over` says which messages have news; the rows are the truth."""

    name = "ticks"

    def __init__(self, store: Store, desk: Desk, *, clock: Clock, wake: Callable[[], None]) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._wake = wake
        self._lock = threading.Lock()
        self._news: set[MessageId] = set()
        self._looked_at_ms = 0

    def hand_over(self, messages: Sequence[MessageId]) -> None:
        """These have news."""
        with self._lock:
            self._news.update(messages)

    def turn(self) -> int | None:
        """Tell what has changed; returns when to look at everything again."""
        now_ms = self._clock.now_ms()
        with self._lock:
            news, self._news = sorted(self._news), set()
        if news:
            self._tell(self._of(news), now_ms)
        rests_ms = LOOKS_EVERY_MS if news else LOOKS_AGAIN_MS
        if 0 <= now_ms - self._looked_at_ms < rests_ms:
            return now_ms + LOOKS_AGAIN_MS
        self._looked_at_ms = now_ms
        self._look_at_all(now_ms)
        return now_ms + LOOKS_EVERY_MS

    def _of(self, news: Sequence[MessageId]) -> list[ChatSms]:
        with self._store.read() as read:
            return read.chat_sms_in(news)

    def _look_at_all(self, now_ms: int) -> None:
        last = 0
        while True:
            with self._store.read() as read:
                found = read.chat_sms_open(last, BATCH)
            self._tell(found, now_ms)
            if len(found) < BATCH:
                return
            last = found[-1].sms

    def _tell(self, found: Sequence[ChatSms], now_ms: int) -> None:
        with self._store.read() as read:
            pairs = [(sms, message) for sms in found if (message := read.message(sms.sms)) is not None]
        news = [(sms, message) for sms, message in pairs if _has_news(sms, message)]
        if news:
            self._store.write(lambda tx: self._show_all(tx, news, now_ms)).result()
            self._wake()

    # -- one transaction -------------------------------------------------------------------------

    def _show_all(self, tx: WriteVerbs, news: Sequence[tuple[ChatSms, Message]], now_ms: int) -> None:
        for sms, message in news:
            self._show(tx, sms.sms, message, now_ms)

    def _show(self, tx: WriteVerbs, sms_id: MessageId, message: Message, now_ms: int) -> None:
        sms = tx.chat_sms(sms_id)
        if sms is None or not _has_news(sms, message):
            return
        tick = tick_of(message.state)
        if is_forward(Tick(sms.told), tick):
            self._mark(tx, sms, tick, now_ms)
            if tick is Tick.FAILED:
                self._say_failed(tx, sms, message, now_ms)
        told = tick if is_forward(Tick(sms.told), tick) else Tick(sms.told)
        tx.told_chat_sms(sms.sms, told.value, is_open=message.state not in _OVER)
        self._ask_in_doubt(tx, sms, message, now_ms)

    def _mark(self, tx: WriteVerbs, sms: ChatSms, tick: Tick, now_ms: int) -> None:
        if not sms.message:  # it was written at the desk: there is nothing to mark
            return
        about = About("message", sms.sms)
        mark(tx, Spot(sms.chat, sms.place), sms.message, tick, about=about, now_ms=now_ms)

    def _say_failed(self, tx: WriteVerbs, sms: ChatSms, message: Message, now_ms: int) -> None:
        """A failure is a message too, not only a tick."""
        about = _about(sms, wording.failed(message.reason))
        is_talk = sms.conversation != NO_CONVERSATION
        kind = Asked.RETRY if message.state in _RETRIED and is_talk else Asked.TOLD
        put_question(tx, about, kind, "Try again", self._desk, now_ms)

    def _ask_in_doubt(self, tx: WriteVerbs, sms: ChatSms, message: Message, now_ms: int) -> None:
        """Once for each time that nobody but a person can settle it."""
        is_parked = message.state is State.PARKED
        if is_parked and not sms.asked:
            put_question(tx, _about(sms, wording.in_doubt()), Asked.DOUBT, "Send again", self._desk, now_ms)
        if is_parked is not sms.asked:
            tx.asked_chat_sms(sms.sms, asked=is_parked)


def _has_news(sms: ChatSms, message: Message) -> bool:
    if (message.state is State.PARKED) is not sms.asked:
        return True
    return is_forward(Tick(sms.told), tick_of(message.state)) or (message.state in _OVER and sms.is_open)


def _about(sms: ChatSms, sentence: str) -> asking.About:
    return asking.About(
        chat=sms.chat,
        room=sms.place.room,
        thread=sms.place.thread,
        message=sms.message,
        conversation=sms.conversation,
        sentence=sentence,
        sms=sms.sms,
    )
