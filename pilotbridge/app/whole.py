"""One bridge, put together: which part gets which. It reads top to bottom and decides nothing.

Sockets, signals and the order of the end are ``service``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from functools import cached_property
from typing import TYPE_CHECKING

from pilotbridge.alerting.troubles import Troubles
from pilotbridge.app.chats import open_chats
from pilotbridge.app.doors import Doors
from pilotbridge.app.duties import add_duties, ask_gateways, gauge
from pilotbridge.app.ground import Ground, InForce, Shared
from pilotbridge.app.overseer import Overseer
from pilotbridge.app.plugged import bridge_parts, plugin_hooks
from pilotbridge.app.reloading import needs_restart, unread_sources
from pilotbridge.app.sending import Sending
from pilotbridge.app.telling import build_alerting, build_on_call
from pilotbridge.app.wakes import Wakes
from pilotbridge.config.settings import Settings
from pilotbridge.metrics import Metrics
from pilotbridge.model import JournalId, MessageId, Parsed, Trouble, Way
from pilotbridge.plugin_manager import Plugins
from pilotbridge.plugin_manager.asking import FAILING as PLUGIN_FAILING
from pilotbridge.protocols import Arrived
from pilotbridge.runtime.wall import WallWatch
from pilotbridge.store.records import Body
from pilotbridge.web.hooks import hook_path

if TYPE_CHECKING:
    from pilotbridge.desk.desk import Desk

BAD_RELOAD = "BadReload"


class App:
    """All the parts of one bridge, built in the order in which they need each other, and not yet running."""

    def __init__(self, settings: Settings, plugins: Plugins, ground: Ground, meter: Metrics) -> None:
        self.ground = ground
        self.meter = meter
        self.in_force = InForce(settings, plugins)
        self._started_with = settings
        self.troubles = Troubles(store=ground.store, clock=ground.runtime.clock, hand_over=self.take_in)
        self.overseer = overseer = Overseer(self.troubles)
        self.wakes = Wakes(ground.runtime, overseer.over)
        shared = self._shared = Shared(ground, meter, self.in_force, self.wakes, self.troubles, overseer)
        self._wall = WallWatch(ground.store, ground.runtime.clock, ground.runtime.rearm)
        self.wakes.add(self._wall)
        self._parts = bridge_parts(shared, lambda chat: hook_path(chat, self.doors.installs[0]))
        self.in_force.hooks = plugin_hooks(shared, self._parts)
        self._ingest = build_alerting(shared)
        self.sending = Sending(shared, self._tell_settled)
        self._escalate = build_on_call(
            shared, down=self._ways_down, ask=lambda: ask_gateways(shared, self.sending)
        )
        self._chats = open_chats(shared, self.sending)
        self.doors = Doors(shared, self.sending, self._chats, self.take_in, self.keep_and_take_in)
        add_duties(shared, self.sending, self.doors)

    @cached_property
    def desk(self) -> Desk:
        """What people can have done; made, and loaded, when somebody can ask."""
        from pilotbridge.desk.desk import Desk

        shared = self._shared
        return Desk(
            shared.store,
            settings=shared.settings,
            postage=shared.postage,
            clock=shared.clock,
            new_id=shared.ground.new_id,
            wake=shared.wakes.everyone,
        )

    # -- at the start and at the end -------------------------------------------------------------

    def recover(self) -> None:
        """Before anything runs: what the last run left behind is taken up again."""
        self._wall.recover()
        self.sending.recover()
        self.doors.spool.turn()
        self._ingest.recover()
        self._chats.recover()
        gauge(self._shared)
        self._chats.start(self._parts)

    def tell_started(self) -> None:
        """Everything runs, and no plugin is off."""
        self._plugins_are_on()
        self.in_force.hooks.bridge_started()

    def tell_stopping(self) -> None:
        """Nothing comes in any more, and the workers still run; waits for the plugins, but not for long."""
        self.in_force.hooks.bridge_stopping()

    def finish(self) -> None:
        """After every worker has ended: put on disk what is still only known here."""
        self._chats.finish()
        self.sending.finish()
        self._chats.close()

    # -- another configuration -------------------------------------------------------------------

    def reload(self, settings: Settings) -> list[str]:
        """Let ``settings`` count from now on; returns what of it counts only from the next start."""
        self.in_force.settings = settings
        self.meter.allow("source", list(settings.sources))
        self.in_force.hooks.reset()
        self._plugins_are_on()
        self.ground.store.write(lambda tx: tx.wake_groups(self.ground.runtime.clock.now_ms()))
        self.troubles.clear(BAD_RELOAD, "configuration")
        self.wakes.everyone()
        return [
            *needs_restart(self._started_with, settings),
            *unread_sources(settings, self.in_force.plugins.sources),
        ]

    def _plugins_are_on(self) -> None:
        """Those that failed before have another chance."""
        for plugin in self.in_force.plugins.loaded:
            self.troubles.clear(PLUGIN_FAILING, plugin.name)

    def configuration_refused(self, why: str) -> None:
        """A reload brought a configuration that cannot be run; what counted before goes on counting."""
        self.troubles.raise_trouble(Trouble(BAD_RELOAD, "configuration", f"nothing has changed: {why}"))

    # -- what one part tells another -------------------------------------------------------------

    def take_in(self, arrived: Sequence[Arrived]) -> None:
        """These bodies are on disk."""
        if self._ingest.hand_over(arrived):
            self.wakes.alerting()

    def keep_and_take_in(
        self, bodies: Sequence[tuple[Body, Parsed]]
    ) -> Future[list[JournalId] | None] | None:
        """These bodies are not on disk yet; see :meth:`Ingest.offer`. That takes a thread of its own."""
        if not self.ground.runtime.has_threads:
            return None
        answer = self._ingest.offer(bodies)
        if answer is not None:
            self.wakes.alerting()
        return answer

    def _ways_down(self) -> list[Way]:
        is_mute = self.sending.fleet.is_down(self.ground.runtime.clock.now_ms())
        return [*([Way.SMS] if is_mute else []), *([Way.CHAT] if self._chats.are_down() else [])]

    def _tell_settled(self, message_ids: Sequence[MessageId]) -> None:
        """The fate of these SMS is known: cards, steps and plugins go by it."""
        self._chats.settled(message_ids)
        self._escalate.hand_over(message_ids)
        self.wakes.settled()
        if not self.in_force.plugins.implementations("message_settled"):
            return
        with self.ground.store.read() as read:
            messages = [read.message(message_id) for message_id in message_ids]
        for message in messages:
            if message is not None:
                self.in_force.hooks.message_settled(message)
