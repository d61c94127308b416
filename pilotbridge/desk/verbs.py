"""Every verb of the desk by name: where it stands in the API, what it takes, and how it is done.

One table serves the API, its control socket and the commands, so that they cannot differ.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from pilotbridge.config.settings import Right
from pilotbridge.desk.desk import Desk, Fact, Wanted
from pilotbridge.desk.oncall_verbs import ONCALL_VERBS
from pilotbridge.desk.people_verbs import PEOPLE_VERBS
from pilotbridge.desk.verb import By, Number, Seconds, Verb

Ttl = Annotated[int, msgspec.Meta(ge=10, le=1440)]
"""Minutes, as the gateway takes them."""


class _Send(By, kw_only=True):
    to: str
    text: str
    sender: str = ""
    ttl_min: Ttl | None = None
    send_at: datetime | None = None
    repeat: bool = False
    once: str = ""


class _OnMessage(By, kw_only=True):
    id: Number


class _Resolve(_OnMessage, kw_only=True):
    accepted: bool


class _Pause(By, kw_only=True):
    reason: str = "paused by an operator"


class _Take(By, kw_only=True):
    ref: str
    note: str = ""


class _GiveBack(By, kw_only=True):
    ref: str


class _Silence(By, kw_only=True):
    matchers: list[str]
    lasts_s: Seconds
    starts: datetime | None = None
    comment: str = ""
    tells: str = ""


class _Expire(By, kw_only=True):
    id: str


def _send(desk: Desk, a: _Send) -> Fact:
    wanted = Wanted(a.to, a.text, a.sender, a.ttl_min, a.send_at, repeat=a.repeat, once=a.once)
    return desk.send(wanted, by=a.by)


def _silence(desk: Desk, a: _Silence) -> Fact:
    lasts = timedelta(seconds=a.lasts_s)
    return desk.silence(a.matchers, starts=a.starts, lasts=lasts, by=a.by, comment=a.comment, tells=a.tells)


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
    "resume": Verb("/api/v1/sending/resume", Right.ADMIN, By, lambda desk, a: desk.resume(by=a.by)),
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
    **PEOPLE_VERBS,
    **ONCALL_VERBS,
}
