"""From clock times of a zone to moments, exactly, also on the days when its clock is put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=4096)
def moment(local: datetime, zone: str) -> datetime:
    """The first moment (UTC) at which a clock of ``zone`` shows ``local`` (naive).

    A time that the clock skips is the moment it is put forward; of one that it shows twice the first counts.
    So moments come in the order of their clock times.
    """
    there = ZoneInfo(zone)
    found = local.replace(tzinfo=there).astimezone(UTC)
    if found.astimezone(there).replace(tzinfo=None) == local:
        return found
    return _put(there, local.replace(tzinfo=there, fold=1).astimezone(UTC), found)


def shown(at: datetime, zone: str) -> datetime:
    """What a clock of ``zone`` shows at ``at``, naive."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _put(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second of the new offset, which ``before`` has not yet and ``after`` has."""
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + high * _SECOND
