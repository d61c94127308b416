"""Maintenance: people are told that a silence begins, and that it is over and what still fires under it.

The silence itself keeps alerts quiet like any other; this worker only speaks of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from pilotbridge.alerting.audience import of_steps
from pilotbridge.alerting.facts import clock_time
from pilotbridge.clock import Clock, to_ms
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
            still = _still_firing(read, [each.silence for each in due if _is_over(each, now_ms)])
        if due:
            self._store.write(lambda tx: self._tell_all(tx, due, still, now_ms)).result()
            self._wake()
        with self._store.read() as read:
            return read.next_notice_due()

    def _tell_all(
        self, tx: WriteVerbs, due: list[SilenceNotice], still: Mapping[str, int], now_ms: int
    ) -> None:
        for notice in due:
            is_over = _is_over(notice, now_ms)
            # One that ended before anybody heard that it began is told to nobody.
            if not is_over or notice.told == BEGAN:
                self._tell(tx, notice, still.get(notice.silence.id, 0), is_over=is_over, now_ms=now_ms)
            tx.notice_told(notice.silence.id, ENDED if is_over else BEGAN)

    def _tell(self, tx: WriteVerbs, notice: SilenceNotice, still: int, *, is_over: bool, now_ms: int) -> None:
        settings, postage = self._settings(), self._postage()
        receiver = receiver_of(notice.receiver, settings)
        people = of_steps(receiver, (0,), roster_of(tx, settings, now_ms))
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


def _is_over(notice: SilenceNotice, now_ms: int) -> bool:
    return to_ms(notice.silence.ends_at) <= now_ms


def _still_firing(read: ReadVerbs, silences: Sequence[Silence]) -> dict[str, int]:
    """How many alerts fire under each; there may be very many, so they are counted once, and on no writer."""
    if not silences:
        return {}
    matched = [(each.id, Matchers.parse("{" + ",".join(each.matchers) + "}")) for each in silences]
    counts = Counter[str]()
    for _, labels in read.firing_labels():
        counts.update(id_ for id_, matchers in matched if matchers.matches(labels))
    return counts


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
