"""Fetches what people texted to us: nothing the gateway ever showed is missed, and nothing counts twice.

The feed is asked again over what it has shown before, and its own ids tell what is new; what an SMS
means is not asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pilotbridge.clock import Clock, from_ms, to_ms
from pilotbridge.errors import Closed, Refused, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import InboundSms, Trouble
from pilotbridge.protocols import Gateway, Meter, Troubles
from pilotbridge.store.protocol import Store, WriteVerbs

OVERLAP = timedelta(minutes=15)
"""How far a row may be late and still be seen by the next reading."""
DEEP_EVERY = timedelta(hours=1)
DEEP_OVERLAP = timedelta(hours=24)
STALE_AFTER = timedelta(minutes=5)
FIRST_LOOK_BACK = timedelta(hours=24)
ZONE_CHANGED, STALE = "GatewayTimeZoneChanged", "InboundStale"
# Rows are written to the minute, and clocks differ a little; three hours are neither.
FUTURE_FROM, FUTURE_TO = timedelta(hours=2, minutes=30), timedelta(hours=4, minutes=30)

log = get_logger(__name__)


def asked_since(cursor: datetime | None, overlap: timedelta, now: datetime) -> datetime:
    """From when the feed is read: the newest row's own minute less the overlap, never "now".

    A feed that was never read is read from a day ago.
    """
    if cursor is None:
        return _minute(now - FIRST_LOOK_BACK)
    return _minute(cursor - overlap)


def newest(rows: Sequence[InboundSms], cursor: datetime | None, now: datetime) -> datetime | None:
    """Where the cursor stands after ``rows``: it only ever goes forward, and never into the future."""
    known = [min(row.created_at, now) for row in rows] + ([cursor] if cursor else [])
    return _minute(max(known)) if known else None


def hours_ahead(rows: Sequence[InboundSms], now: datetime) -> timedelta | None:
    """By how much the newest row lies in the future, when by so much that the zone must be wrong."""
    ahead = max((row.created_at for row in rows), default=now) - now
    return ahead if FUTURE_FROM <= ahead <= FUTURE_TO else None


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


class InboundPoll:
    """Reads one account's feed. :meth:`turn` is due every ``inbound_every``."""

    def __init__(
        self,
        *,
        store: Store,
        gateway: Gateway,
        clock: Clock,
        meter: Meter,
        troubles: Troubles,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._meter = meter
        self._troubles = troubles
        self._wake = wake
        self._failing_since: datetime | None = None

    @property
    def name(self) -> str:
        return f"poll-{self._gateway.name}"

    def turn(self) -> None:
        """Read the feed once; the rows and how far it was read are one commit."""
        now = self._clock.utc_now()
        with self._store.read() as read:
            cursor = _moment(read.cursor(self._cursor))
            deep_at = _moment(read.cursor(self._deep_cursor))
        deep = deep_at is None or not timedelta() <= now - deep_at < DEEP_EVERY
        since = asked_since(cursor, DEEP_OVERLAP if deep else OVERLAP, now)
        try:
            rows = self._gateway.fetch_inbound(since)
            read_to = newest(rows, cursor, now)
        except (TryLater, Refused) as error:
            self._not_read(error.reason, now)
            return
        except Closed:
            raise
        except Exception as error:  # a tick: the gateway may be a plugin's, and people must hear of it too
            log.exception("a gateway failed at its feed", gateway=self._gateway.name)
            self._not_read(f"it failed with {type(error).__name__}; the log says why", now)
            return
        self._read_again()
        self._check_zone(rows, now)
        self._keep(rows, read_to, now if deep else None)

    # -- what was read ---------------------------------------------------------------------------

    def _keep(self, rows: Sequence[InboundSms], cursor: datetime | None, deep_at: datetime | None) -> None:
        now_ms = self._clock.now_ms()

        def job(tx: WriteVerbs) -> int:
            fresh = sum(tx.add_inbound(row, now_ms) is not None for row in rows)
            if cursor is not None:
                tx.set_cursor(self._cursor, to_ms(cursor))
            if deep_at is not None:
                tx.set_cursor(self._deep_cursor, to_ms(deep_at))
            return fresh

        fresh = self._store.write(job).result()
        if fresh:
            self._meter.count("inbound_received", fresh, gateway=self._gateway.name)
            log.info("SMS came in", gateway=self._gateway.name, amount=fresh)
            self._wake()

    @property
    def _cursor(self) -> str:
        return f"inbound:{self._gateway.name}"

    @property
    def _deep_cursor(self) -> str:
        return f"inbound-deep:{self._gateway.name}"

    # -- what is wrong ---------------------------------------------------------------------------

    def _check_zone(self, rows: Sequence[InboundSms], now: datetime) -> None:
        ahead = hours_ahead(rows, now)
        if ahead is None:
            if rows:
                self._troubles.clear(ZONE_CHANGED, self._gateway.name)
            return
        summary = (
            f"the newest SMS from {self._gateway.name} is dated {ahead} ahead of this machine's clock: the "
            "gateway's time zone or the clock here has changed; messages may be fetched late or twice"
        )
        self._troubles.raise_trouble(Trouble(ZONE_CHANGED, self._gateway.name, summary))

    def _not_read(self, reason: str, now: datetime) -> None:
        log.warning("the feed was not read; it is read again", gateway=self._gateway.name, reason=reason)
        self._failing_since = self._failing_since or now
        if now - self._failing_since < STALE_AFTER:
            return
        summary = (
            f"{self._gateway.name} has not told what people text to us since "
            f"{self._failing_since:%Y-%m-%d %H:%M} UTC: {reason}"
        )
        self._troubles.raise_trouble(Trouble(STALE, self._gateway.name, summary))

    def _read_again(self) -> None:
        self._failing_since = None
        self._troubles.clear(STALE, self._gateway.name)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
