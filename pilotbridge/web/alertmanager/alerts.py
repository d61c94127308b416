"""``GET /api/v2/alerts`` and ``/api/v2/alerts/groups``: scanned on a worker thread, sent page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pilotbridge.clock import Clock
from pilotbridge.config.settings import Right, Settings
from pilotbridge.errors import PilotBridgeError, TryLater
from pilotbridge.store.protocol import ReadVerbs, Store
from pilotbridge.web.alertmanager.asked import Asked, read_asked
from pilotbridge.web.alertmanager.faults import told
from pilotbridge.web.alertmanager.listing import Scan
from pilotbridge.web.alertmanager.pages import AlertPages, GroupPages
from pilotbridge.web.asgi import Answer
from pilotbridge.web.endpoints import Endpoint

T = TypeVar("T")
Pages = AlertPages | GroupPages
SCANS_AT_ONCE = 2
"""Each one reads every alert that fires; more at a time would only take turns, and the intake's turns too."""
SENT_AT_ONCE = 8
"""A client that reads slowly keeps what was found for it in memory, some 30 MB of 100,000 alerts."""


class AlertLists:
    """Both lists."""

    def __init__(self, store: Store, settings: Callable[[], Settings], clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._turns = asyncio.Semaphore(SCANS_AT_ONCE)
        self._sent = 0

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint("/api/v2/alerts", self._lister(_alerts), Right.READ),
            Endpoint("/api/v2/alerts/groups", self._lister(_groups), Right.READ),
        )

    def _lister(
        self, list_: Callable[[Scan, Asked], Pages]
    ) -> Callable[[Request], Awaitable[Answer | Response]]:
        async def answer(request: Request) -> Answer | Response:
            try:
                asked = read_asked(request.query_params)
                async with self._turns:
                    self._check_room()
                    pages = await self._reading(lambda read: list_(self._scan(read), asked))
            except PilotBridgeError as failure:
                return told(failure)
            return StreamingResponse(self._pieces(pages), media_type="application/json")

        return answer

    def _check_room(self) -> None:
        if self._sent >= SENT_AT_ONCE:
            raise TryLater(f"{SENT_AT_ONCE} lists are being sent already; ask again in some seconds")

    def _scan(self, read: ReadVerbs) -> Scan:
        return Scan(read, self._settings(), self._clock.utc_now())

    async def _pieces(self, pages: Pages) -> AsyncIterator[bytes]:
        self._sent += 1
        try:
            for piece in pages.pieces():
                yield await self._reading(piece)
            yield pages.end()
        finally:
            self._sent -= 1

    async def _reading(self, look: Callable[[ReadVerbs], T]) -> T:
        def read() -> T:
            with self._store.read() as verbs:
                return look(verbs)

        return await asyncio.to_thread(read)


def _alerts(scan: Scan, asked: Asked) -> AlertPages:
    return AlertPages(scan.alerts(asked), scan.groups)


def _groups(scan: Scan, asked: Asked) -> GroupPages:
    return GroupPages(scan.alert_groups(asked))
