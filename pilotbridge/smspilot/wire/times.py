"""The gateway's times, each in its own zone, as aware UTC datetimes and back.

Requests speak GMT, answers speak Moscow; nothing here reads a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from pilotbridge.smspilot.wire.torn import Torn

NO_DATE = "0000-00-00 00:00:00"
"""How v2.4.13 wrote "not delayed" in JSON; later versions leave the field empty."""

_SECONDS = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_MINUTES = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?::(\d\d))?", re.ASCII)


@lru_cache(maxsize=1)
def moscow() -> ZoneInfo:
    """Europe/Moscow, not a fixed +3: it was +4 until 26 October 2014."""
    return ZoneInfo("Europe/Moscow")


def read_gmt(written: str) -> datetime:
    """Read ``YYYY-MM-DD HH:MM:SS`` in GMT (``send_datetime``, ``since``).

    :raises Torn: for anything else.
    """
    return _read(written, _SECONDS, UTC)


def write_gmt(moment: datetime) -> str:
    """Write a moment as ``send_datetime`` and ``since`` want it; parts of a second are dropped."""
    return _in_zone(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def read_send_datetime(written: str) -> datetime | None:
    """Read the echo of ``send_datetime``; both ways of writing "not delayed" are None.

    :raises Torn: for anything that is no time.
    """
    return None if written in ("", NO_DATE) else read_gmt(written)


def read_moscow(written: str) -> datetime:
    """Read Moscow time with or without seconds (``created``, ``modified``, the account's ``date``).

    Of the hour that was repeated when the zone changed in October 2014 the first one is meant.

    :raises Torn: for anything else.
    """
    return _read(written, _MINUTES, moscow())


def write_moscow(moment: datetime) -> str:
    """Write a moment in Moscow time with seconds (``modified``)."""
    return _in_zone(moment, moscow()).strftime("%Y-%m-%d %H:%M:%S")


def write_moscow_minute(moment: datetime) -> str:
    """Write a moment in Moscow time to the minute (``created``, the account's ``date``)."""
    return _in_zone(moment, moscow()).strftime("%Y-%m-%d %H:%M")


def _read(written: str, form: re.Pattern[str], zone: tzinfo) -> datetime:
    found = form.fullmatch(written)
    if found is None:
        raise Torn(f"{written[:40]!r} is no time the gateway writes")
    try:
        return datetime(*(int(part or 0) for part in found.groups()), tzinfo=zone).astimezone(UTC)  # type: ignore[misc,arg-type]
    except (ValueError, OverflowError) as error:
        raise Torn(f"{written!r} is not in the calendar") from error


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment}")
    return moment.astimezone(zone)
