"""What the parts of a bridge are given: what it stands on, and the configuration that counts now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotbridge.alerting.troubles import Troubles
from pilotbridge.app.overseer import Overseer
from pilotbridge.app.wakes import Wakes
from pilotbridge.calendars import Fetch, fetch_calendar
from pilotbridge.clock import Clock
from pilotbridge.config.settings import GatewaySettings, Settings
from pilotbridge.metrics import Metrics
from pilotbridge.outbox.dispatch import Dispatch
from pilotbridge.outbox.postage import Postage, postage_of
from pilotbridge.plugin_manager import PluginHooks, Plugins
from pilotbridge.protocols import Gateway, Rng, Runtime
from pilotbridge.store.protocol import Store

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter


@dataclass(frozen=True, slots=True)
class Ground:
    """What the bridge stands on. ``new_id`` makes an id nobody can guess; ``timer_s`` only measures.

    ``make_gateway`` stands in for every gateway, ``chat_network`` for the chats' sockets; what that is, each
    type of chat says.
    """

    store: Store
    runtime: Runtime
    rng: Rng
    new_id: Callable[[], str]
    timer_s: Callable[[], float]
    make_adapter: Callable[[], BaseAdapter] | None = None
    make_gateway: Callable[[GatewaySettings], Gateway] | None = None
    chat_network: Any = None
    fetch_calendar: Fetch | None = fetch_calendar
    """Gets what stands at the address of a calendar; None: nobody does, and what was kept of it counts."""
    dispatch: type[Dispatch] = Dispatch
    """What sends messages by a gateway."""
    door: Callable[[], str] = lambda: ""
    """Why the intake does not answer; empty: it does."""
    ping_adapter: Callable[[], BaseAdapter] | None = None
    """Stands in for the heartbeat's network. Without it a bridge with another network pings nobody."""


@dataclass(slots=True)
class InForce:
    """The configuration that counts now; a reload replaces it in one step."""

    settings: Settings
    plugins: Plugins
    hooks: PluginHooks = field(init=False)
    _postage: tuple[Settings, Postage] | None = None

    def postage(self) -> Postage:
        """What the outbox needs of it, made once: it is asked for with every message."""
        settings = self.settings
        if self._postage is None or self._postage[0] is not settings:
            self._postage = (settings, postage_of(settings))
        return self._postage[1]


@dataclass(frozen=True, slots=True)
class Shared:
    """What nearly every part is given."""

    ground: Ground
    meter: Metrics
    in_force: InForce
    wakes: Wakes
    troubles: Troubles
    overseer: Overseer

    @property
    def store(self) -> Store:
        return self.ground.store

    @property
    def clock(self) -> Clock:
        return self.ground.runtime.clock

    def settings(self) -> Settings:
        """The configuration that counts now."""
        return self.in_force.settings

    def postage(self) -> Postage:
        """What the outbox needs of it."""
        return self.in_force.postage()
