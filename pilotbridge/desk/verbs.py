"""Every verb of the desk by name: where it stands in the API, what it takes, and how it is done.

One table serves the API, its control socket and the commands, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from pilotbridge.config.settings import Right
from pilotbridge.desk.desk import Desk, Fact, Wanted
from pilotbridge.errors import Refused


class _By(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who wants it, as people will read it in the history."""

    by: str = "api"


class _Send(_By, kw_only=True):
    to: str
    text: str
    sender: str = ""
    ttl_min: int | None = None
    send_at: datetime | None = None
    repeat: bool = False
    once: str = ""


class _OnMessage(_By, kw_only=True):
    id: int


class _Resolve(_OnMessage, kw_only=True):
    accepted: bool


class _Pause(_By, kw_only=True):
    reason: str = "paused by an operator"


class _Take(_By, kw_only=True):
    ref: str
    note: str = ""


class _GiveBack(_By, kw_only=True):
    ref: str


class _Silence(_By, kw_only=True):
    matchers: list[str]
    lasts_s: float
    starts: datetime | None = None
    comment: str = ""


class _Expire(_By, kw_only=True):
    id: str


@dataclass(frozen=True, slots=True)
class Verb:
    """``path`` may hold ``{id}`` or ``{ref}``, which then is an argument."""

    path: str
    right: Right
    takes: type[msgspec.Struct]
    does: Callable[[Desk, Any], Fact]
    method: str = "POST"

    def run(self, desk: Desk, arguments: dict[str, Any]) -> Fact:
        """:raises Refused: when the arguments are not what the verb takes."""
        try:
            given = msgspec.convert(arguments, self.takes, strict=False)
        except msgspec.ValidationError as error:
            raise Refused(str(error)) from error
        return self.does(desk, given)


def _send(desk: Desk, a: _Send) -> Fact:
    wanted = Wanted(a.to, a.text, a.sender, a.ttl_min, a.send_at, repeat=a.repeat, once=a.once)
    return desk.send(wanted, by=a.by)


def _silence(desk: Desk, a: _Silence) -> Fact:
    lasts = timedelta(seconds=a.lasts_s)
    return desk.silence(a.matchers, starts=a.starts, lasts=lasts, by=a.by, comment=a.comment)


VERBS: dict[str, Verb] = {
    "send": Verb("/api/v1/messages", Right.SEND, _Send, _send),
    "retry": Verb(
        "/api/v1/messages/{id}/retry", Right.ADMIN, _OnMessage, lambda desk, a: desk.retry(a.id, by=a.by)
    ),
    "cancel": Verb(
        "/api/v1/messages/{id}/cancel", Right.ADMIN, _OnMessage, lambda desk, a: desk.cancel(a.id, by=a.by)
    ),
    "resolve": Verb(
        "/api/v1/messages/{id}/resolve",
        Right.ADMIN,
        _Resolve,
        lambda desk, a: desk.resolve(a.id, accepted=a.accepted, by=a.by),
    ),
    "pause": Verb(
        "/api/v1/sending/pause", Right.ADMIN, _Pause, lambda desk, a: desk.pause(a.reason, by=a.by)
    ),
    "resume": Verb("/api/v1/sending/resume", Right.ADMIN, _By, lambda desk, a: desk.resume(by=a.by)),
    "ack": Verb(
        "/api/v1/incidents/{ref}/ack",
        Right.SILENCES,
        _Take,
        lambda desk, a: desk.acknowledge(a.ref, by=a.by, note=a.note),
    ),
    "unack": Verb(
        "/api/v1/incidents/{ref}/unack",
        Right.SILENCES,
        _GiveBack,
        lambda desk, a: desk.unacknowledge(a.ref, by=a.by),
    ),
    "silence": Verb("/api/v1/silences", Right.SILENCES, _Silence, _silence),
    "expire_silence": Verb(
        "/api/v1/silences/{id}",
        Right.SILENCES,
        _Expire,
        lambda desk, a: desk.expire_silence(a.id),
        method="DELETE",
    ),
}
