"""Bodies as they came, and those that got no 2xx."""

from __future__ import annotations

from pilotbridge.model import JournalId
from pilotbridge.protocols import Incoming
from pilotbridge.store.records.base import Record


class Body(Record, frozen=True):
    """A body on its way into the journal, or out of it. ``once`` makes a repeat answer the earlier row."""

    incoming: Incoming
    alerts: int
    once: str | None = None
    id: JournalId = JournalId(0)


class Refusal(Record, frozen=True):
    """A body that got no 2xx and will not get one as it is."""

    at_ms: int
    source: str
    status: int
    code: str
    message: str
    place: str
    head: bytes
