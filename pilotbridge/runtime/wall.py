"""Somebody sets the wall clock: every stored time that is still to come moves along, then our clock does.

Between the two no row may look overdue, so a clock that jumps ahead is followed after the rows, one that
is set back before them.
"""

from __future__ import annotations

from collections.abc import Callable

from pilotbridge.clock import Instant, SteadyClock
from pilotbridge.logs import get_logger
from pilotbridge.store.protocol import Store, WriteVerbs

LOOKS_EVERY_MS = 1_000
NOTED_EVERY_MS = 60_000
JUMP_MS = 2_000
"""Less than this is a correction, which costs nobody anything."""

KEY = "clock"

log = get_logger(__name__)


class WallWatch:
    """The worker ``wall``. What it notes lets the next start see a jump that happened in between."""

    name = "wall"

    def __init__(self, store: Store, clock: SteadyClock, rearm: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._rearm = rearm
        self._noted_boot_ms = 0

    def recover(self) -> None:
        """At the start: was the wall clock set since the last note?"""
        with self._store.read() as read:
            noted = _read(read.meta(KEY))
        by_ms = jumped_ms(noted, self._clock.now()) if noted is not None else 0
        if abs(by_ms) >= JUMP_MS:
            self._shift(by_ms)
        self._note()

    def turn(self) -> int | None:
        """Look at the wall; follow it."""
        gap_ms = self._clock.gap_ms()
        if abs(gap_ms) >= JUMP_MS:
            self._follow(gap_ms)
        elif gap_ms:
            self._clock.adopt(gap_ms)
        if self._clock.boot_ms() - self._noted_boot_ms >= NOTED_EVERY_MS:
            self._note()
        return self._clock.now_ms() + LOOKS_EVERY_MS

    def _follow(self, gap_ms: int) -> None:
        if gap_ms < 0:
            self._clock.adopt(gap_ms)
        self._shift(gap_ms)
        if gap_ms > 0:
            self._clock.adopt(gap_ms)
        self._note()
        self._rearm()

    def _shift(self, by_ms: int) -> None:
        self._store.write(lambda tx: tx.shift_times(by_ms)).result()
        log.warning("the wall clock was set; what is still to come moves along", by_seconds=by_ms // 1000)

    def _note(self) -> None:
        now = self._clock.now()
        self._noted_boot_ms = now.boot_ms

        def job(tx: WriteVerbs) -> None:
            tx.set_meta(KEY, f"{now.utc_ms} {now.boot_ms} {now.boot_id}")

        self._store.write(job).result()


def jumped_ms(noted: Instant, now: Instant) -> int:
    """By how much the wall clock was set since ``noted``.

    After another boot nobody knows how long it was, but time does not run backwards: a machine without a
    clock of its own begins in 1970, or when it was last switched off, until somebody tells it the time.
    """
    passed = now.since(noted)
    if passed is None:
        return min(now.utc_ms - noted.utc_ms, 0)
    return now.utc_ms - noted.utc_ms - int(passed.total_seconds() * 1000)


def _read(noted: str | None) -> Instant | None:
    if noted is None:
        return None
    utc_ms, boot_ms, boot_id = noted.split(" ", 2)
    return Instant(int(utc_ms), int(boot_ms), boot_id)
