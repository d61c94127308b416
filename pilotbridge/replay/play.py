"""Plays bodies and acknowledgements into a bridge of its own, each at its time, and reads what came of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from pilotbridge.app import App, Ground, new_meter
from pilotbridge.clock import from_ms, to_ms
from pilotbridge.config.settings import Settings, StoreSettings
from pilotbridge.model import Message
from pilotbridge.oncall.acknowledgement import acknowledge
from pilotbridge.plugin_manager import Plugins
from pilotbridge.protocols import Arrived, Duty, Unreadable, Worker
from pilotbridge.replay.paper import PaperGateway
from pilotbridge.runtime.stepped import HandClock, SteppedRuntime
from pilotbridge.runtime.wall import WallWatch
from pilotbridge.runtime.writer import DirectStore
from pilotbridge.store.migrations import migrate
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import Body, Taking
from pilotbridge.store.sqlite import SqliteEngine

TOGETHER_MS = 1_000
"""Bodies of one second are played together."""
SHARED_MEMORY = Path("/dev/shm")
Told = Callable[[int, int], object]


class _NoDuties(SteppedRuntime):
    """Nothing is polled, for what came in is played; and nobody watches a clock that only ever goes on."""

    def add_worker(self, worker: Worker) -> Callable[[], None]:
        return (lambda: None) if isinstance(worker, WallWatch) else super().add_worker(worker)

    def add_duty(self, duty: Duty) -> None:
        """Left out."""

    def hurry(self, name: str) -> None:
        """There is nobody to hurry."""


class _Middle:
    def uniform(self, low: float, high: float) -> float:
        return (low + high) / 2


@dataclass(frozen=True, slots=True)
class Score:
    """What is played: bodies in the order in which they came, and what people took, by an alert of it.

    Each call of ``bodies`` begins anew; ``total`` says how many there are, ``until_ms`` when the play ends.
    """

    bodies: Callable[[], Iterator[Body]]
    total: int
    takings: Sequence[Taking]
    until_ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What a play came to: every SMS, and how many bodies no source could read."""

    messages: Sequence[Message]
    bodies: int
    alerts: int
    unread: int
    incidents: int


def play(settings: Settings, plugins: Plugins, score: Score, told: Told) -> Heard:
    """Play ``score`` under ``settings``; ``told`` hears how many bodies are done, of how many."""
    if not score.total:
        return Heard((), 0, 0, 0, 0)
    takings, done = deque(sorted(score.takings, key=lambda each: each.at_ms)), 0
    with _bridge(settings, plugins, _first_ms(score)) as player:
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
        return player.heard()


def _first_ms(score: Score) -> int:
    first = next(score.bodies(), None)
    return to_ms(first.incoming.received_at) if first else 0


def _by_second(score: Score) -> Iterator[tuple[int, list[Body]]]:
    def second(body: Body) -> int:
        return to_ms(body.incoming.received_at) // TOGETHER_MS

    for moment, bodies in groupby(score.bodies(), key=second):
        yield moment * TOGETHER_MS, list(bodies)


@contextmanager
def _bridge(settings: Settings, plugins: Plugins, start_ms: int) -> Iterator[_Player]:
    where = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="pilotbridge-replay-", dir=where) as folder:
        path = Path(folder) / "replay.db"
        # No chats: nothing may be posted or fetched, and what is told there is no SMS.
        own = replace(settings, store=StoreSettings(f"sqlite:///{path}"), chats={}, lines=())
        engine = SqliteEngine(path)
        engine.open(lambda connection: migrate(connection.raw, path))
        runtime, numbers = _NoDuties(HandClock(from_ms(start_ms))), count(1)
        ground = Ground(
            store=DirectStore(engine),
            runtime=runtime,
            rng=_Middle(),
            new_id=lambda: f"replay-{next(numbers)}",
            timer_s=lambda: 0.0,
            make_gateway=lambda gateway: PaperGateway(gateway.name),
        )
        app = App(own, plugins, ground, new_meter(own, plugins))
        app.recover()
        try:
            yield _Player(app, engine, runtime)
        finally:
            runtime.close()
            engine.close()


class _Player:
    """One bridge that is played to."""

    def __init__(self, app: App, engine: SqliteEngine, runtime: SteppedRuntime) -> None:
        self._app = app
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
        arrived = [found for body in bodies if (found := self._read(body)) is not None]
        self._app.ingest.hand_over(arrived)
        self._app.wake_alerting()
        self._runtime.settle()

    def _read(self, body: Body) -> Arrived | None:
        self._bodies += 1
        sources, incoming = self._app.in_force.settings.sources, body.incoming
        door = sources.get(incoming.source)
        kind = self._app.in_force.plugins.sources.get(door.type) if door else None
        try:
            parsed = kind.parse(incoming, door.options) if kind and door else None
        except Unreadable:
            parsed = None
        if parsed is None:
            self._unread += 1
            return None
        self._alerts += len(parsed.alerts)
        journal_id, _ = self._app.ground.store.write(lambda tx: tx.append_journal(body)).result()
        return Arrived(journal_id, incoming.source, incoming.received_at, parsed)

    def take(self, taking: Taking) -> None:
        """Somebody takes whatever is open about this alert, as they did then."""
        self.go_to(taking.at_ms)
        now_ms = self._runtime.clock.now_ms()
        self._app.ground.store.write(lambda tx: take_about(tx, taking, now_ms)).result()
        self._app.wake_alerting()
        self._runtime.settle()

    def heard(self) -> Heard:
        """What came of it."""
        with self._engine.read() as read:
            messages = list(reversed(read.messages_listed(limit=1_000_000)))
            incidents = len(read.incidents_listed(1_000_000))
        return Heard(messages, self._bodies, self._alerts, self._unread, incidents)


def take_about(tx: WriteVerbs, taking: Taking, now_ms: int) -> None:
    """Take every open incident about one alert that nobody has."""
    known = tx.known_alerts([taking.fingerprint]).get(taking.fingerprint)
    groups = tx.groups_of_alerts([known.id]).values() if known else ()
    rows = tx.incidents([group.incident_id for group in groups if group.incident_id is not None])
    for row in rows.values():
        if row.incident.closed_at is None and row.incident.acknowledged_at is None:
            acknowledge(tx, row.incident.ref, by=taking.by, now_ms=now_ms)
