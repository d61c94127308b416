"""The worker that looks at groups when they are due, and hands what it gathers of them to whoever tells.

It owns which groups are looked at, and what becomes of one that cannot be; :mod:`teller` owns the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from pilotbridge.alerting.deliver import Delivered
from pilotbridge.alerting.muting import Inhibits, Quiet
from pilotbridge.alerting.plan import Plan
from pilotbridge.alerting.teller import Look, Teller
from pilotbridge.alerting.work import Work, gather
from pilotbridge.clock import Clock
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Closed, PilotBridgeError, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.protocols import Meter
from pilotbridge.store.protocol import Store
from pilotbridge.store.records import DueGroup

GROUPS_PER_LOOK = 200
GROUPS_PER_READ = 20
"""So many groups share one read; more would have changed too often by the time they are written."""
LOOKS = 3
"""A group that has changed while it was worded is looked at again; at the last look it is told as it was."""
AFTER_FAILURE_MS = 10_000

_log = get_logger(__name__)


class Flush:
    """The worker ``flush``."""

    name = "flush"

    def __init__(
        self,
        *,
        store: Store,
        settings: Callable[[], Settings],
        clock: Clock,
        meter: Meter,
        teller: Teller,
        inhibition: Callable[[], Inhibits | None] = lambda: None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._meter = meter
        self._teller = teller
        self._inhibition = inhibition

    def turn(self) -> int | None:
        """Look at every group that is due; returns when the next one is."""
        for look in range(LOOKS):
            if not self._look(insists=look == LOOKS - 1):
                break
        self._teller.tell_storms()
        with self._store.read() as read:
            found = [read.next_group_due(), read.next_storm_due()]
        return min((at_ms for at_ms in found if at_ms is not None), default=None)

    def _look(self, *, insists: bool) -> bool:
        """One look at the groups that are due; whether any of them has to be looked at again."""
        settings, now_ms = self._settings(), self._clock.now_ms()
        inhibition = self._inhibition()
        with self._store.read() as read:
            groups = read.due_groups(now_ms, GROUPS_PER_LOOK)
            quiet = Quiet(read.silences(now_ms) if groups else (), now_ms, inhibition)
        self._meter.gauge("groups_due", len(groups))
        look, writing = self._teller.look(settings, quiet, now_ms), []
        for works in self._gathered(groups, look):
            found = [plan for work in works if (plan := self._planned(work, look)) is not None]
            plans = self._teller.bundled(found, look)
            if plans:
                writing.append((plans, self._write(plans, look, insists=insists)))
        delivered: list[tuple[Plan, Delivered | None]] = []
        try:
            for plans, future in writing:
                delivered.extend(self._delivered(plans, future, look, insists=insists))
        finally:  # what is on disk is told of, whatever became of the rest
            self._teller.say(delivered)
        return any(done is None for _, done in delivered)

    def _gathered(self, groups: Sequence[DueGroup], look: Look) -> Iterator[list[Work]]:
        """What there is to know of each group, some of them together in one read."""
        for start in range(0, len(groups), GROUPS_PER_READ):
            yield self._together(groups[start : start + GROUPS_PER_READ], look)

    def _together(self, groups: Sequence[DueGroup], look: Look) -> list[Work]:
        try:
            with self._store.read() as read:
                return gather(read, groups, look.ground)
        except PilotBridgeError:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours in one group must not keep all others waiting
            if len(groups) > 1:
                return [work for group in groups for work in self._together([group], look)]
            self._postpone(groups[0], look.now_ms)
            return []

    def _planned(self, work: Work, look: Look) -> Plan | None:
        try:
            return look.planner.plan(work, look.now_ms)
        except PilotBridgeError:
            raise
        except Exception:  # noqa: BLE001 - as above: plugins and texts have their own fences, this is ours
            self._postpone(work.group, look.now_ms)
            return None

    def _postpone(self, group: DueGroup, now_ms: int) -> None:
        """Called where the fault is handled: it is logged, and the group is looked at again."""
        _log.exception("a group could not be looked at", group=group.id, receiver=group.receiver)
        again_ms = now_ms + AFTER_FAILURE_MS
        self._store.write(lambda tx: tx.postpone_group(group.id, again_ms)).result()

    def _write(self, plans: Sequence[Plan], look: Look, *, insists: bool) -> Future[list[Delivered | None]]:
        return self._store.write(self._teller.writes(plans, look, insists=insists), carries=True)

    def _delivered(
        self, plans: Sequence[Plan], future: Future[list[Delivered | None]], look: Look, *, insists: bool
    ) -> Iterator[tuple[Plan, Delivered | None]]:
        """Each plan with what was written. One that cannot be written costs its neighbours nothing."""
        try:
            yield from zip(plans, future.result(), strict=True)
        except (TryLater, Closed):
            self._teller.lost()
            raise
        except Exception:  # noqa: BLE001 - a fault in one plan; it is logged, and its group looked at again
            if len(plans) == 1:
                self._postpone(plans[0].work.group, look.now_ms)
                return
            for plan in plans:
                alone = self._write([plan], look, insists=insists)
                yield from self._delivered([plan], alone, look, insists=insists)
