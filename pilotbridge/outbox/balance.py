"""The money of one gateway account: asked for now and then, and told about before it runs out.

It lets messages go that waited for money; it never stops a critical one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from pilotbridge.clock import Clock
from pilotbridge.config.settings import BalanceSettings, Settings
from pilotbridge.errors import Refused, TryLater
from pilotbridge.model import Severity, Trouble
from pilotbridge.outbox.budget import DAY_MS
from pilotbridge.outbox.fleet import Fleet
from pilotbridge.protocols import Gateway, Meter, Troubles
from pilotbridge.store.protocol import ReadVerbs, Store

LOW = "GatewayBalanceLow"
UNKNOWN = "GatewayBalanceUnknown"
UNKNOWN_AFTER = 3
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Spending:
    """Roubles a day: of the last day, and of the last week on average."""

    last_day_rub: Decimal
    last_week_rub: Decimal

    @property
    def rub_per_day(self) -> Decimal:
        """The faster of the two, so that neither a quiet week nor a quiet day hides what goes on."""
        return max(self.last_day_rub, self.last_week_rub / WEEK_DAYS)


def lasts(balance_rub: Decimal, spending: Spending) -> timedelta | None:
    """How long the money will do at the present rate; None while nothing is spent."""
    if balance_rub <= 0:
        return timedelta()
    if not spending.rub_per_day:
        return None
    return timedelta(days=min(float(balance_rub / spending.rub_per_day), 36_500.0))


def low_trouble(
    gateway: str, balance_rub: Decimal, left: timedelta | None, rules: BalanceSettings
) -> Trouble | None:
    """What to say of a balance; None when it is fine."""
    if balance_rub < rules.reserve_rub:
        summary = (
            f"{balance_rub} roubles are left at {gateway}, less than the reserve of {rules.reserve_rub}: "
            "only critical messages go until the account is topped up"
        )
        return Trouble(LOW, gateway, summary, Severity.CRITICAL)
    if left is None or left >= rules.warn_below:
        return None
    severity = Severity.CRITICAL if left < timedelta(days=1) else Severity.WARNING
    summary = f"{balance_rub} roubles at {gateway} last {_in_words(left)} at the present rate: top up"
    return Trouble(LOW, gateway, summary, severity)


class BalanceWatch:
    """Asks one account what it has. :meth:`turn` is due every ``balance.check_every``."""

    def __init__(
        self,
        *,
        store: Store,
        gateway: Gateway,
        settings: Callable[[], Settings],
        fleet: Fleet,
        clock: Clock,
        meter: Meter,
        troubles: Troubles,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._settings = settings
        self._fleet = fleet
        self._clock = clock
        self._meter = meter
        self._troubles = troubles
        self._wake = wake
        self._unanswered = 0

    @property
    def name(self) -> str:
        return f"balance-{self._gateway.name}"

    def turn(self) -> int | None:
        """Ask once; returns when to ask again (ms UTC)."""
        rules = self._rules()
        try:
            balance_rub = self._gateway.balance_rub()
        except (TryLater, Refused) as error:
            self._not_told(error.reason)
        else:
            self._told(balance_rub, rules)
        return self._clock.now_ms() + int(rules.check_every.total_seconds() * 1000)

    def _rules(self) -> BalanceSettings:
        settings = self._settings().gateways.get(self._gateway.name)
        return settings.balance if settings else BalanceSettings()

    def _not_told(self, reason: str) -> None:
        self._unanswered += 1
        if self._unanswered < UNKNOWN_AFTER:
            return
        summary = f"{self._gateway.name} does not tell its balance: {reason}"
        self._troubles.raise_trouble(Trouble(UNKNOWN, self._gateway.name, summary))

    def _told(self, balance_rub: Decimal, rules: BalanceSettings) -> None:
        self._unanswered = 0
        self._meter.gauge("balance_rub", float(balance_rub), gateway=self._gateway.name)
        self._troubles.clear(UNKNOWN, self._gateway.name)
        with self._store.read() as read:
            left = lasts(balance_rub, self._spending(read))
        trouble = low_trouble(self._gateway.name, balance_rub, left, rules)
        if trouble is None:
            self._troubles.clear(LOW, self._gateway.name)
        else:
            self._troubles.raise_trouble(trouble)
        self._let_go(balance_rub, rules)

    def _spending(self, read: ReadVerbs) -> Spending:
        now_ms, name = self._clock.now_ms(), self._gateway.name
        day, week = (read.spent_since(now_ms - days * DAY_MS, name).cost_rub for days in (1, WEEK_DAYS))
        return Spending(day, week)

    def _let_go(self, balance_rub: Decimal, rules: BalanceSettings) -> None:
        """Money has come: whatever waited for it is looked at now, critical messages first."""
        standing = self._fleet.standing(self._gateway.name)
        was_rub, standing.balance_rub = standing.balance_rub, balance_rub
        if (
            standing.is_below(rules.reserve_rub)
            or balance_rub <= 0
            or (was_rub is not None and balance_rub <= was_rub)
        ):
            return
        if standing.closure is not None and standing.closure.cause == "balance":
            standing.closure = None
        name, now_ms = self._gateway.name, self._clock.now_ms()
        if self._store.write(lambda tx: tx.release_due(name, "balance", now_ms)).result():
            self._wake()


def _in_words(left: timedelta) -> str:
    if left >= timedelta(days=2):
        return f"{left.days} days"
    return f"{int(left.total_seconds() // 3600)} hours"
