"""Who tells of groups: plans for them, what is written of each, and what is said once that is on disk.

Whoever finds groups hands them over here. It belongs to the one thread that tells; the decisions and the
wording stand in the modules it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pilotbridge.alerting.compose import Ask
from pilotbridge.alerting.deliver import Delivered, deliver
from pilotbridge.alerting.grouping import ms
from pilotbridge.alerting.muting import Quiet
from pilotbridge.alerting.plan import Plan, Planner
from pilotbridge.alerting.refs import NOT_REUSED_FOR, Refs
from pilotbridge.alerting.storms.telling import tell_storms
from pilotbridge.alerting.storms.watch import StormWatch, bundle_letter
from pilotbridge.alerting.work import Ground
from pilotbridge.clock import Clock
from pilotbridge.config.settings import RouteNode, Settings
from pilotbridge.logs import get_logger, lines_together
from pilotbridge.model import HAPPENED_LASTS, Ref, Trouble
from pilotbridge.outbox.enqueue import Postage
from pilotbridge.protocols import Hooks, Meter, Rng
from pilotbridge.store.protocol import Store, WriteVerbs

REFS_READ_EVERY_MS = 3_600_000
"""A ref that is free again after a week may be found out so late; to count those in use takes time."""
OVERRUNS_MAX = 3
ONCALL_GAP = "OncallGap"
BAD_TEXT = "TemplateFailing"

_log = get_logger(__name__)

Writes = Callable[[WriteVerbs], list[Delivered | None]]


def ask_here(call: Callable[[], str], deadline_s: float) -> str:  # noqa: ARG001 - nobody to enforce it
    """Fill in texts on this very thread."""
    return call()


@dataclass(frozen=True, slots=True)
class Look:
    """One look at groups: under which configuration, at which moment, and who plans for them."""

    settings: Settings
    now_ms: int
    ground: Ground
    planner: Planner


class Teller:
    """``ask`` runs texts of the configuration in time; ``wake`` wakes whoever sends."""

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
        self._ask = ask
        self._raise_trouble = raise_trouble
        self._nodes_of: tuple[Settings, Mapping[str, RouteNode]] | None = None
        self._known_refs: tuple[Settings, int, Refs] | None = None
        self._storm_watch: StormWatch | None = None
        self._overruns: tuple[Settings | None, int] = (None, 0)

    # -- plans -----------------------------------------------------------------------------------

    def look(self, settings: Settings, quiet: Quiet, now_ms: int) -> Look:
        """A look begins."""
        ground = Ground(settings, self._nodes(settings), quiet, now_ms)
        ask, new_ref = self._ask_in_time(settings), self._refs(settings, now_ms)
        planner = Planner(settings, self._hooks, ask, new_ref, self._give_back)
        return Look(settings, now_ms, ground, planner)

    def bundled(self, plans: Sequence[Plan], look: Look) -> list[Plan]:
        """The same plans; letters that go into a storm say so."""
        return self._storms().sort(plans, look.settings.storm, look.now_ms)

    def writes(self, plans: Sequence[Plan], look: Look, *, insists: bool = False) -> Writes:
        """What puts ``plans`` into the database, to be run in a transaction; see :func:`deliver`."""
        bundle, postage = partial(bundle_letter, rules=look.settings.storm), self._postage()
        return lambda tx: deliver(tx, plans, postage, look.now_ms, insists=insists, bundle=bundle)

    def tell_storms(self) -> None:
        """Tell of every storm that is due."""
        settings, now_ms = self._settings(), self._clock.now_ms()
        new_ref = self._refs(settings, now_ms)
        if tell_storms(self._store, self._storms(), settings, self._postage(), new_ref, now_ms):
            self._wake()

    def _nodes(self, settings: Settings) -> Mapping[str, RouteNode]:
        """The route's nodes by path, made once a configuration."""
        if self._nodes_of is None or self._nodes_of[0] is not settings:
            self._nodes_of = (settings, {node.path: node for node in settings.route.walk()})
        return self._nodes_of[1]

    def _storms(self) -> StormWatch:
        """Loaded when it is asked for first: which storms rage is in the rows."""
        if self._storm_watch is None:
            with self._store.read() as read:
                self._storm_watch = StormWatch(storm.recipient for storm in read.open_storms())
        return self._storm_watch

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

    def _refs(self, settings: Settings, now_ms: int) -> Callable[[], Ref]:
        """Gives out refs that are free, each once. Nobody else does, so that they are read now and then."""

        def new_ref() -> Ref:
            known = self._known_refs
            if known is None or known[0] is not settings or not 0 <= now_ms - known[1] < REFS_READ_EVERY_MS:
                known = self._known_refs = (settings, now_ms, self._read_refs(settings, now_ms))
            return known[2].take()

        return new_ref

    def lost(self) -> None:
        """The store failed: what was planned may be on disk all the same, and its refs with it."""
        self._known_refs = None

    def _forget(self, plan: Plan) -> None:
        """Nothing of it was written."""
        if plan.incident is not None and plan.work.incident is None:
            self._give_back(plan.incident.ref)

    def _give_back(self, ref: Ref) -> None:
        if self._known_refs is not None:
            self._known_refs[2].give_back(ref)

    def _read_refs(self, settings: Settings, now_ms: int) -> Refs:
        prefixes = [relay.line.prefix for relay in settings.lines]
        prefixes += [each.reply_to.prefix for each in settings.gateways.values() if each.reply_to]
        with self._store.read() as read:
            return Refs(read.busy_refs(now_ms - ms(NOT_REUSED_FOR)), prefixes, self._rng)

    # -- what is on disk -------------------------------------------------------------------------

    def say(self, delivered: Iterable[tuple[Plan, Delivered | None]]) -> None:
        """Count and log what is on disk now, and wake whoever sends it."""
        with lines_together():
            told = [self._say_one(plan, done) for plan, done in delivered]
        if any(told):
            self._wake()

    def _say_one(self, plan: Plan, done: Delivered | None) -> bool:
        """Whether anybody is told."""
        if done is None:
            self._forget(plan)
            return False
        reason = plan.work.decision.reason
        if plan.mute is not None and not plan.letters:
            self._meter.count("muted", kind=plan.mute.kind)
        if reason is None or not plan.is_recorded:
            return False
        self._say_gaps(plan)
        self._say_bad_texts(plan)
        self._meter.count("notifications", reason=reason.value)
        _log_told(plan, done)
        return True

    def _say_gaps(self, plan: Plan) -> None:
        """Somebody was told in place of nobody."""
        for schedule in plan.work.gaps if plan.letters else ():
            summary = f"nobody is on call by {schedule}; whoever was last is told"
            self._raise_trouble(Trouble(ONCALL_GAP, schedule, summary))

    def _say_bad_texts(self, plan: Plan) -> None:
        """People got the built-in text in place of the configuration's own.

        That the very Trouble about it is worded so is no news, or it would keep itself alive.
        """
        if plan.incident is not None and plan.incident.name == BAD_TEXT:
            return
        receiver = plan.work.receiver.name
        for fault in dict.fromkeys(letter.fault for letter in plan.letters if letter.fault):
            summary = f"the text template for {receiver} fails, the built-in text goes out: {fault}"
            self._raise_trouble(Trouble(BAD_TEXT, receiver, summary, lasts=HAPPENED_LASTS))


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
