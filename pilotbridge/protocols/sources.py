"""What a source of alerts gets, gives, and may do beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec

from pilotbridge.model import (
    JournalId,
    Parsed,
    Severity,
    replaceable,
)


@replaceable
class Incoming(msgspec.Struct, frozen=True):
    """One request to ``/in/<source>`` as it came. Header names are lower case."""

    source: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    received_at: datetime
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class Source(Protocol):
    """Turns one sender's body into alerts. Pure: no I/O, no clock but ``incoming.received_at``.

    ``type`` is the word in the configuration; ``options`` a pydantic model of what may stand beside it
    in ``sources.<name>``, or None; ``groups`` says that the sender groups its alerts already;
    ``severities`` maps the sender's own words (lower case) to ours.
    """

    options: type[Any] | None
    type: str
    groups: bool
    severities: Mapping[str, Severity]

    def parse(self, incoming: Incoming, options: Any) -> Parsed:
        """:raises Unreadable: with what is wrong and where, in a sentence the sender's operator reads."""
        ...


@runtime_checkable
class Recognising(Protocol):
    """A source that knows its sender's body when another source was given it.

    ``sender`` is what a sentence calls such a body, like ``Grafana's webhook``.
    """

    sender: str
    type: str

    def looks_like(self, body: Any) -> bool:
        """``body`` is decoded JSON, or the fields of a form by name."""
        ...


@runtime_checkable
class SecretInBody(Protocol):
    """A source whose senders have no header for a secret: its token may stand in the body.

    The body is kept without it.
    """

    def secret_in(self, body: bytes) -> str:
        """The secret in ``body``; empty when there is none, or the body cannot be read."""
        ...


@runtime_checkable
class Answering(Protocol):
    """A source whose senders look for more in a 202 than we say.

    ``tails`` are what such senders put behind the address by themselves, like ``/v2/enqueue``.
    """

    tails: tuple[str, ...]

    def answer(self, incoming: Incoming, parsed: Parsed) -> Mapping[str, Any]:
        """What the answer says beside our own words."""
        ...


@dataclass(frozen=True, slots=True)
class Arrived:
    """A body that is on disk, and its reading: the row is the truth, this spares reading it twice."""

    journal_id: JournalId
    source: str
    received_at: datetime
    parsed: Parsed


class Unreadable(ValueError):
    """The body is not what this source reads. ``at`` is the path of the fault, like ``alerts[3].labels``."""

    def __init__(self, reason: str, *, at: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class Malformed(Unreadable):
    """The body is not even of the form its source reads: no JSON, no UTF-8. Answered 400, not 422."""
