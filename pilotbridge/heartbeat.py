"""A ping out while the bridge does its work, and none while it does not: whoever expects it raises the alarm.

Each ping costs a look at every part that an alert needs on its way. It says which part fails; it mends none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from pilotbridge.clock import Clock
from pilotbridge.config.settings import HeartbeatSettings
from pilotbridge.errors import PilotBridgeError
from pilotbridge.logs import get_logger
from pilotbridge.model import InboundSms, Trouble
from pilotbridge.pinging import PingWay, ping
from pilotbridge.protocols import (
    Accepted,
    Account,
    Gateway,
    Guarded,
    Meter,
    OutgoingSms,
    StatusReport,
    Submitted,
    Troubles,
)
from pilotbridge.store.protocol import Store, WriteVerbs

DUTY = "heartbeat"
COMMITS_WITHIN = timedelta(seconds=10)
ANSWERED_WITHIN = timedelta(minutes=2)
"""A gateway is asked for inbound SMS every 15 s; one whose turns are slower has four of them."""
TURNS = 4
UNSENT, UNSENT_AFTER = "HeartbeatUnsent", 3
KEY = "heartbeat"

Look = Callable[[], str]
"""Why a part does not work; empty: it does."""

log = get_logger(__name__)


class Heard:
    """A gateway, and when it last answered as it should. It changes nothing of what passes."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock
        self.name, self.max_packet = gateway.name, gateway.max_packet
        self.answered_at_boot_ms: int | None = None

    def submit(self, packet: Sequence[OutgoingSms]) -> Submitted:
        submitted = self._gateway.submit(packet)
        if any(isinstance(outcome, Accepted | Guarded) for outcome in submitted.outcomes.values()):
            self._note()
        return submitted

    def check(self, server_ids: Sequence[str]) -> Sequence[StatusReport]:
        reports = self._gateway.check(server_ids)
        self._note()
        return reports

    def fetch_inbound(self, since: datetime | None) -> Sequence[InboundSms]:
        rows = self._gateway.fetch_inbound(since)
        self._note()
        return rows

    def balance_rub(self) -> Decimal:
        balance_rub = self._gateway.balance_rub()
        self._note()
        return balance_rub

    def account(self) -> Account:
        account = self._gateway.account()
        self._note()
        return account

    def close(self) -> None:
        self._gateway.close()

    def _note(self) -> None:
        self.answered_at_boot_ms = self._clock.boot_ms()


class Heartbeat:
    """The duty ``heartbeat``. ``door`` looks at the intake, ``work`` at whoever works in turns.

    ``gateways`` come with how often each is asked.
    """

    def __init__(
        self,
        settings: HeartbeatSettings,
        way: PingWay,
        *,
        store: Store,
        gateways: Mapping[Heard, timedelta],
        door: Look,
        work: Look,
        clock: Clock,
        meter: Meter,
        troubles: Troubles,
        commits_within: timedelta = COMMITS_WITHIN,
    ) -> None:
        self._settings = settings
        self._commits_within_s = commits_within.total_seconds()
        self._way = way
        self._store = store
        self._gateways = gateways
        self._clock = clock
        self._meter = meter
        self._troubles = troubles
        self._looks: Mapping[str, Look] = {
            "intake": door,
            "store": self._commit,
            "work": work,
            "gateway": self._gateway,
        }
        self._failing: Mapping[str, str] | None = None
        self._unsent = 0

    def turn(self) -> None:
        """Look at every part; ping when all work."""
        failing = {part: why for part, look in self._looks.items() if (why := _looked(look))}
        for part in self._looks:
            self._meter.gauge("heartbeat_part_works", 0 if part in failing else 1, part=part)
        self._tell(failing)
        if failing:
            self._count("withheld", "; ".join(f"{part}: {why}" for part, why in failing.items()))
        else:
            self._ping()

    # -- the parts -------------------------------------------------------------------------------

    def _commit(self) -> str:
        now_ms = self._clock.now_ms()
        self._store.write(lambda tx: tx.set_meta(f"{KEY}-commit", str(now_ms))).result(self._commits_within_s)
        return ""

    def _gateway(self) -> str:
        now_ms = self._clock.boot_ms()
        whys = [_silence(heard, every, now_ms) for heard, every in self._gateways.items()]
        return "" if not all(whys) else "; ".join(whys)

    # -- the ping --------------------------------------------------------------------------------

    def _ping(self) -> None:
        try:
            ping(self._settings.url.reveal(), self._way, self._clock)
        except PilotBridgeError as error:
            self._unsent += 1
            self._count("failed", error.reason)
            log.warning("the heartbeat could not be sent", reason=error.reason)
            if self._unsent >= UNSENT_AFTER:
                self._troubles.raise_trouble(
                    Trouble(UNSENT, self._host, f"no ping gets through: {error.reason}")
                )
            return
        self._unsent = 0
        self._count("sent", "")
        self._troubles.clear(UNSENT, self._host)

    @property
    def _host(self) -> str:
        return urlsplit(self._settings.url.reveal()).hostname or ""

    def _count(self, outcome: str, why: str) -> None:
        """Count it, and leave it where ``doctor`` finds it; a store that does not write cannot."""
        self._meter.count("heartbeats", outcome=outcome)
        written = f"{self._clock.now_ms()} {outcome} {why}"

        def job(tx: WriteVerbs) -> None:
            tx.set_meta(KEY, written)

        self._store.write(job)

    def _tell(self, failing: Mapping[str, str]) -> None:
        """One line when what fails has changed."""
        if failing.keys() == (self._failing or {}).keys():
            return
        self._failing = failing
        if failing:
            log.error("no heartbeat is sent: a part does not work", **failing)
        else:
            log.info("the heartbeat is sent again")


def _looked(look: Look) -> str:
    try:
        return look()
    except PilotBridgeError as error:
        return error.reason
    except TimeoutError:
        return "no answer in time"


def _silence(heard: Heard, every: timedelta, now_boot_ms: int) -> str:
    """Why this gateway does not count as working; empty: it does."""
    if heard.answered_at_boot_ms is None:
        return f"{heard.name} has not answered since the start"
    silent = timedelta(milliseconds=now_boot_ms - heard.answered_at_boot_ms)
    if silent <= max(ANSWERED_WITHIN, TURNS * every):
        return ""
    return f"{heard.name} has not answered for {int(silent.total_seconds())} s"
