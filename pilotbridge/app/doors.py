"""Whatever brings something in: senders' bodies, the spool, callbacks, chats' hooks, and polls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pilotbridge.app.chats import Chats
from pilotbridge.app.ground import Shared
from pilotbridge.app.sending import Sending
from pilotbridge.plugin_manager.loading import shipped_sources
from pilotbridge.protocols import Arrived
from pilotbridge.relay.inbound import InboundFlow
from pilotbridge.relay.poll import InboundPoll
from pilotbridge.web.callback import Callback, live_install_secrets
from pilotbridge.web.hooks import HooksDoor
from pilotbridge.web.intake import Intake
from pilotbridge.web.journal_door import Takes
from pilotbridge.web.spool import Spool


class Doors:
    """``take_in`` hears of bodies that are on disk; ``takes`` may keep them itself."""

    def __init__(
        self,
        shared: Shared,
        sending: Sending,
        chats: Chats,
        take_in: Callable[[Sequence[Arrived]], None],
        takes: Takes,
    ) -> None:
        self._shared = shared
        self._take_in = take_in
        self._takes = takes
        shared.wakes.add(self._inbound(chats))
        self.polls = {name: self._poll(name, sending) for name in sending.gateways}
        self.intake = self._intake()
        with shared.store.read() as read:
            self.installs = live_install_secrets(read)
        self.spool = self._spool()
        self.hooks = HooksDoor(chats=lambda: chats.connectors, installs=lambda: self.installs)
        self.callback = Callback(
            store=shared.store,
            settings=shared.settings,
            installs=lambda: self.installs,
            clock=shared.clock,
            meter=shared.meter,
            on_hint=shared.wakes.tracking,
        )

    def _inbound(self, chats: Chats) -> InboundFlow:
        shared = self._shared
        return InboundFlow(
            store=shared.store,
            settings=shared.settings,
            hooks=shared.in_force.hooks,
            postage=shared.postage,
            clock=shared.clock,
            wake=shared.wakes.everyone,
            max_text=chats.max_text,
        )

    def _poll(self, gateway: str, sending: Sending) -> InboundPoll:
        shared = self._shared
        return InboundPoll(
            store=shared.store,
            gateway=sending.gateways[gateway],
            clock=shared.clock,
            meter=shared.meter,
            troubles=shared.troubles,
            wake=lambda: shared.wakes.one("inbound"),
        )

    def _intake(self) -> Intake:
        shared, plugins = self._shared, self._shared.in_force
        return Intake(
            store=shared.store,
            settings=shared.settings,
            sources=lambda: plugins.plugins.sources,
            clock=shared.clock,
            meter=shared.meter,
            on_arrived=self._take_in,
            takes=self._takes,
            raise_trouble=shared.troubles.raise_trouble,
            recognisable=lambda: {**shipped_sources(), **plugins.plugins.sources}.values(),
        )

    def _spool(self) -> Spool:
        shared = self._shared
        return Spool(
            store=shared.store,
            settings=shared.settings,
            sources=lambda: shared.in_force.plugins.sources,
            clock=shared.clock,
            troubles=shared.troubles,
            on_arrived=self._take_in,
            tell_whose=self.intake.tell_whose,
        )
