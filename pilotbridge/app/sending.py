"""The outbox's parts: the accounts, who sends by each, who follows what was sent, who watches the money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from pilotbridge.app.ground import Shared
from pilotbridge.config.settings import GatewaySettings
from pilotbridge.gateways import open_gateway
from pilotbridge.heartbeat import Heard
from pilotbridge.model import MessageId
from pilotbridge.outbox.balance import BalanceWatch
from pilotbridge.outbox.client_ids import client_id_base
from pilotbridge.outbox.dispatch import Dispatch
from pilotbridge.outbox.fleet import fleet_of
from pilotbridge.outbox.tracking import Tracking
from pilotbridge.protocols import Gateway
from pilotbridge.web.callback import callback_url, install_secret


class Sending:
    """``answering`` are the accounts with how often each is asked for what came in."""

    def __init__(self, shared: Shared, on_settled: Callable[[Sequence[MessageId]], None]) -> None:
        self._shared = shared
        self._on_settled = on_settled
        ground, settings = shared.ground, shared.settings()
        base, install = ground.store.write(
            lambda tx: (client_id_base(tx, ground.rng), install_secret(tx))
        ).result()

        def callback(gateway: str, message_id: MessageId) -> str:
            return callback_url(settings.web.external_url, gateway, install, message_id)

        self.fleet = fleet_of(settings, callback, base)
        self.fleet.wake = lambda gateway: shared.wakes.one(f"sender-{gateway}")
        self.answering: dict[Heard, timedelta] = {}
        self.gateways: dict[str, Gateway] = {
            gateway.name: self._heard(gateway) for gateway in settings.gateways.values()
        }
        self.balances = {name: self._balance(gateway) for name, gateway in self.gateways.items()}
        self.dispatches = [self._dispatch(gateway) for gateway in self.gateways.values()]
        for dispatch in self.dispatches:
            shared.wakes.add(dispatch)
        for gateway in self.gateways.values():
            shared.wakes.add(self._tracking(gateway))

    def recover(self) -> None:
        for dispatch in self.dispatches:
            dispatch.recover()

    def finish(self) -> None:
        """Put on disk what is still only known here, and close every account."""
        for dispatch in self.dispatches:
            dispatch.finish()
        for gateway in self.gateways.values():
            gateway.close()

    def _heard(self, gateway: GatewaySettings) -> Gateway:
        """One account, of which the heartbeat knows when it answered."""
        heard = Heard(self._opened(gateway), self._shared.clock)
        self.answering[heard] = gateway.inbound_every
        return heard

    def _opened(self, gateway: GatewaySettings) -> Gateway:
        shared, ground = self._shared, self._shared.ground
        if ground.make_gateway is not None:
            return ground.make_gateway(gateway)
        return open_gateway(
            gateway,
            shared.settings(),
            shared.in_force.plugins.gateways,
            clock=shared.clock,
            meter=shared.meter,
            make_adapter=ground.make_adapter,
        )

    def _dispatch(self, gateway: Gateway) -> Dispatch:
        shared, runtime = self._shared, self._shared.ground.runtime
        wake = self._waking(gateway.name)
        return shared.ground.dispatch(
            shared.store,
            gateway,
            self.fleet,
            postage=shared.postage,
            clock=shared.clock,
            rng=shared.ground.rng,
            meter=shared.meter,
            on_settled=self._on_settled,
            troubles=shared.troubles,
            on_ridden=wake if runtime.has_threads else None,
        )

    def _waking(self, gateway: str) -> Callable[[], None]:
        return lambda: self._shared.wakes.one(f"sender-{gateway}")

    def _tracking(self, gateway: Gateway) -> Tracking:
        shared, rules = self._shared, self.fleet.rules[gateway.name]
        return Tracking(
            shared.store,
            gateway,
            clock=shared.clock,
            meter=shared.meter,
            client_id=rules.client_id,
            on_settled=self._on_settled,
            status_every=rules.status_every,
        )

    def _balance(self, gateway: Gateway) -> BalanceWatch:
        shared = self._shared
        return BalanceWatch(
            store=shared.store,
            gateway=gateway,
            settings=shared.settings,
            fleet=self.fleet,
            clock=shared.clock,
            meter=shared.meter,
            troubles=shared.troubles,
            wake=shared.wakes.senders,
        )
