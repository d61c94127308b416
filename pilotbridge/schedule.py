"""What is due every so often: APScheduler rings, a thread of the loop's pool does the work.

Only periodic duties stand here. Whatever belongs to one alert or message is a row with a due time, never
a job, so that a restart forgets nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pilotbridge.errors import Closed, PilotBridgeError
from pilotbridge.logs import get_logger
from pilotbridge.protocols import Duty

if TYPE_CHECKING:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

LATE_MAX_S = 30
"""A ring that comes later than this is left out; the next one does the work."""

log = get_logger(__name__)


class Schedule:
    """Rings for each duty on the running loop. A duty never runs twice at once.

    Nothing rings before :meth:`start`, so that APScheduler is loaded when alerts are taken already.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._early: dict[str, Duty] = {}
        self._hurried: set[str] = set()
        self._scheduler: AsyncIOScheduler | None = None

    def add_duty(self, duty: Duty) -> None:
        """Ring for it from now on; one of the same name is forgotten."""
        if self._scheduler is None:
            self._early[duty.name] = duty
            return
        seconds = duty.every.total_seconds()
        self._scheduler.add_job(
            guarded(duty),
            "interval",
            seconds=seconds,
            id=duty.name,
            name=f"duty {duty.name}",  # for the library's own lines of the log
            replace_existing=True,
        )

    def start(self) -> None:
        """Begin to ring; call it on the loop."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": LATE_MAX_S},
        )
        for duty in self._early.values():
            self.add_duty(duty)
        self._scheduler.start()
        for name in self._hurried:
            self.hurry(name)

    def rearm(self) -> None:
        """The wall clock, which APScheduler goes by, was set: every duty rings now and goes on from here."""
        for job in self._scheduler.get_jobs() if self._scheduler else ():
            job.modify(next_run_time=self._now())

    def hurry(self, name: str) -> None:
        """Let one duty ring now, and go on from here."""
        if self._scheduler is None:
            self._hurried.add(name)
            return
        job = self._scheduler.get_job(name)
        if job is not None:
            job.modify(next_run_time=self._now())

    def stop(self) -> None:
        """No more rings; what runs is left to end."""
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def load_library() -> None:
    """Load APScheduler, which takes a while, beside the loop that will need it."""
    import apscheduler.schedulers.asyncio  # noqa: F401


def guarded(duty: Duty) -> Callable[[], None]:
    """The duty's work as one tick: whatever it raises is told, and the next ring comes all the same."""

    def tick() -> None:
        try:
            duty.work()
        except Closed:
            return
        except PilotBridgeError as error:
            log.warning("a duty could not be done", duty=duty.name, reason=error.reason)
        except Exception:
            log.exception("a duty failed", duty=duty.name)

    return tick
