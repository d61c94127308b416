"""The worker that looks at groups when they are due, and tells whoever is to be told.

It carries out gather, plan and deliver; the decisions and the wording stand in the modules it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial

from pilotbridge.alerting.compose import Ask
from pilotbridge.alerting.deliver import Delivered, deliver
from pilotbridge.alerting.grouping import ms
from pilotbridge.alerting.muting import Inhibits, Quiet
from pilotbridge.alerting.plan import Plan, Planner
from pilotbridge.alerting.refs import NOT_REUSED_FOR, Refs
from pilotbridge.alerting.storms.telling import tell_storms
from pilotbridge.alerting.storms.watch import StormWatch, bundle_letter
from pilotbridge.alerting.work import Ground, Work, gather
from pilotbridge.clock import Clock
from pilotbridge.config.settings import RouteNode, Settings
from pilotbridge.errors import Closed, PilotBridgeError, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import Ref, Trouble
from pilotbridge.outbox.enqueue import Postage
from pilotbridge.protocols import Hooks, Meter, Rng
from pilotbridge.store.protocol import Store, WriteVerbs
from pilotbridge.store.records import DueGroup

GROUPS_PER_LOOK = 200
GROUPS_PER_READ = 20
"""So many groups share one read; more would have changed too often by the time they are written."""
REFS_READ_EVERY_MS = 3_600_000
"""A ref that is free again after a week may be found out so late; to count those in use takes time."""
LOOKS = 3
"""A group that has changed while it was worded is looked at again; at the last look it is told as it was."""
AFTER_FAILURE_MS = 10_000
OVERRUNS_MAX = 3
ONCALL_GAP = "OncallGap"
BAD_TEXT = "TemplateFailing"

_log = get_logger(__name__)


def ask_here(call: Callable[[], str], deadline_s: float) -> str:  # noqa: ARG001 - nobody to enforce it
    """Fill in texts on this very thread."""
    return call()


class Flush:
    """The worker ``flush``. ``ask`` runs texts of the configuration in time; ``wake`` wakes whoever sends."""

    name = "flush"

    def __init__(
        self,
        *,
        store: Store,
        settings: Callable[[], Settings],
        hooks: Hooks,
        clock: Clock,
        meter: Meter,
        rng: Rng,
        postage: Callable[[], Postage],
        wake: Callable[[], None],
        inhibition: Callable[[], Inhibits | None] = lambda: None,
        ask: Ask = ask_here,
        raise_trouble: Callable[[Trouble], None] = lambda _trouble: None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._hooks = hooks
        self._clock = clock
        self._meter = meter
        self._rng = rng
        self._postage = postage
        self._wake = wake
        self._inhibition = inhibition
        self._ask = ask
        self._raise_trouble = raise_trouble
        self._nodes_of: tuple[Settings, Mapping[str, RouteNode]] | None = None
        self._known_refs: tuple[Settings, int, Refs] | None = None
        self._storm_watch: StormWatch | None = None
        self._overruns: tuple[Settings | None, int] = (None, 0)

    def turn(self) -> int | None:
        """Look at every group that is due; returns when the next one is."""
        for look in range(LOOKS):
            if not self._look(insists=look == LOOKS - 1):
                break
        self._tell_storms()
        with self._store.read() as read:
            found = [read.next_group_due(), read.next_storm_due()]
        return min((at_ms for at_ms in found if at_ms is not None), default=None)

    def _tell_storms(self) -> None:
        settings, now_ms = self._settings(), self._clock.now_ms()
        new_ref = self._refs(settings, now_ms)
        if tell_storms(self._store, self._storms(), settings, self._postage(), new_ref, now_ms):
            self._wake()

    def _storms(self) -> StormWatch:
        """Loaded when it is asked for first: which storms rage is in the rows."""
        if self._storm_watch is None:
            with self._store.read() as read:
                self._storm_watch = StormWatch(storm.recipient for storm in read.open_storms())
        return self._storm_watch

    def _look(self, *, insists: bool) -> bool:
        """One look at the groups that are due; whether any of them has to be looked at again."""
        settings, now_ms = self._settings(), self._clock.now_ms()
        inhibition = self._inhibition()
        with self._store.read() as read:
            groups = read.due_groups(now_ms, GROUPS_PER_LOOK)
            quiet = Quiet(read.silences(now_ms) if groups else (), now_ms, inhibition)
        self._meter.gauge("groups_due", len(groups))
        ground = Ground(settings, self._nodes(settings), quiet, now_ms)
        planner = Planner(settings, self._hooks, self._ask_in_time(settings), self._refs(settings, now_ms))
        postage, writing = self._postage(), []
        for works in self._gathered(groups, ground):
            found = [plan for work in works if (plan := self._planned(work, planner, now_ms)) is not None]
            plans = self._storms().sort(found, settings.storm, now_ms)
            if plans:
                writing.append((plans, self._deliver(plans, postage, now_ms, insists=insists)))
        delivered = [
            pair
            for plans, future in writing
            for pair in self._delivered(plans, future, postage, now_ms, insists=insists)
        ]
        self._say(delivered)
        return any(done is None for _, done in delivered)

    def _gathered(self, groups: Sequence[DueGroup], ground: Ground) -> Iterator[list[Work]]:
        """What there is to know of each group, some of them together in one read."""
        for start in range(0, len(groups), GROUPS_PER_READ):
            yield self._together(groups[start : start + GROUPS_PER_READ], ground)

    def _together(self, groups: Sequence[DueGroup], ground: Ground) -> list[Work]:
        try:
            with self._store.read() as read:
                return gather(read, groups, ground)
        except PilotBridgeError:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours in one group must not keep all others waiting
            if len(groups) > 1:
                return [work for group in groups for work in self._together([group], ground)]
            self._postpone(groups[0], ground.now_ms)
            return []

    def _planned(self, work: Work, planner: Planner, now_ms: int) -> Plan | None:
        try:
            return planner.plan(work, now_ms)
        except PilotBridgeError:
            raise
        except Exception:  # noqa: BLE001 - as above: plugins and texts have their own fences, this is ours
            self._postpone(work.group, now_ms)
            return None

    def _postpone(self, group: DueGroup, now_ms: int) -> None:
        """Called where the fault is handled: it is logged, and the group is looked at again."""
        _log.exception("a group could not be looked at", group=group.id, receiver=group.receiver)
        again_ms = now_ms + AFTER_FAILURE_MS
        self._store.write(lambda tx: tx.postpone_group(group.id, again_ms)).result()

    def _nodes(self, settings: Settings) -> Mapping[str, RouteNode]:
        """The route's nodes by path, made once a configuration."""
        if self._nodes_of is None or self._nodes_of[0] is not settings:
            self._nodes_of = (settings, {node.path: node for node in settings.route.walk()})
        return self._nodes_of[1]

    def _ask_in_time(self, settings: Settings) -> Ask:
        """Texts of a configuration that overran three times are not asked for again under it."""
        if self._overruns[0] is not settings:
            self._overruns = (settings, 0)

        def ask(call: Callable[[], str], deadline_s: float) -> str:
            if self._overruns[1] >= OVERRUNS_MAX:
                raise TimeoutError("texts of the configuration took too long; they are off until reload")
            try:
                return self._ask(call, deadline_s)
            except TimeoutError:
                self._overruns = (settings, self._overruns[1] + 1)
                raise

        return ask

    def _deliver(
        self, plans: Sequence[Plan], postage: Postage, now_ms: int, *, insists: bool
    ) -> Future[list[Delivered | None]]:
        bundle = partial(bundle_letter, rules=self._settings().storm)

        def job(tx: WriteVerbs) -> list[Delivered | None]:
            return deliver(tx, plans, postage, now_ms, insists=insists, bundle=bundle)

        return self._store.write(job)

    def _delivered(
        self,
        plans: Sequence[Plan],
        future: Future[list[Delivered | None]],
        postage: Postage,
        now_ms: int,
        *,
        insists: bool,
    ) -> Iterator[tuple[Plan, Delivered | None]]:
        """Each plan with what was written. One that cannot be written costs its neighbours nothing."""
        try:
            yield from zip(plans, future.result(), strict=True)
        except (TryLater, Closed):
            raise
        except Exception:  # noqa: BLE001 - a fault in one plan; it is logged, and its group looked at again
            if len(plans) == 1:
                self._postpone(plans[0].work.group, now_ms)
                return
            for plan in plans:
                alone = self._deliver([plan], postage, now_ms, insists=insists)
                yield from self._delivered([plan], alone, postage, now_ms, insists=insists)

    def _refs(self, settings: Settings, now_ms: int) -> Callable[[], Ref]:
        """Gives out refs that are free, each once. Nobody else does, so that they are read now and then."""

        def new_ref() -> Ref:
            known = self._known_refs
            if known is None or known[0] is not settings or not 0 <= now_ms - known[1] < REFS_READ_EVERY_MS:
                known = self._known_refs = (settings, now_ms, self._read_refs(settings, now_ms))
            return known[2].take()

        return new_ref

    def _read_refs(self, settings: Settings, now_ms: int) -> Refs:
        prefixes = [relay.line.prefix for relay in settings.lines]
        prefixes += [each.reply_to.prefix for each in settings.gateways.values() if each.reply_to]
        with self._store.read() as read:
            return Refs(read.busy_refs(now_ms - ms(NOT_REUSED_FOR)), prefixes, self._rng)

    def _say(self, delivered: Iterable[tuple[Plan, Delivered | None]]) -> None:
        """Count and log what is on disk now."""
        is_news = False
        for plan, done in delivered:
            if done is None:
                continue
            reason = plan.work.decision.reason
            if plan.mute is not None and not plan.letters:
                self._meter.count("muted", kind=plan.mute.kind)
            if reason is not None and plan.is_recorded:
                is_news = True
                self._say_gaps(plan)
                self._say_bad_texts(plan)
                self._meter.count("notifications", reason=reason.value)
                _log_told(plan, done)
        if is_news:
            self._wake()

    def _say_gaps(self, plan: Plan) -> None:
        """Somebody was told in place of nobody."""
        for schedule in plan.work.gaps if plan.letters else ():
            summary = f"nobody is on call by {schedule}; whoever was last is told"
            self._raise_trouble(Trouble(ONCALL_GAP, schedule, summary))

    def _say_bad_texts(self, plan: Plan) -> None:
        """People got the built-in text in place of the configuration's own."""
        receiver = plan.work.receiver.name
        for fault in dict.fromkeys(letter.fault for letter in plan.letters if letter.fault):
            summary = f"the text template for {receiver} fails, the built-in text goes out: {fault}"
            self._raise_trouble(Trouble(BAD_TEXT, receiver, summary))


def _log_told(plan: Plan, done: Delivered) -> None:
    incident, decision = plan.incident, plan.work.decision
    _log.info(
        "an incident was told of",
        ref=incident.ref if incident else "",
        reason=str(decision.reason),
        why=decision.why,
        receiver=plan.work.receiver.name,
        messages=done.queued,
        cancelled=done.cancelled,
    )
    reaches = plan.letters or plan.work.has_card or plan.mute is not None or decision.closes
    if plan.work.is_told and plan.work.receiver.steps and not reaches:
        _log.error("a receiver reaches nobody", receiver=plan.work.receiver.name)
    for letter in plan.letters:
        if letter.fault:
            _log.error("a text template failed", receiver=plan.work.receiver.name, cause=letter.fault)
