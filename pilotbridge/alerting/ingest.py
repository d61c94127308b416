"""From the journal into the alert tables: every body once, many in one transaction, groups made due.

It owns what the store knows of alerts; it refuses to decide who is told, which is :mod:`flush`'s part.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock

from pilotbridge.alerting.at_once import AtOnce, Telling
from pilotbridge.alerting.batch import LEASE_GRACE_MS, Batch, change_of, read_batch
from pilotbridge.alerting.deliver import Delivered
from pilotbridge.alerting.episodes import Episode
from pilotbridge.alerting.inhibition import Inhibition
from pilotbridge.alerting.recording import Plan, Recorded, Unread, record, touch_groups_of
from pilotbridge.alerting.routing import Routing
from pilotbridge.alerting.rules import Rules
from pilotbridge.alerting.troubles import OWN_SOURCE, OwnSource
from pilotbridge.clock import Clock
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Closed, PilotBridgeError, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import Alert, AlertState, Fingerprint, JournalId
from pilotbridge.protocols import Arrived, Hooks, Meter, Source, Unreadable
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.store.records import (
    AlertEnd,
    Body,
    GroupKey,
    KnownAlert,
)

ALERTS_PER_TURN = 2_000
HINTED_ALERTS_MAX = 20_000
EXPIRED_PER_TURN = 1_000
HINT_LOST_MS = 1_000
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
        self._lock = Lock()
        self._hinted: deque[Arrived] = deque()
        self._hinted_alerts = 0
        self._is_full = False
        self._is_behind = False
        self._overdue: tuple[JournalId, int] | None = None
        self._ignored: set[tuple[str, str]] = set()
        self._inhibition: tuple[Settings, Inhibition] | None = None

    # -- what comes in ---------------------------------------------------------------------------

    def hand_over(self, arrived: Sequence[Arrived]) -> None:
        """Spare reading these bodies again; safe from any thread. When too many wait, more are read later."""
        with self._lock:
            for body in arrived:
                self._is_full = self._is_full or self._hinted_alerts >= HINTED_ALERTS_MAX
                if self._is_full:
                    return
                self._hinted.append(body)
                self._hinted_alerts += len(body.parsed.alerts)

    def recover(self) -> None:
        """At the start: take in what the last run left in the journal. Leases it could not renew go on."""
        until_ms = self._clock.now_ms() + LEASE_GRACE_MS
        self._store.write(lambda tx: tx.extend_leases(until_ms)).result()
        self._read_the_table()

    def _next_hinted(self) -> list[Arrived] | None:
        """Bodies for one turn; None when the table must be read instead.

        It holds older ones while this is behind, and newer ones when not all could be kept in mind.
        """
        found: list[Arrived] = []
        alerts = 0
        with self._lock:
            if self._is_behind or (self._is_full and not self._hinted):
                return None
            while self._hinted and alerts < ALERTS_PER_TURN:
                found.append(self._hinted.popleft())
                alerts += len(found[-1].parsed.alerts)
            self._hinted_alerts -= alerts
        return found

    def _next_from_table(self, rules: Rules) -> tuple[list[Arrived], list[Unread]]:
        """The oldest rows; what was kept in mind so far is among those that follow."""
        with self._lock:
            self._hinted.clear()
            self._hinted_alerts, self._is_full = 0, False
        with self._store.read() as read:
            bodies, are_all = read.waiting_bodies(ALERTS_PER_TURN)
        with self._lock:
            self._is_behind = not are_all
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
        rules = self._current_rules()
        hinted = self._next_hinted()
        arrived, unread = (hinted, []) if hinted is not None else self._next_from_table(rules)
        now_ms = self._clock.now_ms()
        if arrived or unread:
            self._take_in(rules, arrived, unread, now_ms)
        with self._store.read() as read:
            next_ms, oldest = read.next_expiry(), read.oldest_waiting()
        if next_ms is not None and next_ms <= now_ms:
            self._look_at_expired(next_ms, rules, now_ms)
        overlooked_ms = self._look_out_for(oldest, now_ms)
        with self._lock:
            if self._is_behind or self._is_full or self._hinted:
                return now_ms
        return min((ms for ms in (next_ms, overlooked_ms) if ms is not None), default=None)

    def _look_at_expired(self, first_ms: int, rules: Rules, now_ms: int) -> None:
        """End what nobody has spoken of in time, unless somebody may have, and nobody was here to hear.

        The first ran out at ``first_ms``: if that was long ago, this process stood still or could not write,
        and senders were not heard either. While bodies wait to be read, a renewal may be among them.
        """
        with self._lock:
            may_be_renewed = self._is_behind or self._is_full
        if may_be_renewed:
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
            self._read_the_table()
        return self._overdue[1]

    def _current_rules(self) -> Rules:
        settings = self._settings()
        if self._rules is None or self._rules.settings is not settings:
            self._rules = Rules(settings, {**self._sources(), OWN_SOURCE: OwnSource()})
            self._ignored.clear()
        return self._rules

    def _take_in(
        self, rules: Rules, arrived: Sequence[Arrived], unread: Sequence[Unread], now_ms: int
    ) -> None:
        """Take all of it in at once; a body with a fault in it is taken out, and the others go on."""
        try:
            self._write(rules, arrived, unread, now_ms)
        except PilotBridgeError:
            self._read_the_table()
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
            self._read_the_table()
            raise
        except Exception as error:  # noqa: BLE001 - see above; it stays in the journal, with an event
            why = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace").decode()
            self._write(rules, (), [Unread(body.journal_id, body.source, why)], now_ms)

    def _read_the_table(self) -> None:
        """Hints are gone or not enough; the rows are all there."""
        with self._lock:
            self._is_behind = True

    def _write(self, rules: Rules, arrived: Sequence[Arrived], unread: Sequence[Unread], now_ms: int) -> None:
        with self._store.read() as read:
            waiting = read.still_waiting([body.journal_id for body in arrived])
            fresh = [_addressed(body, rules) for body in arrived if body.journal_id in waiting]
            batch = _gather(read, rules, fresh, now_ms)
        plan, recorded = self._plan(rules, batch, [body.journal_id for body in fresh], unread)
        telling = self._at_once.prepare(plan, rules, now_ms)
        done, told = self._record(plan, rules, telling, now_ms)
        if telling is not None:  # it is on disk, whatever becomes of the rest
            self._at_once.say(telling, told)
        self._heed(done.alerts, plan, now_ms)
        if unread:
            self._read_the_table()
        if recorded:
            self._hooks.alerts_recorded(recorded)
        self._wake()

    def _record(
        self, plan: Plan, rules: Rules, telling: Telling | None, now_ms: int
    ) -> tuple[Recorded, list[Delivered | None]]:
        """Write ``plan``, and with it what is told at once. What is wrong with that costs only the haste."""

        def job(tx: WriteVerbs) -> tuple[Recorded, list[Delivered | None]]:
            done = record(tx, plan, rules, now_ms)
            return done, [] if telling is None else self._at_once.write(tx, telling, done)

        try:
            return self._store.write(job).result()
        except (TryLater, Closed):
            self._at_once.lost()
            raise
        except Exception:
            if telling is None:
                raise
            _log.exception("groups could not be told of at once", groups=len(telling.plans))
            self._at_once.say(telling, ())
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

    def _plan(
        self, rules: Rules, batch: Batch, done: Sequence[JournalId], unread: Sequence[Unread]
    ) -> tuple[Plan, list[Alert]]:
        """Ask the hooks, then route; also the alerts that are news, for whoever is told."""
        opened, enriched = self._news(rules, batch)
        opinions = self._hooks.route_alerts(enriched) if enriched else {}
        changes = batch.over_at_once()
        joins: list[tuple[GroupKey, ...]] = [()] * len(changes)
        for episode, alert in zip(opened, enriched, strict=True):
            routing = rules.route(alert, opinions.get(alert, ()) if opinions else ())
            if routing.unknown or not routing.destinations:
                self._say(routing)
            regroup = rules.door(alert.source).regroup
            joins.append(
                tuple([rules.grouping.key(alert, to, regroup=regroup) for to in routing.destinations])
            )
            changes.append(change_of(episode, alert, routing.trace))
        again = frozenset(episode.id for episode in opened if episode.worsened_by is not None)
        new_joins = joins[len(joins) - len(opened) :]
        doubted, left_out = _doubted(opened, new_joins), _left_out(batch, enriched, new_joins)
        keys = {key.digest: key for joined in joins for key in joined}
        plan = Plan(batch, changes, joins, keys, batch.ended(), done, unread, again, doubted, left_out)
        return plan, enriched

    def _news(self, rules: Rules, batch: Batch) -> tuple[list[Episode], list[Alert]]:
        """What begins and what is worse now, each with its alert as it counts here.

        What a plugin keeps at its old severity is no worse, whatever its sender says of it.
        """
        said = [*batch.opened(), *batch.worsened()]
        graded = [rules.door(alert.source).grades.grade(alert) for _, alert in said]
        pairs = [
            (episode, alert)
            for (episode, _), alert in zip(said, self._enriched(graded), strict=True)
            if episode.worsened_by is None or episode.is_worse_as(alert)
        ]
        batch.news |= {episode.worsened_in for episode, _ in pairs if episode.worsened_in}
        return [episode for episode, _ in pairs], [alert for _, alert in pairs]

    def _enriched(self, alerts: list[Alert]) -> list[Alert]:
        """What plugins made of ``alerts``, one for one whatever they did."""
        given = self._hooks.enrich_alerts(alerts) if alerts else alerts
        if given is alerts:
            return alerts
        answered = {alert.fingerprint: alert for alert in given}
        return [answered.get(alert.fingerprint, alert) for alert in alerts]

    def _say(self, routing: Routing) -> None:
        """A plugin kept an alert silent, or a plugin or sender named a receiver that does not exist."""
        if not routing.destinations:
            self._meter.count("muted", kind="route")
        for plugin, receiver in routing.unknown:
            if (plugin, receiver) not in self._ignored:
                self._ignored.add((plugin, receiver))
                _log.warning("the configuration knows no such receiver or contact", by=plugin, asked=receiver)

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


def _doubted(episodes: Sequence[Episode], joins: Sequence[tuple[GroupKey, ...]]) -> set[bytes]:
    """The groups that only doubted episodes join."""
    if not any(episode.doubted for episode in episodes):
        return set()
    found: dict[bool, set[bytes]] = {True: set(), False: set()}
    for episode, keys in zip(episodes, joins, strict=True):
        found[episode.doubted] |= {key.digest for key in keys}
    return found[True] - found[False]


def _left_out(
    batch: Batch, alerts: Sequence[Alert], joins: Sequence[tuple[GroupKey, ...]]
) -> dict[bytes, int]:
    """What senders have cut off, by the groups that the rest of it joins: ours or the sender's."""
    found: dict[bytes, int] = {}
    for alert, keys in zip(alerts, joins, strict=True) if batch.left_out else ():
        count = batch.left_out.get((alert.source, alert.sender_group), 0)
        found |= {key.digest: max(count, found.get(key.digest, 0)) for key in keys}
    return found


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
    return Arrived(body.id, incoming.source, incoming.received_at, parsed)


def _gather(read: ReadVerbs, rules: Rules, arrived: Sequence[Arrived], now_ms: int) -> Batch:
    fingerprints = {alert.fingerprint: None for body in arrived for alert in body.parsed.alerts}
    known: dict[Fingerprint, KnownAlert] = read.known_alerts(list(fingerprints))
    return read_batch(arrived, known, read.firing_in_sender_group, rules.door, now_ms)
