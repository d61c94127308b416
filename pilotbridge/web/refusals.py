"""Bodies that were not taken: a sender that drops on 4xx must not fail in silence.

It owns what is kept and told of a refusal; why a body is refused is decided where it is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pilotbridge.clock import Clock, to_ms
from pilotbridge.config.settings import SourceSettings
from pilotbridge.errors import Closed, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import HAPPENED_LASTS, Trouble
from pilotbridge.store.protocol import Store
from pilotbridge.store.records import Refusal
from pilotbridge.web.asgi import Declined, try_later
from pilotbridge.web.complaints import Complaints
from pilotbridge.web.posted import without_secret

HEAD_BYTES = 2048
TROUBLE = "IntakeRefused"

_log = get_logger(__name__)


class Refusals:
    """Keeps a row of each; one trouble a minute is raised at most."""

    def __init__(
        self, *, store: Store, clock: Clock, complaints: Complaints, raise_trouble: Callable[[Trouble], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._complaints = complaints
        self._raise_trouble = raise_trouble

    async def add(self, door: SourceSettings, declined: Declined, body: bytes, *, is_known: bool) -> None:
        """A sender that drops on 4xx must not fail in silence: a row and a trouble.

        Strangers get neither, or they could fill the disk and wake people; what may be sent again needs none.
        """
        if declined.status == 503:
            return
        if is_known:
            await self._record(door, declined, body)
        self._complain(door, declined, is_known=is_known)

    async def _record(self, door: SourceSettings, declined: Declined, body: bytes) -> None:
        """:raises Declined: 503, when not even the refusal can be kept."""
        refusal = Refusal(
            at_ms=to_ms(self._clock.utc_now()),
            source=door.name,
            status=declined.status,
            code=declined.code,
            message=declined.message,
            place=declined.at,
            head=without_secret(door, body[: 2 * HEAD_BYTES])[:HEAD_BYTES],
        )
        try:
            await asyncio.wrap_future(self._store.write(lambda tx: tx.add_refusal(refusal)))
        except (TryLater, Closed) as error:
            raise try_later(f"nothing was kept: {error.reason}") from error

    def _complain(self, door: SourceSettings, declined: Declined, *, is_known: bool) -> None:
        if not self._complaints.may_say(door.name, declined.code):
            return
        _log.warning(
            "a body was refused",
            source=door.name,
            status=declined.status,
            code=declined.code,
            reason=declined.message,
            place=declined.at,
        )
        if is_known:
            self._raise_trouble(Trouble(TROUBLE, door.name, _summary(declined), lasts=HAPPENED_LASTS))


def _summary(declined: Declined) -> str:
    place = f" at {declined.at}" if declined.at else ""
    return f"a body was answered {declined.status}: {declined.message}{place}; its alerts were not taken"
