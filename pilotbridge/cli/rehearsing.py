"""The stage of a rehearsal: the configured plugins, with a bridge that reads and writes nothing.

It joins concrete parts; what would become of an alert is the rehearsal's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from pilotbridge.app import new_meter
from pilotbridge.bridge import BridgeParts, PluginBridge
from pilotbridge.cli.database import present_or_empty
from pilotbridge.clock import SystemClock
from pilotbridge.config.settings import Settings
from pilotbridge.desk.rehearsal import Rehearsal
from pilotbridge.errors import NotAllowed
from pilotbridge.model import Trouble
from pilotbridge.outbox.postage import postage_of
from pilotbridge.plugin_manager import PluginHooks, Plugins
from pilotbridge.runtime.hook_thread import PluginThreads
from pilotbridge.store.looking import look
from pilotbridge.store.protocol import ReadVerbs, WriteVerbs

T = TypeVar("T")


class _OnlyLooked:
    """A store that can be read; every write fails, and says so to the plugin that wanted it."""

    epoch = 0

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> AbstractContextManager[ReadVerbs]:
        return look(self._path)

    def write(self, job: Callable[[WriteVerbs], T], *, carries: bool = False) -> Future[T]:  # noqa: ARG002
        return self.ride(job)

    def commit(self, job: Callable[[WriteVerbs], T], *, carries: bool = False) -> T:
        return self.write(job, carries=carries).result()

    def ride(self, job: Callable[[WriteVerbs], T]) -> Future[T]:  # noqa: ARG002 - it is not run
        refused: Future[T] = Future()
        refused.set_exception(NotAllowed("this is a rehearsal; nothing is written"))
        return refused


@contextmanager
def stage(
    settings: Settings, plugins: Plugins, raise_trouble: Callable[[Trouble], None]
) -> Iterator[Rehearsal]:
    """Rehearse beside the bridge's database, or on an empty one; what plugins get wrong is raised."""
    with present_or_empty(settings.store.sqlite_path) as path:
        store, threads = _OnlyLooked(path), PluginThreads()
        parts = BridgeParts(
            store=store,
            settings=lambda: settings,
            postage=lambda: postage_of(settings),
            clock=SystemClock(),
            raise_trouble=raise_trouble,
            wake=lambda: None,
        )
        hooks = PluginHooks(
            plugins,
            bridge_of=lambda name: PluginBridge(name, parts),
            thread=threads,
            meter=new_meter(settings, plugins),
            apply=lambda _writes: None,
            raise_trouble=raise_trouble,
            timer_s=perf_counter,
            deadline_s=settings.bridge.hook_deadline.total_seconds(),
        )
        try:
            with store.read() as read:
                yield Rehearsal(settings, plugins.sources, hooks, read)
        finally:
            threads.close()
