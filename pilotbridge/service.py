"""The running program: store, loop, doors, signals, and the order in which everything ends.

The end: intake stops, ticks stop, workers finish their turn, what they know goes to disk, the store closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING

from pilotbridge.app import App, Ground, control_socket, new_meter
from pilotbridge.clock import SystemClock
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Closed, ConfigurationError, PilotBridgeError, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.metrics import Metrics
from pilotbridge.pinging import PingWay, ping
from pilotbridge.plugin_manager import Plugins
from pilotbridge.runtime.main_loop import Signals, run_loop
from pilotbridge.runtime.one_processor import on_one_processor
from pilotbridge.runtime.threaded import ThreadedRuntime
from pilotbridge.runtime.writer import ThreadedStore
from pilotbridge.schedule import Schedule, load_library
from pilotbridge.store.migrations import migrate
from pilotbridge.store.sqlite import SqliteEngine
from pilotbridge.web import app as web
from pilotbridge.web.alertmanager.door import PATH as ALERTS
from pilotbridge.web.alertmanager.door import AlertsDoor
from pilotbridge.web.health import READY, health_doors, health_endpoints
from pilotbridge.web.hooks import PREFIX as HOOKS
from pilotbridge.web.later import Later
from pilotbridge.web.server import WebServer

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

    from pilotbridge.web.endpoints import Endpoint
    from pilotbridge.web.reload import ReloadOutcome

WORKERS_END_WITHIN_S = 4.0
# The interpreter lets a busy thread go on for 5 ms by default; a chain of five short hand-overs would
# then take 25 ms under load.
SWITCH_INTERVAL_S = 0.0005

log = get_logger(__name__)


class Service:
    """One bridge as a process. ``ready`` hears the address once alerts are taken; ``whole``: all is loaded.

    ``make_adapter`` stands in for the gateways' network, as in a dry run.
    """

    def __init__(
        self,
        settings: Settings,
        plugins: Plugins,
        *,
        read_again: Callable[[], tuple[Settings | None, ReloadOutcome]],
        ready: Callable[[str], None],
        whole: Callable[[], None] = lambda: None,
        make_adapter: Callable[[], BaseAdapter] | None = None,
    ) -> None:
        self._settings = settings
        self._plugins = plugins
        self._read_again = read_again
        self._ready = ready
        self._whole = whole
        self._make_adapter = make_adapter
        self._missing: list[str] = ["it is still starting"]
        self._store: ThreadedStore | None = None
        self._door = ""
        self._fatal: BaseException | None = None
        self._signals: Signals | None = None

    def run(self) -> int:
        """Run until somebody asks for the end; returns the exit code.

        :raises ConfigurationError: when it cannot start, or another process took the database over.
        :raises Closed: when the writer met a fault of ours.
        """
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        meter = new_meter(self._settings, self._plugins)
        place = on_one_processor() if self._settings.bridge.one_processor else contextlib.nullcontext()
        with place, self._open_store(meter) as store:
            runtime = ThreadedRuntime()
            ground = Ground(
                store,
                runtime,
                Random(),
                lambda: secrets.token_hex(8),
                perf_counter,
                self._make_adapter,
                door=self._look_at_door,
            )
            app = App(self._settings, self._plugins, ground, meter)
            app.recover()
            try:
                code = run_loop(lambda: self._serve(app, runtime))
            except Closed:
                if self._fatal is None:
                    raise
        if isinstance(self._fatal, PilotBridgeError):
            raise ConfigurationError(str(self._fatal)) from self._fatal
        if self._fatal is not None:
            what = f"{type(self._fatal).__name__}: {self._fatal}"
            raise Closed(f"nothing can be kept any more ({what}); nothing is lost: start it again")
        return code

    def stop(self) -> None:
        """Ask for the end from any thread; before it is ready there is nothing to ask."""
        if self._signals is not None:
            self._signals.stop_from_thread()

    @contextlib.contextmanager
    def _open_store(self, meter: Metrics) -> Iterator[ThreadedStore]:
        path = self._settings.store.sqlite_path
        engine = SqliteEngine(path)
        engine.open(lambda connection: migrate(connection.raw, path))
        store = self._store = ThreadedStore(engine, meter, self._on_fatal)
        store.start()
        try:
            yield store
        finally:
            store.close()
            engine.close()

    def _on_fatal(self, error: BaseException) -> None:
        """Called on the writer's thread: nothing can be kept any more, so nothing may be accepted."""
        self._fatal = error
        self._missing = [str(error)]
        log.error("the store is lost", reason=str(error))
        self.stop()

    # -- on the loop -----------------------------------------------------------------------------

    async def _serve(self, app: App, runtime: ThreadedRuntime) -> int:
        loop = asyncio.get_running_loop()

        async def reload() -> ReloadOutcome:
            return await loop.run_in_executor(None, self._reload, app)

        signals = self._signals = Signals(reload)
        signals.install()
        schedule = Schedule(SystemClock().utc_now)
        runtime.on_rearm = lambda: loop.call_soon_threadsafe(schedule.rearm)
        runtime.on_hurry = lambda name: loop.call_soon_threadsafe(schedule.hurry, name)
        for duty in runtime.duties:
            schedule.add_duty(duty)
        tables = self._tables(app, reload)
        doors = await self._open_doors(app, tables)
        self._door = doors[0].url
        runtime.on_duty = lambda duty: loop.call_soon_threadsafe(schedule.add_duty, duty)
        runtime.start()
        app.tell_started()
        self._missing = []
        _tell_taken(app)
        self._ready(doors[0].url)
        await loop.run_in_executor(None, _load_rest)
        schedule.start()
        await asyncio.gather(*(table.made() for table in tables))
        self._whole()
        await signals.wait()
        self._missing = ["it is ending"]
        await self._end(app, runtime, schedule, doors)
        return 0

    async def _open_doors(self, app: App, tables: tuple[Later, Later]) -> list[WebServer]:
        on_network, on_socket = tables
        gets = health_doors(lambda: self._lacks())
        main = WebServer(
            web.network_app(
                intake_door=app.doors.intake,
                callback_door=app.doors.callback,
                rest=on_network,
                doors={HOOKS: app.doors.hooks},
                posts={ALERTS: AlertsDoor(app.doors.intake, _in_force(app))},
                gets=gets,
            ),
            fast=app.doors.intake.fast,
        )
        control = WebServer(web.with_gets(gets, on_socket))
        doors = [main, control]
        await main.start(self._settings.web.listen)
        await control.start_control(control_socket(self._settings))
        if self._settings.web.public_listen is not None:
            public = WebServer(
                web.public_app(callback_door=app.doors.callback, doors={HOOKS: app.doors.hooks})
            )
            await public.start(self._settings.web.public_listen)
            doors.append(public)
        return doors

    def _lacks(self) -> list[str]:
        """What keeps the bridge from its work just now."""
        return [*self._missing, *([self._store.failing] if self._store and self._store.failing else [])]

    def _look_at_door(self) -> str:
        """Why nobody gets an answer where senders post; asked as they ask, through the socket."""
        try:
            ping(f"{self._door}{READY}", PingWay(), SystemClock())
        except TryLater as error:
            return error.reason
        return ""

    def _tables(self, app: App, reload: Callable[[], Awaitable[ReloadOutcome]]) -> tuple[Later, Later]:
        """What people and their tools ask, by token over the network and by file rights on this machine."""
        settings = _in_force(app)
        return (
            Later(lambda: web.network_table(settings, self._endpoints(app, reload))),
            Later(lambda: web.control_app(settings=settings, endpoints=self._endpoints(app, reload))),
        )

    def _endpoints(self, app: App, reload: Callable[[], Awaitable[ReloadOutcome]]) -> Sequence[Endpoint]:
        """A tenth of the start to load, and no alert waits for it."""
        from pilotbridge.web.alertmanager.api import alertmanager_endpoints
        from pilotbridge.web.api import api_endpoints
        from pilotbridge.web.metrics_page import metrics_endpoint
        from pilotbridge.web.reload import reload_endpoint

        store, clock = app.ground.store, app.ground.runtime.clock
        return (
            *health_endpoints(lambda: self._lacks()),
            reload_endpoint(reload),
            metrics_endpoint(app.meter.render),
            *api_endpoints(app.desk, store),
            *alertmanager_endpoints(app.desk, store, clock),
        )

    async def _end(
        self, app: App, runtime: ThreadedRuntime, schedule: Schedule, doors: Sequence[WebServer]
    ) -> None:
        await asyncio.gather(*(door.stop() for door in doors))
        schedule.stop()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, app.tell_stopping)
        await runtime.loop_tasks.end_steps()
        if not await loop.run_in_executor(None, runtime.stop, WORKERS_END_WITHIN_S):
            log.warning("a send was still under way; its fate is settled at the next start")
        await loop.run_in_executor(None, app.finish)  # one account that hangs costs the others nothing
        await runtime.loop_tasks.stop()
        log.info("ended")

    # -- reload ----------------------------------------------------------------------------------

    def _reload(self, app: App) -> ReloadOutcome:
        from pilotbridge.web.reload import ReloadOutcome

        settings, outcome = self._read_again()
        if settings is None:
            app.meter.gauge("config_reload_successful", 0)
            log.error("the configuration was not taken; nothing has changed", faults=outcome.faults)
            app.configuration_refused("; ".join(outcome.faults))
            return outcome
        needs_restart = app.reload(settings)
        _tell_taken(app)
        log.info("the configuration was read again", needs_restart=needs_restart)
        return ReloadOutcome(outcome.faults, outcome.warnings, tuple(needs_restart))


def _load_rest() -> None:
    """What no alert waits for when it comes in: what fills in texts and sends them, who rings for duties."""
    import pilotbridge.alerting.filling
    import pilotbridge.smspilot.body
    import pilotbridge.smspilot.session  # noqa: F401

    load_library()


def _in_force(app: App) -> Callable[[], Settings]:
    return lambda: app.in_force.settings  # a reload replaces it


def _tell_taken(app: App) -> None:
    """A configuration was taken, at the start or by a reload."""
    app.meter.gauge("config_reload_successful", 1)
    app.meter.gauge("config_reload_success_timestamp_seconds", SystemClock().utc_now().timestamp())
