"""From the journal into the alert tables: every body once, many in one transaction, groups made due.

Bodies that nothing goes before may come here before they are kept: then one transaction does both.

It owns what the store knows of alerts; it refuses to decide who is told, which is :mod:`flush`'s part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import count

from pilotbridge.alerting.admission import Admission
from pilotbridge.alerting.arrivals import ALERTS_PER_TURN, Arrivals, Offer
from pilotbridge.alerting.at_once import AtOnce, Telling
from pilotbridge.alerting.batch import LEASE_GRACE_MS, Batch, read_batch
from pilotbridge.alerting.deliver import Delivered
from pilotbridge.alerting.inhibition import Inhibition
from pilotbridge.alerting.recording import Overtaken, Plan, Recorded, Unread, record, touch_groups_of
from pilotbridge.alerting.rules import Rules
from pilotbridge.alerting.troubles import OWN_SOURCE, OwnSource
from pilotbridge.clock import Clock
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Closed, PilotBridgeError, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import Alert, AlertState, Fingerprint, JournalId, Parsed
from pilotbridge.protocols import Arrived, Hooks, Meter, Source, Unreadable
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.store.records import (
    AlertEnd,
    Body,
    KnownAlert,
)

EXPIRED_PER_TURN = 1_000
HINT_LOST_MS = 1_000
ASKED = ("enrich_alerts", "route_alerts", "mute_group", "compose_text")
UNHEARD_MS = 30_000
"""What ran out so long before anybody looks ran out while nobody here could hear that it still holds."""

_log = get_logger(__name__)


class Ingest:
    """The worker ``ingest``. ``wake`` tells that groups may be due."""

    name = "ingest"

    def __init__(
        self,
        *,
        store: Store,
        settings: Callable[[], Settings],
        sources: Callable[[], Mapping[str, Source]],
        hooks: Hooks,
        clock: Clock,
        meter: Meter,
        at_once: AtOnce,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._sources = sources
        self._hooks = hooks
        self._clock = clock
        self._meter = meter
        self._at_once = at_once
        self._wake = wake
        self._rules: Rules | None = None
        self._arrivals = Arrivals()
        self._admission = Admission(hooks, meter)
        self._words: tuple[Settings, bool] | None = None
        self._overdue: tuple[JournalId, int] | None = None
        self._inhibition: tuple[Settings, Inhibition] | None = None

    # -- what comes in ---------------------------------------------------------------------------

    def hand_over(self, arrived: Sequence[Arrived]) -> bool:
        """Spare reading these bodies again; whether a turn should follow. Safe from any thread."""
        return self._arrivals.keep_in_mind(arrived)

    def offer(self, bodies: Sequence[tuple[Body, Parsed]]) -> Future[list[JournalId] | None] | None:
        """Keep ``bodies`` and take them in by one transaction; None: keep them first. Safe from any thread.

        Not where plugins or texts of the configuration have a say: no sender waits for those.
        """
        offer = Offer(bodies)
        if self._hooks.is_asked(*ASKED) or self._has_own_texts() or not self._arrivals.accepts(offer):
            return None
        return offer.answer

    def _has_own_texts(self) -> bool:
        """Whether the configuration words anything itself; found out once for each."""
        settings, known = self._settings(), self._words
        if known is None or known[0] is not settings:
            texts = (receiver.templates.sms for receiver in settings.receivers.values())
            known = self._words = (settings, bool(settings.templates.sms) or any(texts))
        return known[1]

    def recover(self) -> None:
        """At the start: take in what the last run left in the journal. Leases it could not renew go on."""
        until_ms = self._clock.now_ms() + LEASE_GRACE_MS
        self._store.write(lambda tx: tx.extend_leases(until_ms)).result()
        self._arrivals.read_the_table()

    def _next_from_table(self, rules: Rules) -> tuple[list[Arrived], list[Unread]]:
        """The oldest rows; what was kept in mind so far is among those that follow."""
        self._arrivals.forget()
        with self._store.read() as read:
            bodies, are_all = read.waiting_bodies(ALERTS_PER_TURN)
        self._arrivals.were_read(are_all=are_all)
        arrived: list[Arrived] = []
        unread: list[Unread] = []
        for body in bodies:
            try:
                arrived.append(_read_again(rules, body))
            except Unreadable as error:
                unread.append(Unread(body.id, body.incoming.source, error.reason))
        return arrived, unread

    # -- a turn ----------------------------------------------------------------------------------

    def turn(self) -> int | None:
        """Take in what has arrived, end what nobody speaks of any more; returns when the next one expires."""
        rules, now_ms = self._current_rules(), self._clock.now_ms()
        offer = self._arrivals.next_offer()
        if offer is not None:
            self._keep_and_take_in(rules, offer, now_ms)
        in_mind = self._arrivals.next_in_mind(now_ms)
        arrived, unread = (in_mind, []) if in_mind is not None else self._next_from_table(rules)
        if arrived or unread:
            self._take_in(rules, arrived, unread, now_ms)
        with self._store.read() as read:
            next_ms, oldest = read.next_expiry(), read.oldest_waiting()
        if next_ms is not None and next_ms <= now_ms:
            self._look_at_expired(next_ms, rules, now_ms)
        overlooked_ms = self._look_out_for(oldest, now_ms)
        dues = (self._arrivals.due_ms(now_ms), next_ms, overlooked_ms)
        return min((ms for ms in dues if ms is not None), default=None)

    def _look_at_expired(self, first_ms: int, rules: Rules, now_ms: int) -> None:
        """End what nobody has spoken of in time, unless somebody may have, and nobody was here to hear.

        The first ran out at ``first_ms``: if that was long ago, this process stood still or could not write,
        and senders were not heard either. While bodies wait to be read, a renewal may be among them.
        """
        if self._arrivals.are_in_the_table:
            return
        if first_ms < now_ms - UNHEARD_MS:
            self._store.write(lambda tx: tx.extend_leases(now_ms + LEASE_GRACE_MS)).result()
        with self._store.read() as read:
            expired = read.expired_alerts(now_ms, EXPIRED_PER_TURN)
        if expired:
            self._expire(expired, rules, now_ms)

    def _look_out_for(self, oldest: JournalId | None, now_ms: int) -> int | None:
        """A body that still waits after a while has no hint on its way: its row is read then."""
        if oldest is None:
            self._overdue = None
            return None
        if self._overdue is None or self._overdue[0] != oldest:
            self._overdue = (oldest, now_ms + HINT_LOST_MS)
        if now_ms >= self._overdue[1]:
            self._arrivals.read_the_table()
        return self._overdue[1]

    def _current_rules(self) -> Rules:
        settings = self._settings()
        if self._rules is None or self._rules.settings is not settings:
            self._rules = Rules(settings, {**self._sources(), OWN_SOURCE: OwnSource()})
        return self._rules

    def _take_in(
        self, rules: Rules, arrived: Sequence[Arrived], unread: Sequence[Unread], now_ms: int
    ) -> None:
        """Take all of it in at once; a body with a fault in it is taken out, and the others go on."""
        try:
            self._write(rules, arrived, unread, now_ms)
        except PilotBridgeError:
            self._arrivals.read_the_table()
            raise
        except Exception:  # noqa: BLE001 - one body in a batch must not hold up all that come after it
            _log.exception("a batch of bodies could not be taken in", bodies=len(arrived))
            for body in arrived:
                self._take_in_alone(rules, body, now_ms)
            self._write(rules, (), unread, now_ms)

    def _take_in_alone(self, rules: Rules, body: Arrived, now_ms: int) -> None:
        try:
            self._write(rules, [body], (), now_ms)
        except PilotBridgeError:
            self._arrivals.read_the_table()
            raise
        except Exception as error:  # noqa: BLE001 - see above; it stays in the journal, with an event
            why = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace").decode()
            self._write(rules, (), [Unread(body.journal_id, body.source, why)], now_ms)

    def _write(self, rules: Rules, arrived: Sequence[Arrived], unread: Sequence[Unread], now_ms: int) -> None:
        with self._store.read() as read:
            waiting = read.still_waiting([body.journal_id for body in arrived])
            fresh = [_addressed(body, rules) for body in arrived if body.journal_id in waiting]
            batch = _gather(read, rules, fresh, now_ms)
        plan, news = self._admission.plan(rules, batch, [body.journal_id for body in fresh], unread)
        telling = self._at_once.prepare(plan, rules, now_ms)
        done, told = self._record(plan, rules, telling, now_ms)
        if unread:
            self._arrivals.read_the_table()
        self._follow(plan, rules, done, telling, told, news, now_ms)

    def _keep_and_take_in(self, rules: Rules, offer: Offer, now_ms: int) -> None:
        """Answer ``offer``. What is wrong with it, or with taking it in, is met once it is kept."""
        try:
            self._write_offered(rules, offer, now_ms)
        except (PilotBridgeError, Overtaken):
            _log.debug("offered bodies are kept first", bodies=len(offer.bodies))
        except Exception:  # noqa: BLE001 - as for a batch that was kept before
            _log.exception("offered bodies could not be taken in", bodies=len(offer.bodies))
        finally:
            if not offer.answer.done():
                offer.answer.set_result(None)

    def _write_offered(self, rules: Rules, offer: Offer, now_ms: int) -> None:
        with self._store.read() as read:
            if read.oldest_waiting() is not None:  # it goes before
                return
            numbers = count(read.last_journal_number() + 1)
            fresh = [
                _addressed(_arrived(JournalId(number), body, parsed), rules)
                for number, (body, parsed) in zip(numbers, offer.bodies, strict=False)
            ]
            batch = _gather(read, rules, fresh, now_ms)
        plan, news = self._admission.plan(rules, batch, [body.journal_id for body in fresh])
        plan = replace(plan, kept=[body for body, _ in offer.bodies])
        telling = self._at_once.prepare(plan, rules, now_ms)
        try:
            done, told = self._record(plan, rules, telling, now_ms)
        except (TryLater, Closed) as error:  # nor could it be kept alone: its sender need not wait to hear so
            offer.answer.set_exception(error)
            raise
        offer.answer.set_result(list(plan.done))
        self._follow(plan, rules, done, telling, told, news, now_ms)

    def _follow(
        self,
        plan: Plan,
        rules: Rules,
        done: Recorded,
        telling: Telling | None,
        told: Sequence[Delivered | None],
        news: Sequence[Alert],
        now_ms: int,
    ) -> None:
        """``plan`` is on disk: say so to whoever has to know."""
        if telling is not None:  # whatever becomes of the rest
            self._at_once.say(telling, told)
        elif not plan.is_hurried(rules, now_ms):
            self._arrivals.nobody_waits(self._clock.now_ms())
        self._heed(done.alerts, plan, now_ms)
        if news:
            self._hooks.alerts_recorded(news)
        self._wake()

    def _record(
        self, plan: Plan, rules: Rules, telling: Telling | None, now_ms: int
    ) -> tuple[Recorded, list[Delivered | None]]:
        """Write ``plan``, and with it what is told at once. What is wrong with that costs only the haste."""

        def job(tx: WriteVerbs) -> tuple[Recorded, list[Delivered | None]]:
            done = record(tx, plan, rules, now_ms)
            return done, [] if telling is None else self._at_once.write(tx, telling, done)

        try:
            return self._store.commit(job, carries=telling is not None)
        except (TryLater, Closed):
            self._at_once.lost()
            raise
        except Exception as error:
            if telling is None:
                raise
            self._at_once.say(telling, ())
            if isinstance(error, Overtaken):
                raise
            _log.exception("groups could not be told of at once", groups=len(telling.plans))
            return self._record(plan, rules, None, now_ms)

    # -- who keeps whom quiet --------------------------------------------------------------------

    def inhibition(self) -> Inhibition:
        """The sources of the rules as they fire now; loaded anew for another configuration.

        Then whatever is kept quiet is looked at again: by other rules, or a source ended just before a crash.
        """
        settings = self._settings()
        if self._inhibition is None or self._inhibition[0] is not settings:
            found = Inhibition(settings.inhibit_rules)
            if found:
                with self._store.read() as read:
                    found.load(read.firing_labels())
            self._inhibition = (settings, found)
            now_ms = self._clock.now_ms()
            self._store.write(lambda tx: tx.wake_muted(now_ms)).result()
        return self._inhibition[1]

    def _heed(self, ids: Sequence[int], plan: Plan, now_ms: int) -> None:
        """Follow what was written."""
        inhibition = self.inhibition()
        if not inhibition:
            return
        over, are_others = [end.id for end in plan.ended], False
        for alert_id, change in zip(ids, plan.changes, strict=True):
            if change.state is AlertState.FIRING:
                are_others = inhibition.take(alert_id, change.alert.labels) or are_others
            else:
                over.append(alert_id)
        self._let_speak(over, now_ms, are_others=are_others)

    def _let_speak(self, over: Sequence[int], now_ms: int, *, are_others: bool = False) -> None:
        """Sources are over, or (``are_others``) are some no more: whom they kept quiet is looked at again."""
        inhibition = self.inhibition()
        kept_quiet = [alert_id for alert_id in over if inhibition.drop(alert_id)]
        if kept_quiet or are_others:
            self._store.write(lambda tx: tx.wake_muted(now_ms)).result()

    def _expire(self, expired: Sequence[KnownAlert], rules: Rules, now_ms: int) -> None:
        """End what nobody has spoken of in time: a lease has resolved, anything else is stale."""
        ended = [
            AlertEnd(
                alert.id, AlertState.RESOLVED if alert.leased else AlertState.STALE, now_ms, alert.leased
            )
            for alert in expired
        ]

        def job(tx: WriteVerbs) -> None:
            tx.end_alerts(ended)
            touch_groups_of(tx, [alert.id for alert in expired], rules, now_ms)

        self._store.write(job).result()
        self._let_speak([alert.id for alert in expired], now_ms)
        self._wake()


def _addressed(body: Arrived, rules: Rules) -> Arrived:
    parsed = rules.addressed(body.parsed)
    return body if parsed is body.parsed else replace(body, parsed=parsed)


def _read_again(rules: Rules, body: Body) -> Arrived:
    """:raises Unreadable: when the source is gone, or reads it no more."""
    incoming = body.incoming
    source, settings = rules.source_of(incoming.source)
    if source is None:
        raise Unreadable(f"the configuration has no source {incoming.source} any more")
    try:
        parsed = source.parse(incoming, settings.options)
    except Unreadable:
        raise
    except Exception as error:  # a source is a plugin: it may cost this body and no other
        raise Unreadable(f"the source failed on it: {type(error).__name__}") from error
    return _arrived(body.id, body, parsed)


def _arrived(number: JournalId, body: Body, parsed: Parsed) -> Arrived:
    return Arrived(number, body.incoming.source, body.incoming.received_at, parsed)


def _gather(read: ReadVerbs, rules: Rules, arrived: Sequence[Arrived], now_ms: int) -> Batch:
    fingerprints = {alert.fingerprint: None for body in arrived for alert in body.parsed.alerts}
    known: dict[Fingerprint, KnownAlert] = read.known_alerts(list(fingerprints))
    return read_batch(arrived, known, read.firing_in_sender_group, rules.door, now_ms)
