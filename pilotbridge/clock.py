"""Where time comes from: UTC for records, a boot clock for deadlines that must not move with the wall.

Nothing else in the bridge reads a clock; tests hand in one that only moves by hand.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment as three clocks saw it: UTC, and milliseconds since a named boot of this machine.

    Deadlines of a send in doubt are reckoned with ``boot_ms``, because the wall clock can be set to
    anything; another ``boot_id`` means the time between cannot be known.
    """

    utc_ms: int
    boot_ms: int
    boot_id: str

    @property
    def utc(self) -> datetime:
        return from_ms(self.utc_ms)

    def since(self, earlier: Instant) -> timedelta | None:
        """The time that surely passed since ``earlier``; None when no clock of ours can tell."""
        if self.boot_id != earlier.boot_id or not self.boot_id:
            return None
        return timedelta(milliseconds=self.boot_ms - earlier.boot_ms)


class Clock(Protocol):
    """What the flows may know about time."""

    def now(self) -> Instant: ...
    def utc_now(self) -> datetime: ...
    def now_ms(self) -> int: ...
    def boot_ms(self) -> int: ...


class SystemClock:
    """The machine's clocks. ``CLOCK_BOOTTIME`` also counts the time a laptop slept."""

    def __init__(self) -> None:
        self._boot_id = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ""

    def now(self) -> Instant:
        return Instant(self.now_ms(), self.boot_ms(), self._boot_id)

    def utc_now(self) -> datetime:
        return datetime.now(UTC)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def boot_ms(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class SteadyClock:
    """``machine``'s clock, except that UTC goes on steadily when somebody sets the wall clock.

    Stored due times are UTC, so a wall clock that is set would make them all late or all overdue. This one
    keeps the time it had; :meth:`gap_ms` tells by how much the wall differs, and :meth:`adopt` takes the
    wall's time over once the stored times have been moved too. Small corrections are taken over at once.
    """

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        now = machine.now()
        self._offset_ms = now.utc_ms - now.boot_ms

    def now(self) -> Instant:
        now = self._machine.now()
        return Instant(now.boot_ms + self._offset_ms, now.boot_ms, now.boot_id)

    def utc_now(self) -> datetime:
        return from_ms(self.now_ms())

    def now_ms(self) -> int:
        return self._machine.boot_ms() + self._offset_ms

    def boot_ms(self) -> int:
        return self._machine.boot_ms()

    def gap_ms(self) -> int:
        """How far the wall clock is ahead of this one."""
        now = self._machine.now()
        return now.utc_ms - now.boot_ms - self._offset_ms

    def adopt(self, gap_ms: int) -> None:
        """Move this clock by ``gap_ms``."""
        self._offset_ms += gap_ms


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware ``moment``.

    :raises ValueError: if ``moment`` is naive.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment}")
    return int(moment.timestamp() * 1000 + 0.5) if moment.microsecond else int(moment.timestamp()) * 1000


def from_ms(ms: int) -> datetime:
    """The UTC datetime of ``ms`` milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)
