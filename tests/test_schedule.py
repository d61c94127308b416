"""Duties by the clock: what the library logs of one names it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from threading import Event

from pilotbridge.protocols import Duty
from pilotbridge.schedule import Schedule


def test_a_ring_that_is_left_out_because_the_last_one_still_runs_names_its_duty():
    goes_on, told = Event(), []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        skipped = asyncio.Event()

        class Hears(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                told.append(record.getMessage())
                loop.call_soon_threadsafe(skipped.set)

        hears = Hears(logging.WARNING)
        logging.getLogger("apscheduler").addHandler(hears)
        schedule = Schedule(lambda: datetime.now(UTC))
        schedule.add_duty(Duty("spool", timedelta(seconds=0.05), lambda: goes_on.wait(20)))
        schedule.start()
        await asyncio.wait_for(skipped.wait(), 20)
        schedule.stop()
        goes_on.set()
        logging.getLogger("apscheduler").removeHandler(hears)

    asyncio.run(run())

    assert 'Execution of job "duty spool (' in told[0]
