"""Maintenance: people are told that a silence begins, and that it is over and what still fires under it.

The silence itself keeps alerts quiet like any other; this worker only speaks of it.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from pilotbridge.alerting.audience import of_steps
from pilotbridge.alerting.facts import clock_time
from pilotbridge.clock import Clock
from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotAllowed
from pilotbridge.logs import get_logger
from pilotbridge.matcher import Matchers
from pilotbridge.model import Contact, Silence
from pilotbridge.oncall.escalation import receiver_of
from pilotbridge.oncall.roster import roster_of
from pilotbridge.outbox.enqueue import Order, Postage, enqueue
from pilotbridge.phone import PhoneNumber
from pilotbridge.sms_text import clean, fit, transliterate
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.store.records import SilenceNotice

ORIGIN = "maintenance"
BEGAN, ENDED = 1, 2

log = get_logger(__name__)


class Notices:
    """The worker ``notices``."""

    name = "notices"

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        *,
        postage: Callable[[], Postage],
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._postage = postage
        self._clock = clock
        self._wake = wake

    def turn(self) -> int | None:
        """Tell what is due; returns when there is something again."""
        now_ms = self._clock.now_ms()
        with self._store.read() as read:
            due = read.due_notices(now_ms)
        if due:
            self._store.write(lambda tx: self._tell_all(tx, due, now_ms)).result()
            self._wake()
        with self._store.read() as read:
            return read.next_notice_due()

    def _tell_all(self, tx: WriteVerbs, due: list[SilenceNotice], now_ms: int) -> None:
        for notice in due:
            is_over = notice.silence.ends_at <= self._clock.utc_now()
            # One that ended before anybody heard that it began is told to nobody.
            if not is_over or notice.told == BEGAN:
                self._tell(tx, notice, is_over=is_over, now_ms=now_ms)
            tx.notice_told(notice.silence.id, ENDED if is_over else BEGAN)

    def _tell(self, tx: WriteVerbs, notice: SilenceNotice, *, is_over: bool, now_ms: int) -> None:
        settings, postage = self._settings(), self._postage()
        receiver = receiver_of(notice.receiver, settings)
        people = of_steps(receiver, (0,), roster_of(tx, settings, now_ms))
        still = _still_firing(tx, notice.silence) if is_over else 0
        for phone, contact in people.items():
            order = _order(
                phone,
                contact,
                _text(notice.silence, contact, self._clock, is_over=is_over, still=still),
                postage,
            )
            try:
                enqueue(tx, order, postage, now_ms)
            except NotAllowed as error:
                log.error("nobody hears of a maintenance", contact=contact.name, cause=error.reason)


def _still_firing(read: ReadVerbs, silence: Silence) -> int:
    matchers = Matchers.parse("{" + ",".join(silence.matchers) + "}")
    return sum(matchers.matches(labels) for _, labels in read.firing_labels())


def _order(phone: PhoneNumber, contact: Contact, text: str, postage: Postage) -> Order:
    return Order(
        phone, fit(text, postage.parts, keep=""), reason="a maintenance", origin=ORIGIN, contact=contact.name
    )


def _text(silence: Silence, contact: Contact, clock: Clock, *, is_over: bool, still: int) -> str:
    """``MAINT till 05:00: moving disks (boris)``, ``MAINT over: moving disks, 3 still fire``."""
    is_russian = "ru" in (contact.language, contact.sms_text)
    what = silence.comment or ", ".join(silence.matchers)
    if is_over:
        fires = (f", горит ещё {still}" if is_russian else f", {still} still fire") if still else ""
        text = f"РАБОТЫ окончены: {what}{fires}" if is_russian else f"MAINT over: {what}{fires}"
    else:
        zone = ZoneInfo(contact.zone)
        now, end = clock.utc_now().astimezone(zone), silence.ends_at.astimezone(zone)
        till = clock_time(end, now, "ru" if is_russian else "en")
        by = f" ({silence.author})" if silence.author else ""
        text = f"РАБОТЫ до {till}: {what}{by}" if is_russian else f"MAINT till {till}: {what}{by}"
    return clean(text) if contact.sms_text == "ru" else transliterate(clean(text))
