"""The bridge, put together: which object gets which. It reads top to bottom and decides nothing.

What differs between the product and a test (threads, store, network, chance) is handed in as
:class:`Ground`; sockets, signals and the order of the end are ``service``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from requests.adapters import BaseAdapter

from pilotbridge import __version__
from pilotbridge.alerting.cards.keeper import Cards
from pilotbridge.alerting.flush import Flush
from pilotbridge.alerting.ingest import Ingest
from pilotbridge.alerting.notices import Notices
from pilotbridge.alerting.troubles import Troubles
from pilotbridge.alerting.worker import Alerting
from pilotbridge.bridge import BridgeParts, PluginBridge
from pilotbridge.calendars import Calendars, Fetch, fetch_calendar
from pilotbridge.chat import ChatConnector
from pilotbridge.config.settings import GatewaySettings, Settings
from pilotbridge.desk.desk import Desk
from pilotbridge.desk.in_chat import InChat
from pilotbridge.errors import ConfigurationError
from pilotbridge.gateways import open_gateway
from pilotbridge.gauges import set_gauges
from pilotbridge.heartbeat import DUTY as HEARTBEAT
from pilotbridge.heartbeat import Heard, Heartbeat
from pilotbridge.metrics import Metrics
from pilotbridge.model import MessageId, Trouble, Way
from pilotbridge.oncall.escalation import Escalate
from pilotbridge.oncall.handing_over import HandOvers
from pilotbridge.oncall.roster import roster_of
from pilotbridge.outbox.balance import BalanceWatch
from pilotbridge.outbox.client_ids import client_id_base
from pilotbridge.outbox.dispatch import Dispatch
from pilotbridge.outbox.fleet import fleet_of
from pilotbridge.outbox.postage import Postage, postage_of
from pilotbridge.outbox.posts.posting import Posting
from pilotbridge.outbox.posts.rooms import named_rooms
from pilotbridge.outbox.posts.strays import hold_strays
from pilotbridge.outbox.tracking import Tracking
from pilotbridge.pinging import PingWay
from pilotbridge.plugin_manager import PluginHooks, Plugins
from pilotbridge.plugin_manager.asking import ROUND
from pilotbridge.plugin_manager.loading import hook_names, shipped_sources
from pilotbridge.protocols import Duty, Gateway, Rng, Runtime, Worker
from pilotbridge.relay.inbound import InboundFlow
from pilotbridge.relay.poll import InboundPoll
from pilotbridge.relay.reminding import Reminders
from pilotbridge.relay.texting import Desk as RelayDesk
from pilotbridge.relay.ticks import Ticks
from pilotbridge.relay.updates import ChatUpdates
from pilotbridge.runtime.wall import WallWatch
from pilotbridge.store.protocol import Store
from pilotbridge.store.upkeep import prune
from pilotbridge.web.callback import Callback, callback_url, install_secret, live_install_secrets
from pilotbridge.web.hooks import HooksDoor, hook_path
from pilotbridge.web.intake import Intake
from pilotbridge.web.spool import Spool

SPOOL_EVERY = timedelta(seconds=5)
GAUGES_EVERY = timedelta(seconds=15)
WAYS_EVERY = timedelta(seconds=10)
"""So often it is seen whether a way is down, for the sake of steps that go another one."""
PRUNE_EVERY = timedelta(minutes=10)
BAD_RELOAD = "BadReload"
MAX_TEXT = 4096
"""For a chat that only counts from the next start."""


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


class App:
    """All the parts of one bridge, built and not yet running."""

    def __init__(self, settings: Settings, plugins: Plugins, ground: Ground, meter: Metrics) -> None:
        self.ground = ground
        self.meter = meter
        self.in_force = InForce(settings, plugins)
        self._started_with = settings
        self._wakes: dict[str, Callable[[], None]] = {}
        self.wall = WallWatch(ground.store, ground.runtime.clock, ground.runtime.rearm)
        self._add_worker(self.wall)
        self._build_troubles()
        self._build_hooks()
        self._build_alerting()
        self._build_outbox()
        self._build_chats()
        self._build_inbound()
        self._build_doors()
        self._add_duties()

    # -- parts, in the order in which they need each other ---------------------------------------

    def _build_troubles(self) -> None:
        self.troubles = Troubles(
            store=self.ground.store,
            clock=self.ground.runtime.clock,
            hand_over=lambda arrived: self._take_in(arrived),
        )

    def _build_hooks(self) -> None:
        parts = self._parts = BridgeParts(
            store=self.ground.store,
            settings=lambda: self.in_force.settings,
            postage=self.in_force.postage,
            clock=self.ground.runtime.clock,
            raise_trouble=self.troubles.raise_trouble,
            wake=self._wake_all,
            on_update=lambda: self._wake("chat-updates"),
            hook_path=lambda chat: hook_path(chat, self._installs[0]),
            clear_trouble=self.troubles.clear,
            runtime=self.ground.runtime,
            do_round=lambda plugin, name, work: self.in_force.hooks.do_round(plugin, name, work),
        )
        self.in_force.hooks = PluginHooks(
            self.in_force.plugins,
            bridge_of=lambda name: PluginBridge(name, parts),
            thread=self.ground.runtime.hook_thread,
            meter=self.meter,
            apply=self._apply_writes,
            raise_trouble=self.troubles.raise_trouble,
            timer_s=self.ground.timer_s,
            deadline_s=self.in_force.settings.bridge.hook_deadline.total_seconds(),
        )

    def _build_alerting(self) -> None:
        common: dict[str, Any] = {
            "store": self.ground.store,
            "settings": lambda: self.in_force.settings,
            "hooks": self.in_force.hooks,
            "clock": self.ground.runtime.clock,
            "meter": self.meter,
        }
        self.ingest = Ingest(
            **common, sources=lambda: self.in_force.plugins.sources, wake=lambda: self._wake("alerting")
        )
        self.flush = Flush(
            **common,
            postage=self.in_force.postage,
            rng=self.ground.rng,
            wake=self._wake_told,
            inhibition=self.ingest.inhibition,
            ask=self.ground.runtime.hook_thread.ask,
            raise_trouble=self.troubles.raise_trouble,
        )
        notices = Notices(
            self.ground.store,
            lambda: self.in_force.settings,
            postage=self.in_force.postage,
            clock=self.ground.runtime.clock,
            wake=self.wake_senders,
        )
        self._add_worker(Alerting(self.ingest, self.flush, self.ground.runtime.clock))
        self._add_worker(notices)

    def _build_outbox(self) -> None:
        store, settings = self.ground.store, self.in_force.settings
        base, install = store.write(
            lambda tx: (client_id_base(tx, self.ground.rng), install_secret(tx))
        ).result()

        def callback(gateway: str, message_id: MessageId) -> str:
            return callback_url(settings.web.external_url, gateway, install, message_id)

        self.fleet = fleet_of(settings, callback, base)
        self._answering: dict[Heard, timedelta] = {}
        self.fleet.wake = lambda gateway: self._wake(f"sender-{gateway}")
        self.gateways: dict[str, Gateway] = {
            gateway.name: self._heard(gateway) for gateway in settings.gateways.values()
        }
        self.dispatches = [self._dispatch(gateway) for gateway in self.gateways.values()]
        self.escalate = Escalate(
            store,
            lambda: self.in_force.settings,
            clock=self.ground.runtime.clock,
            down=self._ways_down,
            ask=self._ask_gateways,
            wake=lambda: self._wake("alerting"),
        )
        self.hand_overs = HandOvers(
            store,
            lambda: self.in_force.settings,
            postage=self.in_force.postage,
            clock=self.ground.runtime.clock,
            ask=self._wake_tracking,
            wake=self._wake_outboxes,
            trouble=self.troubles.raise_trouble,
            clear=self.troubles.clear,
        )
        self.calendars = Calendars(
            store,
            lambda: self.in_force.settings,
            clock=self.ground.runtime.clock,
            fetch=self.ground.fetch_calendar,
            trouble=self.troubles.raise_trouble,
            clear=self.troubles.clear,
            changed=self._wake_on_call,
        )
        tracking = map(self._tracking, self.gateways.values())
        on_call: list[Worker] = [self.escalate, self.hand_overs, self.calendars]
        workers: list[Worker] = [*self.dispatches, *tracking, *on_call]
        for worker in workers:
            self._add_worker(worker)

    def _open_gateway(self, gateway: GatewaySettings) -> Gateway:
        if self.ground.make_gateway is not None:
            return self.ground.make_gateway(gateway)
        return open_gateway(
            gateway,
            self.in_force.settings,
            self.in_force.plugins.gateways,
            clock=self.ground.runtime.clock,
            meter=self.meter,
            make_adapter=self.ground.make_adapter,
        )

    def _heard(self, gateway: GatewaySettings) -> Gateway:
        """One account, of which the heartbeat knows when it answered."""
        heard = Heard(self._open_gateway(gateway), self.ground.runtime.clock)
        self._answering[heard] = gateway.inbound_every
        return heard

    def _dispatch(self, gateway: Gateway) -> Dispatch:
        return self.ground.dispatch(
            self.ground.store,
            gateway,
            self.fleet,
            postage=self.in_force.postage,
            clock=self.ground.runtime.clock,
            rng=self.ground.rng,
            meter=self.meter,
            on_settled=self._tell_settled,
            troubles=self.troubles,
        )

    def _tracking(self, gateway: Gateway) -> Tracking:
        return Tracking(
            self.ground.store,
            gateway,
            clock=self.ground.runtime.clock,
            meter=self.meter,
            client_id=self.fleet.rules[gateway.name].client_id,
            on_settled=self._tell_settled,
            status_every=self.fleet.rules[gateway.name].status_every,
        )

    def _ways_down(self) -> list[Way]:
        now_ms = self.ground.runtime.clock.now_ms()
        chats = [posting.is_down(now_ms) for posting in self.postings.values()]
        return [
            *([Way.SMS] if self.fleet.is_down(now_ms) else []),
            *([Way.CHAT] if chats and all(chats) else []),
        ]

    def _ask_gateways(self) -> None:
        """Statuses and what came in are asked for now, out of turn."""
        self._wake_tracking()
        for name in self.gateways:
            self.ground.runtime.hurry(f"inbound {name}")

    def _build_chats(self) -> None:
        self.chats = {name: self._open_chat(name) for name in self.in_force.settings.chats}
        self.postings = {name: self._posting(name, chat) for name, chat in self.chats.items()}
        relay = RelayDesk(lambda: self.in_force.settings, self.in_force.postage, self.ground.new_id)
        clock, store = self.ground.runtime.clock, self.ground.store
        self.ticks = Ticks(store, relay, clock=clock, wake=self._wake_postings)
        self.reminders = Reminders(
            store,
            relay,
            clock=clock,
            called=lambda read, address, now_ms: roster_of(read, self.in_force.settings, now_ms).resolved(
                address
            ),
            wake=self._wake_all,
        )
        self.cards = Cards(
            store,
            lambda: self.in_force.settings,
            clock=clock,
            new_token=self.ground.new_id,
            wake=self._wake_postings,
        )
        self.chat_updates = ChatUpdates(
            store,
            self.chats,
            relay,
            clock=clock,
            wake=self._wake_all,
            moved=lambda chat, old, new: self.postings[chat].room_moved(old, new),
            troubles=self.troubles,
            deeds=InChat(
                self.cards,
                settings=lambda: self.in_force.settings,
                postage=self.in_force.postage,
                balances=lambda: {name: self.fleet.standing(name).balance_rub for name in self.gateways},
                new_id=self.ground.new_id,
            ),
        )
        workers: list[Worker] = [
            *self.postings.values(),
            self.ticks,
            self.cards,
            self.chat_updates,
            self.reminders,
        ]
        for worker in workers if self.chats else ():
            self._add_worker(worker)

    def _open_chat(self, name: str) -> ChatConnector:
        chat = self.in_force.settings.chats[name]
        kind = self.in_force.plugins.chats.get(chat.type)
        if kind is None:
            raise ConfigurationError(f"chats.{name}: no plugin brings the type {chat.type!r}")
        connector: ChatConnector = kind.open(name, chat.options, network=self.ground.chat_network)
        return connector

    def _posting(self, name: str, chat: ChatConnector) -> Posting:
        return Posting(
            self.ground.store,
            chat,
            rooms=lambda: named_rooms(self.in_force.settings, name),
            clock=self.ground.runtime.clock,
            rng=self.ground.rng,
            meter=self.meter,
            troubles=self.troubles,
            wake=lambda: self._wake(f"posting-{name}"),
        )

    def _build_inbound(self) -> None:
        self.inbound = InboundFlow(
            store=self.ground.store,
            settings=lambda: self.in_force.settings,
            hooks=self.in_force.hooks,
            postage=self.in_force.postage,
            clock=self.ground.runtime.clock,
            wake=self._wake_all,
            max_text=lambda chat: self.chats[chat].max_text if chat in self.chats else MAX_TEXT,
        )
        self._add_worker(self.inbound)
        self.polls = {
            name: InboundPoll(
                store=self.ground.store,
                gateway=gateway,
                clock=self.ground.runtime.clock,
                meter=self.meter,
                troubles=self.troubles,
                wake=lambda: self._wake("inbound"),
            )
            for name, gateway in self.gateways.items()
        }
        self.balances = {
            name: BalanceWatch(
                store=self.ground.store,
                gateway=gateway,
                settings=lambda: self.in_force.settings,
                fleet=self.fleet,
                clock=self.ground.runtime.clock,
                meter=self.meter,
                troubles=self.troubles,
                wake=self.wake_senders,
            )
            for name, gateway in self.gateways.items()
        }

    def _build_doors(self) -> None:
        store, clock = self.ground.store, self.ground.runtime.clock
        self.intake = Intake(
            store=store,
            settings=lambda: self.in_force.settings,
            sources=lambda: self.in_force.plugins.sources,
            clock=clock,
            meter=self.meter,
            on_arrived=self._take_in,
            raise_trouble=self.troubles.raise_trouble,
            recognisable=lambda: {**shipped_sources(), **self.in_force.plugins.sources}.values(),
        )
        with store.read() as read:
            self._installs = live_install_secrets(read)
        self.spool = Spool(
            store=store,
            settings=lambda: self.in_force.settings,
            sources=lambda: self.in_force.plugins.sources,
            clock=clock,
            troubles=self.troubles,
            on_arrived=self._take_in,
            tell_whose=self.intake.tell_whose,
        )
        self.hooks_door = HooksDoor(chats=lambda: self.chats, installs=lambda: self._installs)
        self.callback = Callback(
            store=store,
            settings=lambda: self.in_force.settings,
            installs=lambda: self._installs,
            clock=clock,
            meter=self.meter,
            on_hint=self._wake_tracking,
        )
        self.desk = Desk(
            store,
            settings=lambda: self.in_force.settings,
            postage=self.in_force.postage,
            clock=clock,
            new_id=self.ground.new_id,
            wake=self._wake_all,
        )

    def _add_duties(self) -> None:
        runtime, settings = self.ground.runtime, self.in_force.settings
        for name, gateway in settings.gateways.items():
            runtime.add_duty(Duty(f"inbound {name}", gateway.inbound_every, self.polls[name].turn))
            runtime.add_duty(Duty(f"balance {name}", gateway.balance.check_every, self.balances[name].turn))
            runtime.add_duty(Duty(f"statuses {name}", gateway.status_every, self._wake_tracking))
        runtime.add_duty(Duty("ways", WAYS_EVERY, lambda: self._wake(self.escalate.name)))
        runtime.add_duty(Duty("spool", SPOOL_EVERY, self.spool.turn))
        runtime.add_duty(Duty("gauges", GAUGES_EVERY, self._set_gauges))
        runtime.add_duty(Duty("prune", PRUNE_EVERY, self._prune))
        self._add_heartbeat()

    def _add_heartbeat(self) -> None:
        ground, settings = self.ground, self.in_force.settings
        beat = settings.bridge.heartbeat
        if beat is None or (ground.make_adapter is not None and ground.ping_adapter is None):
            return
        heartbeat = Heartbeat(
            beat,
            PingWay(beat.proxy, settings.network.ca_file, make_adapter=ground.ping_adapter),
            store=ground.store,
            gateways=self._answering,
            door=ground.door,
            clock=ground.runtime.clock,
            meter=self.meter,
            troubles=self.troubles,
        )
        ground.runtime.add_duty(Duty(HEARTBEAT, beat.every, heartbeat.turn))

    # -- at the start and at the end -------------------------------------------------------------

    def recover(self) -> None:
        """Before anything runs: what the last run left behind is taken up again."""
        self.wall.recover()
        for dispatch in self.dispatches:
            dispatch.recover()
        self.spool.turn()
        self.ingest.recover()
        self._hold_strays()
        for posting in self.postings.values():
            posting.recover()
        if self.chats:
            self.cards.recover()
        self._set_gauges()
        for name, chat in self.chats.items():
            chat.start(PluginBridge(self.in_force.settings.chats[name].type, self._parts))

    def _hold_strays(self) -> None:
        now_ms = self.ground.runtime.clock.now_ms()
        self.ground.store.write(lambda tx: hold_strays(tx, self.chats, now_ms)).result()

    def tell_started(self) -> None:
        """Everything runs."""
        self.in_force.hooks.bridge_started()

    def tell_stopping(self) -> None:
        """Nothing comes in any more, and the workers still run; waits for the plugins, but not for long."""
        self.in_force.hooks.bridge_stopping()

    def finish(self) -> None:
        """After every worker has ended: put on disk what is still only known here."""
        for dispatch in self.dispatches:
            dispatch.finish()
        for posting in self.postings.values():
            posting.finish()
        for gateway in self.gateways.values():
            gateway.close()
        for chat in self.chats.values():
            chat.close()

    # -- another configuration -------------------------------------------------------------------

    def reload(self, settings: Settings) -> list[str]:
        """Let ``settings`` count from now on; returns what of it counts only from the next start."""
        self.in_force.settings = settings
        self.meter.allow("source", list(settings.sources))
        self.in_force.hooks.reset()
        self.ground.store.write(lambda tx: tx.wake_groups(self.ground.runtime.clock.now_ms()))
        self.troubles.clear(BAD_RELOAD, "configuration")
        self._wake_all()
        loaded = self.in_force.plugins.sources
        unread = [f"sources.{name}" for name, source in settings.sources.items() if source.type not in loaded]
        return [*needs_restart(self._started_with, settings), *unread]

    def configuration_refused(self, why: str) -> None:
        """A reload brought a configuration that cannot be run; what counted before goes on counting."""
        self.troubles.raise_trouble(Trouble(BAD_RELOAD, "configuration", f"nothing has changed: {why}"))

    # -- what one part tells another -------------------------------------------------------------

    def wake_senders(self) -> None:
        """There may be something to send."""
        for dispatch in getattr(self, "dispatches", ()):
            self._wake(dispatch.name)

    def wake_alerting(self) -> None:
        """There may be something to take in, or to tell."""
        self._wake("alerting")

    def _wake_postings(self) -> None:
        """There may be something to post."""
        for posting in self.postings.values():
            self._wake(posting.name)

    def _wake_on_call(self) -> None:
        """Somebody else may be on call."""
        self._wake(self.hand_overs.name)
        self._wake(self.escalate.name)

    def _wake_outboxes(self) -> None:
        """Somebody on call is told of their shift, and of what is open."""
        self._wake("alerting")
        self.wake_senders()
        self._wake_postings()

    def _wake_told(self) -> None:
        """An incident was told of: by SMS, on a card, or both."""
        self.wake_senders()
        self._wake("cards")
        self._wake(self.escalate.name)

    def _wake_tracking(self) -> None:
        for name in self.gateways:
            self._wake(f"tracking-{name}")

    def _wake_all(self) -> None:
        for wake in self._wakes.values():
            wake()

    def _wake(self, name: str) -> None:
        wake = self._wakes.get(name)
        if wake is not None:
            wake()

    def _add_worker(self, worker: Worker) -> None:
        self._wakes[worker.name] = self.ground.runtime.add_worker(worker)

    def _take_in(self, arrived: Sequence[Any]) -> None:
        self.ingest.hand_over(arrived)
        self._wake("alerting")

    def _apply_writes(self, writes: Sequence[Callable[[Any], Any]]) -> Future[Any]:
        """What a plugin asked for, all of it or nothing."""
        written = self.ground.store.write(lambda tx: [write(tx) for write in writes])
        written.add_done_callback(lambda _: self._wake_all())
        return written

    def _tell_settled(self, message_ids: Sequence[MessageId]) -> None:
        self.ticks.hand_over(message_ids)
        self.escalate.hand_over(message_ids)
        self._wake(self.escalate.name)
        self._wake(self.hand_overs.name)
        self._wake(self.ticks.name)
        self._wake(self.cards.name)
        if not self.in_force.plugins.implementations("message_settled"):
            return
        with self.ground.store.read() as read:
            messages = [read.message(message_id) for message_id in message_ids]
        for message in messages:
            if message is not None:
                self.in_force.hooks.message_settled(message)

    def _set_gauges(self) -> None:
        with self.ground.store.read() as read:
            set_gauges(self.meter, read, self.ground.runtime.clock.now_ms())

    def _prune(self) -> None:
        prune(self.ground.store, self.in_force.settings.privacy, self.ground.runtime.clock.now_ms())


def needs_restart(before: Settings, after: Settings) -> list[str]:
    """The blocks that differ from those of the start ``before`` and are only read then."""
    fixed = {
        "gateways": (before.gateways, after.gateways),
        "store": (before.store, after.store),
        "network": (before.network, after.network),
        "bridge.data_dir": (before.bridge.data_dir, after.bridge.data_dir),
        "bridge.heartbeat": (before.bridge.heartbeat, after.bridge.heartbeat),
        "bridge.plugin_folder": (before.bridge.plugin_folder, after.bridge.plugin_folder),
        "web.listen": (before.web.listen, after.web.listen),
        "web.public_listen": (before.web.public_listen, after.web.public_listen),
        "web.external_url": (before.web.external_url, after.web.external_url),
        "plugins": (list(before.plugins), list(after.plugins)),
        "chats": (before.chats, after.chats),
    }
    return [name for name, (old, new) in fixed.items() if old != new]


def new_meter(settings: Settings, plugins: Plugins) -> Metrics:
    """The metrics, with the names that this configuration has."""
    names = {
        "source": [*settings.sources, "pilotbridge"],
        "gateway": list(settings.gateways),
        "chat": list(settings.chats),
        "plugin": [plugin.name for plugin in plugins.loaded],
        "hook": [*hook_names(), ROUND],
    }
    return Metrics(version=__version__, names=names)


def control_socket(settings: Settings) -> Path:
    """Where commands reach the running bridge."""
    return settings.bridge.data_dir / "control.sock"
