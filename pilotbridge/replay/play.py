"""Plays bodies and acknowledgements into a bridge of its own, each at its time, and reads what came of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, groupby

from pilotbridge.alerting.teller import BAD_TEXT, ONCALL_GAP
from pilotbridge.alerting.troubles import OWN_SOURCE, OwnSource
from pilotbridge.app import App, Ground, new_meter
from pilotbridge.clock import from_ms, to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.model import Parsed
from pilotbridge.oncall.acknowledgement import acknowledge
from pilotbridge.plugin_manager import Plugins
from pilotbridge.protocols import Arrived, Duty, Unreadable, Worker
from pilotbridge.replay.kept import Kept
from pilotbridge.replay.paper import PaperDispatch, PaperGateway
from pilotbridge.replay.report import Share, shares
from pilotbridge.runtime.stepped import HandClock, SteppedRuntime
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import Body, Taking
from pilotbridge.store.scratch import ScratchEngine

TOGETHER_MS = 1_000
"""Bodies of one second are played together."""
GOLDEN = 0.618_033_988_749_895
_IDLE = ("wall", "tracking-")
_FOUND_OUT = (ONCALL_GAP, BAD_TEXT)
"""Names of workers, as they begin; told by name, for whoever oversees a worker stands in its place."""
Told = Callable[[int, int], object]


class _NoDuties(SteppedRuntime):
    """Nothing is polled, for what came in is played; a clock that only ever goes on is watched by nobody,
    and no status is asked for, because paper delivers at once."""

    def add_worker(self, worker: Worker, *, unhurried: bool = False) -> Callable[[], None]:
        is_idle = worker.name.startswith(_IDLE)
        return (lambda: None) if is_idle else super().add_worker(worker, unhurried=unhurried)

    def add_duty(self, duty: Duty) -> None:
        """Left out."""

    def hurry(self, name: str) -> None:
        """There is nobody to hurry."""


class _Spread:
    """The same numbers in every play, none near those before it: refs are looked for where they are free."""

    def __init__(self) -> None:
        self._at = 0.5

    def uniform(self, low: float, high: float) -> float:
        self._at = (self._at + GOLDEN) % 1
        return low + (high - low) * self._at


@dataclass(frozen=True, slots=True)
class Score:
    """What is played: bodies in the order in which they came, and what people took, by an alert of it.

    Each call of ``bodies`` begins anew; ``total`` says how many there are, ``until_ms`` when the play ends.
    ``kept`` is what else counted then.
    """

    bodies: Callable[[], Iterator[Body]]
    total: int
    takings: Sequence[Taking]
    until_ms: int
    kept: Kept = Kept()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a play came to: what each person got, and how many bodies no source could read.

    ``unknown`` are the schedules whose calendars nobody has ever read.
    """

    shares: Mapping[str, Share]
    bodies: int = 0
    alerts: int = 0
    unread: int = 0
    incidents: int = 0
    unknown: tuple[str, ...] = ()


def play(settings: Settings, plugins: Plugins, score: Score, told: Told) -> Heard:
    """Play ``score`` under ``settings``; ``told`` hears how many bodies are done, of how many."""
    if not score.total:
        return Heard({})
    takings, done = deque(sorted(score.takings, key=lambda each: each.at_ms)), 0
    with _bridge(settings, plugins, score) as player:
        for now_ms, bodies in _by_second(score):
            while takings and takings[0].at_ms <= now_ms:
                player.take(takings.popleft())
            player.go_to(now_ms)
            player.put(bodies)
            done += len(bodies)
            told(done, score.total)
        for taking in takings:
            player.take(taking)
        player.go_to(score.until_ms)
        return replace(player.heard(), unknown=score.kept.unknown_in(settings))


def _first_ms(score: Score) -> int:
    first = next(score.bodies(), None)
    return to_ms(first.incoming.received_at) if first else 0


def _by_second(score: Score) -> Iterator[tuple[int, list[Body]]]:
    """Bodies of one second, and when the last of them came."""
    for _, found in groupby(score.bodies(), key=lambda body: _came_ms(body) // TOGETHER_MS):
        bodies = list(found)
        yield _came_ms(bodies[-1]), bodies


def _came_ms(body: Body) -> int:
    return to_ms(body.incoming.received_at)


@contextmanager
def _bridge(settings: Settings, plugins: Plugins, score: Score) -> Iterator[_Player]:
    start_ms, numbers = _first_ms(score), count(1)
    engine, runtime = ScratchEngine(), _NoDuties(HandClock(from_ms(start_ms)))
    store = DirectStore(engine)
    store.write(lambda tx: score.kept.put(tx, start_ms)).result()
    ground = Ground(
        store=store,
        runtime=runtime,
        rng=_Spread(),
        new_id=lambda: f"replay-{next(numbers)}",
        timer_s=lambda: 0.0,
        make_gateway=lambda gateway: PaperGateway(gateway.name),
        dispatch=PaperDispatch,
        fetch_calendar=None,
    )
    own = _without_a_world(settings)
    # Nothing is recovered, for there is nothing; and what lies in the spool is the real bridge's.
    app = App(own, plugins, ground, new_meter(own, plugins))
    try:
        yield _Player(app, engine, runtime, score.kept)
    finally:
        runtime.close()
        engine.close()


def _without_a_world(settings: Settings) -> Settings:
    """No chats: nothing may be posted or fetched, and what is told there is no SMS. Nobody is pinged."""
    bridge = replace(settings.bridge, heartbeat=None)
    return replace(settings, bridge=bridge, chats={}, lines=())


class _Player:
    """One bridge that is played to."""

    def __init__(self, app: App, engine: ScratchEngine, runtime: SteppedRuntime, kept: Kept) -> None:
        self._app = app
        self._kept = kept
        self._engine = engine
        self._runtime = runtime
        self._bodies = self._alerts = self._unread = 0

    def go_to(self, now_ms: int) -> None:
        """Let everything happen until then."""
        left_ms = now_ms - self._runtime.clock.now_ms()
        if left_ms > 0:
            self._runtime.run_for(timedelta(milliseconds=left_ms))

    def put(self, bodies: Sequence[Body]) -> None:
        """They come in now, as they came in then."""
        read = [(body, self._held(parsed)) for body in bodies if (parsed := self._read(body)) is not None]
        self._bodies += len(bodies)
        self._unread += len(bodies) - len(read)
        self._alerts += sum(len(parsed.alerts) for _, parsed in read)
        self._app.take_in(self._app.ground.store.write(lambda tx: _arrived(tx, read)).result())
        self._runtime.settle()

    def _read(self, body: Body) -> Parsed | None:
        sources, incoming = self._app.in_force.settings.sources, body.incoming
        door = sources.get(incoming.source)
        kind = self._app.in_force.plugins.sources.get(door.type) if door else None
        try:
            if incoming.source == OWN_SOURCE:
                said = OwnSource().parse(incoming, None)
                # The play finds out by itself who is on call, and which texts can be made.
                return said if said.alerts[0].labels["alertname"] not in _FOUND_OUT else Parsed(())
            return kind.parse(incoming, door.options) if kind and door else None
        except Unreadable:
            return None

    def _held(self, parsed: Parsed) -> Parsed:
        return replace(parsed, alerts=tuple([self._kept.held(alert) for alert in parsed.alerts]))

    def take(self, taking: Taking) -> None:
        """Somebody takes whatever is open about this alert, as they did then."""
        self.go_to(taking.at_ms)
        now_ms = self._runtime.clock.now_ms()
        self._app.ground.store.write(lambda tx: take_about(tx, taking, now_ms)).result()
        self._app.wakes.alerting()
        self._runtime.settle()

    def heard(self) -> Heard:
        """What came of it."""
        with self._engine.read() as read:
            told = shares(read.alert_messages(0), self._app.in_force.settings)
            incidents = read.count_incidents()
        return Heard(told, self._bodies, self._alerts, self._unread, incidents)


def _arrived(tx: WriteVerbs, read: Sequence[tuple[Body, Parsed]]) -> list[Arrived]:
    """Each body in the journal of the play, which needs to know that it came and not what it says."""
    found = []
    for body, parsed in read:
        incoming = replace(body.incoming, body=b"", headers={}, query={})
        number, _ = tx.append_journal(Body(incoming, body.alerts))
        found.append(Arrived(number, incoming.source, incoming.received_at, parsed))
    return found


def take_about(tx: WriteVerbs, taking: Taking, now_ms: int) -> None:
    """Take every open incident about one alert that nobody has."""
    known = tx.known_alerts([taking.fingerprint]).get(taking.fingerprint)
    groups = tx.groups_of_alerts([known.id]).values() if known else ()
    rows = tx.incidents([group.incident_id for group in groups if group.incident_id is not None])
    for row in rows.values():
        if row.incident.closed_at is None and row.incident.acknowledged_at is None:
            acknowledge(tx, row.incident.ref, by=taking.by, now_ms=now_ms)
