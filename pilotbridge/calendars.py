"""The calendars of schedules, read again and again: files, and addresses with a bound on time and size.

What one says is written as rows, so that its last good copy counts while it cannot be read, over restarts
too. An address is a secret and stands in no error.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pilotbridge import __version__
from pilotbridge.clock import Clock, from_ms
from pilotbridge.config.schedules import CALENDAR_MAX_BYTES, LOOKS_BACK, read_calendar_file
from pilotbridge.config.settings import CalendarSettings, ScheduleSettings, Settings
from pilotbridge.errors import TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import Severity, Trouble
from pilotbridge.rota import AHEAD
from pilotbridge.rota.calendar import events_of, read_calendar
from pilotbridge.smspilot.line import Deadline
from pilotbridge.smspilot.tls import trusting_context
from pilotbridge.store.protocol import Store

if TYPE_CHECKING:
    import requests

EVERY = timedelta(minutes=5)
UNREAD_AFTER = timedelta(hours=1)
CONNECT_S, READ_S, WHOLE_S = 5.0, 20.0, 30.0
REDIRECTS_MAX = 3
UNREAD = "CalendarUnread"
_CHUNK = 64 * 1024

Fetch = Callable[[str, Path | None], bytes]
"""Gets what stands at an address, trusting the system's authorities and those of a file; raises TryLater."""

log = get_logger(__name__)


class Calendars:
    """The worker ``calendars``. ``changed`` wakes whoever looks at who is on call.

    Without ``fetch`` addresses are left alone: what was kept of them counts.
    """

    name = "calendars"

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        *,
        clock: Clock,
        fetch: Fetch | None,
        trouble: Callable[[Trouble], None],
        clear: Callable[[str, str], None],
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._fetch = fetch
        self._trouble = trouble
        self._clear = clear
        self._changed = changed
        self._seen: Settings | None = None
        self._due_ms = 0

    def turn(self) -> int | None:
        """Read every calendar whose time has come; returns when to read them again."""
        settings, now_ms = self._settings(), self._clock.now_ms()
        schedules = [each for each in settings.schedules.values() if self._can_be_read(each)]
        if settings is self._seen and now_ms < self._due_ms:
            return self._due_ms if schedules else None
        self._seen, self._due_ms = settings, now_ms + int(EVERY.total_seconds() * 1000)
        for schedule in schedules:
            self._read(schedule, settings)
        return self._due_ms if schedules else None

    def _can_be_read(self, schedule: ScheduleSettings) -> bool:
        return schedule.calendar is not None and (schedule.calendar.url is None or self._fetch is not None)

    def _read(self, schedule: ScheduleSettings, settings: Settings) -> None:
        calendar, now = schedule.calendar, self._clock.utc_now()
        assert calendar is not None
        try:
            text = self._text(calendar, settings)
            said = read_calendar(text, calendar.place, now - LOOKS_BACK, now + AHEAD)
        except (TryLater, ValueError) as error:
            self._unread(schedule.name, error.reason if isinstance(error, TryLater) else str(error), now)
            return
        reachable = [name for name, contact in settings.contacts.items() if contact.phone]
        events, strangers = events_of(said, reachable)
        digest = hashlib.sha256(repr((events, reachable)).encode()).hexdigest()
        with self._store.read() as read:
            known = read.calendars().get(schedule.name)
        now_ms = self._clock.now_ms()
        self._store.write(lambda tx: tx.put_calendar(schedule.name, digest, events, now_ms)).result()
        self._clear(UNREAD, schedule.name)
        if known is None or known[0] != digest:
            log.info("a calendar has changed", schedule=schedule.name, events=len(events))
            if strangers:
                log.warning("events name no contact", schedule=schedule.name, events=strangers[:5])
            self._changed()

    def _text(self, calendar: CalendarSettings, settings: Settings) -> bytes:
        if calendar.url is not None:
            assert self._fetch is not None
            return self._fetch(calendar.url.reveal(), settings.network.ca_file)
        assert calendar.path is not None
        try:
            return read_calendar_file(calendar.path)
        except OSError as error:
            raise TryLater(f"{calendar.path} cannot be read: {error.strerror}") from error

    def _unread(self, name: str, reason: str, now: datetime) -> None:
        """What it last said counts on; after an hour somebody has to know."""
        log.warning("a calendar cannot be read", schedule=name, reason=reason)
        with self._store.read() as read:
            known = read.calendars().get(name)
        if known is None or now - from_ms(known[1]) >= UNREAD_AFTER:
            since = (
                f"what it said at {from_ms(known[1]):%Y-%m-%d %H:%M} UTC counts"
                if known
                else "it was never read"
            )
            self._trouble(Trouble(UNREAD, name, f"{reason}; {since}", Severity.WARNING))


def fetch_calendar(url: str, ca_file: Path | None) -> bytes:
    """What stands at ``url``, at most 4 MiB of it, within half a minute in all.

    :raises TryLater: with the cause, which names the host only.
    """
    from pilotbridge.smspilot.session import WIRE_ERRORS, OnceAdapter, open_session

    host = urlsplit(url).hostname
    deadline = Deadline(time.monotonic)
    deadline.begin(WHOLE_S)
    adapter = OnceAdapter(trusting_context(ca_file), deadline)
    with open_session(adapter, f"PilotBridge/{__version__}") as session:
        try:
            return _got(session, url, deadline)
        except WIRE_ERRORS as error:
            raise TryLater(f"the calendar at {host} cannot be read: {type(error).__name__}") from None


def _got(session: requests.Session, url: str, deadline: Deadline) -> bytes:
    for _ in range(REDIRECTS_MAX + 1):
        timeout = (CONNECT_S, min(READ_S, deadline.left_s()))
        with session.get(url, timeout=timeout, stream=True, allow_redirects=False) as answer:
            if not answer.is_redirect:
                return _body(answer, deadline)
            url = _next_address(url, answer.headers["location"])
    raise TryLater(f"the calendar at {urlsplit(url).hostname} leads from one address to another for ever")


def _next_address(url: str, location: str) -> str:
    """Where a redirect leads; never from https into the clear, and nowhere but the web."""
    target = urljoin(url, location)
    schemes = (urlsplit(url).scheme, urlsplit(target).scheme)
    if schemes not in (("http", "http"), ("http", "https"), ("https", "https")):
        raise TryLater(f"the calendar at {urlsplit(url).hostname} leads to an address that is not https")
    return target


def _body(answer: requests.Response, deadline: Deadline) -> bytes:
    if answer.status_code != 200:
        host = urlsplit(answer.url).hostname
        raise TryLater(f"the calendar at {host} answers {answer.status_code}; is its address still right?")
    found = b""
    for chunk in answer.iter_content(_CHUNK):
        deadline.left_s()
        found += chunk
        if len(found) > CALENDAR_MAX_BYTES:
            raise TryLater(f"the calendar at {urlsplit(answer.url).hostname} is larger than 4 MiB")
    return found
