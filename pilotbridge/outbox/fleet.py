"""The gateway accounts in the order of the configuration: how each is used, and how each stands just now.

The rules come from the configuration; the standing lives in memory only, because a wrong one costs one
probe and corrects itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from pilotbridge.config.settings import GatewaySettings, Settings
from pilotbridge.model import MessageId
from pilotbridge.outbox.backoff import Breaker

LEASE_SLACK = timedelta(seconds=10)
# An answer may drip on for this long after the longest silence allowed.
DRIP = timedelta(seconds=5)
PROBE_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class SendingRules:
    """What the configuration says about sending by one gateway account."""

    gateway: str
    sender: str
    window: timedelta
    landing: timedelta
    lease: timedelta
    callback: Callable[[MessageId], str]
    client_id: Callable[[MessageId], int]
    reserve_rub: Decimal = Decimal(0)
    status_every: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Closure:
    """The account as a whole takes nothing (no money, blocked); one message probes it now and then."""

    cause: str
    reason: str
    probe_at_ms: int


@dataclass(slots=True)
class Standing:
    """How one gateway account stands just now."""

    breaker: Breaker = Breaker()
    closure: Closure | None = None
    balance_rub: Decimal | None = None

    @property
    def takes_messages(self) -> bool:
        return not self.breaker.failures and self.closure is None

    def is_below(self, reserve_rub: Decimal) -> bool:
        """Whether only critical messages may cost money; False while the balance is not known."""
        return self.balance_rub is not None and self.balance_rub < reserve_rub


@dataclass(slots=True)
class Fleet:
    """All gateway accounts, the first one first. ``rules`` is replaced when the configuration is.

    ``wake`` tells the sender of an account that there is something to send.
    """

    rules: dict[str, SendingRules]
    standings: dict[str, Standing] = field(default_factory=dict)
    wake: Callable[[str], None] = lambda _gateway: None

    def standing(self, gateway: str) -> Standing:
        found = self.standings.get(gateway)
        if found is None:
            found = self.standings[gateway] = Standing()
        return found

    def is_down(self, now_ms: int) -> bool:
        """Whether no account takes messages just now, and that is no passing hiccup."""
        found = [self.standing(name) for name in self.rules]
        return all(each.breaker.down(now_ms) or each.closure is not None for each in found)

    def successor(self, gateway: str) -> str:
        """The gateway that takes over from one that is down or refuses: the next that takes messages."""
        names = list(self.rules)
        after = names[names.index(gateway) + 1 :]
        return next((name for name in after if self.standing(name).takes_messages), "")


def fleet_of(settings: Settings, callback: Callable[[str, MessageId], str], client_id_base: int) -> Fleet:
    """The gateways of the configuration. ``callback`` gives the address that carries a row's token."""
    return Fleet(
        {
            name: rules_of(gateway, _callback_of(settings, gateway, callback), client_id_base)
            for name, gateway in settings.gateways.items()
        }
    )


def rules_of(
    gateway: GatewaySettings, callback: Callable[[MessageId], str], client_id_base: int
) -> SendingRules:
    """One gateway's block of the configuration as the outbox uses it."""
    return SendingRules(
        gateway=gateway.name,
        sender=gateway.sender,
        window=gateway.duplicate_window,
        landing=gateway.landing,
        lease=gateway.connect_timeout + gateway.read_timeout + DRIP + LEASE_SLACK,
        callback=callback,
        client_id=lambda message_id: client_id_base + message_id,
        reserve_rub=gateway.balance.reserve_rub,
        status_every=gateway.status_every,
    )


def _callback_of(
    settings: Settings, gateway: GatewaySettings, callback: Callable[[str, MessageId], str]
) -> Callable[[MessageId], str]:
    if not gateway.calls_back(settings.web):
        return lambda _: ""
    return lambda message_id: callback(gateway.name, message_id)
